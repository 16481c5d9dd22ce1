"""The tool gateway: who may read what of a repository, and what of it nobody is shown; what becomes of changes."""
import hashlib
import json
import pathlib
import secrets
import signal
import subprocess
import threading

from client import ask
from harness import BIN, ENVIRONMENT, Platform, main, scratch, until
from tooled import Tooled

ROOT = pathlib.Path(__file__).resolve().parents[2]


def what_policy_shows_can_be_read():
    with scratch() as folder:
        platform = Tooled(folder)
        listed = platform.result("P3", "repo_list")["repositories"]
        assert [(each["id"], each["label"], each["defaultBranch"]) for each in listed] == [
            ("docs-site", "public", "main"), ("payments-api", "confidential", "main")], listed
        assert platform.result("P7", "repo_list") == {"repositories": []}

        payments = {"repo": "payments-api", "ref": "main"}
        read = platform.result("P3", "file_read", **payments, path="src/main.cc")
        assert read["text"].startswith("// payments\n") and not read["truncated"], read
        part = platform.result("P3", "file_read", **payments, path="src/a.cc", startLine=2, maxLines=1)
        assert part["text"] == "  return 1;\n" and part["truncated"], part
        assert platform.result("P1", "file_read", **payments, path="docs/h\u00e9llo w\u00f6rld.md")["text"] == "# hello\n"

        tree = platform.result("P2", "tree_list", **payments, recursive=True)
        paths = [entry["path"] for entry in tree["entries"]]
        assert "src/main.cc" in paths and not [path for path in paths if "secrets" in path or ".env" in path], paths
        assert tree["omitted"] == 2, tree  # the folder of secrets, and src/.env

        found = platform.result("P2", "code_search", **payments, pattern="charge\\(.*amount", regex=True)
        assert [(match["path"], match["line"]) for match in found["matches"]] == [("src/main.cc", 2)], found
        assert platform.result("P3", "code_search", **payments, pattern="canary")["matches"] == []

        log = platform.result("P2", "commit_log", **payments)
        assert len(log["commits"]) == 2 and not log["truncated"], log
        head = log["commits"][0]["oid"]
        shown = platform.result("P3", "commit_get", repo="payments-api", oid=head, withPatch=True)
        assert [file["path"] for file in shown["changes"]["files"]] == ["README.md"], shown
        assert shown["changes"]["elided"] == 1, shown
        compared = platform.result("P3", "diff", repo="payments-api", base="main~1", head="main")
        assert compared["changes"]["elided"] == 1 and "canary" not in str(compared), compared
        changed = platform.result("P2", "diff", repo="payments-api", base="main", head="feature/x")
        assert "+  return 2;" in changed["changes"]["files"][0]["patch"], changed
        blamed = platform.result("P2", "blame", **payments, path="src/a.cc")
        assert blamed["hunks"][0]["lines"] == 3, blamed
        names = [branch["name"] for branch in platform.result("P3", "branch_list", repo="payments-api")["branches"]]
        assert names == ["agent/x", "feature/x", "main"], names
        assert platform.result("P1", "command_list", repo="docs-site")["commands"][0]["id"] == "lint"
        platform.stop()
        assert platform.verify().returncode == 0


def what_it_does_not_is_as_if_it_were_not_there():
    with scratch() as folder:
        platform = Tooled(folder)
        payments = {"repo": "payments-api", "ref": "main"}
        refusals = [platform.refused("P3", "file_read", "PATH_DENIED", payments, path="secrets/prod.env"),
                    platform.refused("P3", "file_read", "NOT_FOUND", payments, path="src/none.cc"),
                    platform.refused("P3", "file_read", "REPO_NOT_ALLOWED", payments, repo="unknown", path="a"),
                    platform.refused("P3", "file_read", "REF_NOT_ALLOWED", payments, ref="refs/notes/x", path="a"),
                    platform.refused("P3", "patch_apply", "ROLE_TOOL", payments),
                    platform.refused("P2", "branch_create", "PERSONA_TOOL", payments),
                    platform.refused("P3", "no_such_tool", "TOOL_UNKNOWN", payments)]
        bodies = {refusal.body.replace(refusal.json()["decisionId"].encode(), b"ID") for refusal in refusals}
        assert len(bodies) == 1 and {refusal.status for refusal in refusals} == {404}, bodies
        platform.refused("P6", "file_read", "PERSONA_MISSING", payments, path="src/main.cc")
        platform.refused("P9", "file_read", "PERSONA_NOT_GRANTED", payments, path="src/main.cc")
        platform.refused("P3", "file_read", "PATH_TRAVERSAL", payments, path="../x")
        platform.refused("P1", "branch_create", "REF_PROTECTED", {"repo": "payments-api", "name": "main", "from": "main"})
        unreachable = platform.repositories["payments-api"].commit("tmp", {"x": "canary"})
        platform.repositories["payments-api"].git("update-ref", "refs/hidden/x", unreachable)
        platform.repositories["payments-api"].git("update-ref", "-d", "refs/heads/tmp")
        platform.refused("P2", "commit_get", "REF_NOT_ALLOWED", {"repo": "payments-api", "oid": unreachable})
        platform.stop()
        log = platform.log.read_bytes()
        stored = b"".join(path.read_bytes() for path in (folder / "data").rglob("*") if path.is_file())
        assert b"canary" not in log + stored


