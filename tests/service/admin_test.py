"""Users, roles and keys: what the administration service changes is in force with the next request, recorded, and there
after every kind of end."""
import contextlib
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import threading

from administered import Administered, USERS
from client import Stream, ask, chat
from harness import BIN, ENVIRONMENT, Platform, engine_config, main, scratch, until
from patient_engine import PatientEngine

KEYS = "/srasta/v1/admin/keys"


def changes_are_in_force_with_the_next_request_and_recorded_around():
    engine = PatientEngine()
    with scratch() as folder:
        platform = Administered(folder, engine)
        owner = platform.add("olga", "owner")
        dev = platform.add("dev", "developer", "user")
        by_owner, by_dev = platform.token_for(owner), platform.token_for(dev)
        assert chat(platform.port, by_dev).status == 200
        for _ in range(10):
            off = ask(platform.port, "PATCH", f"{USERS}/{dev}", by_owner, {"disabled": True})
            assert off.status == 200 and off.json()["disabled"] is True, off.body
            refused = chat(platform.port, by_dev)
            assert (refused.status, refused.code) == (403, "principal_disabled"), refused.body
            assert ask(platform.port, "PATCH", f"{USERS}/{dev}", by_owner, {"disabled": False}).status == 200
            assert chat(platform.port, by_dev).status == 200
        stream = Stream(platform.port, by_dev)
        until(lambda: stream.data, "the stream has begun")
        taken = ask(platform.port, "PUT", f"{USERS}/{dev}/roles", by_owner, {"roles": ["auditor"]})
        assert taken.status == 200 and taken.json()["roles"] == ["auditor"], taken.body
        assert taken.fields["x-srasta-audit"].startswith("admin:"), taken.fields
        assert taken.fields["cache-control"] == "no-store"
        until(lambda: stream.ended, "the stream ends with the right to it")
        assert chat(platform.port, by_dev).code in ("permission_denied", "role_missing")
        platform.stop()
        both = platform.told("role.change", object=dev)
        assert [one["out"] for one in both] == ["allow", "ok"], both
        assert both[0]["actor"]["id"] == owner and both[0]["corr"]["rid"] == both[1]["corr"]["rid"]
        assert both[0]["data"] == {"object": dev, "tenant": "acme", "before": "developer/user", "after": "auditor"}
        assert both[0]["pol"]["why"] == "admin.roles"
        assert platform.verify().returncode == 0, platform.verify().stdout
        complete = subprocess.run([BIN / "srasta", "audit", "complete", "--data", platform.data],
                                  capture_output=True, text=True, env=ENVIRONMENT)
        assert complete.returncode == 0, complete.stdout
    engine.stop()


