"""Several engines behind one gateway, each doing what the test tells it to."""
import contextlib
import http.server
import json
import socket
import subprocess
import threading
import time

from client import ask
from harness import BIN, ENVIRONMENT, Engine, Platform, until

BAD_ANSWERS = {"500": 500, "503": 503, "429": 429}


class MoodyEngine(Engine):
    """`mood`: fine; 500, 503, 429; closed (takes the request and closes); held (answers when `release` is called).
    Probes are answered by `lists`."""

    class Handler(Engine.Handler):
        def setup(self):
            super().setup()
            self.server.engine.connections.append(self.connection)

        def do_GET(self):
            if self.server.engine.lists:
                super().do_GET()
            else:
                self.close_connection = True

        def do_POST(self):
            engine = self.server.engine
            size = int(self.headers["content-length"])
            body = json.loads(self.rfile.read(size))
            with engine.lock:
                engine.calls.append(body)
                engine.sizes.append(size)
                engine.running += 1
                engine.most = max(engine.most, engine.running)
            try:
                self.react(engine)
            finally:
                with engine.lock:
                    engine.running -= 1

        def react(self, engine):
            mood = engine.mood
            if mood == "held":
                engine.gate.acquire()
            if mood in BAD_ANSWERS:
                self.send_error(BAD_ANSWERS[mood])
            elif mood == "closed":
                self.close_connection = True
            else:
                time.sleep(engine.pace)
                with contextlib.suppress(OSError):
                    self.answer({"model": "m1", "choices": [{"message": {"role": "assistant", "content": engine.name}}],
                                 "usage": {"prompt_tokens": 3, "completion_tokens": 5}})

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 512
        daemon_threads = True

        def handle_error(self, *_):
            """Connections that break are what these tests are about."""

    def __init__(self, name):
        self.name, self.mood, self.lists, self.pace = name, "fine", True, 0
        self.calls, self.sizes, self.connections, self.running, self.most = [], [], [], 0, 0
        self.lock, self.gate = threading.Lock(), threading.Semaphore(0)
        self.server = self.Server(("127.0.0.1", 0), self.Handler)
        self.server.engine = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def release(self, count=1):
        for _ in range(count):
            self.gate.release()

    def vanish(self):
        """Nothing answers any more, on old connections neither."""
        self.server.shutdown()
        self.server.server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def forget(self):
        self.calls.clear()


class Routed(Platform):
    def __init__(self, folder, engines, aliases, options=None, more="", rules=""):
        """`options`: of engines by name, as YAML members."""
        upstreams = "".join(
            f'    - {{ name: {engine.name}, kind: openai, url: "{engine.url}"{(options or {}).get(engine.name, "")} }}\n'
            for engine in engines)
        self.text = (f"tenants: [default, acme, globex]\ninference:\n  detect: false\n  upstreams:\n{upstreams}"
                     f"  aliases:\n{aliases}{more}{rules}drain: 2s\nlog: {{ level: warn }}\n")
        super().__init__(folder / "data", self.text)

    def token_of(self, subject, *roles, tenant="acme"):
        words = [word for role in roles for word in ("--role", role)]
        return subprocess.check_output(
            [BIN / "srasta", "token", "issue", "--data", self.data, "--config", self.config, "--subject", subject,
             "--tenant", tenant, *words], text=True, env=ENVIRONMENT).strip()

    def command(self, *words):
        return subprocess.run([BIN / "srasta", *words, "--data", self.data], capture_output=True, text=True,
                              env=ENVIRONMENT)

    def engines(self):
        answer = ask(self.port, "GET", "/srasta/v1/inference/engines", self.token("operator"))
        assert answer.status == 200, answer.body
        return {engine["name"]: engine for engine in answer.json()["engines"]}

    def saw(self, act, **data):
        def found():
            return [record for record in self.records("--act", act) if data.items() <= record["data"].items()]
        return until(found, f"{act} {data}")[-1]
