"""The platform with its administration service, as its operator and its users reach it."""
import contextlib
import http.client
import json
import pathlib
import socket
import subprocess

from client import ask
from harness import BIN, ENVIRONMENT, Platform, engine_config, until

USERS = "/srasta/v1/admin/users"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Administered(Platform):
    def __init__(self, folder, engine=None, rules="tenants: [acme, globex]\n", config_file=None):
        super().__init__(folder / "data", (engine_config(engine) if engine else "inference: { detect: false }\n") + rules,
                         config_file=config_file)
        if engine:
            until(lambda: ask(self.port, "GET", "/readyz/inference").status == 200, "every core knows the engine")

    def operator(self, method, path, body=None):
        connection = UnixConnection(self.data / "run/operator.sock")
        with contextlib.closing(connection):
            connection.request(method, path, json.dumps(body) if body is not None else None,
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def command(self, *words):
        done = subprocess.run([BIN / "srasta", *words, "--data", self.data], capture_output=True, text=True, env=ENVIRONMENT)
        return done.returncode, done.stdout, done.stderr

    def add(self, name, *roles, tenant="acme", **members):
        status, user = self.operator("POST", USERS, {"name": name, "tenant": tenant, "roles": roles, **members})
        assert status == 201, user
        return user["id"]

    def token_for(self, user):
        status, token, problem = self.command("user", "token", user, "--config", str(self.config))
        assert status == 0, problem
        return token.strip()

    def admin_pid(self):
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_bytes().split(b"\0")
                if words[0].endswith(b"srasta-admin") and str(self.data).encode() in words:
                    return int(path.parent.name)
        return None

    def told(self, act, **wanted):
        """Records of the administration service about an act."""
        found = [one for one in self.records("--stream", "admin", "--act", act)]
        return [one for one in found if all(one["data"].get(name) == value for name, value in wanted.items())]
