"""Commands of the tool gateway: what a run changes comes back as a patch, workspaces keep it, and nothing of a run is left."""
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import time

from client import ask
from harness import BIN, ENVIRONMENT, main, scratch, until
from tooled import Tooled

FORMAT = {"repo": "payments-api", "ref": "agent/x", "command": "format", "params": {"file": "src/a.cc"}}
TEST = {"repo": "payments-api", "ref": "agent/x", "command": "test"}


def probe(platform, code):
    """The command `test` runs this Python."""
    platform.repositories["payments-api"].commit("agent/x", {
        "build/CTestTestfile.cmake": 'add_test(Probe "/usr/bin/python3" "../src/probe.py")\n', "src/probe.py": code})


def sleepers(word):
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if word.encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def sleeping(platform):
    """A command whose processes can be told from all others of this host."""
    word = f"sleeps-for-{os.getpid()}-{time.monotonic_ns()}"
    probe(platform, f"import os, subprocess\nfor _ in range(3):\n    if os.fork() == 0: os.setsid()\n"
                    f"subprocess.run(['/usr/bin/python3', '-c', 'import time; time.sleep(600)', '{word}'])\n")
    return word


def begin(platform, **more):
    """A call that nobody reads the answer of."""
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=60)
    connection.request("POST", "/srasta/v1/tools/call/command_run", json.dumps(TEST | more),
                       {"Authorization": f"Bearer {platform.secrets['P1']}", "Content-Type": "application/json"})
    return connection


def outcomes(platform):
    return [(record["out"], record.get("pol", {}).get("why")) for record in platform.records("--stream", "tools")
            if record["act"] == "tool.run"]


def what_a_command_changes_comes_back_as_a_patch(platform):
    repository = platform.repositories["payments-api"]
    head = repository.commit("agent/x", {"src/a.cc": "int   a( ){return 1;}\n"})
    ran = platform.result("P1", "command_run", **FORMAT)
    assert (ran["outcome"], ran["exitCode"], ran["commit"]) == ("exited", 0, head), ran
    assert ran["captured"]["decision"] == "allow" and ran["leftOut"] == 2, ran  # the secret files
    assert repository.tip("agent/x") == head
    change = {"repo": "payments-api", "patch": ran["captured"]["patch"]}
    checked = platform.result("P1", "patch_check", base="agent/x", **change)
    assert (checked["effects"], checked["digest"]) == (ran["captured"]["effects"], ran["captured"]["digest"]), checked
    platform.result("P1", "patch_apply", branch="agent/x", expectedHead=head, message="format", **change)
    assert repository.git("show", "agent/x:src/a.cc") == "int a() { return 1; }"
    assert "captured" not in platform.result("P1", "command_run", **FORMAT)  # nothing is left to change


def what_it_may_not_change_it_does_not(platform):
    repository = platform.repositories["payments-api"]
    repository.commit("agent/x", {"src/a.cc": "auto   x=  \"ghp_" + "a1B2" * 9 + "\";\n"})
    ran = platform.result("P1", "command_run", **FORMAT)["captured"]
    assert ran["decision"] == "deny" and ran["reason"] == "CONTENT_SECRET" and "patch" not in ran, ran


