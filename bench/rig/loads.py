"""The two load generators: wrk for plain requests, bench/load.cc for everything else."""
import json
import re
import subprocess

from rig import configs
from rig.governed import chat
from rig.processes import BIN, LOAD_CPU, Void, on_cpu

MICROSECONDS = {"us": 1, "ms": 1e3, "s": 1e6}


class Wrk:
    """Plain requests; goes on with the next caller where the last run ended."""

    def __init__(self, workshop, connections):
        self.workshop, self.connections, self.turns = workshop, connections, {}

    def script(self, server):
        path = self.workshop.folder / f"wrk-{server.port}.lua"
        headers = "\n".join(f'  wrk.headers["{name}"] = "{value}"' for name, value in server.headers.items())
        path.write_text(configs.WRK.format(body=chat(), headers=headers, tokens=server.tokens,
                                           hold=server.hold))
        return path

    def run(self, server, seconds):
        turn = self.turns.get(server.port, 0)
        out = subprocess.run(
            on_cpu(LOAD_CPU, ["wrk", "-t1", f"-c{self.connections}", f"-d{seconds}s", "--latency", "--timeout", "10s",
                              "-s", self.script(server), f"http://127.0.0.1:{server.port}", "--", turn]),
            capture_output=True, text=True).stdout
        found = re.search(r"(\d+) requests in ([\d.]+)s", out)
        if not found or "Non-2xx" in out or "Socket errors" in out:
            raise Void(f"{server.name}: answers other than 200\n{out}")
        requests = int(found.group(1))
        # wrk makes one more request per connection than it counts.
        self.turns[server.port] = turn + requests + self.connections
        quantiles = {key: float(value) * MICROSECONDS[unit]
                     for key, value, unit in re.findall(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s)", out, re.M)}
        return {"units": requests, "per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)),
                "p50_us": quantiles["50"], "p99_us": quantiles["99"]}


def load(mode, server, **options):
    """One run of bench/load.cc."""
    command = [BIN / "load", mode, "--port", server.port]
    if server.tokens:
        command += ["--tokens", server.tokens]
    for name, value in server.headers.items():
        command += ["--header", f"{name}: {value}"]
    for name, value in options.items():
        command += [f"--{name}", value]
    run = subprocess.run(on_cpu(LOAD_CPU, command), capture_output=True, text=True)
    if run.returncode != 0:
        raise Void(f"{server.name}: {run.stderr.strip()}")
    return json.loads(run.stdout)


def whole_streams(server, sample):
    """A run with a lost, misplaced or refused frame says nothing about speed."""
    if sample["missing"] or sample["misplaced"] or sample["refused"] or sample["broken"]:
        raise Void(f"{server.name}: not every frame came in its turn: {sample}")
    return sample
