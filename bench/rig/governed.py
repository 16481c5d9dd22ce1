"""The platform under test, with every gate on, and the evidence that it kept about the run."""
import http.client
import json
import pathlib
import subprocess
import time

from rig import configs, tokens
from rig.measure import process_tree
from rig.processes import BIN, ENVIRONMENT, SERVER_CPU, Void, free_port, until
from rig.servers import Server

PRINCIPALS = 1_000
# Used in turn, more of them than the 10,000 that a core remembers: each has been forgotten when its turn comes.
STRANGERS = 20_000


class Governed:
    def __init__(self, workshop, engine, key="governed", callers=PRINCIPALS):
        self.workshop, self.port = workshop, free_port()
        self.data = workshop.folder / f"data-{self.port}"
        self.config = workshop.folder / f"srasta-{self.port}.yaml"
        self.config.write_text(configs.srasta(engine.port))
        self.process, line = self.start()
        if "ready on" not in line:
            raise Void(f"the platform did not start: {line}\n{workshop.log_of('srasta')}")
        issuer = f"http://127.0.0.1:{self.port}"
        self.tokens = tokens.mint(self.data, issuer, callers, workshop.folder / f"tokens-{self.port}")
        self.server = Server(key, self.port, self.process.pid, self.tokens)

    def start(self):
        return self.workshop.start_printing(SERVER_CPU, self.command(), "srasta")

    def command(self):
        return [BIN / "srasta", "up", "--config", self.config, "--data", self.data,
                "--listen", f"127.0.0.1:{self.port}"]

    def api_pid(self):
        """The gateway's process; the other one supervises."""
        for pid in process_tree(self.process.pid):
            if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "srasta-api":
                return pid
        raise Void("no srasta-api runs")

    def ask(self, body, token_index=0):
        return ask(self.port, self.tokens.read_text().split("\n")[token_index], body)

    def count_acts(self):
        counts = {}
        for path in (self.data / "audit/gateway/seg").glob("*.jsonl"):
            with path.open() as lines:
                for line in lines:
                    act = line.split('"act":"', 1)[-1].split('"', 1)[0]
                    counts[act] = counts.get(act, 0) + 1
        return counts

    def check_ledger(self, requests):
        """Two records for each request, and all of them verify; else the run is void."""
        def both():
            counts = self.count_acts()
            begun = counts.get("inference.request", 0)
            ended = sum(count for act, count in counts.items()
                        if act in ("inference.complete", "inference.error", "inference.abort"))
            return counts if begun >= requests and ended >= begun else None
        try:
            counts = until(both, "the ledger is complete")
        except Void:
            raise Void(f"{requests} requests, but the ledger holds {self.count_acts()}") from None
        def verified():
            run = subprocess.run([BIN / "srasta", "audit", "verify", "--data", self.data], capture_output=True,
                                 text=True, env=ENVIRONMENT)
            # 2: the checkpointer has not caught up with the end of a saturated run.
            return run if run.returncode != 2 else None
        verify = until(verified, "checkpoints cover the run", 60)
        if verify.returncode != 0:
            raise Void(f"the ledger does not verify: {verify.stdout}{verify.stderr}")
        return counts


def ask(port, token, body):
    """The status of the answer to one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/v1/chat/completions", body,
                           {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def chat(model="bench"):
    return json.dumps({"model": model, "messages": [{"role": "user", "content": "x" * 160}]}, separators=(",", ":"))


def seconds_to_first_answer(governed):
    """From the start of the process to the first governed 200."""
    begun = time.monotonic()
    governed.process = governed.workshop.start(SERVER_CPU, governed.command(), "srasta")
    while time.monotonic() < begun + 20:
        try:
            if governed.ask(chat()) == 200:
                return time.monotonic() - begun
        except OSError:
            pass
        time.sleep(0.001)
    raise Void("no governed answer within 20 s")
