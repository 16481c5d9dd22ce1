"""The configuration file, changed over HTTP and by the command line: in force or as it was, kept, and on record."""
import json
import os
import pathlib
import signal
import threading
import time

from administered import Administered
from client import ask
from harness import main, scratch, until

CONFIG = "/srasta/v1/admin/config"
LEVEL = "log: { level: debug }\n"


def text_of(platform):
    return pathlib.Path(platform.config).read_text()


def numbers(platform):
    status, listed = platform.operator("GET", CONFIG + "/revisions")
    assert status == 200, listed
    return [(one["revision"], one["state"]) for one in listed["revisions"]]


def answers(platform):
    try:
        return platform.operator("GET", CONFIG)[0] == 200
    except OSError:
        return False


def a_change_is_in_force_when_it_is_answered_and_can_be_taken_back():
    with scratch() as folder:
        platform = Administered(folder, config_file=folder / "etc/srasta.yaml")
        owner = platform.token_for(platform.add("olga", "owner"))
        before, digest = text_of(platform), ask(platform.port, "GET", CONFIG, owner).json()["digest"]
        assert numbers(platform) == [(1, "in_force")]
        wanted = before.replace("[acme, globex]", "[acme, globex, initech]")
        tried = ask(platform.port, "PUT", CONFIG + "?dry_run=true", owner, {"yaml": wanted})
        assert tried.status == 200 and text_of(platform) == before, tried.body
        changed = ask(platform.port, "PUT", CONFIG, owner, {"yaml": wanted, "note": "a third tenant", "based_on": digest})
        assert changed.status == 200 and changed.json()["revision"] == 2, changed.body
        assert text_of(platform) == wanted
        assert ask(platform.port, "GET", CONFIG, owner).json()["digest"] == changed.json()["digest"] != digest
        assert platform.add("peter", "user", tenant="initech")
        late = ask(platform.port, "PUT", CONFIG, owner, {"yaml": before, "based_on": digest})
        assert (late.status, late.code) == (409, "config_changed"), late.body

        back = ask(platform.port, "POST", CONFIG + "/revert", owner, {"revision": 1})
        assert back.status == 200 and text_of(platform) == before, back.body
        assert numbers(platform) == [(3, "in_force"), (2, "in_force"), (1, "in_force")]
        kept = ask(platform.port, "GET", CONFIG + "/revisions/2", owner).json()
        assert (kept["yaml"], kept["note"], kept["digest"]) == (wanted, "a third tenant", changed.json()["digest"])
        assert ask(platform.port, "POST", CONFIG + "/revert", owner, {"revision": 9}).status == 404
        platform.stop()
        told = platform.told("config.apply", object="2")
        assert [one["out"] for one in told] == ["allow", "ok"] and told[0]["data"]["before"] == digest, told
        taken = platform.records("--act", "config.change.outcome")
        assert [one["out"] for one in taken] == ["ok", "ok"], taken
        assert platform.verify().returncode == 0


