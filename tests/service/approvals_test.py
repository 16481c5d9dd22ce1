"""Approvals: who may say yes to what, and that a yes is good for one call, once, however the service ends."""
import contextlib
import os
import pathlib
import signal
import sqlite3
import subprocess
import threading

from client import ask
from harness import BIN, ENVIRONMENT, main, scratch, until
from tooled import CASES, Tooled

OLD, NEW = "bool login() { return false; }", "bool login() { return true; }"


def change(platform, new=NEW, **more):
    """A change of what the policy wants somebody else's word for."""
    repository = platform.repositories["payments-api"]
    return {"repo": "payments-api", "branch": "agent/x", "expectedHead": repository.tip("agent/x"), "message": "change",
            "edits": [{"op": "put", "path": "src/auth/login.cc", "content": new + "\n"}], **more}


def asked(platform, **more):
    answer = platform.call("P1", "file_edit", change(platform, **more))
    assert answer.status == 202, answer.body
    told = answer.json()
    assert told["decision"] == "ask" and told["approvalId"].startswith("apr_"), told
    return told


def decide(platform, who, approval, verdict="approve"):
    return ask(platform.port, "POST", f"/srasta/v1/approvals/{approval}", platform.secrets[who], {"verdict": verdict})


def approvals_of(platform, who):
    answer = ask(platform.port, "GET", "/srasta/v1/approvals", platform.secrets[who])
    assert answer.status == 200, answer.body
    return answer.json()["approvals"]


def kill_tools(platform):
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().split(b"\0")
            if words[0].endswith(b"srasta-tools") and str(platform.data).encode() in words:
                os.kill(int(path.parent.name), signal.SIGKILL)
                return
    raise AssertionError("no tool gateway runs")


def a_yes_is_good_for_one_call_and_outlives_a_kill():
    with scratch() as folder:
        platform = Tooled(folder)
        first = asked(platform)
        assert first["approvers"] == [{"count": 1, "roles": ["release", "admin"]}] and first["expires"].endswith("Z"), first
        assert asked(platform)["approvalId"] == first["approvalId"], "the same call waits for the same yes"
        id_ = first["approvalId"]
        [shown] = approvals_of(platform, "P4")
        assert shown["effects"] == [{"op": "modify", "path": "src/auth/login.cc", "oldMode": "100644", "newMode": "100644",
                                     "size": len(NEW) + 1}], shown
        assert (shown["requester"], shown["state"], shown["policy"]["rules"]) == ("alice", "pending", ["R-100", "AP-1"]), shown
        assert [each["id"] for each in approvals_of(platform, "P1")] == [id_], "whoever asked sees it"
        assert approvals_of(platform, "P3") == approvals_of(platform, "P7") == [], "others do not"
        for who in ("P3", "P7"):
            assert ask(platform.port, "GET", f"/srasta/v1/approvals/{id_}", platform.secrets[who]).status == 404

        assert platform.result("P1", "approval_status", approvalId=id_)["state"] == "pending"
        platform.refused("P5", "approval_status", "HANDLE_FOREIGN", approvalId=id_)
        platform.refused("P1", "approval_status", "HANDLE_UNKNOWN", approvalId="apr_none")
        early = platform.refused("P1", "file_edit", "APPROVAL_REQUIRED", change(platform), approval=id_)
        assert early.status == 202 and early.json()["approvalId"] == id_, early.body

        assert decide(platform, "P1", id_).status == decide(platform, "P3", id_).status == 403
        assert decide(platform, "P4", "apr_none").status == 404
        assert decide(platform, "P4", id_, "perhaps").status == 400
        given = decide(platform, "P4", id_)
        assert given.status == 200 and given.json()["state"] == "approved", given.body
        again = decide(platform, "P4", id_, "deny")
        assert (again.status, again.code) == (409, "APPROVAL_REPLAYED"), again.body

        kill_tools(platform)
        until(lambda: platform.call("P3", "repo_list").status == 200, "the tool gateway is back")
        platform.refused("P1", "file_edit", "APPROVAL_MISMATCH", change(platform, new=NEW + " "), approval=id_)
        platform.refused("P1", "file_edit", "HANDLE_UNKNOWN", change(platform), approval="apr_0123")
        before = platform.repositories["payments-api"].tip("agent/x")
        answers = []

        def use():
            answers.append(platform.call("P1", "file_edit", change(platform, expectedHead=before), approval=id_))
        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answer.status for answer in answers) == [200, 403, 403, 403], [answer.body for answer in answers]
        codes = {answer.json()["code"] for answer in answers if answer.status != 200}
        assert codes <= {"APPROVAL_REPLAYED", "REF_STALE"}, codes
        assert platform.repositories["payments-api"].git("show", "agent/x:src/auth/login.cc") == NEW
        assert platform.result("P1", "approval_status", approvalId=id_)["state"] == "used"
        platform.refused("P1", "file_edit", "APPROVAL_REPLAYED", change(platform), approval=id_)
        check_records(platform, id_)
        platform.stop()
        assert platform.verify().returncode == 0
        assert b"return true" not in (platform.data / "tools/tools.db").read_bytes(), "text of a file is kept"


