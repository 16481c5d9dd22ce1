"""Every route with every role: allowed exactly where the role's permission says so."""
import json
import subprocess

from harness import BIN, CHAT, ENVIRONMENT, Engine, Platform, engine_config, main, scratch

# Permission -> roles that hold it, for the permissions that routes of this build ask for.
HOLDERS = {
    "inference.models": {"admin", "operator", "developer", "user", "service"},
    "inference.invoke": {"developer", "user", "service"},
    "inference.embed": {"developer", "user", "service"},
    "admin.read": {"owner", "admin", "operator", "security", "auditor"},
    "admin.metrics": {"owner", "admin", "operator", "security"},
}
BODIES = {"/srasta/v1/access/explain": json.dumps({"action": "inference.invoke"})}
ROLES = ["owner", "admin", "operator", "security", "auditor", "developer", "user", "service"]


def every_route_obeys_its_permission():
    engine = Engine()
    with scratch() as folder:
        platform = Platform(folder / "data", engine_config(engine))
        document = json.loads(platform.request("GET", "/openapi.json").body)
        tokens = {role: platform.token(role) for role in ROLES}
        checked = 0
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                permission = operation.get("x-srasta-permission")
                target = path.replace("{model}", "m1")
                body = BODIES.get(path, CHAT) if method == "post" else None
                bare = platform.request(method.upper(), target, None, body)
                if permission is None:
                    assert bare.status in (200, 503), (path, bare.status)
                    continue
                assert bare.status == 401 and bare.code == "credentials_missing", (path, bare.status)
                for role in ROLES:
                    answer = platform.request(method.upper(), target, tokens[role], body)
                    wanted = 200 if role in HOLDERS[permission] else 403
                    assert answer.status == wanted, (path, role, answer.status, answer.code)
                    checked += 1
        assert checked >= 6 * len(ROLES), checked
        platform.stop()
        assert platform.verify().returncode == 0, platform.verify().stdout
    engine.stop()


def an_unknown_role_is_refused_when_the_token_is_issued():
    with scratch() as folder:
        platform = Platform(folder / "data")
        done = subprocess.run([BIN / "srasta", "token", "issue", "--data", platform.data, "--role", "root"],
                              capture_output=True, text=True, env=ENVIRONMENT)
        assert done.returncode != 0 or platform.request("GET", "/v1/models", done.stdout.strip()).status == 403
        platform.stop()


main(every_route_obeys_its_permission, an_unknown_role_is_refused_when_the_token_is_issued)
