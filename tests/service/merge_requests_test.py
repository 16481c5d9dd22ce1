"""Merge requests: what a branch would change is judged, recorded and listed; nothing is merged."""
from client import ask
from harness import main, scratch
from tooled import CASES, Tooled


def with_merge_requests():
    """The policy of the cases, under which nobody may ask for a merge, with the tool for developers."""
    text = (CASES / "policy.yaml").read_text()
    for old in ("developer: { includes: viewer, tools: [", "implementer: { includes: reviewer, tools: ["):
        assert old in text, old
        text = text.replace(old, old + "merge_request_open, ")
    return text


def listed(platform, who):
    answer = ask(platform.port, "GET", "/srasta/v1/merge-requests", platform.secrets[who])
    assert answer.status == 200, answer.body
    return answer.json()["mergeRequests"]


def what_a_branch_would_change_is_judged_and_listed():
    with scratch() as folder:
        platform = Tooled(folder, with_merge_requests())
        payments = platform.repositories["payments-api"]
        wanted = {"repo": "payments-api", "source": "feature/x", "target": "main", "title": "Return two"}
        before = payments.git("for-each-ref")
        opened = platform.result("P1", "merge_request_open", **wanted)
        assert opened["mergeRequestId"].startswith("mr_") and opened["commits"] == 1 and opened["forge"] == "none", opened
        assert opened["source"] == {"ref": "refs/heads/feature/x", "oid": payments.tip("feature/x")}, opened
        assert opened["target"] == {"ref": "refs/heads/main", "oid": payments.tip("main")}, opened
        assert [(effect["op"], effect["path"]) for effect in opened["effects"]] == [("modify", "src/a.cc")], opened
        assert listed(platform, "P1") == listed(platform, "P3") == [opened]
        assert listed(platform, "P7") == [], "another tenant"
        assert payments.git("for-each-ref") == before, "nothing is merged"

        # The whole branch is judged, not its last commit.
        payments.commit("feature/x", {"secrets/prod.env": "x\n"})
        payments.commit("feature/x", {"src/b.cc": "int b;\n"})
        platform.refused("P1", "merge_request_open", "PATH_DENIED", wanted)
        platform.refused("P1", "merge_request_open", "PATCH_NO_APPLY", wanted, source="agent/x")
        platform.refused("P1", "merge_request_open", "NOT_FOUND", wanted, source="none")
        platform.refused("P1", "merge_request_open", "CONTENT_BIDI", wanted, title="x \u202e")
        platform.refused("P1", "merge_request_open", "ARG_SCHEMA", wanted, title="x\ny")
        platform.refused("P2", "merge_request_open", "PERSONA_TOOL", wanted)
        assert listed(platform, "P1") == [opened]
        platform.stop()
        assert platform.verify().returncode == 0


def what_is_sensitive_waits_and_what_was_read_stays():
    with scratch() as folder:
        platform = Tooled(folder, with_merge_requests())
        payments = platform.repositories["payments-api"]
        payments.commit("agent/x", {"src/auth/login.cc": "bool login() { return true; }\n"})
        wanted = {"repo": "payments-api", "source": "agent/x", "target": "main", "title": "Log in"}
        asked = platform.refused("P1", "merge_request_open", "APPROVAL_REQUIRED", wanted).json()
        given = ask(platform.port, "POST", f"/srasta/v1/approvals/{asked['approvalId']}", platform.secrets["P4"],
                    {"verdict": "approve"})
        assert given.status == 200, given.body
        opened = platform.result("P1", "merge_request_open", **wanted, approval=asked["approvalId"])
        assert opened["approval"] == asked["approvalId"], opened
        platform.repositories["docs-site"].git("branch", "agent/leak", "main")
        platform.repositories["docs-site"].commit("agent/leak", {"content/new.md": "x\n"})
        platform.result("P1", "file_read", repo="payments-api", ref="main", path="src/main.cc")
        platform.refused("P1", "merge_request_open", "FLOW_LABEL",
                         {"repo": "docs-site", "source": "agent/leak", "target": "main", "title": "t"})
        platform.stop()
        stored = (platform.data / "tools/tools.db").read_bytes()
        assert b"return true" not in stored and b"Log in" in stored


main(what_a_branch_would_change_is_judged_and_listed,
     what_is_sensitive_waits_and_what_was_read_stays)
