"""An inference server for tests of rights and limits: it streams word by word for as long as the test lets it, ignores
max_tokens unless told otherwise, and counts what it generated."""
import http.server
import json
import threading
import time

from harness import Engine


class PatientEngine(Engine):
    """A body with "endless": true streams until the gateway goes away; otherwise five words. `usage`: what a plain
    answer reports, or None for an engine that does not say."""

    class Handler(Engine.Handler):
        def do_POST(self):
            engine = self.server.engine
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            engine.calls.append(body)
            if engine.failure:
                self.send_error(engine.failure)
                return
            if body.get("stream"):
                self.stream(body)
                return
            answer = {"choices": [{"message": {"role": "assistant", "content": "hello"}}]}
            if engine.usage:
                answer["usage"] = engine.usage
            self.answer(answer)

        def stream(self, body):
            engine = self.server.engine
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("x-ratelimit-remaining-requests", "4711")
            self.end_headers()
            self.close_connection = True
            left = 10**9 if body.get("endless") else 5
            engine.open += 1
            try:
                while left > 0:
                    left -= 1
                    self.event({"choices": [{"index": 0, "delta": {"content": "word "}}]})
                    engine.words += 1
                    time.sleep(engine.pace)
                self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
                if engine.usage:
                    self.event({"choices": [], "usage": engine.usage})
                self.wfile.write(b"data: [DONE]\n\n")
            except OSError:
                engine.cut += 1
            finally:
                engine.open -= 1

        def event(self, value):
            self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
            self.wfile.flush()

    def __init__(self, usage={"prompt_tokens": 10, "completion_tokens": 20}, pace=0.02):
        self.calls, self.words, self.open, self.cut = [], 0, 0, 0
        self.usage, self.pace, self.failure = usage, pace, None
        self.server = self.Server(("127.0.0.1", 0), self.Handler)
        self.server.engine = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
