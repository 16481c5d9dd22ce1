"""Starting and stopping pinned processes inside one scratch folder under build/."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build/release/bin"
SERVER_CPU, LOAD_CPU = 0, 1
# The platform refuses variables that begin with SRASTA_ and that it does not know.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("SRASTA_")}


class Void(Exception):
    """The run says nothing: a peer is missing, an answer was wrong, evidence is incomplete."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def on_cpu(cpu, command):
    """Also ends with the bench, however that ends."""
    return ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", str(cpu), *map(str, command)]


def until(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.01)
    raise Void(f"not within {seconds} s: {what}")


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
        return True
    except OSError:
        return False


class Workshop:
    """A scratch folder and the processes that work in it; leaving it ends them."""

    def __enter__(self):
        (ROOT / "build/bench").mkdir(parents=True, exist_ok=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=ROOT / "build/bench"))
        self.processes = []
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            self.stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, cpu, command, name, **options):
        log = (self.folder / f"{name}.log").open("ab")
        process = subprocess.Popen(on_cpu(cpu, command), stderr=log, env=ENVIRONMENT,
                                   **{"stdout": log, **options})
        self.processes.append(process)
        return process

    def start_printing(self, cpu, command, name):
        """A process that prints one line once it is ready, and that line."""
        process = self.start(cpu, command, name, stdout=subprocess.PIPE, text=True)
        line = process.stdout.readline().strip()
        if not line:
            raise Void(f"{name} did not start: {self.log_of(name)}")
        return process, line

    def log_of(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]

    @staticmethod
    def stop(process):
        if process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
