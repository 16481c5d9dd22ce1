"""The tool gateway: who may read what of a repository, and what of it nobody is shown."""
from harness import main, scratch, until
from tooled import Tooled


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
        platform.refused("P8", "file_read", "PERSONA_NOT_GRANTED", payments, path="src/main.cc")
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


def a_repository_that_was_tampered_with_is_not_read():
    with scratch() as folder:
        platform = Tooled(folder)
        platform.repositories["payments-api"].git("config", "core.fsmonitor", "/tmp/x")
        platform.refused("P2", "commit_log", "REPO_CONFIG_TAMPERED", {"repo": "payments-api", "ref": "main"})
        assert platform.call("P2", "commit_log", {"repo": "docs-site", "ref": "main"}).status == 200
        platform.stop()


main(what_policy_shows_can_be_read,
     what_it_does_not_is_as_if_it_were_not_there,
     a_repository_that_was_tampered_with_is_not_read)
