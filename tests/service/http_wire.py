"""A client that speaks bytes: it sends what a case says and reads answers strictly."""
import itertools
import select
import socket
import struct
import time

# Refusals are counted per source network, so each variant comes from a network of its own.
_NETWORKS = itertools.count()
FAR = 30


def source_address():
    number = next(_NETWORKS)
    return f"127.{1 + number // 62500 % 200}.{number // 250 % 250}.{1 + number % 250}"


def fields_of(lines):
    return [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]


class Answer:
    def __init__(self):
        self.status = 0
        self.fields = []
        self.body = b""
        self.end = "complete"   # complete | cut | none
        self.interim = []
        self.at = 0.0

    def field(self, name):
        return [value for key, value in self.fields if key == name.lower()]

    def one(self, name):
        values = self.field(name)
        return values[0] if len(values) == 1 else None

    def __repr__(self):
        return f"{self.status} {self.one('x-srasta-error') or ''} end={self.end} body={self.body[:160]!r}"


class Wire:
    def __init__(self, port, source=None, window=0):
        self.socket = socket.socket()
        if window:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        self.buffer = b""
        self.first_sent = None
        self.closed_by_peer = None   # None | "fin" | "reset"
        self.gone_at = None          # when this side went away

    def send(self, data):
        if self.first_sent is None:
            self.first_sent = time.monotonic()
        self.socket.settimeout(FAR)
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False             # what the peer said before it closed is still to be read

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)
        self.gone_at = time.monotonic()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.gone_at = time.monotonic()
        self.socket.close()

    def close(self):
        if self.gone_at is None:
            self.gone_at = time.monotonic()
        self.socket.close()

    def readable(self, seconds):
        poller = select.poll()       # select() ends at descriptor 1024
        poller.register(self.socket, select.POLLIN)
        return bool(poller.poll(seconds * 1000))

    def take_bytes(self, size):
        if self.readable(0):
            try:
                self.socket.recv(size)
            except ConnectionError:
                self.closed_by_peer = "reset"

    @property
    def open(self):
        return self.socket.fileno() >= 0

    def fill(self, deadline, most=65536):
        """More bytes into the buffer; False at the peer's end."""
        if self.closed_by_peer:
            return False
        left = deadline - time.monotonic()
        if left <= 0 or not self.readable(left):
            raise TimeoutError(f"no byte and no end; got so far {self.buffer[-200:]!r}")
        try:
            data = self.socket.recv(most)
        except ConnectionError:
            self.closed_by_peer = "reset"
            return False
        if not data:
            self.closed_by_peer = "fin"
            return False
        self.buffer += data
        return True

    def until(self, mark, deadline):
        while mark not in self.buffer:
            if not self.fill(deadline):
                return None
        text, _, self.buffer = self.buffer.partition(mark)
        return text

    def exactly(self, size, deadline):
        pieces, have = [self.buffer], len(self.buffer)
        while have < size:
            self.buffer = b""
            if not self.fill(deadline):
                return b"".join(pieces), False
            pieces.append(self.buffer)
            have += len(self.buffer)
        whole = b"".join(pieces)
        self.buffer = whole[size:]
        return whole[:size], True

    def peek_bytes(self, size, deadline):
        while len(self.buffer) < size and self.fill(deadline):
            pass
        return self.buffer

    def peek_events(self, count, deadline):
        while self.buffer.count(b"\n\n") < count and self.fill(deadline):
            pass

    def read_interim(self, deadline):
        head = self.until(b"\r\n\r\n", deadline)
        return head.split(b"\r\n")[0] if head is not None else None

    def read_answer(self, seconds=FAR, to_head=False):
        deadline = time.monotonic() + seconds
        answer = Answer()
        while True:
            head = self.until(b"\r\n\r\n", deadline)
            if head is None:
                answer.end = "none" if not self.buffer else "cut"
                answer.body = self.buffer
                return answer
            lines = head.decode("latin-1").split("\r\n")
            version, _, rest = lines[0].partition(" ")
            if version != "HTTP/1.1" or not rest[:3].isdigit():
                raise ValueError(f"no status line: {lines[0]!r}")
            answer.status = int(rest[:3])
            if answer.status >= 200:
                break
            answer.interim.append(answer.status)
        answer.fields = fields_of(lines[1:])
        self._read_body(answer, deadline, to_head)
        answer.at = time.monotonic()
        return answer

    def _read_body(self, answer, deadline, to_head):
        length = answer.field("content-length")
        if to_head or answer.status in (204, 304):
            return
        if answer.field("transfer-encoding") == ["chunked"] and not length:
            self._read_chunks(answer, deadline)
        elif len(length) == 1 and not answer.field("transfer-encoding"):
            answer.body, whole = self.exactly(int(length[0]), deadline)
            answer.end = "complete" if whole else "cut"
        elif not length and not answer.field("transfer-encoding"):
            pieces = [self.buffer]
            self.buffer = b""
            while self.fill(deadline):
                pieces.append(self.buffer)
                self.buffer = b""
            answer.body = b"".join(pieces)
            answer.end = "complete" if self.closed_by_peer == "fin" else "cut"
        else:
            raise ValueError(f"framing of the answer: {answer.fields}")

    def _read_chunks(self, answer, deadline):
        pieces = []
        answer.end = "cut"
        while True:
            line = self.until(b"\r\n", deadline)
            if line is None:
                break
            size = int(line, 16)
            data, whole = self.exactly(size + 2, deadline)
            pieces.append(data[:size])
            if not whole:
                break
            if not data.endswith(b"\r\n"):
                raise ValueError("a chunk without CRLF")
            if size == 0:
                answer.end = "complete"
                break
        answer.body = b"".join(pieces)

    def ended(self, seconds):
        """'fin' or 'reset' when the peer closed without another byte, else what it did."""
        if self.buffer:
            return f"more bytes {self.buffer[:200]!r}"
        try:
            more = self.fill(time.monotonic() + seconds)
        except TimeoutError:
            return "open"
        return f"more bytes {self.buffer[:200]!r}" if more else self.closed_by_peer
