"""Who may do what: changes of the access rules are in force with the next request, and end what runs."""
import hashlib
import json
import secrets
import subprocess
import time

from client import Stream, ask, chat
from harness import BIN, ENVIRONMENT, Platform, engine_config, main, scratch, until
from patient_engine import PatientEngine

KEY_ID = "abcdefgh2345"


class Governed(Platform):
    """A platform whose access rules change while it runs."""

    def __init__(self, folder, engine, rules="", aliases=""):
        self.engine, self.aliases = engine, aliases
        super().__init__(folder / "data", engine_config(engine, aliases) + rules)
        until(lambda: ask(self.port, "GET", "/readyz/inference").status == 200, "every core knows the engine")

    def token_of(self, subject, *roles, tenant="acme"):
        words = [word for role in roles for word in ("--role", role)]
        return subprocess.check_output(
            [BIN / "srasta", "token", "issue", "--data", self.data, "--config", self.config, "--subject", subject,
             "--tenant", tenant, *words], text=True, env=ENVIRONMENT).strip()

    def apply(self, rules):
        self.config.write_text(engine_config(self.engine, self.aliases) + rules)
        done = subprocess.run([BIN / "srasta", "access", "apply", "--data", self.data, "--config", self.config],
                              capture_output=True, text=True, env=ENVIRONMENT)
        assert done.returncode == 0, done.stderr
        return int(done.stdout.split()[1])

    def explain(self, *words):
        return subprocess.run([BIN / "srasta", "access", "explain", "--data", self.data, *words],
                              capture_output=True, text=True, env=ENVIRONMENT)

    def saw(self, act, **data):
        """The last record of `act` with this data; records are written soon, not at once."""
        def found():
            return [record for record in self.records("--act", act) if data.items() <= record["data"].items()]
        return until(found, f"{act} {data}")[-1]


TENANTS = "tenants: [acme, globex]\n"


def denied_role(role, subject="u-dev"):
    return TENANTS + ("access:\n  users:\n"
                      f"    - {{ issuer: local, tenant: acme, subject: {subject}, deny_roles: [{role}] }}\n")


def the_next_request_after_a_change_is_decided_by_it():
    engine = PatientEngine()
    with scratch() as folder:
        platform = Governed(folder, engine, TENANTS)
        alice = platform.token_of("u-alice", "user")
        bob = platform.token_of("u-bob", "user", tenant="globex")
        for number in range(20):
            off = TENANTS + "access:\n  users: [{ issuer: local, tenant: acme, subject: u-alice, disabled: true }]\n"
            platform.apply(off)
            refused = chat(platform.port, alice)
            assert (refused.status, refused.code) == (403, "principal_disabled"), (number, refused.body)
            assert chat(platform.port, bob).status == 200
            platform.apply(TENANTS)
            assert chat(platform.port, alice).status == 200
        suspended = platform.apply(TENANTS + "access:\n  suspended_tenants: [globex]\n")
        assert chat(platform.port, bob).code == "principal_disabled"
        assert chat(platform.port, alice).status == 200
        platform.saw("authz.deny", reason="disabled")
        platform.saw("access.change", revision=suspended)
        platform.stop()
        assert platform.verify().returncode == 0


def streams_of_a_removed_role_end_within_a_second():
    engine = PatientEngine()
    with scratch() as folder:
        platform = Governed(folder, engine, TENANTS)
        dev = platform.token_of("u-dev", "developer", "auditor")
        other = platform.token_of("u-other", "developer")
        cut = Stream(platform.port, dev, endless=True)
        kept = Stream(platform.port, other, endless=True)
        until(lambda: len(cut.events()) > 3 and len(kept.events()) > 3, "both streams run")
        began = time.monotonic()
        platform.apply(denied_role("developer"))
        cut.wait()
        took = cut.ended - began
        assert took <= 1.0 + 0.5, f"{took:.3f} s with the command that changed it"
        assert cut.last_error() == "role_removed", cut.events()[-1]
        assert '"finish_reason":"' not in cut.data.decode()
        ended = platform.saw("inference.abort", reason="role_removed")
        assert (ended["out"], ended["data"]["reason"]) == ("deny", "role_removed"), ended
        until(lambda: engine.cut == 1, "the engine's stream is closed")
        assert not kept.ended and engine.open == 1
        assert chat(platform.port, dev).code == "permission_denied"
        kept.close()
        until(lambda: engine.open == 0, "the other stream ends with its client")
        platform.stop()
        print(f"[stream ended {took:.3f} s after the command began] ", end="")