def what_may_not_be_changed_changes_nothing():
    with scratch() as folder:
        platform = Administered(folder, config_file=folder / "etc/srasta.yaml")
        owner = platform.token_for(platform.add("olga", "owner"))
        admin, user = (platform.token_for(platform.add(name, role)) for name, role in (("adam", "admin"), ("uma", "user")))
        before = text_of(platform)
        refused = (
            (owner, "lissten: x\n", 422, "invalid_request"),
            (owner, before + "drain: 7s\n", 409, "config_needs_restart"),
            (owner, before + "license: { trusted_keys: [/etc/vendor.pub] }\n", 409, "config_host_only"),
            (owner, before + "audit: { sinks: [{ name: a, url: 'syslog+tls://127.0.0.1:9' }] }\n", 409, "config_host_only"),
            (owner, before.replace("detect: false", "detect: false, upstreams: [{ name: a, kind: openai, url: 'http://127.0.0.1:1', "
                                   f"key_file: '{platform.data}/keys/issuer.pem' }}]"), 409, "config_host_only"),
            (admin, before + "access: { roles: { night: [admin.users] } }\n", 403, "permission_denied"),
            (admin, before.replace("globex", "initech"), 403, "permission_denied"),
            (user, before + LEVEL, 403, "permission_denied"))
        for token, yaml, status, code in refused:
            answer = ask(platform.port, "PUT", CONFIG, token, {"yaml": yaml})
            assert (answer.status, answer.code) == (status, code), (yaml, answer.body)
            assert text_of(platform) == before
        for body in ({}, {"yaml": 1}, {"yaml": before, "more": 1}, {"yaml": before, "based_on": "x"}, {"yaml": "x" * (1 << 20) + "y"}):
            assert ask(platform.port, "PUT", CONFIG, owner, body).status in (400, 413, 422), body
        for path in (CONFIG, CONFIG + "/revisions", CONFIG + "/revisions/1"):
            assert ask(platform.port, "GET", path, user).status == 403
        assert numbers(platform) == [(1, "in_force")]
        assert ask(platform.port, "PUT", CONFIG, admin, {"yaml": before + LEVEL}).status == 200
        platform.stop()
        reasons = {one["data"]["reason"] for one in platform.told("config.apply") if one["out"] == "deny"}
        assert {"invalid_value", "needs_restart", "host_only", "owner_only"} <= reasons, reasons
        denied = [one for one in platform.records("--act", "authz.deny") if CONFIG in one["data"]["route"]]
        assert denied and all(one["pol"]["why"] == "admin.config" for one in denied), platform.records("--act", "authz.deny")


def the_command_line_and_the_editor_are_in_the_history_too():
    with scratch() as folder:
        platform = Administered(folder, config_file=folder / "etc/srasta.yaml")
        before = text_of(platform)
        wanted = folder / "wanted.yaml"
        wanted.write_text(before + LEVEL)
        status, out, problem = platform.command("config", "apply", wanted, "--dry-run")
        assert status == 0 and 'log.level: "info" -> "debug"' in out, (out, problem)
        assert text_of(platform) == before
        status, out, problem = platform.command("config", "apply", wanted, "--note", "to look closer")
        assert status == 0 and json.loads(out)["revision"] == 2, problem
        assert text_of(platform) == before + LEVEL

        pathlib.Path(platform.config).write_text(before + "# by hand\n")
        platform.process.send_signal(signal.SIGHUP)
        until(lambda: len(numbers(platform)) == 3, "the edited file is a revision")
        status, out, _ = platform.command("config", "history")
        assert status == 0 and "to look closer" in out and "host" in out, out
        status, out, _ = platform.command("config", "show", "3")
        assert (status, out) == (0, before + "# by hand\n")
        status, _, problem = platform.command("config", "revert", "1")
        assert status == 0 and text_of(platform) == before, problem
        status, _, problem = platform.command("config", "revert", "77")
        assert status != 0 and problem


def a_killed_service_finds_out_what_became_of_its_change():
    with scratch() as folder:
        platform = Administered(folder, config_file=folder / "etc/srasta.yaml")
        owner = platform.token_for(platform.add("olga", "owner"))
        before = text_of(platform)
        for round_number in range(3):
            body = {"yaml": before + f"# {round_number}\n" + (LEVEL if round_number % 2 else "")}
            pid = platform.admin_pid()
            asking = threading.Thread(target=lambda: ask(platform.port, "PUT", CONFIG, owner, body))
            asking.start()
            time.sleep(0.01 + 0.03 * round_number)
            os.kill(pid, signal.SIGKILL)
            asking.join()
            until(lambda: answers(platform) and platform.admin_pid() != pid, "the service is there again")
            newest = numbers(platform)[0]
            assert newest[1] in ("in_force", "refused"), newest
            until(lambda: all(state != "pending" for _, state in numbers(platform)), "nothing is pending")
            until(lambda: ask(platform.port, "PUT", CONFIG, owner, {"yaml": before}).status == 200, "the next change is made")


main(a_change_is_in_force_when_it_is_answered_and_can_be_taken_back,
     what_may_not_be_changed_changes_nothing,
     the_command_line_and_the_editor_are_in_the_history_too,
     a_killed_service_finds_out_what_became_of_its_change)
