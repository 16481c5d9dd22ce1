"""A platform with the tool gateway: the policy of tests/cases/tools over two repositories, and its principals."""
import base64
import hashlib
import json
import os
import pathlib
import secrets
import signal
import subprocess

from client import ask
from harness import BIN, ENVIRONMENT, Platform, until

CASES = pathlib.Path(__file__).resolve().parents[1] / "cases/tools"
GIT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ann",
       "GIT_AUTHOR_EMAIL": "ann@example.org", "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.org",
       "GIT_AUTHOR_DATE": "1790000000 +0000", "GIT_COMMITTER_DATE": "1790000000 +0000"}

# Subject, tenant, roles and personas of the principals of tests/cases/tools; scopes are what personas leave.
PRINCIPALS = {
    "P1": ("alice", "acme", ["developer"], ["implementer"]),
    "P2": ("alice", "acme", ["developer"], ["reviewer"]),
    "P3": ("bob", "acme", ["viewer"], ["reader"]),
    "P4": ("relbot", "acme", ["release"], ["release"]),
    "P5": ("carol", "acme", ["admin"], ["operator"]),
    "P6": ("alice", "acme", ["developer"], []),
    "P7": ("mallory", "globex", ["developer"], ["implementer"]),
    "P8": ("alice", "acme", ["developer"], ["implementer"]),  # where a host has no sandbox to offer
    "P9": ("bob", "acme", ["viewer"], ["implementer"]),  # who may not have this persona
}
ACCESS = """tenants: [acme, globex]
access:
  roles:
    viewer: [tools.read]
    release: [tools.read, tools.write, tools.approve]
    admin: [tools.read, tools.approve, policy.admin, policy.read, admin.read]
  personas:
    reader: { permissions: [tools.read] }
    reviewer: { permissions: [tools.read] }
    implementer: { permissions: [tools.read, tools.write, tools.run] }
    release: { permissions: [tools.read, tools.write, tools.approve] }
    operator: { permissions: [tools.read, tools.approve, policy.admin, policy.read] }
  keys:
"""

PAYMENTS = {
    "src/main.cc": "// payments\nint charge(int amount) { return amount; }\n",
    "src/a.cc": "int a() {\n  return 1;\n}\n",
    "src/..hidden/a.cc": "int hidden;\n",
    "src/-rf": "data\n",
    "src/auth/login.cc": "bool login() { return false; }\n",
    "docs/h\u00e9llo w\u00f6rld.md": "# hello\n",
    "docs/d.md": "docs\n",
    "secrets/prod.env": "PASSWORD=canary-of-the-secret-file\n",
    "src/.env": "TOKEN=canary-of-the-env-file\n",
    "README.md": "payments\n",
}
DOCS = {"content/index.md": "# docs\n", "README.md": "docs\n"}