def workspaces_keep_what_runs_changed(platform):
    probe(platform, "import pathlib\nfile = pathlib.Path('/workspace/src/count')\n"
                    "file.write_text((file.read_text() if file.exists() else '') + '.')\nprint('count', file.read_text())\n"
                    "raise SystemExit(1)\n")
    opened = platform.result("P1", "workspace_open", repo="payments-api", ref="agent/x", ttlSeconds=60)
    where = {"repo": "payments-api", "workspace": opened["workspace"], "command": "test"}
    for count in (1, 2):
        ran = platform.result("P1", "command_run", **where)
        assert f"count {'.' * count}\n" in ran["stdout"]["head"], ran
    assert "count .\n" in platform.result("P1", "command_run", **TEST)["stdout"]["head"]
    platform.refused("P1", "command_run", "ARG_SCHEMA", where, ref="agent/x")
    platform.refused("P1", "command_run", "HANDLE_UNKNOWN", where, workspace="ws_" + "0" * 32)
    platform.result("P1", "workspace_close", repo="payments-api", workspace=opened["workspace"])
    platform.refused("P1", "command_run", "HANDLE_UNKNOWN", where)
    short = platform.result("P1", "workspace_open", repo="payments-api", ref="agent/x", ttlSeconds=1)["workspace"]
    until(lambda: platform.call("P1", "command_run", where, workspace=short).status == 404, "its end")
    platform.refused("P1", "command_run", "HANDLE_EXPIRED", where, workspace=short)


def a_run_ends_with_its_time_and_its_client(platform):
    word = sleeping(platform)
    ran = platform.result("P1", "command_run", **TEST, timeoutMs=1500)
    assert ran["outcome"] == "timeout" and not sleepers(word), ran
    until(lambda: outcomes(platform)[-1] == ("error", "TIMEOUT"), "its record")
    connection = begin(platform)
    until(lambda: sleepers(word), "the run")
    connection.close()
    until(lambda: not sleepers(word), "the end of the run")
    until(lambda: outcomes(platform)[-1] == ("error", "CANCELLED"), "its record")


def places_are_counted(platform):
    word = sleeping(platform)
    connections = [begin(platform) for _ in range(2)]
    until(lambda: len(outcomes(platform)) and sum(1 for o in outcomes(platform)[-2:] if o[0] == "allow") == 2, "two runs")
    refused = platform.call("P1", "command_run", TEST)
    assert refused.status == 429 and platform.reason(refused) == "CONCURRENCY", refused.body
    for connection in connections:
        connection.close()
    until(lambda: not sleepers(word), "the end of both")
    until(lambda: platform.call("P1", "command_run", FORMAT).status == 200, "a place")


def nothing_outlives_the_service(platform):
    word = sleeping(platform)
    connection = begin(platform)
    until(lambda: sleepers(word), "the run")
    services = [pid for pid in sleepers("srasta-tools") if str(platform.data).encode()
                in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(min(services), signal.SIGKILL)
    until(lambda: not sleepers(word), "the end of the run")
    connection.close()
    until(lambda: ask(platform.port, "GET", "/srasta/v1/tools", platform.secrets["P1"]).status == 200, "another one", 60)
    until(lambda: outcomes(platform)[-1][0] == "unknown", "the end that nobody saw")
    assert platform.result("P1", "command_run", **FORMAT)["exitCode"] == 0


def doctor(folder, *options):
    return subprocess.run([BIN / "srasta", "doctor", "--data", folder / "none", *options], capture_output=True, text=True,
                          env=ENVIRONMENT)


def doctor_says_how_far_commands_are_kept_apart():
    with scratch() as folder:
        given = doctor(folder, "--expect", "T1")
        assert re.search(r"^ok +sandbox +commands run at t1", given.stdout, re.MULTILINE), given.stdout + given.stderr
        assert "sandbox" not in doctor(folder).stdout  # there is no policy
        assert doctor(folder, "--expect", "T9").returncode == 2


def commands_run_in_sandboxes():
    with scratch() as folder:
        platform = Tooled(folder)
        for test in (what_a_command_changes_comes_back_as_a_patch, what_it_may_not_change_it_does_not,
                     workspaces_keep_what_runs_changed, a_run_ends_with_its_time_and_its_client, places_are_counted,
                     nothing_outlives_the_service):
            test(platform)
        platform.stop()
        assert not list((folder / "data/tools/runs").iterdir())
        assert platform.verify().returncode == 0, platform.verify().stdout


main(commands_run_in_sandboxes, doctor_says_how_far_commands_are_kept_apart)
