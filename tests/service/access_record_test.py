"""Access rules and their record: nobody is admitted by rules that are not in the log, and none but the newest count."""
import json

from access_test import TENANTS, Governed
from client import Stream, ask, chat
from harness import main, scratch, until
from patient_engine import PatientEngine
from records import stored_records
from small_disk import filled, log_on_a_small_disk

DISABLED = TENANTS + "access:\n  users: [{ issuer: local, tenant: acme, subject: u-alice, disabled: true }]\n"


def changes(data):
    """As they are on disk at this moment, in their order."""
    return [record for record in stored_records(data) if record["act"] == "access.change"]


def the_record_is_on_disk_before_anybody_is_admitted():
    engine = PatientEngine()
    with scratch() as folder:
        platform = Governed(folder, engine, TENANTS)
        bob = platform.token_of("u-bob", "user")
        assert chat(platform.port, bob).status == 200
        [first] = changes(platform.data)
        assert "before" not in first["data"], first
        for number in range(1, 11):
            revision = platform.apply(DISABLED if number % 2 else TENANTS)
            request = chat(platform.port, bob).fields["x-request-id"]
            known = changes(platform.data)
            assert len(known) == 1 + number and known[-1]["data"]["revision"] == revision, known
            assert known[-1]["data"]["before"] == known[-2]["data"]["after"], known[-2:]
            own = until(lambda request=request: [record for record in stored_records(platform.data)
                                                 if record.get("corr", {}).get("rid") == request], "its records")
            assert own[0]["seq"] > known[-1]["seq"], (own[0], known[-1])
        platform.stop()
        again = Governed(folder, engine, TENANTS)
        assert chat(again.port, again.token_of("u-bob", "user")).status == 200
        found = changes(again.data)[-1]["data"]
        assert "before" not in found and found["after"] == known[-1]["data"]["after"], found
        again.stop()


def with_a_dead_log_rights_are_lost_at_once_and_nobody_is_admitted():
    engine = PatientEngine()
    with log_on_a_small_disk() as folder:
        platform = Governed(folder, engine, TENANTS)
        data = platform.data
        alice, bob = platform.token_of("u-alice", "user"), platform.token_of("u-bob", "user")
        cut, kept = (Stream(platform.port, token, endless=True) for token in (alice, bob))
        until(lambda: len(cut.events()) > 3 and len(kept.events()) > 3, "both streams run")
        with filled(data / "audit/filler"):
            until(lambda: platform.request("GET", "/readyz").status == 503, "a log that cannot be written")
            revision = platform.apply(DISABLED)
            cut.wait()
            assert cut.last_error() == "principal_disabled", cut.events()[-1]
            assert not kept.ended, "who kept his right goes on"
            for token in (alice, bob):
                refused = chat(platform.port, token)
                assert (refused.status, refused.code) == (503, "audit_unavailable"), refused.body
            ready = ask(platform.port, "GET", "/readyz")
            assert ready.status == 503 and "nobody is admitted" in ready.json()["checks"]["access"], ready.body
            until(lambda: "access rules are not on record" in platform.log.read_text(), "the log says so")
            # Given back before anybody could ask: both changes will be in the log.
            restored = platform.apply(TENANTS)
            assert chat(platform.port, alice).status == 503
            last = platform.apply(DISABLED)
            assert len(changes(data)) == 1, changes(data)
        until(lambda: chat(platform.port, bob).status == 200, "the platform goes on")
        assert [each["data"]["revision"] for each in changes(data)[1:]] == [revision, restored, last], changes(data)
        assert chat(platform.port, alice).code == "principal_disabled"
        until(lambda: ask(platform.port, "GET", "/readyz").status == 200, "every core is ready")
        lines = [json.loads(line) for line in platform.log.read_text().splitlines() if line.startswith("{")]
        assert "access rules are on record" in [line["event"] for line in lines]
        kept.close()
        platform.stop()
        assert platform.verify().returncode == 0, platform.verify().stdout


main(the_record_is_on_disk_before_anybody_is_admitted,
     with_a_dead_log_rights_are_lost_at_once_and_nobody_is_admitted)
