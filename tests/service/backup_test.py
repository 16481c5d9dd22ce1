"""An installation is backed up, wiped, restored and verified; what is damaged is named, and a restore that is killed
leaves the installation of before or the restored one."""
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from audit_walk import both_verify
from client import chat
from harness import BIN, ENVIRONMENT, Engine, Platform, engine_config, main, scratch, until

LIMITS = ("limits:\n  budgets:\n    - { name: all, scope: tenant, day: 1000000 }\n")


def run(*words, **options):
    return subprocess.run([BIN / "srasta", *words], capture_output=True, text=True, env=ENVIRONMENT, **options)


def backup(*words, **options):
    return run("backup", *words, **options)


def made(*words, **options):
    found = run(*words, **options)
    assert found.returncode == 0, found
    return found.stdout


def recovery_key(data, folder):
    path = folder / "recovery.key"
    path.write_text(made("backup", "key", "--data", data))
    return path


def create(platform, to):
    return pathlib.Path(json.loads(made("backup", "create", "--data", platform.data, "--config", platform.config,
                                        "--to", to, "--json"))["path"])


def first_key(platform, name="dev"):
    made("user", "add", name, "--role", "developer", "--role", "user", "--data", platform.data)
    text = made("key", "add", "--owner", name, "--role", "developer", "--data", platform.data)
    return json.loads(text)["key"]


def restore(data, identity, found, *more):
    return backup("restore", found, "--identity", identity, "--data", data, *more)


def verify(found, identity, *more):
    return backup("verify", found, "--identity", identity, *more)


def export(platform):
    return json.loads(made("access", "export", "--data", platform.data))


def backed_up_wiped_restored_and_used():
    engine = Engine()
    with scratch() as folder:
        platform = Platform(folder / "data", engine_config(engine))
        data, sets = platform.data, folder / "sets"
        refused = backup("create", "--data", data, "--to", sets)
        assert refused.returncode == 1 and "srasta backup key" in refused.stderr, refused
        identity = recovery_key(data, folder)
        again = backup("key", "--data", data)
        assert again.returncode == 1 and "AGE-SECRET" not in again.stdout, again
        old = first_key(platform)
        assert chat(platform.port, old).status == 200
        before = export(platform)
        found = create(platform, sets)
        late = first_key(platform, "late")
        assert chat(platform.port, late).status == 200
        shown = json.loads(made("backup", "list", "--to", sets, "--json"))["sets"]
        assert [row["id"] for row in shown] == [found.name] and shown[0]["complete"], shown
        checked = verify(found, identity, "--data", data)
        assert checked.returncode == 0 and "level 2" in checked.stdout, checked
        running = restore(data, identity, found)
        assert running.returncode == 1 and "stop the platform first" in running.stderr, running
        platform.stop()
        shutil.rmtree(data)

        restored = restore(data, identity, found)
        assert restored.returncode == 0 and "the audit log is that of the set" in restored.stdout, restored
        platform = Platform(data, engine_config(engine))
        assert chat(platform.port, old).status == 200
        assert chat(platform.port, late).status == 401, "what came after the barrier is not there"
        assert export(platform) == before
        new = first_key(platform, "later")
        assert chat(platform.port, new).status == 200
        told = platform.records("--stream", "operator", "--act", "backup.")
        assert [row["act"] for row in told] == ["backup.create.intent", "backup.create.outcome", "backup.restore"], told
        assert told[1]["out"] == "unknown", "its end came after the barrier"
        for stream in ("gateway", "admin", "install", "operator"):
            rows = platform.records("--stream", stream, "--act", "log.restored")
            assert [row["data"]["set"] for row in rows] == [found.name], (stream, rows)
        platform.stop()
        status, text = both_verify(data)[:2]
        assert status == 0 and "gateway: RESTORED " in text, text


main(backed_up_wiped_restored_and_used)
