"""What the walks along the audit log share: the commands, and a platform that has lived."""
import pathlib
import subprocess
import sys

from client import chat
from harness import BIN, ENVIRONMENT, Platform, engine_config
from records import stored_records

VERIFIER = pathlib.Path(__file__).resolve().parents[2] / "verifiers/audit_verify.py"


def audit(data, *words):
    run = subprocess.run([BIN / "srasta", "audit", *map(str, words), "--data", data], capture_output=True, text=True,
                         env=ENVIRONMENT)
    return run.returncode, run.stdout, run.stderr


def both_verify(data, *options):
    """Both verifiers, which must agree."""
    status, text, problem = audit(data, "verify", *options)
    second = subprocess.run([sys.executable, VERIFIER, data, *map(str, options)], capture_output=True, text=True)
    assert (second.returncode, second.stdout) == (status, text), (text, problem, second.stdout, second.stderr)
    return status, text


def both_check(bundle, *options):
    """Both verifiers, which must say the same, away from any log."""
    first = subprocess.run([BIN / "srasta", "audit", "check-bundle", bundle, *map(str, options)], capture_output=True,
                           text=True, env=ENVIRONMENT)
    second = subprocess.run([sys.executable, VERIFIER, "--bundle", bundle, *map(str, options)], capture_output=True,
                            text=True)
    assert (second.returncode, second.stdout) == (first.returncode, first.stdout), (
        first.stdout, first.stderr, second.stdout, second.stderr)
    return first.returncode, first.stdout


def segment(data, stream="gateway"):
    return max((data / f"audit/{stream}/seg").iterdir())


def checkpoint_size(data, stream="gateway"):
    path = data / f"audit/{stream}/checkpoint"
    return int(path.read_text().split("\n")[1]) if path.exists() else 0


def remembered(data, stream, of):
    """The heads of the stream `of` that records of `stream` carry: number of the record, size and leaf."""
    return [(record["seq"], seen["n"], seen["h"]) for record in stored_records(data) if record["strm"] == stream
            for seen in record.get("ent", ()) if seen["s"] == of]


def lived(folder, engine, requests=3):
    """A platform that served some requests and ended."""
    platform = Platform(folder / "data", engine_config(engine))
    token = platform.token()
    assert all(chat(platform.port, token).status == 200 for _ in range(requests))
    platform.stop()
    return platform.data