def a_changed_model_list_ends_streams_and_hides_models():
    engine = PatientEngine()
    models = TENANTS + "access:\n  models:\n    user: [general, fast]\n    developer: [\"*\"]\n"
    with scratch() as folder:
        platform = Governed(folder, engine, models)
        alice, dev = platform.token_of("u-alice", "user"), platform.token_of("u-dev", "developer")
        listed = {token: [model["id"] for model in ask(platform.port, "GET", "/v1/models", token).json()["data"]]
                  for token in (alice, dev)}
        assert sorted(listed[alice]) == ["fast", "general"], listed[alice]
        assert "m1" in listed[dev] and "coding" in listed[dev]
        hidden, unknown = chat(platform.port, alice, "coding"), chat(platform.port, dev, "no-such-model")
        assert hidden.status == unknown.status == 404 and hidden.code == unknown.code == "model_not_found"
        until(lambda: {"model_not_allowed", "model_unknown"} ==
              {record["data"]["reason"] for record in platform.records("--act", "authz.deny")}, "both reasons")
        assert ask(platform.port, "GET", "/v1/models/coding", alice).code == "model_not_found"
        stream = Stream(platform.port, alice, endless=True)
        until(lambda: len(stream.events()) > 3, "the stream runs")
        platform.apply(models.replace("[general, fast]", "[fast]"))
        stream.wait()
        assert stream.last_error() == "policy_changed", stream.events()[-1]
        assert chat(platform.port, alice, "general").code == "model_not_found"
        assert chat(platform.port, alice, "fast").status == 200
        platform.stop()


def keys_work_in_every_slot_until_they_are_gone():
    engine = PatientEngine()
    secret = secrets.token_urlsafe(32)
    entry = ("access:\n  keys:\n"
             f"    - {{ id: {KEY_ID}, secret_sha256: \"{hashlib.sha256(secret.encode()).hexdigest()}\", subject: k-dev,\n"
             "        tenant: acme, roles: [developer], models: [general], expires: \"2099-01-01T00:00:00Z\" }\n")
    key = f"sk-srasta-{KEY_ID}-{secret}"
    with scratch() as folder:
        platform = Governed(folder, engine, TENANTS + entry)
        for slot in ({"Authorization": f"Bearer {key}"}, {"x-api-key": key}, {"api-key": key},
                     {"Authorization": f"Bearer {key}", "x-api-key": key}):
            answer = chat(platform.port, None, fields=slot)
            assert answer.status == 200, (slot.keys(), answer.body)
        done = platform.saw("inference.complete")
        assert (done["actor"]["id"], done["actor"]["kind"], done["actor"]["ten"]) == ("k-dev", "key", "acme"), done
        assert chat(platform.port, key, "fast").code == "model_not_found"
        wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
        answers = [chat(platform.port, text) for text in
                   (wrong, f"sk-srasta-{KEY_ID}-", f"sk-srasta-zzzzzzzz2345-{secret}", key + "A",
                    f"sk-srasta-{KEY_ID}-{hashlib.sha256(secret.encode()).hexdigest()}")]
        assert {(answer.status, answer.code) for answer in answers} == {(401, "key_invalid")}
        stream = Stream(platform.port, key, endless=True)
        until(lambda: len(stream.events()) > 3, "the stream runs")
        platform.apply(TENANTS)
        stream.wait()
        assert stream.last_error() == "key_revoked", stream.events()[-1]
        assert chat(platform.port, key).code == "key_invalid"
        platform.stop()
        stored = b"".join(path.read_bytes() for path in (folder / "data").rglob("*") if path.is_file())
        assert secret.encode() not in stored + platform.log.read_bytes()


def scopes_and_personas_only_narrow():
    engine = PatientEngine()
    rules = TENANTS + ("access:\n  roles: { infer: [\"inference.*\"] }\n  personas:\n"
                       "    reader: { permissions: [inference.models] }\n")
    with scratch() as folder:
        platform = Governed(folder, engine, rules)
        token = platform.token_of("u-1", "infer")
        assert chat(platform.port, token).status == 200
        refused = chat(platform.port, token, fields={"Srasta-Persona": "reader"})
        assert (refused.status, refused.code) == (403, "permission_denied")
        platform.saw("authz.deny", reason="persona")
        platform.stop()


