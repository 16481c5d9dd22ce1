"""Old records go while the platform serves, and nothing but what was allowed may be missing."""
import datetime
import json
import shutil

from audit_walk import audit, both_verify, checkpoint_size, lived
from client import chat
from harness import Engine, Platform, engine_config, main, scratch, until

FUTURE = "2999-01-01"


def segments(data, stream="gateway"):
    return sorted((data / f"audit/{stream}/seg").iterdir())


def split_segments(data, records, stream="gateway"):
    """The size of segments is a choice of the writer, so a test may make another one while it is gone."""
    lines = [line for path in segments(data, stream) for line in path.read_bytes().splitlines(keepends=True)]
    for path in segments(data, stream):
        path.unlink()
    for first in range(0, len(lines), records):
        (data / f"audit/{stream}/seg/{first:020}.jsonl").write_bytes(b"".join(lines[first:first + records]))


def with_old_segments(folder, engine, requests=6):
    """A platform that runs, with some closed segments of five records."""
    data = lived(folder, engine, requests)
    split_segments(data, 5)
    assert both_verify(data)[0] == 0
    return Platform(folder / "data", engine_config(engine))


def records_go_while_the_platform_serves():
    engine = Engine()
    with scratch() as folder:
        platform = with_old_segments(folder, engine)
        token, data = platform.token(), platform.data
        before = segments(data)
        assert len(before) > 2
        kept = int(before[-1].name[:20])
        status, _, problem = audit(data, "prune")
        assert status == 0 and segments(data) == before, problem  # nothing is older than six months
        status, text, problem = audit(data, "prune", "--before", FUTURE, "--dry-run")
        assert status == 0 and f"records 0 to {kept - 1} of gateway would be removed" in text, (text, problem)
        status, text, problem = audit(data, "prune", "--before", FUTURE)
        assert status == 0 and f"records 0 to {kept - 1} of gateway were removed" in text, (text, problem)
        assert segments(data) == before[-1:]
        assert chat(platform.port, token).status == 200
        until(lambda: checkpoint_size(data) > kept + 1, "a checkpoint of more than is pruned")
        assert audit(data, "prove", "--seq", kept)[0] == 0
        status, _, problem = audit(data, "prove", "--seq", 1)
        assert status == 1 and f"the first one that is there is {kept}" in problem, problem
        assert audit(data, "fsck")[0] == 0
        status, text, _ = audit(data, "verify")
        assert status == 0 and f"gateway: PRUNED_AUTHORISED {kept} (operator 1)" in text, text
        found = [json.loads(line) for line in audit(data, "search", "--json")[1].splitlines()]
        assert found[0]["seq"] == kept, found[0]
        answer = platform.request("GET", "/srasta/v1/audit/records?limit=1", platform.token("auditor"))
        assert answer.status == 200 and json.loads(answer.body)["records"][0]["seq"] >= kept, answer.body
        assert audit(data, "prune", "--before", FUTURE)[1].startswith("OK no whole segment")
        platform.stop()
        status, text = both_verify(data)
        assert status == 0 and f"gateway: OK {kept}-" in text, text
        # The writer, the checkpointer and the tiles go on behind what is gone.
        shutil.rmtree(data / "audit/gateway/tile")
        platform = Platform(data, engine_config(engine))
        assert chat(platform.port, platform.token()).status == 200
        platform.stop()
        status, text = both_verify(data)
        assert status == 0 and "PRUNED_AUTHORISED" in text, text
        assert audit(data, "fsck", "--rebuild-tiles")[0] == 0


def the_configuration_says_how_long_records_stay():
    engine = Engine()
    with scratch() as folder:
        data, short = lived(folder, engine), folder / "short.yaml"
        short.write_text("audit: { retention: 2d }\n")

        def days_ago(count):
            return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=count)).date().isoformat()

        for options, days in (((), 180), (("--config", short), 2), (("--config", short, "--keep", "7d"), 7)):
            earliest = days_ago(days)
            status, text, problem = audit(data, "prune", "--dry-run", *options)
            assert status == 0, problem
            assert any(f"is older than {day}T" in text for day in (earliest, days_ago(days))), (options, text)
        short.write_text("audit: { retention: 0d }\n")
        assert audit(data, "prune", "--dry-run", "--config", short)[0] == 4


def a_hold_keeps_what_it_covers():
    engine = Engine()
    with scratch() as folder:
        platform = with_old_segments(folder, engine)
        data, before = platform.data, segments(platform.data)
        assert audit(data, "hold", "--name", "Mr. Smith")[0] != 0
        assert audit(data, "hold", "--name", "case-7", "--reason-code", "litigation")[0] == 0
        status, _, problem = audit(data, "hold", "--name", "case-7")
        assert status == 1 and "is on already" in problem, problem
        assert audit(data, "hold", "--name", "case-8", "--stream", "tools")[0] == 0
        assert audit(data, "holds")[1] == "case-7 all litigation\ncase-8 tools -\n"
        for more in ((), ("--dry-run",)):
            status, _, problem = audit(data, "prune", "--before", FUTURE, *more)
            assert status == 1 and "case-7" in problem, problem
        assert segments(data) == before
        assert audit(data, "release", "--name", "case-9")[0] == 1
        assert audit(data, "release", "--name", "case-7")[0] == 0
        assert audit(data, "prune", "--before", FUTURE)[0] == 0
        assert len(segments(data)) == 1
        platform.stop()
        assert both_verify(data)[0] == 0
        written = audit(data, "search", "--json", "--stream", "operator", "--act", "log.hold")[1]
        assert [json.loads(line)["data"]["on"] for line in written.splitlines()] == [True, True, False]


def nothing_goes_without_a_checkpoint_of_the_record():
    engine = Engine()
    with scratch() as folder:
        platform = with_old_segments(folder, engine)
        data, before = platform.data, segments(platform.data)
        platform.stop()
        status, _, problem = audit(data, "prune", "--before", FUTURE)
        assert status == 2 and "start `srasta up`" in problem, problem
        assert segments(data) == before and not (data / "audit/operator").exists()
        status, _, problem = audit(data, "prune", "--before", FUTURE, "--stream", "operator")
        assert status == 4, problem


def one_segment_more_is_a_violation():
    engine = Engine()
    with scratch() as folder:
        platform = with_old_segments(folder, engine)
        data = platform.data
        seconds = [path.read_bytes() for path in segments(data)][1]
        limit = json.loads(seconds.splitlines()[0])["t"]
        time_of_second = segments(data)[1].name
        status, _, problem = audit(data, "prune", "--before", limit)
        assert status == 0, problem
        platform.stop()
        assert segments(data)[0].name == time_of_second, segments(data)
        assert both_verify(data)[0] == 0
        segments(data)[0].unlink()
        status, text = both_verify(data)
        assert status == 1 and "gateway: SEGMENT_MISSING 0" in text, text
        refused = Platform(data, engine_config(engine), wait=False)
        assert refused.process.wait(timeout=60) != 0
        assert "INTEGRITY" in refused.log.read_text(), refused.log.read_text()


main(records_go_while_the_platform_serves, the_configuration_says_how_long_records_stay, a_hold_keeps_what_it_covers,
     nothing_goes_without_a_checkpoint_of_the_record, one_segment_more_is_a_violation)
