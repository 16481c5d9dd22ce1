"""One running platform with two scripted engines; cases run on it one after another, so that every record, descriptor
and byte belongs to the case at hand."""
import contextlib
import http.client
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time

import case_format
from harness import BIN, ENVIRONMENT, Platform, until
from mock_engine import MockEngine
from records import ledger_problems

# Memory and times of an instrumented build say nothing about the gateway's own.
INSTRUMENTED = b"__asan_init" in (BIN / "srasta-api").read_bytes()
CONFIGS = case_format.CASES / "config"
# Records that open or accompany a request; what is left ends one.
ACCOMPANYING = {"auth.ok", "auth.privileged", "http.strip", "upstream.state", "platform.drain", "inference.route"}


def is_terminal(record):
    act = record["act"]
    opening = act == "inference.request" and record["out"] == "allow"
    return not (opening or act in ACCOMPANYING or act.startswith("log."))


class Ledger:
    """The gateway's records as they are appended."""

    def __init__(self, data):
        self.folder = pathlib.Path(data) / "audit/gateway/seg"
        self.offsets = {}
        self.records = []
        self.lock = threading.Lock()

    def read(self):
        with self.lock:
            return self._read()

    def _read(self):
        for path in sorted(self.folder.glob("*.jsonl")):
            with path.open("rb") as file:
                file.seek(self.offsets.get(path, 0))
                text = file.read()
            whole = text[:text.rfind(b"\n") + 1]
            self.offsets[path] = self.offsets.get(path, 0) + len(whole)
            self.records += [json.loads(line) for line in whole.splitlines()]
        return self.records


class Lane:
    def __init__(self):
        self.platform = None
        self.config = None
        self.engines = [MockEngine(), MockEngine()]
        self.stack = contextlib.ExitStack()
        self.folder = None
        self.tokens = {}

    def use(self, config):
        """A fresh platform when the configuration differs or the old one is gone."""
        if self.platform and self.config == config and self.alive():
            return
        self.stop()
        self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="srasta-cases-")))
        text = (CONFIGS / f"{config}.yaml").read_text()
        for number, engine in enumerate(self.engines, 1):
            if engine.listener is None:
                engine.open()
            engine.begin(None)
            text = text.replace(f"{{UP{number}}}", f"http://127.0.0.1:{engine.port}")
        key = self.folder / "engine.key"
        key.write_text("engine-key\n")
        key.chmod(0o600)
        text = text.replace("{KEY}", str(key))
        self.platform = Platform(self.folder / "data", text)
        self.config = config
        self.tokens = {}
        self.pid = until(self.platform.gateway_pid, "the gateway")
        self.ledger = Ledger(self.platform.data)
        self.fence()
        self.hang_up()
        self.descriptors = self.descriptor_count()

    def alive(self):
        return (self.platform is not None and os.path.exists(f"/proc/{self.pid}/fd")
                and self.platform.process.poll() is None)

    def token(self, role="user"):
        """Tokens as the table names them: u-alice is an ordinary user, the others carry their role's name."""
        if role not in self.tokens:
            subject = "u-alice" if role == "user" else f"u-{role[:5]}"
            self.tokens[role] = subprocess.check_output(
                [BIN / "srasta", "token", "issue", "--data", self.platform.data, "--role", role, "--subject", subject],
                text=True, env=ENVIRONMENT).strip()
        return self.tokens[role]

    def fence(self):
        """A request that works, and the wait for its record: what was recorded before it is on disk then."""
        connection = http.client.HTTPConnection("127.0.0.1", self.platform.port, timeout=20)
        connection.request("GET", "/v1/models", headers={"Authorization": f"Bearer {self.token()}"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise AssertionError(f"a plain request afterwards: {answer.status}")
        rid = answer.getheader("x-request-id")
        until(lambda: any(record.get("corr", {}).get("rid") == rid and is_terminal(record)
                          for record in self.ledger.read()[-50:]), "the record of a plain request")
        return rid

    def warm_up(self, streams):
        """What the first streams allocate for good is not what a stream costs."""
        for engine in self.engines:
            engine.begin(None)
        body = json.dumps({"model": "general", "messages": [], "stream": True})
        connections = [http.client.HTTPConnection("127.0.0.1", self.platform.port, timeout=20) for _ in range(streams)]
        for connection in connections:
            connection.request("POST", "/v1/chat/completions", body,
                               {"Authorization": f"Bearer {self.token()}", "Content-Type": "application/json"})
        for connection in connections:
            connection.getresponse().read()
            connection.close()
        self.fence()
        self.hang_up()

    def terminals(self, since, without=()):
        return [record for record in self.ledger.read()[since:]
                if is_terminal(record) and record.get("corr", {}).get("rid") not in without]

    def hang_up(self):
        for engine in self.engines:
            if not engine.hang_up():
                raise AssertionError("the gateway keeps connections to an engine that closed them")

    def descriptor_count(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def rss_kib(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def log_text(self):
        return self.platform.log.read_text(errors="replace")

    def stop(self):
        if self.platform is None:
            return ""
        platform, self.platform = self.platform, None
        problem = ""
        try:
            if platform.process.poll() is None:
                for engine in self.engines:
                    engine.hang_up()
                platform.process.send_signal(signal.SIGTERM)
                status = platform.process.wait(timeout=30)
                if status != 0:
                    problem = f"the platform ended with {status}\n{platform.log.read_text()[-2000:]}"
                else:
                    problem = "\n".join(ledger_problems(platform.data))
        except subprocess.TimeoutExpired:
            platform.process.kill()
            problem = "the platform did not stop within 30 s of SIGTERM"
        self.stack.close()
        return problem

    def wait_descriptors(self, seconds=4):
        deadline = time.monotonic() + seconds
        while self.descriptor_count() > self.descriptors:
            if time.monotonic() > deadline:
                return self.descriptor_count() - self.descriptors
            time.sleep(0.005)
        return 0