def what_is_not_allowed_changes_nothing_and_is_recorded():
    with scratch() as folder:
        platform = Administered(folder)
        owner, admin = platform.add("olga", "owner"), platform.add("adam", "admin")
        there = platform.add("gina", "user", tenant="globex")
        tokens = {name: platform.token_for(id) for name, id in (("owner", owner), ("admin", admin))}
        before = platform.operator("GET", "/srasta/v1/admin/export")[1]
        cases = [
            ("admin", "PUT", f"{USERS}/{admin}/roles", {"roles": ["admin", "owner"]}, 403, "permission_denied", "role_not_held"),
            ("admin", "PUT", f"{USERS}/{admin}/roles", {"roles": ["admin", "auditor"]}, 403, "permission_denied", "own_roles"),
            ("admin", "DELETE", f"{USERS}/{owner}", None, 403, "permission_denied", "role_not_held"),
            ("owner", "PUT", f"{USERS}/{owner}/roles", {"roles": ["user"]}, 409, "last_owner", "last_owner"),
            ("owner", "DELETE", f"{USERS}/{owner}", None, 409, "last_owner", "last_owner"),
            ("owner", "PATCH", f"{USERS}/{owner}", {"disabled": True}, 409, "last_owner", "last_owner"),
            ("admin", "PATCH", f"{USERS}/{there}", {"disabled": True}, 404, "not_found", "object"),
            ("admin", "POST", USERS, {"name": "eve", "tenant": "globex"}, 422, "invalid_request", "invalid_value"),
            ("owner", "POST", USERS, {"name": "olga"}, 409, "already_exists", "exists"),
            ("owner", "POST", USERS, {"name": "eve", "admin": True}, 422, "invalid_request", "invalid_value"),
            ("owner", "POST", USERS, {"name": "a\u202eb"}, 422, "invalid_request", "invalid_value"),
            ("owner", "POST", USERS, {"name": "x" * 129}, 422, "invalid_request", "invalid_value"),
            ("owner", "POST", USERS, {"name": 7}, 422, "invalid_request", "invalid_value"),
            ("owner", "POST", USERS, {"name": "eve", "roles": "user"}, 422, "invalid_request", "invalid_value"),
            ("owner", "PUT", f"{USERS}/{admin}/roles", {}, 422, "invalid_request", "invalid_value"),
            ("owner", "POST", "/srasta/v1/admin/tenants", {"name": "acme"}, 409, "declared_in_file", "declared"),
            ("owner", "POST", "/srasta/v1/admin/tenants", {"name": "../x"}, 422, "invalid_request", "invalid_value"),
            ("admin", "POST", "/srasta/v1/admin/tenants", {"name": "new"}, 403, "permission_denied", "role_not_held"),
            ("owner", "PUT", "/srasta/v1/admin/roles/owner", {"permissions": ["rag.read"]}, 409, "declared_in_file", "declared"),
            ("owner", "DELETE", f"{KEYS}/aaaaaaaaaaaa", None, 404, "not_found", "object"),
        ]
        for who, method, path, body, status, code, reason in cases:
            answer = ask(platform.port, method, path, tokens[who], body)
            assert (answer.status, answer.code) == (status, code), (method, path, body, answer.status, answer.body)
            rid = answer.fields["x-request-id"]
            found = until(lambda: platform.records("--stream", "admin", "--request", rid), f"a record of {path}")
            assert [(one["out"], one["data"].get("reason")) for one in found] == [("deny", reason)], (path, found)
        malformed = ask(platform.port, "POST", USERS, tokens["owner"])
        assert malformed.status in (400, 411, 415), malformed.status
        unknown = ask(platform.port, "POST", f"{USERS}?dry=1", tokens["owner"], {"name": "eve"})
        assert (unknown.status, unknown.code) == (400, "invalid_parameter"), unknown.body
        tried = ask(platform.port, "PUT", f"{USERS}/{admin}/roles?dry_run=true", tokens["owner"], {"roles": ["auditor"]})
        assert tried.status == 200 and tried.json()["roles"] == ["auditor"], tried.body
        assert platform.operator("GET", "/srasta/v1/admin/export")[1] == before
        platform.stop()
        assert platform.verify().returncode == 0, platform.verify().stdout


def the_configuration_is_shown_and_compared_to_whom_it_is_for():
    with scratch() as folder:
        platform = Administered(folder)
        platform.add("olga", "owner")
        platform.add("dev", "developer")
        owner, dev = platform.token_for("olga"), platform.token_for("dev")
        shown = ask(platform.port, "GET", "/srasta/v1/admin/config", owner).json()
        values = {one["key"]: one for one in shown["settings"]}
        assert json.loads(values["tenants"]["value"]) == ["acme", "globex"] and values["tenants"]["source"] == "file", values["tenants"]
        assert ask(platform.port, "GET", "/srasta/v1/admin/config", dev).status == 403
        text = platform.config.read_text()
        compared = ask(platform.port, "POST", "/srasta/v1/admin/config/check", owner, {"yaml": text + "drain: 7s\n"}).json()
        assert compared["changes"] == [{"key": "drain", "before": values["drain"]["value"], "after": "7s"}], compared
        same = ask(platform.port, "POST", "/srasta/v1/admin/config/check", owner, {"yaml": "# a remark\n" + text}).json()
        assert (same["digest"], same["changes"]) == (shown["digest"], []), same
        wrong = ask(platform.port, "POST", "/srasta/v1/admin/config/check", owner, {"yaml": "lissten: x\n"})
        assert (wrong.status, wrong.code) == (422, "invalid_request") and b"did you mean" in wrong.body, wrong.body
        assert platform.config.read_text() == text
        platform.stop()


