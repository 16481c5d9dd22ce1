"""`Srasta-Receipt: wait` on every route that leaves a record: the answer names one that is on disk already."""
import http.client
import json
import os

from client import ask
from harness import CHAT, EVERY_INTERFACE, Engine, Platform, engine_config, main, scratch, until
from records import stored_records
from small_disk import filled, log_on_a_small_disk

WAIT = {"Srasta-Receipt": "wait"}
ROLES = ("user", "auditor", "admin")
BODIES = {"/v1/chat/completions": json.loads(CHAT),
          "/v1/completions": {"model": "general", "prompt": "hi"},
          "/v1/embeddings": {"model": "general", "input": "hi"},
          **{path: json.loads(CHAT) for path in ("/v1/messages", "/v1/messages/count_tokens", "/api/chat")},
          **{path: {"model": "general", "input": "hi"} for path in (
              "/v1/responses", "/v1/rerank", "/v1/moderations", "/v1/audio/speech", "/v1/images/generations",
              "/api/embed", "/api/generate")},
          "/srasta/v1/access/explain": {"action": "inference.invoke"}}

FORM = b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\ngeneral\r\n--b--\r\n'
BODIES |= {path: FORM for path in ("/v1/audio/transcriptions", "/v1/audio/translations", "/v1/images/edits",
                                   "/v1/images/variations")}


def head_of(port, method, path, token, body, fields):
    """Status and fields of the answer; its end is not waited for, since a stream has none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    is_form = isinstance(body, bytes)
    kind = "multipart/form-data; boundary=b" if is_form else "application/json"
    try:
        connection.request(method, path, body if is_form or not body else json.dumps(body),
                           {"Authorization": f"Bearer {token}", "Content-Type": kind, **fields})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


class Routes:
    """Those of the platform's own description that need a credential, each with somebody who may use it."""

    def __init__(self, platform):
        self.platform = platform
        self.tokens = {role: platform.token(role) for role in ROLES}
        done = ask(platform.port, "GET", "/v1/models", self.tokens["user"]).fields["x-request-id"]
        values = {"model": "general", "stream": "gateway", "id": done}
        # Of administration the service behind the gateway makes the record: tests/service/admin_test.py.
        until(lambda: platform.records("--request", done), "a request to ask about")
        until(lambda: head_of(platform.port, "GET", "/srasta/v1/audit/checkpoint/gateway", self.tokens["auditor"], None,
                              {})[0] == 200, "a checkpoint")
        self.all = [(method.upper(), path.format(**values), operation)
                    for path, operations in ask(platform.port, "GET", "/openapi.json").json()["paths"].items()
                    if not path.startswith("/srasta/v1/admin/")
                    for method, operation in operations.items() if "security" not in operation]

    def ask(self, method, path, role, fields):
        return head_of(self.platform.port, method, path, self.tokens[role], BODIES.get(path), fields)

    def role_for(self, method, path):
        return next(role for role in ROLES if self.ask(method, path, role, {})[0] == 200)


def named_by(data, receipt):
    """The record on disk at this moment that a receipt is of."""
    stream, seq, digits = receipt.split(":")
    [record] = [record for record in stored_records(data) if (record["strm"], record["seq"]) == (stream, int(seq))]
    assert record["h"].startswith(digits) and len(digits) == 32, (receipt, record)
    return record