class Repository:
    """A bare repository, made as people make them."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.git("init", "-q", "--bare", "-b", "main", ".")

    def git(self, *words, stdin=None, env=()):
        done = subprocess.run(["git", *words], cwd=self.folder, env={**GIT, **dict(env)}, capture_output=True,
                              input=stdin)
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout.decode(errors="replace").strip()

    def commit(self, branch, files, message="change", modes=()):
        """The id; None as content removes, bytes and texts are written, `-> target` is a symbolic link."""
        index = {"GIT_INDEX_FILE": str(self.folder / "test-index")}
        head = self.tip(branch)
        self.git("read-tree", *([head] if head else ["--empty"]), env=index)
        lines = []
        for path, content in files.items():
            mode = dict(modes).get(path, "100644")
            if content is None:
                lines.append(f"0 {'0' * 40}\t{path}")
                continue
            if isinstance(content, str) and content.startswith("-> "):
                mode, content = "120000", content[3:]
            data = content if isinstance(content, bytes) else content.encode()
            lines.append(f"{mode} {self.git('hash-object', '-w', '--stdin', stdin=data)}\t{path}")
        self.git("update-index", "-z", "--index-info", stdin="".join(line + "\0" for line in lines).encode(), env=index)
        tree = self.git("write-tree", env=index)
        (self.folder / "test-index").unlink()
        commit = self.git("commit-tree", tree, "-m", message, *(["-p", head] if head else []))
        self.git("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def tip(self, branch):
        done = subprocess.run(["git", "rev-parse", "-q", "--verify", f"refs/heads/{branch}"], cwd=self.folder, env=GIT,
                              capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else ""


class Tooled(Platform):
    """`repositories`: by id; their folders take the place of those in the policy."""

    def __init__(self, folder, policy=None, repositories=None, more=""):
        self.folder = pathlib.Path(folder)
        self.repositories = repositories or self.make_repositories()
        policies = self.folder / "policies"  # of their own: beside the data folder nothing new could be read
        policies.mkdir()
        self.policy_file, self.key = policies / "acme.yaml", self.folder / "policy.pem"
        public = subprocess.check_output([BIN / "srasta", "policy", "key", self.key], text=True, env=ENVIRONMENT)
        (self.folder / "policy.pub").write_text(public)
        self.write_policy(policy or (CASES / "policy.yaml").read_text())
        other = policies / "globex.yaml"
        other.write_text((CASES / "globex.yaml").read_text())
        self.sign(other)
        if os.geteuid() == 0:
            self.folder.chmod(0o755)
            for path in self.folder.rglob("*"):
                subprocess.run(["chown", "srasta", path], check=False, capture_output=True)
        super().__init__(self.folder / "data", self.configuration(other) + more)

    def configuration(self, other):
        keys, self.secrets = "", {}
        for number, (name, (subject, tenant, roles, personas)) in enumerate(PRINCIPALS.items()):
            key, secret = "aaaaaaaaaaa" + "bcdefghij"[number], secrets.token_urlsafe(32)
            self.secrets[name] = f"sk-srasta-{key}-{secret}"
            digest = hashlib.sha256(secret.encode()).hexdigest()
            keys += (f'    - {{ id: {key}, secret_sha256: "{digest}", subject: {subject}, tenant: {tenant}, '
                     f'roles: [{", ".join(roles)}], personas: [{", ".join(personas)}], '
                     'expires: "2099-01-01T00:00:00Z" }\n')
        return (ACCESS + keys + f'tools:\n  policies: ["{self.policy_file}", "{other}"]\n'
                f'  policy_keys: ["{self.folder}/policy.pub"]\n  repositories: ["{self.folder}/git"]\n'
                "inference: { detect: false }\ndrain: 2s\n")

    def make_repositories(self):
        payments = Repository(self.folder / "git/payments-api.git")
        payments.commit("main", {path: content for path, content in PAYMENTS.items() if not path.startswith("README")})
        payments.commit("main", {"README.md": "payments\n", "secrets/prod.env": "PASSWORD=canary-of-the-new-secret\n"})
        payments.git("branch", "feature/x", "main")
        payments.commit("feature/x", {"src/a.cc": "int a() {\n  return 2;\n}\n"})
        payments.git("branch", "agent/x", "main")
        docs = Repository(self.folder / "git/docs-site.git")
        docs.commit("main", DOCS)
        return {"payments-api": payments, "docs-site": docs}

    def write_policy(self, text):
        for name, repository in self.repositories.items():
            text = text.replace(f"/srv/git/acme/{name}.git", str(repository.folder))
        self.policy_file.write_text(text)
        self.sign(self.policy_file)

    def sign(self, file):
        done = subprocess.run([BIN / "srasta", "policy", "sign", file, "--key", self.key], capture_output=True, text=True,
                              env=ENVIRONMENT)
        assert done.returncode == 0, done.stderr

    def sign_anyway(self, text):
        """Puts the document in the policy's place with a signature that counts, whatever the document says."""
        for name, repository in self.repositories.items():
            text = text.replace(f"/srv/git/acme/{name}.git", str(repository.folder))
        self.policy_file.write_text(text)
        signed = self.folder / "signed"
        signed.write_bytes(b"srasta-policy-v1\n" + self.policy_file.read_bytes())
        signature = subprocess.check_output(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", signed])
        encoded = base64.urlsafe_b64encode(signature).rstrip(b"=")
        self.policy_file.with_name(self.policy_file.name + ".sig").write_bytes(encoded + b"\n")

    def reload_policy(self):
        self.process.send_signal(signal.SIGHUP)

    def call(self, who, tool, arguments=None, **members):
        return ask(self.port, "POST", f"/srasta/v1/tools/call/{tool}", self.secrets[who],
                   {**(arguments or {}), **members})

    def result(self, who, tool, **arguments):
        answer = self.call(who, tool, arguments)
        assert answer.status == 200, (tool, arguments, answer.status, answer.body)
        return answer.json()["result"]

    def reason(self, answer):
        """As the record of the decision says it: the answer may not tell."""
        decision = answer.json().get("decisionId") or answer.json()["request_id"]

        def recorded():
            found = [record for stream in ("tools", "gateway")
                     for record in self.records("--stream", stream, "--request", decision)
                     if record["act"].startswith("tool.") or record["act"] == "authz.deny"]
            return [(record.get("pol") or {}).get("why") if record["act"].startswith("tool.")
                    else record["data"]["reason"].upper() for record in found]
        return until(recorded, f"the record of {decision}")[-1]

    def refused(self, who, tool, reason, arguments=None, **members):
        answer = self.call(who, tool, arguments, **members)
        assert answer.status in (202, 403, 404, 422), (tool, arguments, members, answer.status, answer.body)
        found = self.reason(answer)
        assert found == reason, (tool, arguments, members, answer.body, found)
        return answer


def as_json(text):
    return json.loads(text)
