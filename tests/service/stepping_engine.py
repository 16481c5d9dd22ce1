"""An inference server that streams one event each time a test allows it, and remembers the heads it saw."""
import json
import threading

from harness import Engine


class SteppingEngine(Engine):
    """Model "bad" fails with 500, "busy" with 503. A stream has `events` of text, then usage as it was asked for."""

    class Handler(Engine.Handler):
        def do_GET(self):
            self.answer({"object": "list", "data": [{"id": name, "object": "model"} for name in ("m1", "bad", "busy")]})

        def do_POST(self):
            engine = self.server.engine
            engine.heads.append({name.lower(): value for name, value in self.headers.items()})
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            engine.bodies.append(body)
            if body["model"].startswith("bad"):
                self.send_error(500)
            elif body["model"].startswith("busy"):
                self.send_error(503)
            elif body.get("stream"):
                self.stream(engine, body)
            else:
                self.answer({"choices": [{"message": {"role": "assistant", "content": engine.text}}],
                             "usage": {"prompt_tokens": 3, "completion_tokens": 5}})

        def stream(self, engine, body):
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for _ in range(engine.events):
                assert engine.steps.acquire(timeout=30)
                self.event({"choices": [{"index": 0, "delta": {"content": engine.text}}]})
            if body.get("stream_options", {}).get("include_usage"):
                self.event({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 5}})
            self.wfile.write(b"data: [DONE]\n\n")
            self.close_connection = True

        def event(self, value):
            self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
            self.wfile.flush()

    def __init__(self, text="hello", events=4):
        self.text, self.events = text, events
        self.heads, self.bodies = [], []
        self.steps = threading.Semaphore(0)
        super().__init__()
        self.server.engine = self


def read_stream(engine, response):
    """Lets the engine go on after each event that arrived; all of the stream."""
    read = b""
    for _ in range(engine.events):
        engine.steps.release()
        while not (line := response.readline()).startswith(b"data: "):
            assert line.strip() == b"", line
            read += line
        read += line
    return read + response.read()
