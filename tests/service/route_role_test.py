"""Every route with every role: allowed exactly where the role's permission says so."""
import http.client
import json
import re
import subprocess

from client import ask
from harness import BIN, CHAT, ENVIRONMENT, EVERY_INTERFACE, Engine, Platform, engine_config, main, scratch, until

# Permission -> roles that hold it, for the permissions that routes of this build ask for.
HOLDERS = {
    "inference.models": {"admin", "operator", "developer", "user", "service"},
    "inference.invoke": {"developer", "user", "service"},
    "inference.embed": {"developer", "user", "service"},
    "admin.read": {"owner", "admin", "operator", "security", "auditor"},
    "admin.metrics": {"owner", "admin", "operator", "security"},
    "admin.users": {"owner", "admin"},
    "admin.config": {"owner", "admin"},
    "admin.roles": {"owner", "admin"},
    "admin.keys": {"owner", "admin"},
    "admin.license": {"owner"},
    "keys.self": {"developer", "user"},
    "audit.read": {"owner", "security", "auditor"},
    "audit.verify": {"owner", "security", "auditor"},
    "tools.approve": {"owner", "security"},
    "tools.read": set(),  # tokens of the built-in issuer have no persona, without which nobody has tools
}
# Routes that answer about the caller's own doings, to whoever he is.
OF_EVERY_CALLER = {"/srasta/v1/audit/receipts/{id}"}
BODIES = {"/srasta/v1/access/explain": json.dumps({"action": "inference.invoke"}),
          "/srasta/v1/approvals/{id}": json.dumps({"verdict": "approve"})}
# What a permitted caller gets from routes about objects that do not exist, or with a body that says nothing.
ADMINISTRATION = ("/srasta/v1/admin/", "/srasta/v1/approvals/")
OF_OLDER_LOGS = {"/srasta/v1/audit/checkpoint/{stream}"}
PAGES = {"/console/"}
ENDLESS = {"/srasta/v1/audit/stream"}
ROLES = ["owner", "admin", "operator", "security", "auditor", "developer", "user", "service"]


def status_of(platform, method, target, token):
    """Of an answer that has no end."""
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=20)
    try:
        connection.request(method, target, None, {"Authorization": f"Bearer {token}"})
        return connection.getresponse().status
    finally:
        connection.close()


def own_request(platform, token):
    """The id of a request that this caller made, once its record can be read."""
    request = ask(platform.port, "GET", "/v1/models", token).fields["x-request-id"]
    until(lambda: platform.records("--request", request), "the request has its record")
    return request


def every_route_obeys_its_permission():
    engine = Engine()
    with scratch() as folder:
        platform = Platform(folder / "data", engine_config(engine, upstream=EVERY_INTERFACE) + "tools: { policies: [none.yaml] }\n")
        document = json.loads(platform.request("GET", "/openapi.json").body)
        tokens = {role: platform.token(role) for role in ROLES}
        checked = 0
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                permission = operation.get("x-srasta-permission")
                is_public = operation.get("security") == []
                target = path.replace("{model}", "m1").replace("{stream}", "gateway")
                target = re.sub(r"\{\w+\}", "unknown", target)
                body = BODIES.get(path, CHAT) if method in ("post", "put", "patch") else None
                bare = platform.request(method.upper(), target, None, body)
                if is_public:
                    # Pages and endpoints of the sign-in judge what they are sent, and nobody's credential.
                    wanted = (200, 302, 400, 401, 404, 415) if path in PAGES or path.startswith("/auth/") else (200, 503)
                    assert bare.status in wanted, (path, bare.status)
                    continue
                assert bare.status == 401 and bare.code == "credentials_missing", (path, bare.status)
                assert (permission is None) == (path in OF_EVERY_CALLER), path
                for role in ROLES:
                    if permission is None:
                        own = path.replace("{id}", own_request(platform, tokens[role]))
                        assert platform.request("GET", own, tokens[role]).status == 200, (path, role)
                        checked += 1
                        continue
                    holders = HOLDERS[permission] | HOLDERS.get(operation.get("x-srasta-permission-alternative"), set())
                    wanted = 200 if role in holders else 403
                    if path in ENDLESS:
                        assert status_of(platform, method.upper(), target, tokens[role]) == wanted, (path, role)
                        checked += 1
                        continue
                    answer = platform.request(method.upper(), target, tokens[role], body)
                    # A fresh log has no checkpoint yet.
                    nothing_yet = path in OF_OLDER_LOGS and answer.status == 404
                    nothing_there = path.startswith(ADMINISTRATION) and answer.status in (404, 422)
                    # Who may not is refused before anybody looks at the kind of the body.
                    takes_forms = "multipart/form-data" in operation.get("requestBody", {}).get("content", {})
                    no_form = takes_forms and answer.code == "unsupported_media_type"
                    allowed = 200 if nothing_yet or nothing_there or no_form else answer.status
                    assert allowed == wanted, (path, role, answer.status, answer.code)
                    checked += 1
        assert checked >= 30 * len(ROLES), checked
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