def keys_are_shown_once_and_end_with_their_owner():
    engine = PatientEngine()
    with scratch() as folder:
        platform = Administered(folder, engine)
        owner, dev = platform.add("olga", "owner"), platform.add("dev", "developer")
        by_dev, by_owner = platform.token_for(dev), platform.token_for(owner)
        for roles, status, code in ((["developer", "admin"], 403, "permission_denied"), (["*"], 422, "invalid_request"),
                                    ([], 422, "invalid_request"), (None, 422, "invalid_request")):
            refused = ask(platform.port, "POST", KEYS, by_dev, {} if roles is None else {"roles": roles})
            assert (refused.status, refused.code) == (status, code), (roles, refused.body)
        made = ask(platform.port, "POST", KEYS, by_dev, {"roles": ["developer"], "label": "ci", "models": ["general"]})
        assert made.status == 201 and made.fields["cache-control"] == "no-store", made.body
        key, id = made.json()["key"], made.json()["id"]
        assert key.startswith(f"sk-srasta-{id}-")
        assert chat(platform.port, key).status == 200
        assert chat(platform.port, key, model="m1").status == 404
        by_key = ask(platform.port, "POST", KEYS, key, {"roles": ["developer"]})
        assert (by_key.status, by_key.code) == (403, "permission_denied"), by_key.body
        shown = ask(platform.port, "GET", f"{KEYS}/{id}", by_dev).json()
        assert "key" not in shown and "secret" not in shown and shown["models"] == ["general"], shown
        assert ask(platform.port, "GET", KEYS, by_dev).json()["keys"] == [shown]
        assert ask(platform.port, "DELETE", f"{USERS}/{dev}", by_owner).status == 200
        assert chat(platform.port, key).code == "key_invalid"
        assert chat(platform.port, by_dev).code == "principal_disabled"
        again = platform.add("dev", "developer")
        assert again != dev and chat(platform.port, by_dev).code == "principal_disabled"
        platform.stop()
        created = platform.told("key.create", object=id)
        assert [one["out"] for one in created] == ["allow", "ok"] and created[0]["data"]["after"] == "developer"
        secret = key.removeprefix(f"sk-srasta-{id}-").encode()
        for path in [*platform.data.rglob("*"), platform.log]:
            if path.is_file():
                assert secret not in path.read_bytes(), path
    engine.stop()


def everything_is_there_after_a_kill_and_requests_meanwhile_are_told():
    with scratch() as folder:
        platform = Administered(folder)
        owner = platform.add("olga", "owner")
        token = platform.token_for(owner)
        victim = platform.admin_pid()
        os.kill(victim, signal.SIGSTOP)
        asked = []
        waiting = threading.Thread(target=lambda: asked.append(ask(platform.port, "GET", USERS, token)))
        waiting.start()
        assert ask(platform.port, "GET", "/v1/models", token).status in (200, 403)  # the gateway does not wait for it
        os.kill(victim, signal.SIGKILL)
        waiting.join(timeout=30)
        assert (asked[0].status, asked[0].code) == (503, "service_unavailable"), asked[0].body
        until(lambda: platform.admin_pid() not in (None, victim), "another administration service")
        until(lambda: ask(platform.port, "GET", USERS, token).status == 200, "an answer of it")
        assert [user["id"] for user in ask(platform.port, "GET", USERS, token).json()["users"]] == [owner]
        platform.stop()
        failed = [one for one in platform.records("--act", "admin.read") if one["out"] == "error"]
        assert failed and failed[0]["data"]["reason"] == "no_service", failed
        again = Administered(folder)
        assert again.operator("GET", f"{USERS}/{owner}")[1]["roles"] == ["owner"]
        again.stop()