def nothing_tells_what_is_hidden():
    with scratch() as folder:
        platform = Tooled(folder)
        payments = platform.repositories["payments-api"]
        # A repository that no rule gives, by an answer of its own.
        known = platform.refused("P4", "file_read", "DEFAULT_DENY", {"repo": "docs-site", "ref": "main", "path": "a"})
        unknown = platform.refused("P4", "file_read", "REPO_NOT_ALLOWED", {"repo": "nope", "ref": "main", "path": "a"})
        assert (known.status, known.json()["code"]) == (unknown.status, unknown.json()["code"]) == (404, "NOT_FOUND")
        # Where a symbolic ref leads.
        hidden = payments.commit("tmp", {"src/x": "canary"})
        payments.git("update-ref", "refs/internal/x", hidden)
        payments.git("update-ref", "-d", "refs/heads/tmp")
        payments.git("symbolic-ref", "refs/heads/pub", "refs/internal/x")
        names = [branch["name"] for branch in platform.result("P3", "branch_list", repo="payments-api")["branches"]]
        assert "pub" not in names, names
        for ref in ("pub", hidden):
            platform.refused("P3", "file_read", "REF_NOT_ALLOWED", {"repo": "payments-api", "ref": ref, "path": "src/x"})
        # A folder by its own name.
        at = {"repo": "payments-api", "ref": "main"}
        platform.refused("P2", "commit_log", "PATH_DENIED", at, path="secrets")
        assert platform.call("P2", "commit_log", at, path="nothing").status == 404
        platform.refused("P3", "diff", "PATH_DENIED", {"repo": "payments-api", "base": "main~1", "head": "main", "path": "secrets"})
        head = payments.tip("agent/x")
        change = {"repo": "payments-api", "branch": "agent/x", "expectedHead": head, "message": "m"}
        for path in ("secrets", "SECRETS", "secrets/new"):
            platform.refused("P1", "file_edit", "PATH_DENIED", change, edits=[{"op": "put", "path": path, "content": "x"}])
        # What a file may not hold, a message may not either.
        edits = [{"op": "put", "path": "docs/n.md", "content": "x\n"}]
        platform.refused("P1", "file_edit", "CONTENT_BIDI", change, message="x \u202e", edits=edits)
        platform.stop()


def a_small_patch_does_not_become_a_large_one():
    with scratch() as folder:
        platform = Tooled(folder)
        big = "0123456789abcdef" * 4 * 1024 * 64 + "\n"  # 4 MiB, above what a file may be
        head = platform.repositories["payments-api"].commit("agent/x", {"src/big.txt": big})
        copies = "".join(f"diff --git a/src/big.txt b/docs/{n}.txt\nsimilarity index 100%\ncopy from src/big.txt\n"
                         f"copy to docs/{n}.txt\n" for n in range(40))
        platform.refused("P1", "patch_apply", "PATCH_INFLATED_TOO_LARGE", {
            "repo": "payments-api", "branch": "agent/x", "expectedHead": head, "message": "m", "patch": copies})
        edits = [{"op": "move", "path": "src/big.txt", "to": "docs/big.txt"}]
        platform.refused("P1", "file_edit", "PATCH_INFLATED_TOO_LARGE", {
            "repo": "payments-api", "branch": "agent/x", "expectedHead": head, "message": "m", "edits": edits})
        platform.stop()


def a_repository_that_was_tampered_with_is_not_read():
    with scratch() as folder:
        platform = Tooled(folder)
        platform.repositories["payments-api"].git("config", "core.fsmonitor", "/tmp/x")
        platform.refused("P2", "commit_log", "REPO_CONFIG_TAMPERED", {"repo": "payments-api", "ref": "main"})
        assert platform.call("P2", "commit_log", {"repo": "docs-site", "ref": "main"}).status == 200
        platform.stop()


