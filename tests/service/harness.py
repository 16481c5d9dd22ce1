"""Starts the real platform for service tests: one scratch folder, port 0, no sleeps without a condition."""
import atexit
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

from records import ledger_problems

BIN = pathlib.Path(os.environ["SRASTA_BIN"])
# The platform refuses variables that begin with SRASTA_ and that it does not know.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("SRASTA_")}
CHAT = json.dumps({"model": "general", "messages": [{"role": "user", "content": "hi"}]})


def until(condition, what, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


class Engine:
    """An inference server that always says the same."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.answer({"object": "list", "data": [{"id": "m1", "object": "model"}]})

        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.answer({"choices": [{"message": {"role": "assistant", "content": "hello"}}],
                         "usage": {"prompt_tokens": 3, "completion_tokens": 5}})

        def answer(self, value):
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_):
            """Connections that break are what some tests are about."""

    def __init__(self):
        self.server = self.Server(("127.0.0.1", 0), self.Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.code = response.getheader("x-srasta-error")
        self.body = response.read()


class Platform:
    started = []

    def __init__(self, data, config="", wait=True, config_file=None):
        self.data = pathlib.Path(data)
        self.config = pathlib.Path(config_file or str(data).rstrip("/") + ".yaml")
        self.config.parent.mkdir(exist_ok=True)
        self.config.write_text(config)
        self.log = pathlib.Path(str(data).rstrip("/") + ".log")
        self.process = subprocess.Popen(
            [BIN / "srasta", "up", "--config", self.config, "--data", self.data,
             "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=self.log.open("ab"), text=True,
            env=ENVIRONMENT)
        self.started.append(self)
        if wait:
            line = self.process.stdout.readline()
            assert "ready on" in line, f"not ready: {line!r}\n{self.log.read_text()}"
            self.read_url()

    def read_url(self):
        self.url = (self.data / "run/gateway.url").read_text().strip()
        self.port = int(self.url.rsplit(":", 1)[1])

    def token(self, role="user"):
        return subprocess.check_output(
            [BIN / "srasta", "token", "issue", "--data", self.data, "--role", role],
            text=True, env=ENVIRONMENT).strip()

    def request(self, method, path, token=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def chat(self, token):
        return self.request("POST", "/v1/chat/completions", token, CHAT)

    def gateway_pid(self):
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_bytes().split(b"\0")
                if words[0].endswith(b"srasta-api") and str(self.data).encode() in words:
                    return int(path.parent.name)
        return None

    def verify(self):
        return subprocess.run([BIN / "srasta", "audit", "verify", "--data", self.data],
                              capture_output=True, text=True, env=ENVIRONMENT)

    def records(self, *options):
        found = subprocess.run([BIN / "srasta", "audit", "search", "--data", self.data, "--json", *options],
                               capture_output=True, text=True, env=ENVIRONMENT)
        assert found.returncode in (0, 1), found.stderr  # 1: there is none
        return [json.loads(line) for line in found.stdout.splitlines()]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=30)
        assert status == 0, f"exit {status}\n{self.log.read_text()[-3000:]}"
        assert self.gateway_pid() is None, "a process was left behind"
        differences = ledger_problems(self.data)
        assert not differences, "\n".join(differences)


EVERY_INTERFACE = ", speaks: [chat, responses, messages, ollama]"


def engine_config(engine, aliases="", upstream=""):
    return ("inference:\n  detect: false\n  upstreams:\n"
            f'    - {{ name: up1, kind: openai, url: "{engine.url}"{upstream} }}\n'
            + (aliases and "  aliases:\n" + aliases) + "drain: 2s\n")


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="srasta-test-") as folder:
        yield pathlib.Path(folder)


@atexit.register
def kill_what_a_failed_test_left():
    """A supervisor takes its services with it."""
    for platform in Platform.started:
        if platform.process.poll() is None:
            platform.process.kill()
            platform.process.wait()


def main(*tests):
    for test in tests:
        print(f"{test.__name__} ... ", end="", flush=True)
        test()
        print("ok")
    sys.exit(0)