def kills_between_changes_leave_each_of_them_whole():
    """Every change that was answered with success is there, and no other than those that were asked."""
    with scratch() as folder:
        platform = Administered(folder)
        dev = platform.add("dev", "user")
        told = None
        for number in range(6):
            victim = until(platform.admin_pid, "the administration service")
            asked = []

            def give(roles):
                with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                    status, answer = platform.operator("PUT", f"{USERS}/{dev}/roles", {"roles": roles})
                    if status == 200:
                        asked.append(answer["roles"])

            def keep_asking():
                for turn in range(200):
                    give(["user"] if turn % 2 else ["developer"])
                    if platform.admin_pid() != victim:
                        return
            thread = threading.Thread(target=keep_asking)
            thread.start()
            until(lambda: len(asked) > 3, "changes are made")
            os.kill(victim, signal.SIGKILL)
            thread.join(timeout=60)
            until(lambda: platform.admin_pid() not in (None, victim), "another administration service")
            told = until(lambda: reachable(platform, dev), "an answer")
            assert told in (["user"], ["developer"]), told
        platform.stop()
        assert platform.verify().returncode == 0, platform.verify().stdout
        complete = subprocess.run([BIN / "srasta", "audit", "complete", "--data", platform.data],
                                  capture_output=True, text=True, env=ENVIRONMENT)
        assert complete.returncode == 0, complete.stdout + complete.stderr


def reachable(platform, user):
    with contextlib.suppress(OSError, http.client.HTTPException):
        status, answer = platform.operator("GET", f"{USERS}/{user}")
        return answer["roles"] if status == 200 else None
    return None