def patch(path, old, new):
    """One line for another, as git prints it."""
    return (f"diff --git a/{path} b/{path}\nindex 1111111..2222222 100644\n--- a/{path}\n+++ b/{path}\n"
            f"@@ -2 +2 @@\n-{old}\n+{new}\n")


def changes_are_one_commit_of_what_policy_let_pass():
    with scratch() as folder:
        platform = Tooled(folder)
        repository = platform.repositories["payments-api"]
        main = repository.tip("main")
        made = platform.result("P1", "branch_create", repo="payments-api", name="agent/fix", **{"from": "main"})
        assert made == {"ref": "refs/heads/agent/fix", "oid": main}, made
        assert platform.result("P1", "branch_create", repo="payments-api", name="agent/fix", **{"from": "main"}) == made

        change = {"repo": "payments-api", "branch": "agent/fix", "expectedHead": main, "message": "Return two"}
        good = patch("src/a.cc", "  return 1;", "  return 2;")
        checked = platform.result("P2", "patch_check", repo="payments-api", base="main", patch=good)
        assert checked["decision"] == "allow" and checked["changedLines"] == 2, checked
        assert [(effect["op"], effect["path"]) for effect in checked["effects"]] == [("modify", "src/a.cc")]
        answer = platform.call("P1", "patch_apply", change, patch=good)
        assert answer.status == 200, answer.body
        commit = answer.json()["result"]["commit"]
        assert repository.tip("agent/fix") == commit and answer.json()["result"]["tree"] == checked["tree"]
        shown = repository.git("show", "--format=%an <%ae> by %cn%n%B", commit)
        assert shown.startswith("alice <alice@acme.invalid> by Srasta tool gateway\nReturn two\n"), shown
        assert f"Tool-Decision: {answer.json()['decisionId']}" in shown and "+  return 2;" in shown
        begun, ended = until(lambda: (lambda found: found if len(found) == 2 else None)(
            platform.records("--stream", "tools", "--act", "tool.change", "--request", answer.json()["decisionId"])),
            "both records")
        assert (begun["out"], ended["out"], ended["data"]["commit"]) == ("allow", "ok", commit), (begun, ended)
        assert begun["data"]["effects"] == checked["digest"], begun  # both are upon the same commit

        platform.refused("P1", "patch_apply", "REF_STALE", change, patch=good)
        change["expectedHead"] = commit
        edits = [{"op": "put", "path": "docs/new.md", "content": "# hi\n", "ifAbsent": True},
                 {"op": "replace", "path": "src/a.cc", "old": "return 2", "new": "return 3"},
                 {"op": "move", "path": "docs/d.md", "to": "docs/e.md"}, {"op": "delete", "path": "src/-rf"}]
        edited = platform.result("P1", "file_edit", **change, edits=edits)
        assert [(effect["op"], effect["path"]) for effect in edited["effects"]] == [
            ("delete", "docs/d.md"), ("add", "docs/e.md"), ("add", "docs/new.md"), ("delete", "src/-rf"),
            ("modify", "src/a.cc")], edited
        assert repository.git("show", "agent/fix:src/a.cc").splitlines()[1] == "  return 3;"

        change["expectedHead"] = repository.tip("agent/fix")
        before = repository.git("rev-list", "--all", "--objects")
        count = repository.git("count-objects", "-v")
        workflow = ("diff --git a/.github/w.yml b/.github/w.yml\nnew file mode 100644\nindex 0000000..1111111\n"
                    "--- /dev/null\n+++ b/.github/w.yml\n@@ -0,0 +1 @@\n+on: push\n")
        platform.refused("P1", "patch_apply", "PATH_DENIED", change, patch=workflow)
        secret = patch("secrets/prod.env", "x", "y")
        platform.refused("P1", "patch_apply", "PATH_DENIED", change, patch=secret)
        asked = platform.refused("P1", "patch_apply", "APPROVAL_REQUIRED", change, patch=(
            "diff --git a/src/auth/login.cc b/src/auth/login.cc\n--- a/src/auth/login.cc\n+++ b/src/auth/login.cc\n"
            "@@ -1 +1 @@\n-bool login() { return false; }\n+bool login() { return true; }\n"))
        assert asked.status == 202 and asked.json()["decision"] == "ask", asked.body
        platform.refused("P1", "patch_apply", "REF_PROTECTED", change, branch="main", patch=good)
        repository.git("symbolic-ref", "refs/heads/agent/link", "refs/heads/main")
        platform.refused("P1", "patch_apply", "REF_PROTECTED", change, branch="agent/link", expectedHead=main, patch=good)
        assert repository.git("rev-list", "--all", "--objects") == before, "a refused change left something behind"
        assert repository.git("count-objects", "-v") == count
        platform.stop()
        assert platform.verify().returncode == 0


