"""The platform that cases are played on: its repositories can be put back as they were, its refusals be compared."""
import json
import os
import pathlib
import re
import subprocess

from client import ask
from tooled import DOCS, PAYMENTS, PRINCIPALS, Repository, Tooled

RATE = re.compile(r"perPrincipalPerMin:\s*(\d+)")
GIT_DIR = re.compile(r"gitDir:\s*\"?/srv/git/acme/([\w.-]+)\.git")
WRITES = {"branch_create", "branch_delete", "patch_apply", "file_edit", "tag_create", "merge_request_open"}
COMMITTING = {"patch_apply", "file_edit"}
# Reasons that would tell what exists: the answer is the one for what does not (specification of the tool gateway).
MASKED = {"TOOL_UNKNOWN", "PERSONA_TOOL", "ROLE_TOOL", "TENANT_MISMATCH", "REPO_NOT_ALLOWED", "REF_NOT_ALLOWED",
          "PATH_DENIED", "NOT_FOUND", "HANDLE_UNKNOWN", "HANDLE_FOREIGN", "HANDLE_EXPIRED"}


def files_below(folder):
    return {path: path.stat() for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()}


class Rig(Tooled):
    def __init__(self, folder, policy, missing=False, host=None):
        folder = pathlib.Path(folder)
        self.missing, self.host = missing, host
        self.marker = folder / "marker"
        self.most_calls, self.calls = self.calls_of(policy), {}
        super().__init__(folder, policy, self.repositories_of(folder, policy))
        self.first = {name: self.refs(repository) for name, repository in self.repositories.items()}
        self.unknown = None

    @staticmethod
    def calls_of(policy):
        """How many each subject has before the policy's rate refuses one, with some to spare."""
        found = RATE.search(policy)
        return max(1, int(found.group(1)) - 20) if found else 100

    @staticmethod
    def repositories_of(folder, policy):
        made = {}
        for name in GIT_DIR.findall(policy):
            repository = made[name] = Repository(folder / f"git/{name}.git")
            if name != "payments-api":
                repository.commit("main", DOCS)
                continue
            repository.commit("main", {path: text for path, text in PAYMENTS.items() if not path.startswith("README")})
            repository.commit("main", {"README.md": "payments\n",
                                       "secrets/prod.env": "PASSWORD=canary-of-the-new-secret\n"})
            repository.git("branch", "feature/x", "main")
            repository.commit("feature/x", {"src/a.cc": "int a() {\n  return 2;\n}\n"})
            repository.git("branch", "agent/x", "main")
        return made

    def write_policy(self, text):
        super().write_policy(text)
        if self.missing:
            self.policy_file.unlink()

    # ---- repositories

    def refs(self, repository):
        folder = repository.folder
        files = [path for path in (folder / "refs").rglob("*") if path.is_file()]
        files += [folder / name for name in ("HEAD", "packed-refs") if (folder / name).is_file()]
        return {path: path.read_bytes() for path in files}

    def put_back(self):
        """All refs as they were at the start; objects that nothing leads to may stay."""
        for name, repository in self.repositories.items():
            for path in set(self.refs(repository)) - set(self.first[name]):
                path.unlink()
            for path, content in self.first[name].items():
                if not path.is_file() or path.read_bytes() != content:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)

    def hand_over(self):
        """What steps wrote as root belongs to whom the platform runs as."""
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "srasta", self.folder / "git"], check=False, capture_output=True)

    def contents(self):
        """Every file of every repository: what a call that changes nothing leaves as it is."""
        found = {}
        for repository in self.repositories.values():
            for path, status in files_below(repository.folder).items():
                # Git touches an object that it is asked to write again; its name says what is in it.
                times = () if "objects" in path.parts else (status.st_mtime_ns, status.st_ino)
                found[str(path)] = (status.st_size, *times)
        return found

    # ---- calls

    def has_calls_for(self, case):
        subject = PRINCIPALS.get(case.caller, [""])[0]
        return self.calls.get(subject, 0) + len(case.setup) + case.times < self.most_calls

    def filled(self, tool, arguments):
        """With the arguments that every such call needs and that few cases are about."""
        if tool not in COMMITTING or not isinstance(arguments, dict):
            return arguments
        repository = self.repositories.get(arguments.get("repo"))
        branch = arguments.get("branch")
        tip = repository.tip(branch) if repository and isinstance(branch, str) and "\0" not in branch else ""
        return {"expectedHead": tip or "1" * 40, "message": "change", **arguments}

    def call(self, who, tool, arguments=None, **members):
        subject = PRINCIPALS[who][0]
        self.calls[subject] = self.calls.get(subject, 0) + 1
        if isinstance(arguments, dict) or arguments is None:
            return super().call(who, tool, arguments, **members)
        return ask(self.port, "POST", f"/srasta/v1/tools/call/{tool}", self.secrets[who], arguments)

    def decide(self, who, approval, verdict):
        return ask(self.port, "POST", f"/srasta/v1/approvals/{approval}", self.secrets[who], {"verdict": verdict})

    def masked_answer(self):
        """What a call about something that does not exist is answered, without its id."""
        if self.unknown is None:
            nothing = {"repo": "no-such-repository", "ref": "main", "path": "a"}
            self.unknown = self.plain(self.call("P4", "file_read", nothing))
        return self.unknown

    @staticmethod
    def id_of(answer):
        try:
            told = json.loads(answer.body)
        except ValueError:
            told = {}
        told = told if isinstance(told, dict) else {}
        return told.get("decisionId") or told.get("request_id") or answer.fields.get("x-request-id", "")

    def plain(self, answer):
        return answer.status, answer.body.replace(self.id_of(answer).encode(), b"ID")

    @staticmethod
    def decision_of(answer):
        try:
            told = json.loads(answer.body)
            if "jsonrpc" in told:
                result = told.get("result", {}).get("structuredContent", {})
                return "reject" if "error" in told else result.get("decision", "allow")
            if "decision" in told:
                return told["decision"]
        except (ValueError, AttributeError, KeyError, TypeError):
            pass
        return "allow" if answer.status < 300 else "deny" if answer.status in (403, 404, 429, 503) else "reject"

    def reasons(self):
        """By request id, as the records of all decisions say it."""
        found = {}
        for record in self.records("--stream", "gateway") + self.records("--stream", "tools"):
            id_, act = record.get("corr", {}).get("rid"), record["act"]
            if act.startswith("tool."):
                found[id_] = (record.get("pol") or {}).get("why")
            elif record["out"] == "deny" and id_ not in found:
                found[id_] = record["data"].get("reason", "").upper()
        return found
