"""An inference server that does what a case's script says, byte for byte, and remembers what it saw."""
import json
import select
import socket
import struct
import threading
import time

from case_format import expand
from http_wire import fields_of

MODELS = ("m1", "qwen3-coder", "qwen3-coder:latest")
ORDINARY = (b'{"id":"c1","object":"chat.completion","model":"m1","choices":[{"index":0,"message":{"role":"assistant",'
            b'"content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":5,'
            b'"total_tokens":8}}')
EVENTS = b"".join(b'data: {"id":"c1","model":"m1","choices":[{"index":0,"delta":{"content":"w%d"}}]}\n\n' % i
                  for i in range(4))
USAGE_EVENT = (b'data: {"id":"c1","model":"m1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5,'
               b'"total_tokens":8}}\n\n')
DONE = b"data: [DONE]\n\n"


class Gone(Exception):
    """The gateway closed the connection."""


class Call:
    """One request for inference as this server saw it."""

    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.line = lines[0]
        self.fields = fields_of(lines[1:])
        self.body = b""
        self.payload = b""        # what an honest relay gives to the client
        self.sent_bytes = 0
        self.closed_at = None
        self.answered = False

    def field(self, name):
        return [value for key, value in self.fields if key == name.lower()]


class Connection:
    def __init__(self, engine, sock):
        self.engine = engine
        self.socket = sock
        self.buffer = b""
        self.call = None

    def serve(self):
        try:
            if self.engine.script_moment() == "accept":
                self.play(self.engine.steps())
                return
            while self.serve_one():
                pass
        except (Gone, OSError):
            pass
        finally:
            if self.call and self.call.closed_at is None:
                self.call.closed_at = time.monotonic()
            self.socket.close()
            self.engine.forget(self)

    def more(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise Gone
        self.buffer += data

    def serve_one(self):
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        call = Call(head)
        if call.line.startswith("GET "):
            return self.list_models()
        early = self.engine.script_moment() == "head"
        if not early:
            call.body = self.read_body(int(call.field("content-length")[0]))
        self.call = call
        self.engine.remember(call)
        steps = self.engine.steps()
        if steps is None:
            self.ordinary()
        else:
            self.play(steps)
        call.answered = True
        return not early

    def read_body(self, length):
        pieces, have = [self.buffer], len(self.buffer)
        while have < length:
            self.buffer = b""
            self.more()
            pieces.append(self.buffer)
            have += len(self.buffer)
        whole = b"".join(pieces)
        self.buffer = whole[length:]
        return whole[:length]

    def list_models(self):
        data = [{"id": name, "object": "model"} for name in self.engine.models]
        body = json.dumps({"object": "list", "data": data}).encode()
        self.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                            b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return True

    # Playing a script

    def ordinary(self):
        try:
            asked = json.loads(self.call.body)
        except ValueError:
            asked = {}
        if asked.get("stream") is True:
            usage = (asked.get("stream_options") or {}).get("include_usage") is True
            self.sse({"sse": EVENTS + (USAGE_EVENT if usage else b"") + DONE})
        else:
            self.plain({"json": ORDINARY})

    def play(self, steps):
        for step in steps:
            if isinstance(step, str):
                self.write(expand(step))
                continue
            for key, method in (("write", self.paced), ("json", self.plain), ("sse", self.sse), ("wait_ms", self.wait),
                                ("fin", self.fin), ("reset", self.reset), ("hold", self.hold),
                                ("repeat", self.repeat)):
                if key in step:
                    method(step)
                    break
            else:
                raise ValueError(f"unknown step of a server: {step}")

    def write(self, data):
        # Sent in pieces so that what was taken by a gateway that stops taking is known.
        for at in range(0, len(data), 1 << 16):
            piece = data[at:at + (1 << 16)]
            self.socket.sendall(piece)
            if self.call:
                self.call.sent_bytes += len(piece)

    def repeat(self, step):
        data = expand(step["repeat"])
        for _ in range(step["times"]):
            self.socket.sendall(data)
            self.call.sent_bytes += len(data)
            self.pause(step.get("every_ms", 0))

    def pause(self, ms):
        """Waits, and notices at once when the gateway goes away."""
        if not ms:
            return
        poller = select.poll()
        poller.register(self.socket, select.POLLIN)
        if poller.poll(ms):
            if not self.socket.recv(1 << 16, socket.MSG_PEEK):
                raise Gone
            time.sleep(ms / 1000)

    def wait(self, step):
        self.pause(step["wait_ms"])

    def hold(self, _):
        while self.socket.recv(1 << 16):
            pass
        raise Gone

    def fin(self, _):
        self.socket.shutdown(socket.SHUT_WR)
        self.hold(None)

    def reset(self, _):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone

    def paced(self, step):
        for piece in pieces_of(expand(step["write"]), step):
            self.write(piece)
            self.pause(step.get("every_ms", 0))

    def plain(self, step):
        body = step["json"] if isinstance(step["json"], bytes) else expand(step["json"], whole_is_head=False)
        status = int(step.get("status", 200))
        self.call.payload += body
        head = (f"HTTP/1.1 {status} {'OK' if status == 200 else 'Said'}\r\n"
                f"Content-Type: {step.get('type', 'application/json')}\r\nContent-Length: {len(body)}\r\n")
        self.write(head.encode() + expand(step.get("headers", "")) + b"\r\n" + body)

    def sse(self, step):
        data = step["sse"] if isinstance(step["sse"], bytes) else expand(step["sse"], whole_is_head=False)
        data *= step.get("times", 1)
        framing = step.get("framing", "chunked")
        line = {"chunked": "Transfer-Encoding: chunked\r\n", "length": f"Content-Length: {len(data)}\r\n", "close": ""}
        version = "HTTP/1.0" if framing == "close" else "HTTP/1.1"
        head = f"{version} 200 OK\r\nContent-Type: {step.get('type', 'text/event-stream')}\r\n{line[framing]}"
        self.write(head.encode() + expand(step.get("headers", "")) + b"\r\n")
        for piece in pieces_of(data, step):
            self.call.payload += piece
            self.write(b"%x%s\r\n%s\r\n" % (len(piece), expand(step.get("extension", "")), piece)
                       if framing == "chunked" else piece)
            self.pause(step.get("every_ms", 0))
        if framing == "chunked" and step.get("end", True):
            self.write(b"0\r\n" + expand(step.get("trailers", "")) + b"\r\n")
        if framing == "close":
            raise Gone


def pieces_of(data, step):
    """How a text is cut into writes: at one place, into equal pieces, or after each event."""
    if "split" in step:
        at = int(step["split"])
        return [piece for piece in (data[:at], data[at:]) if piece]
    if "bytes" in step:
        return [data[at:at + step["bytes"]] for at in range(0, len(data), step["bytes"])]
    if step.get("each_event"):
        return [event + b"\n\n" for event in data.split(b"\n\n") if event]
    return [data]


class MockEngine:
    """One upstream: a port that stays the same, whether it is open or closed."""

    def __init__(self, models=MODELS):
        self.models = models
        self.lock = threading.Lock()
        self.script = None
        self.calls = []
        self.connections = set()
        self.listener = None
        self.port = 0
        self.open()

    def open(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(4096)
        self.port = listener.getsockname()[1]
        self.listener = listener
        threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, sock)
            with self.lock:
                self.connections.add(connection)
            threading.Thread(target=connection.serve, daemon=True).start()

    def close_port(self):
        if self.listener:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None

    def begin(self, script):
        """A new case: nothing of an earlier one is left."""
        with self.lock:
            self.script = script
            self.calls = []
            closed = isinstance(script, dict) and script.get("closed")
        if closed and self.listener:
            self.close_port()
        if not closed and self.listener is None:
            self.open()

    def hang_up(self):
        """Closes every connection, and waits until the gateway has closed its side too."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with self.lock:
                left = list(self.connections)
            if not left:
                return True
            for connection in left:
                try:
                    connection.socket.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
            time.sleep(0.002)
        return False

    def script_moment(self):
        with self.lock:
            return self.script.get("at", "body") if isinstance(self.script, dict) else "body"

    def steps(self):
        with self.lock:
            script = self.script
            number = len(self.calls)
        if isinstance(script, dict) and "each" in script:
            return script["each"][min(number, len(script["each"])) - 1]
        if isinstance(script, dict):
            return script.get("steps")
        return script if script is None or isinstance(script, list) else [script]

    def remember(self, call):
        with self.lock:
            self.calls.append(call)

    def forget(self, connection):
        with self.lock:
            self.connections.discard(connection)

    def count(self):
        with self.lock:
            return len(self.calls)