def one_of_two_changes_upon_the_same_commit_wins():
    with scratch() as folder:
        platform = Tooled(folder)
        repository = platform.repositories["payments-api"]
        head = repository.tip("agent/x")
        answers = []

        def apply(number):
            answers.append(platform.call("P1", "file_edit", {
                "repo": "payments-api", "branch": "agent/x", "expectedHead": head, "message": f"change {number}",
                "edits": [{"op": "put", "path": "docs/new.md", "content": f"{number}\n"}]}))
        threads = [threading.Thread(target=apply, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answer.status for answer in answers) == [200, 403, 403, 403], [answer.body for answer in answers]
        assert {answer.json()["code"] for answer in answers if answer.status != 200} == {"REF_STALE"}
        assert repository.git("rev-list", "--count", f"{head}..agent/x") == "1"
        platform.stop()


def policies_are_taken_when_they_are_signed_good_and_newer():
    with scratch() as folder:
        platform = Tooled(folder)
        text = platform.policy_file.read_text()
        call = {"repo": "payments-api", "ref": "main"}

        def reload(changed, signed=True):
            platform.policy_file.write_text(changed)
            if signed:
                platform.sign(platform.policy_file)
            platform.process.send_signal(signal.SIGHUP)

        def loads(outcome, why):
            return [record for record in platform.records("--stream", "tools", "--act", "policy.load")
                    if record["out"] == outcome and record["pol"].get("why", "") == why]
        newer = text.replace("version: 42 ", "version: 43 ")
        reload(newer.replace('"secrets/**", ', ""), signed=False)
        until(lambda: loads("deny", "POLICY_SIGNATURE"), "one that nobody signed")
        platform.refused("P3", "file_read", "PATH_DENIED", call, path="secrets/prod.env")
        reload(newer)
        until(lambda: [record for record in loads("ok", "") if record["data"]["revision"] == 43], "the newer one")
        reload(text)
        until(lambda: loads("deny", "POLICY_ROLLBACK"), "an older one")
        assert platform.call("P3", "repo_list").json()["policyVersion"] == 43
        refused = subprocess.run([BIN / "srasta", "policy", "lint", platform.policy_file], capture_output=True, text=True,
                                 env=ENVIRONMENT)
        assert refused.returncode == 0, refused.stderr
        platform.stop()
        # What was in force is, again, although its file is older now.
        again = Platform(folder / "data", platform.config.read_text())
        platform.port = again.port
        assert platform.call("P3", "repo_list").json()["policyVersion"] == 43
        again.stop()


def policies_are_compared_and_tried_on_what_was_called():
    with scratch() as folder:
        platform = Tooled(folder)
        call = {"repo": "payments-api", "ref": "main", "path": "src/main.cc"}
        platform.result("P2", "file_read", **call)
        platform.result("P3", "file_read", **call)
        platform.refused("P2", "branch_create", "PERSONA_TOOL", {"repo": "payments-api", "name": "agent/y", "from": "main"})
        platform.refused("P3", "file_read", "REPO_NOT_ALLOWED", call, repo="none")
        newer = folder / "newer.yaml"
        newer.write_text(platform.policy_file.read_text().replace("version: 42 ", "version: 43 ").replace(
            "personas: [reader, reviewer, implementer], repos", "personas: [reviewer, implementer], repos").replace(
            "reviewer:    { includes: reader, tools: [", "reviewer:    { includes: reader, tools: [branch_create, "))

        def policy(*words):
            return subprocess.run([BIN / "srasta", "policy", *words], capture_output=True, text=True, env=ENVIRONMENT)
        compared = policy("diff", platform.policy_file, newer)
        assert compared.returncode == 1 and compared.stdout.splitlines() == [
            "+ personas.reviewer.tools branch_create", "- policy.version 42", "+ policy.version 43",
            "- rules.R-110.personas reader"], compared
        assert policy("diff", newer, newer).returncode == 0
        assert policy("replay", platform.policy_file, "--data", platform.data).returncode == 0
        tried = policy("replay", newer, "--data", platform.data)
        assert tried.returncode == 1 and [line.strip() for line in tried.stdout.splitlines()[:2]] == [
            "1 file_read payments-api as reader (viewer): ALLOW -> DEFAULT_DENY",
            f"4 calls against {newer}: 1 would come out otherwise, 1 cannot be judged by their records."], tried
        platform.stop()


def what_the_page_shows(platform, key):
    """docs/tools.md: its shell block, played as it stands, and the request of its n8n node."""
    section = (ROOT / "docs/tools.md").read_text().split("## An agent that proposes a patch, and is stopped")[1].split("\n## ")[0]
    block = section.split("```sh\n")[1].split("```")[0]
    played = subprocess.run(["bash", "-euc", block], capture_output=True, text=True,
                            env=ENVIRONMENT | {"URL": platform.url, "KEY": key})
    checked, applied, stopped = map(json.loads, played.stdout.splitlines())
    assert checked["result"]["decision"] == "allow", played.stdout
    assert applied["result"]["ref"] == "refs/heads/agent/hello", played.stdout
    assert stopped.get("code") == "NOT_FOUND" or stopped["result"]["decision"] == "deny", played.stdout
    node = json.loads(section.split("```json\n")[1].split("```")[0])["parameters"]
    path = node["url"].removeprefix("http://127.0.0.1:8484")
    assert node["genericAuthType"] == "httpBearerAuth" and path != node["url"], node
    read = ask(platform.port, node["method"], path, key, json.loads(node["jsonBody"]))
    assert read.json()["result"]["text"].startswith("# demo"), read.body


def the_starter_stops_an_agent_at_github():
    with scratch() as folder:
        folder.chmod(0o755)
        made = subprocess.run([BIN / "srasta", "tools", "init", folder / "agents", "--data", folder / "data"],
                              capture_output=True, text=True, env=ENVIRONMENT)
        assert made.returncode == 0 and "tools:" in made.stdout, made.stderr
        again = subprocess.run([BIN / "srasta", "tools", "init", folder / "agents"], capture_output=True, text=True,
                               env=ENVIRONMENT)
        assert again.returncode == 1 and "exists already" in again.stderr, again.stderr
        secret = secrets.token_urlsafe(32)
        key = f"sk-srasta-aaaaaaaaaaaa-{secret}"
        told = made.stdout[made.stdout.index("tools:"):]
        entry = (f'  keys:\n    - {{ id: aaaaaaaaaaaa, secret_sha256: "{hashlib.sha256(secret.encode()).hexdigest()}", '
                 'subject: agent, tenant: default, roles: [developer], personas: [implementer], '
                 'expires: "2099-01-01T00:00:00Z" }\n')
        platform = Platform(folder / "data", told + entry + "inference: { detect: false }\ndrain: 2s\n")
        policy = folder / "agents/policies/starter.yaml"
        if not policy.with_suffix(".yaml.sig").exists():
            subprocess.run([BIN / "srasta", "policy", "sign", policy, "--data", folder / "data"], check=True,
                           capture_output=True, env=ENVIRONMENT)
            platform.process.send_signal(signal.SIGHUP)

        def call(tool, **arguments):
            return ask(platform.port, "POST", f"/srasta/v1/tools/call/{tool}", key, arguments)
        main_id = until(lambda: call("branch_list", repo="demo").json().get("result"), "the policy")["branches"][0]["oid"]
        assert call("branch_create", repo="demo", name="agent/one", **{"from": "main"}).status == 200
        change = {"repo": "demo", "branch": "agent/one", "expectedHead": main_id, "message": "try"}
        stopped = call("file_edit", **change, edits=[{"op": "put", "path": ".github/w.yml", "content": "on: push\n"}])
        assert stopped.status == 404, stopped.body
        done = call("file_edit", **change, edits=[{"op": "put", "path": "src/a.py", "content": "a = 1\n"}])
        assert done.status == 200, done.body
        what_the_page_shows(platform, key)
        platform.stop()


main(what_policy_shows_can_be_read,
     changes_are_one_commit_of_what_policy_let_pass,
     one_of_two_changes_upon_the_same_commit_wins,
     policies_are_taken_when_they_are_signed_good_and_newer,
     policies_are_compared_and_tried_on_what_was_called,
     what_it_does_not_is_as_if_it_were_not_there,
     nothing_tells_what_is_hidden,
     a_small_patch_does_not_become_a_large_one,
     a_repository_that_was_tampered_with_is_not_read,
     the_starter_stops_an_agent_at_github)
