"""Who may change or take out what others depend on is on record, durably, before his credential does anything."""
import hashlib
import os
import secrets

from access_test import KEY_ID, TENANTS, Governed
from client import ask
from harness import Engine, Platform, engine_config, main, scratch, until
from small_disk import data_on_a_small_disk, filled

CORES = os.cpu_count()
PRIVILEGED = ("owner", "admin", "operator", "security", "auditor")
ORDINARY = ("developer", "user", "service")


def models(platform, token, **fields):
    return ask(platform.port, "GET", "/v1/models", token, fields=fields)


def uses(platform, act="auth.privileged", **members):
    return [record for record in platform.records("--act", act) if members.items() <= record["actor"].items()]


def the_first_use_is_on_disk_before_the_answer_and_recorded_once():
    engine = Engine()
    with scratch() as folder:
        platform = Platform(folder / "data", engine_config(engine))
        for role in PRIVILEGED:
            token = platform.token(role)
            request = models(platform, token).fields["x-request-id"]
            # Not waited for: it is there.
            found = [record for record in uses(platform) if record["corr"]["rid"] == request]
            assert [record["actor"]["roles"] for record in found] == [[role]], (role, found)
            assert found[0]["data"]["token"] == hashlib.sha256(token.encode()).hexdigest()[:16], found
            for _ in range(5 * CORES):
                models(platform, token)
            assert 1 <= len(uses(platform, roles=[role])) <= CORES, uses(platform)
        for role in ORDINARY:
            models(platform, platform.token(role))
            until(lambda role=role: uses(platform, "auth.ok", roles=[role]), f"auth.ok of {role}")
        assert {record["actor"]["roles"][0] for record in uses(platform)} == set(PRIVILEGED)
        assert {record["actor"]["roles"][0] for record in uses(platform, "auth.ok")} == set(ORDINARY)
        platform.stop()
    engine.stop()


def keys_and_callers_who_become_privileged_are_recorded_too():
    engine = Engine()
    secret = secrets.token_urlsafe(32)
    key = f"sk-srasta-{KEY_ID}-{secret}"
    rules = TENANTS + ("access:\n  keys:\n"
                       f"    - {{ id: {KEY_ID}, secret_sha256: \"{hashlib.sha256(secret.encode()).hexdigest()}\",\n"
                       "        subject: k-admin, tenant: acme, roles: [admin],\n"
                       "        expires: \"2099-01-01T00:00:00Z\" }\n")
    with scratch() as folder:
        platform = Governed(folder, engine, rules)
        for _ in range(5 * CORES):
            assert models(platform, key).status == 200
        found = uses(platform, id="k-admin")
        assert 1 <= len(found) <= CORES and {record["actor"]["kind"] for record in found} == {"key"}, found
        assert all("token" not in record["data"] for record in found), found
        alice = platform.token_of("u-alice", "user")
        for _ in range(5 * CORES):
            assert models(platform, alice).status == 200
        assert not uses(platform, id="u-alice")
        platform.apply(rules + "  roles: { user: [inference.models, admin.users] }\n")
        for _ in range(5 * CORES):
            assert models(platform, alice).status == 200
        assert 1 <= len(uses(platform, id="u-alice")) <= CORES
        platform.stop()
    engine.stop()


def a_dead_log_refuses_new_privileged_credentials_while_others_have_room_in_its_ring():
    engine = Engine()
    with data_on_a_small_disk() as data:
        platform = Platform(data, engine_config(engine))
        user, refused = platform.token(), []
        until(lambda: models(platform, user).status == 200, "the user is known")

        def they_differ():
            """A ring that is two seconds old refuses everybody, so that a slow round says nothing."""
            admin = platform.token("admin")
            with filled(data / "filler"):
                until(lambda: platform.request("GET", "/readyz").status == 503, "a log that cannot be written")
                of_user, of_admin = models(platform, user), models(platform, admin)
                assert (of_admin.status, of_admin.code) == (503, "audit_unavailable"), of_admin.body
                assert models(platform, admin).status == 503, "a use that was not recorded counts as none"
                refused.append(admin)
                until(lambda: models(platform, user).status == 503, "a full ring")
            until(lambda: models(platform, user).status == 200, "an empty ring")
            return of_user.status == 200

        until(they_differ, "the ring takes what need not be waited for")
        assert not uses(platform)
        for admin in refused:
            assert models(platform, admin).status == 200
        assert {record["data"]["token"] for record in uses(platform)} == {
            hashlib.sha256(admin.encode()).hexdigest()[:16] for admin in refused}
        platform.stop()
        assert platform.verify().returncode == 0, platform.verify().stdout
    engine.stop()


main(the_first_use_is_on_disk_before_the_answer_and_recorded_once,
     keys_and_callers_who_become_privileged_are_recorded_too,
     a_dead_log_refuses_new_privileged_credentials_while_others_have_room_in_its_ring)