def each_route_waits_for_its_record():
    engine = Engine()
    with scratch() as folder:
        platform = Platform(folder / "data", engine_config(engine, upstream=EVERY_INTERFACE))
        until(lambda: platform.request("GET", "/readyz/inference").status == 200, "the engine is known")
        routes = Routes(platform)
        assert len(routes.all) >= 10, routes.all
        for method, path, operation in routes.all:
            role = routes.role_for(method, path)
            status, fields = routes.ask(method, path, role, WAIT)
            assert status == 200 and "x-srasta-audit" in fields, (path, status, fields)
            record = named_by(platform.data, fields["x-srasta-audit"])
            assert record["corr"]["rid"] == fields["x-request-id"], (path, record)
            assert record["act"] == operation["x-srasta-audit-act"], (path, record)
            # What the platform waits for anyway has a receipt, too; nothing else without being asked.
            status, fields = routes.ask(method, path, role, {})
            assert ("x-srasta-audit" in fields) == (record["cls"] == "must"), (path, fields)
            status, fields = routes.ask(method, path, role, {"Srasta-Receipt": "soon"})
            wrong = 400 if path.startswith(("/v1/", "/api/")) else 422  # native routes tell meaning from syntax
            assert (status, fields["x-srasta-error"]) == (wrong, "invalid_request"), (path, status, fields)
            refused = next((other for other in ROLES if routes.ask(method, path, other, {})[0] == 403), None)
            if refused is None:
                continue
            status, fields = routes.ask(method, path, refused, WAIT)
            record = named_by(platform.data, fields["x-srasta-audit"])
            assert (status, record["act"], record["out"]) == (403, "authz.deny", "deny"), (path, record)
        status, fields = head_of(platform.port, "GET", "/v1/models", "no-token", None, WAIT)
        assert status == 401 and "x-srasta-audit" not in fields, "strangers make nobody wait for the disk"
        status, fields = head_of(platform.port, "GET", "/healthz", routes.tokens["user"], None, WAIT)
        assert status == 200 and "x-srasta-audit" not in fields, fields
        platform.stop()
    engine.stop()


def what_a_handler_refuses_has_a_receipt_too():
    engine = Engine()
    with scratch() as folder:
        platform = Platform(folder / "data", engine_config(engine, upstream=EVERY_INTERFACE))
        until(lambda: platform.request("GET", "/readyz/inference").status == 200, "the engine is known")
        user, auditor = platform.token(), platform.token("auditor")
        for token, path, body, status, act in (
                (user, "/v1/chat/completions", {"model": "nobody"}, 404, "authz.deny"),
                (user, "/v1/chat/completions", {"model": 5}, 400, "inference.request"),
                (user, "/v1/models/nobody", None, 404, "authz.deny"),
                (auditor, "/srasta/v1/audit/records?nonsense=1", None, 400, "http.reject"),
                (auditor, "/srasta/v1/audit/receipts/nobody", None, 404, "authz.deny"),
                (auditor, "/srasta/v1/audit/records?format=csv", None, 200, "audit.export")):
            found, fields = head_of(platform.port, "POST" if body else "GET", path, token, body, WAIT)
            record = named_by(platform.data, fields["x-srasta-audit"])
            assert (found, record["act"]) == (status, act), (path, found, record)
            assert record["corr"]["rid"] == fields["x-request-id"], (path, record)
        platform.stop()
    engine.stop()


def with_a_dead_log_nothing_is_answered_that_wants_a_receipt():
    engine = Engine()
    with log_on_a_small_disk() as folder:
        platform = Platform(folder / "data", engine_config(engine, upstream=EVERY_INTERFACE))
        until(lambda: platform.request("GET", "/readyz/inference").status == 200, "the engine is known")
        routes = Routes(platform)
        roles = {path: routes.role_for(method, path) for method, path, _ in routes.all}
        for _ in range(5 * os.cpu_count()):  # so that every core knows who is privileged
            for role in ROLES:
                ask(platform.port, "GET", "/v1/models", routes.tokens[role])
        with filled(platform.data / "audit/filler"):
            until(lambda: platform.request("GET", "/readyz").status == 503, "a log that cannot be written")
            for method, path, _ in routes.all:
                status, fields = routes.ask(method, path, roles[path], WAIT)
                assert (status, fields["x-srasta-error"]) == (503, "audit_unavailable"), (path, status, fields)
                assert "x-srasta-audit" not in fields, (path, fields)
        until(lambda: platform.chat(routes.tokens["user"]).status == 200, "the platform goes on")
        platform.stop()
    engine.stop()


main(each_route_waits_for_its_record, what_a_handler_refuses_has_a_receipt_too,
     with_a_dead_log_nothing_is_answered_that_wants_a_receipt)