def check_records(platform, id_):
    acts = [(record["act"], record["out"]) for record in platform.records("--stream", "tools")
            if record["data"].get("approval") == id_ and record["act"] != "tool.read"]
    for wanted in [("approval.request", "allow"), ("approval.request", "ok"), ("approval.decide", "allow"),
                   ("approval.decide", "ok"), ("tool.change", "allow"), ("tool.change", "ok")]:
        assert acts.count(wanted) == 1, (wanted, acts)


def who_asked_has_no_say_and_a_no_is_one():
    with scratch() as folder:
        # R-120 wants somebody's word for tags of the release persona, and names no role.
        platform = Tooled(folder)
        tag = {"repo": "payments-api", "name": "v1", "target": platform.repositories["payments-api"].tip("main")}
        first = platform.refused("P4", "tag_create", "APPROVAL_REQUIRED", tag)
        own = decide(platform, "P4", first.json()["approvalId"])
        assert (own.status, own.code) == (403, "APPROVAL_SELF"), own.body
        assert platform.records("--stream", "tools", "--act", "approval.decide")[-1]["pol"]["why"] == "APPROVAL_SELF"
        assert decide(platform, "P5", first.json()["approvalId"]).status == 200
        assert platform.call("P4", "tag_create", tag, approval=first.json()["approvalId"]).status == 200

        second = asked(platform)["approvalId"]
        assert decide(platform, "P5", second, "deny").json()["state"] == "denied"
        refused = platform.refused("P1", "file_edit", "APPROVAL_DENIED", change(platform), approval=second)
        assert refused.status == 403, refused.body
        platform.refused("P1", "file_edit", "APPROVAL_DENIED", change(platform))
        platform.stop()


def what_changed_since_needs_another_yes():
    with scratch() as folder:
        platform = Tooled(folder)
        id_ = asked(platform)["approvalId"]
        assert decide(platform, "P4", id_).status == 200
        platform.repositories["payments-api"].commit("agent/x", {"docs/d.md": "moved\n"})
        platform.refused("P1", "file_edit", "APPROVAL_STALE", change(platform), approval=id_)
        assert platform.result("P1", "approval_status", approvalId=id_)["state"] == "stale"

        pending, given = asked(platform)["approvalId"], asked(platform, message="another")["approvalId"]
        assert pending != given and decide(platform, "P4", given).status == 200
        platform.write_policy((CASES / "policy.yaml").read_text().replace("version: 42 ", "version: 43 ")
                              .replace("ttl: 900s", "ttl: 1s"))
        platform.reload_policy()
        until(lambda: platform.call("P3", "repo_list").json()["policyVersion"] == 43, "the newer policy")
        late = decide(platform, "P4", pending)
        assert (late.status, late.code) == (409, "APPROVAL_STALE"), late.body
        platform.refused("P1", "file_edit", "APPROVAL_STALE", change(platform, message="another"), approval=given)

        short = asked(platform)["approvalId"]
        status = {"approvalId": short}
        until(lambda: platform.result("P1", "approval_status", **status)["state"] == "expired", "a second is over")
        platform.refused("P1", "file_edit", "APPROVAL_EXPIRED", change(platform), approval=short)
        over = decide(platform, "P4", short)
        assert (over.status, over.code) == (409, "APPROVAL_EXPIRED"), over.body
        assert asked(platform)["approvalId"] != short
        platform.stop()


