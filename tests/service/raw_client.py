"""A client that shows what is on the wire: nothing is retried, decoded or forgiven."""
import json
import socket

from streaming_engine import reset_on_close

MESSAGES = [{"role": "user", "content": "hi"}]


class Cut(Exception):
    """The answer ended before its framing said so."""


def chat_body(stream=False, asks_usage=False, **more):
    body = {"model": "general", "messages": MESSAGES, **more}
    if stream:
        body["stream"] = True
    if asks_usage:
        body["stream_options"] = {"include_usage": True}
    return json.dumps(body).encode()


def request_head(token, length, key=None, version="1.1", path="/v1/chat/completions", fields=""):
    lines = [f"POST {path} HTTP/{version}", "Host: gw.test", f"Authorization: Bearer {token}",
             "Content-Type: application/json"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    if key:
        lines.append(f"Idempotency-Key: {key}")
    return ("\r\n".join(lines) + "\r\n" + fields + "\r\n").encode()


def chat_request(token, body, **options):
    return request_head(token, len(body), **options) + body


class RawClient:
    def __init__(self, port, timeout=60, receive_buffer=None, source=None):
        self.socket = socket.socket()
        if source:
            self.socket.bind((source, 0))
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb", buffering=1 << 18)
        self.fields = {}
        self.status = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.sendall(data)

    def read_head(self):
        words = self.line().split()
        self.status = int(words[1])
        self.fields = {}
        while line := self.line():
            name, _, value = line.partition(b":")
            self.fields[name.decode().lower()] = value.strip().decode()
        return self.status

    def line(self):
        line = self.file.readline(65536)
        if not line.endswith(b"\r\n"):
            raise Cut(f"in the head: {line!r}")
        return line[:-2]

    def exactly(self, size):
        data = self.file.read(size)
        if len(data) != size:
            raise Cut(f"{len(data)} of {size} bytes")
        return data

    def blocks(self):
        """The body as it was framed."""
        if self.fields.get("transfer-encoding") == "chunked":
            while size := int(self.line(), 16):
                yield self.exactly(size)
                if self.exactly(2) != b"\r\n":
                    raise Cut("no line end behind a chunk")
            self.exactly(2)
        elif "content-length" in self.fields:
            left = int(self.fields["content-length"])
            while left:
                block = self.file.read1(min(left, 1 << 18))
                if not block:
                    raise Cut(f"{left} bytes are missing")
                left -= len(block)
                yield block
        else:
            while block := self.file.read1(1 << 18):
                yield block

    def body(self):
        return b"".join(self.blocks())

    def at_least(self, size):
        """Body bytes until there are `size` of them; more of the answer may follow."""
        data = b""
        for block in self.blocks():
            data += block
            if len(data) >= size:
                return data
        return data

    def code(self):
        return self.fields.get("x-srasta-error")

    def ended(self):
        """Whether the gateway closed: waits for it, False when more bytes come."""
        try:
            return self.file.read(1) == b""
        except ConnectionError:
            return True

    def close(self):
        self.file.close()
        self.socket.close()

    def reset(self):
        reset_on_close(self.socket)
        self.close()

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)
