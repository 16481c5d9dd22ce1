"""One engine that speaks what a test lets it speak, and the platform before it."""
import json

from client import ask
from dialect_engines import DialectEngine
from harness import Platform, scratch, until

HI = [{"role": "user", "content": "hi"}]
BUDGET = "limits:\n  budgets:\n    - { name: each, per: principal, period: day, tokens: 400 }\n"


class Rig:
    """One engine, one platform. Used as a context."""

    def __init__(self, paths, kind="openai", more="", upstream=""):
        self.engine = DialectEngine(paths)
        self.kind, self.more, self.upstream = kind, more, upstream

    def __enter__(self):
        self.folder = scratch()
        folder = self.folder.__enter__()
        config = ("inference:\n  detect: false\n  upstreams:\n"
                  f'    - {{ name: up1, kind: {self.kind}, url: "{self.engine.url}"{self.upstream} }}\n'
                  "drain: 2s\n" + self.more)
        self.platform = Platform(folder / "data", config)
        self.port = self.platform.port
        self.token = self.platform.token()
        until(lambda: ask(self.port, "GET", "/readyz/inference").status == 200, "every core knows the engine")
        return self

    def __exit__(self, kind, *rest):
        try:
            if kind is None:
                self.platform.stop()
                verdict = self.platform.verify()
                assert verdict.returncode == 0, verdict.stdout
                self.engine.stop()
            else:
                self.platform.process.kill()
                self.platform.process.wait()
        finally:
            self.folder.__exit__(kind, *rest)

    def post(self, path, body, fields=(), token=None):
        return ask(self.port, "POST", path, token or self.token, body, fields)

    def record(self, reply, act):
        """What the log says of a request's end."""
        rid = reply.fields["x-request-id"]

        def found():
            return [record for record in self.platform.records("--request", rid) if record["act"] == act]
        return until(found, f"{act} of {rid}")[0]["data"]


def data_of(body):
    """The events of a stream: their names and data."""
    found = []
    for block in body.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in lines:
            found.append((lines.get("event"), json.loads(lines["data"])))
    return found