def people_approve_from_the_command_line():
    with scratch() as folder:
        platform = Tooled(folder)
        token = folder / "token"
        token.write_text(platform.secrets["P4"] + "\n")
        token.chmod(0o600)

        def tools(*words):
            return subprocess.run([BIN / "srasta", "tools", *words, "--data", platform.data, "--token-file", token],
                                  capture_output=True, text=True, env=ENVIRONMENT)
        id_ = asked(platform)["approvalId"]
        listed = tools("approvals")
        assert id_ in listed.stdout and "modify src/auth/login.cc 30 bytes" in listed.stdout, listed
        given = tools("approve", id_)
        assert given.returncode == 0 and "approved" in given.stdout, given
        assert tools("deny", id_).returncode == 1
        assert platform.call("P1", "file_edit", change(platform), approval=id_).status == 200
        token.chmod(0o644)
        assert tools("approvals").returncode != 0, "a token that others may read"
        platform.stop()


def reads_can_need_a_yes():
    with scratch() as folder:
        policy = (CASES / "policy.yaml").read_text().replace(
            "  rules: ", "  rules:\n    - { id: R-1, effect: allow, require: approval, tools: [file_read, repo_info] }\n"
            "    - { id: R-2, effect: deny, mode: shadow, tools: [tree_list] }\n#", 1)
        platform = Tooled(folder, policy)
        read = {"repo": "payments-api", "ref": "main", "path": "src/main.cc"}
        first = platform.refused("P3", "file_read", "APPROVAL_REQUIRED", read)
        assert first.status == 202, first.body
        id_ = first.json()["approvalId"]
        assert decide(platform, "P5", id_).status == 200
        platform.refused("P3", "file_read", "APPROVAL_MISMATCH", read, path="src/a.cc", approval=id_)
        assert platform.call("P3", "file_read", read, approval=id_).json()["result"]["text"].startswith("// payments")
        platform.refused("P3", "file_read", "APPROVAL_REPLAYED", read, approval=id_)
        # What a rule in the shadow would have done is on record.
        listed = platform.call("P3", "tree_list", {"repo": "payments-api", "ref": "main"})
        assert listed.status == 200, listed.body
        [record] = until(lambda: platform.records("--stream", "tools", "--request", listed.json()["decisionId"]), "a record")
        assert record["data"]["shadow"] == "R-2" and record["data"]["persona"] == "reader", record
        # A tool that takes no approval cannot be approved.
        refused = platform.refused("P3", "repo_info", "APPROVAL_REQUIRED", {"repo": "payments-api"})
        assert refused.status == 403 and "approvalId" not in refused.json(), refused.body
        platform.stop()


def without_its_store_nothing_is_approved():
    with scratch() as folder:
        platform = Tooled(folder)
        known = asked(platform)["approvalId"]
        holder = sqlite3.connect(platform.data / "tools/tools.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        refused = platform.call("P1", "file_edit", change(platform, message="another"))
        assert refused.status == 403 and refused.code == "APPROVAL_REQUIRED", refused.body
        assert "approvalId" not in refused.json() and refused.json()["decision"] == "deny", refused.body
        holder.execute("ROLLBACK")
        holder.close()
        [failed] = [record for record in platform.records("--stream", "tools", "--act", "approval.request")
                    if record["out"] == "error"]
        assert failed["data"]["reason"] == "store", failed
        assert decide(platform, "P4", known).status == 200
        platform.stop()


def what_was_read_follows_its_reader():
    with scratch() as folder:
        platform = Tooled(folder)
        branch = {"repo": "docs-site", "from": "main"}
        assert platform.call("P1", "branch_create", branch, name="agent/before").status == 200
        platform.result("P1", "repo_info", repo="payments-api")
        assert platform.call("P1", "branch_create", branch, name="agent/still").status == 200
        # Under another persona, with another key.
        platform.result("P2", "branch_list", repo="payments-api")
        platform.refused("P1", "branch_create", "FLOW_LABEL", branch, name="agent/after")
        assert platform.call("P1", "branch_create", {"repo": "payments-api", "from": "main"}, name="agent/a").status == 200
        kill_tools(platform)
        until(lambda: platform.call("P3", "repo_list").status == 200, "the tool gateway is back")
        platform.refused("P1", "branch_create", "FLOW_LABEL", branch, name="agent/after")
        platform.stop()


main(a_yes_is_good_for_one_call_and_outlives_a_kill,
     who_asked_has_no_say_and_a_no_is_one,
     what_changed_since_needs_another_yes,
     people_approve_from_the_command_line,
     reads_can_need_a_yes,
     without_its_store_nothing_is_approved,
     what_was_read_follows_its_reader)