def explain_and_enforcement_agree():
    engine = PatientEngine()
    with scratch() as folder:
        platform = Governed(folder, engine, TENANTS)
        answer = platform.explain("--as", "u-admin", "--tenant", "acme", "--role", "admin", "--action",
                                  "inference.invoke", "--object", "model:general")
        assert answer.returncode == 0, answer.stderr
        lines = dict(line.split(None, 1) for line in answer.stdout.splitlines()[1:])
        assert answer.stdout.startswith("deny\n"), answer.stdout
        assert lines["rule"] == "no grant of inference.invoke in role admin"
        assert chat(platform.port, platform.token_of("u-admin", "admin")).code == "permission_denied"
        policy = platform.saw("authz.deny", reason="permission")["pol"]
        assert policy["rev"] == int(lines["revision"]) and policy["why"] == "inference.invoke", policy
        assert chat(platform.port, platform.token_of("u-user", "user")).status == 200
        assert platform.saw("inference.request")["pol"] == policy, "what allowed it is recorded like what denied it"
        assert platform.explain("--role", "user", "--action", "nonsense").returncode == 2
        platform.stop()


def the_endpoint_explains_within_the_own_tenant():
    engine = PatientEngine()
    with scratch() as folder:
        platform = Governed(folder, engine, TENANTS)
        auditor = platform.token_of("u-audit", "auditor")

        def explain(**question):
            return ask(platform.port, "POST", "/srasta/v1/access/explain", auditor, question)

        own = explain(action="inference.invoke").json()
        assert own["allowed"] is False and own["rule"] == "no grant of inference.invoke in role auditor", own
        other = explain(subject="u-1", roles=["user"], action="inference.invoke", model="general").json()
        assert other == {"allowed": True, "rule": "role user grants inference.invoke", "roles": ["user"],
                         "revision": own["revision"]}, other
        hidden = explain(subject="u-1", roles=["user"], tenant="globex", action="inference.invoke")
        never = explain(subject="u-1", roles=["user"], tenant="initech", action="inference.invoke")
        assert (hidden.status, hidden.code) == (never.status, never.code) == (404, "not_found")
        for wrong in ({}, {"action": "inference.*"}, {"action": 5}, {"action": "inference.invoke", "roles": "user"},
                      {"action": "inference.invoke", "model": ""}):
            refused = explain(**wrong)
            assert (refused.status, refused.code) == (422, "invalid_request"), (wrong, refused.body)
        user = ask(platform.port, "POST", "/srasta/v1/access/explain", platform.token_of("u-1", "user"),
                   {"action": "inference.invoke"})
        assert user.code == "permission_denied"
        platform.stop()


def a_damaged_snapshot_admits_nobody_and_says_so():
    engine = PatientEngine()
    with scratch() as folder:
        platform = Governed(folder, engine, TENANTS)
        token = platform.token_of("u-alice", "user")
        assert chat(platform.port, token).status == 200
        snapshot, epoch = platform.data / "access/snapshot", platform.data / "access/epoch"
        good = snapshot.read_bytes()
        fresh = platform.data / "access/new"
        fresh.write_bytes(good[:100] + bytes([good[100] ^ 1]) + good[101:])
        fresh.rename(snapshot)
        count = int.from_bytes(epoch.read_bytes(), "little")
        with epoch.open("r+b") as word:
            word.write((count + 1).to_bytes(8, "little"))
        refused = chat(platform.port, token)
        assert (refused.status, refused.code) == (503, "identity_unavailable"), refused.body
        until(lambda: ask(platform.port, "GET", "/readyz").status == 503, "every core knows")
        until(lambda: "access rules cannot be read" in platform.log.read_text(), "the log says so")
        platform.apply(TENANTS)
        assert until(lambda: chat(platform.port, token).status == 200, "the platform recovers")
        platform.stop()


if __name__ == "__main__":
    main(the_next_request_after_a_change_is_decided_by_it,
         streams_of_a_removed_role_end_within_a_second,
         a_changed_model_list_ends_streams_and_hides_models,
         keys_work_in_every_slot_until_they_are_gone,
         scopes_and_personas_only_narrow,
         explain_and_enforcement_agree,
         the_endpoint_explains_within_the_own_tenant,
         a_damaged_snapshot_admits_nobody_and_says_so)