def a_damaged_database_is_refused_and_left_as_it_is():
    with scratch() as folder:
        platform = Administered(folder)
        platform.add("olga", "owner")
        platform.stop()
        database = platform.data / "admin/admin.db"
        whole = database.read_bytes()
        for damaged in (whole[:len(whole) // 2], whole[:100] + b"\xff" * 4000 + whole[4100:]):
            database.write_bytes(damaged)
            refused = subprocess.run([BIN / "srasta", "up", "--data", platform.data, "--config", platform.config,
                                      "--listen", "127.0.0.1:0"], capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
            assert refused.returncode == 1 and "admin.db" in refused.stderr, refused.stderr
            assert database.read_bytes() == damaged
        database.write_bytes(whole)
        again = Administered(folder)
        assert len(again.operator("GET", USERS)[1]["users"]) == 1
        again.stop()


def without_its_log_nothing_is_changed():
    with scratch() as folder:
        platform = Administered(folder)
        platform.add("olga", "owner")
        segments = platform.data / "audit/admin/seg"
        for segment in segments.iterdir():
            segment.rename(segment.with_suffix(".moved"))
        refused = until(lambda: unless_made(platform), "the service sees that its log is gone")
        assert refused["code"] == "audit_unavailable", refused
        names = {user["name"] for user in platform.operator("GET", USERS)[1].get("users", [])}
        assert "late" not in names, names
        platform.process.send_signal(signal.SIGTERM)
        platform.process.wait(timeout=60)


def unless_made(platform):
    status, answer = platform.operator("POST", USERS, {"name": "late", "tenant": "acme"})
    if status == 201:
        platform.operator("DELETE", f"{USERS}/{answer['id']}")
    return answer if status == 503 else None


def the_command_line_does_the_same():
    with scratch() as folder:
        platform = Administered(folder)
        assert platform.command("tenant", "add", "initech")[0] == 0
        assert "initech" in platform.command("tenant", "list")[1]
        assert platform.command("role", "define", "helper", "--permission", "inference.*")[0] == 0
        assert platform.command("user", "add", "olga", "--tenant", "initech", "--role", "owner")[0] == 0
        assert platform.command("user", "add", "bot", "--service", "--tenant", "initech", "--role", "helper")[0] == 0
        listed = platform.command("user", "list")[1].splitlines()
        assert [line.split()[3:] for line in listed[1:] if "bot" in line] == [["bot", "active", "helper"]], listed
        assert platform.command("user", "roles", "bot", "--role", "service", "--dry-run")[0] == 0
        assert '"roles":["helper"]' in platform.command("user", "show", "bot")[1]
        assert platform.command("user", "roles", "bot", "--role", "service")[0] == 0
        status, made, problem = platform.command("key", "add", "--owner", "bot", "--role", "service", "--days", "7")
        assert status == 0, problem
        key = json.loads(made)
        assert ask(platform.port, "GET", "/v1/models", key["key"]).status == 200
        assert key["id"] in platform.command("key", "list")[1]
        assert platform.command("key", "revoke", key["id"])[0] == 0
        assert ask(platform.port, "GET", "/v1/models", key["key"]).code == "key_invalid"
        group = json.loads(platform.command("group", "add", "makers", "--tenant", "initech", "--role", "developer")[1])
        assert platform.command("group", "set", group["id"], "--role", "developer", "--member", "bot")[0] == 0
        assert json.loads(platform.command("user", "show", "bot")[1])["effective_roles"] == ["developer", "service"]
        assert platform.command("group", "remove", group["id"])[0] == 0
        assert platform.command("user", "disable", "bot")[0] == 0
        assert platform.command("user", "enable", "bot")[0] == 0
        assert platform.command("tenant", "suspend", "initech")[0] == 0
        assert platform.command("tenant", "resume", "initech")[0] == 0
        status, _, problem = platform.command("user", "remove", "olga")
        assert status == 1 and "without an owner" in problem, problem
        assert platform.command("user", "remove", "bot")[0] == 0
        assert platform.command("role", "remove", "helper")[0] == 0
        status, _, problem = platform.command("user", "show", "nobody")
        assert status == 1 and "there is no user nobody" in problem, problem
        assert set(json.loads(platform.command("access", "export")[1])) == {"tenants", "users", "groups", "roles", "keys"}
        platform.stop()
        status, _, problem = platform.command("user", "list")
        assert status == 1 and "srasta up" in problem, problem


def the_host_makes_an_owner_when_nobody_else_can():
    with scratch() as folder:
        platform = Administered(folder)
        status, _, problem = platform.command("admin", "recover", "olga", "--config", platform.config)
        assert status != 0 and "srasta user" in problem, (status, problem)
        service = platform.operator("POST", USERS, {"name": "bot", "tenant": "acme", "kind": "service", "roles": ["service"]})
        user = platform.add("olga", "user", tenant="acme")
        disabled = platform.operator("PATCH", f"{USERS}/{user}", {"disabled": True})
        assert (service[0], disabled[0]) == (201, 200), (service, disabled)
        token = None
        platform.stop()
        for words, worked in ((("olga", "--tenant", "acme"), True), (("nora", "--tenant", "acme"), True), (("bot", "--tenant", "acme"), False),
                              (("x y", "--tenant", "acme"), False),
                              (("olga", "--tenant", "nowhere"), False)):
            status, out, problem = platform.command("admin", "recover", *words, "--config", platform.config)
            assert (status == 0) == worked and ("/auth/setup/" in out) == worked, (words, out, problem)
            token = out.rsplit("/", 1)[-1].strip() if words[0] == "nora" else token
        told = platform.records("--stream", "operator", "--act", "admin.recover.outcome")
        assert [one["out"] for one in told] == ["ok", "ok", "error", "error"], told
        platform = Administered(folder)
        status, found = platform.operator("GET", f"{USERS}/{user}")
        assert set(found["roles"]) == {"admin", "owner", "user"} and not found["disabled"], found
        page = ask(platform.port, "GET", f"/auth/setup/{token}")
        assert page.status == 200 and b"nora" in page.body, page.body
        assert ask(platform.port, "GET", "/srasta/v1/admin/users", platform.token_for(user)).status == 200
        until(lambda: platform.verify().returncode == 0, "the supervisor has countersigned what was written while it was down")
        platform.stop()


def a_license_that_ran_out_lets_nothing_grow_and_takes_nothing_away():
    engine = PatientEngine()
    with scratch() as folder:
        vendor, public = folder / "vendor.pem", folder / "vendor.pub"
        public.write_text(subprocess.check_output([BIN / "srasta", "license", "key", vendor], text=True, env=ENVIRONMENT))
        public.chmod(0o644)
        rules = f"tenants: [acme]\nlicense: {{ trusted_keys: ['{public}'] }}\n"
        platform = Administered(folder, engine, rules)
        owner, dev = platform.add("olga", "owner"), platform.add("dev", "developer")
        by_owner, by_dev = platform.token_for(owner), platform.token_for(dev)

        def install(*words):
            text = subprocess.check_output([BIN / "srasta", "license", "issue", "--key", vendor, "--customer", "Acme AG", *words],
                                           text=True, env=ENVIRONMENT)
            (folder / "license").write_text(text)
            return platform.command("license", "install", folder / "license")

        assert json.loads(platform.command("license", "show")[1])["posture"] == "community"
        assert '"posture":"valid"' in install("--days", "365", "--seats", "2")[1]
        full = ask(platform.port, "POST", USERS, by_owner, {"name": "one-more"})
        assert (full.status, full.code) == (403, "license_limit"), full.body
        assert ask(platform.port, "POST", USERS, by_owner, {"name": "bot", "kind": "service"}).status == 201
        assert '"posture":"expiring"' in install("--days", "20")[1]
        (folder / "license").write_text("a.b.c")
        status, _, problem = platform.command("license", "install", folder / "license")
        assert status == 2 and "signature" in problem, (status, problem)
        by_hand = ask(platform.port, "PUT", "/srasta/v1/admin/license", by_owner, {"license": "a.b.c"})
        assert (by_hand.status, by_hand.code) == (422, "license_invalid"), by_hand.body
        assert json.loads(platform.command("license", "show")[1])["posture"] == "expiring"
        # Its days are over: the time that is believed is set forward, as a month of running would.
        platform.stop()
        database = sqlite3.connect(platform.data / "admin/admin.db")
        database.execute("UPDATE license_clock SET latest = latest + 40 * 86400")
        database.commit()
        database.close()
        platform = Administered(folder, engine, rules)
        assert json.loads(platform.command("license", "show")[1])["posture"] == "read_only"
        by_owner, by_dev = platform.token_for(owner), platform.token_for(dev)
        for path, body in ((USERS, {"name": "eve", "kind": "service"}), ("/srasta/v1/admin/tenants", {"name": "new"}),
                           ("/srasta/v1/admin/groups", {"name": "new", "roles": []})):
            refused = ask(platform.port, "POST", path, by_owner, body)
            assert (refused.status, refused.code) == (403, "license_read_only"), (path, refused.body)
        refused = ask(platform.port, "PUT", "/srasta/v1/admin/config", by_owner, {"yaml": platform.config.read_text()})
        assert (refused.status, refused.code) == (403, "license_read_only"), refused.body
        assert chat(platform.port, by_dev).status == 200
        key = ask(platform.port, "POST", KEYS, by_dev, {"roles": ["developer"]})
        assert key.status == 201, key.body
        assert ask(platform.port, "DELETE", f"{KEYS}/{key.json()['id']}", by_dev).status == 200
        assert ask(platform.port, "GET", "/srasta/v1/admin/export", by_owner).status == 200
        assert ask(platform.port, "DELETE", f"{USERS}/{dev}", by_owner).status == 200
        assert platform.command("license", "remove")[0] == 0
        assert ask(platform.port, "POST", USERS, by_owner, {"name": "eve"}).status == 201
        platform.stop()
        states = [one["data"]["after"] for one in platform.told("license.state")]
        assert states == ["community", "valid", "expiring", "read_only", "community"], states
        assert len(platform.told("license.deny", reason="read_only")) == 4
        assert platform.verify().returncode == 0
    engine.stop()


def keys_of_licenses_that_anybody_could_have_are_refused_at_start():
    with scratch() as folder:
        public = folder / "vendor.pub"
        public.write_text("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\n")
        public.chmod(0o644)
        for mode, said in ((0o644, "RFC 8032"), (0o664, "chmod go-w")):
            public.chmod(mode)
            config = folder / "srasta.yaml"
            config.write_text(f"license: {{ trusted_keys: ['{public}'] }}\n")
            refused = subprocess.run([BIN / "srasta", "up", "--data", folder / "data", "--config", config, "--listen",
                                      "127.0.0.1:0"], capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
            assert refused.returncode == 2 and said in refused.stderr, (refused.returncode, refused.stderr)


main(changes_are_in_force_with_the_next_request_and_recorded_around, the_configuration_is_shown_and_compared_to_whom_it_is_for,
     what_is_not_allowed_changes_nothing_and_is_recorded,
     keys_are_shown_once_and_end_with_their_owner, everything_is_there_after_a_kill_and_requests_meanwhile_are_told,
     kills_between_changes_leave_each_of_them_whole, a_damaged_database_is_refused_and_left_as_it_is,
     without_its_log_nothing_is_changed, the_command_line_does_the_same,
     the_host_makes_an_owner_when_nobody_else_can,
     a_license_that_ran_out_lets_nothing_grow_and_takes_nothing_away,
     keys_of_licenses_that_anybody_could_have_are_refused_at_start)
