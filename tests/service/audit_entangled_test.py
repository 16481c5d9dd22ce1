"""Streams witness each other: what the supervisor showed of its log, the gateway's log remembers."""
import os
import shutil
import signal

from audit_walk import audit, both_verify, lived, remembered
from client import chat
from forge_log import forge
from harness import Engine, Platform, engine_config, main, scratch, until
from records import stored_records


def remembers(platform, token, size):
    """Requests until a record of the gateway carries a head of `install` with at least so many records."""
    until(lambda: chat(platform.port, token).status == 200 and any(
        seen >= size for _, seen, _ in remembered(platform.data, "gateway", "install")), "the gateway remembers")


def entangled(folder, engine):
    """A platform that lived until its gateway remembered some of `install`, and was stopped."""
    platform = Platform(folder / "data", engine_config(engine))
    remembers(platform, platform.token(), 3)
    platform.stop()
    status, text = both_verify(platform.data)
    assert status == 0, text
    return platform.data


def what_is_remembered_is_what_was_written():
    engine = Engine()
    with scratch() as folder:
        data = entangled(folder, engine)
        written = {record["seq"] + 1: record["h"] for record in stored_records(data) if record["strm"] == "install"}
        seen = remembered(data, "gateway", "install")
        assert all(written[size] == leaf for _, size, leaf in seen), (seen, written)
        assert [size for _, size, _ in seen] == sorted({size for _, size, _ in seen}), "each head once, and as it grew"


def who_rewrites_a_stream_with_its_keys_is_given_away_by_its_neighbour():
    engine = Engine()
    with scratch() as folder:
        data = entangled(folder, engine)
        first, size, _ = remembered(data, "gateway", "install")[-1]
        copies = {name: shutil.copytree(data, folder / name) for name in ("alone", "late", "all", "gone")}
        # All hashes and signatures are right, and the checkpoint is that of this log.
        forge(copies["alone"], "install", size - 1, alone=True)
        status, text = both_verify(copies["alone"])
        assert status == 1 and f"install: FORK {size} (gateway {first})\n" in text, text
        assert "VIOLATED (changed, removed or not signed as it should be: install)" in text, text
        # Behind what was shown nobody can tell; nor when the neighbour is rewritten, too.
        forge(copies["late"], "install", size, alone=True)
        forge(copies["all"], "install", size - 1)
        assert both_verify(copies["late"])[0] == both_verify(copies["all"])[0] == 0
        shutil.rmtree(copies["gone"] / "audit/install")
        status, text = both_verify(copies["gone"])
        assert status == 1 and "install: SEGMENT_MISSING 0 (gateway " in text, text


def a_crash_accuses_nobody():
    engine = Engine()
    with scratch() as folder:
        for life in range(1, 4):
            platform = Platform(folder / "data", engine_config(engine))
            remembers(platform, platform.token(), 3 * life)
            os.kill(platform.gateway_pid(), signal.SIGKILL)
            platform.process.kill()
            platform.process.wait()
            until(lambda: platform.gateway_pid() is None, "the gateway is gone")
        Platform(folder / "data", engine_config(engine)).stop()
        status, text = both_verify(folder / "data")
        assert status == 0, text


def what_was_never_written_is_missed():
    """A log in which every hash and signature is right, but of which one inference has no end."""
    engine = Engine()
    with scratch() as folder:
        data = lived(folder, engine)
        status, text = both_verify(data, "--complete")
        assert status == 0 and "\nCOMPLETE (3 streams; " in text, text
        last = [record for record in stored_records(data) if record["act"] == "inference.complete"][-1]

        def forget(body):
            return body.replace(b'"rid":"' + last["corr"]["rid"].encode(), b'"rid":"another') if (
                b'"act":"inference.complete"' in body) else body

        forge(data, edit=forget)
        assert both_verify(data)[0] == 0
        status, text = both_verify(data, "--complete")
        missing = f"gateway: inference.request of {last['corr']['rid']} at "
        assert status == 1 and text.startswith("INCOMPLETE (") and missing in text and " has no end\n" in text, text
        for status, text, problem in (audit(data, "complete"), audit(data, "verify", "--complete", "--json"),
                                      audit(data, "verify", "--complete", "--sarif")):
            assert status == 1 and not problem and "INCOMPLETE" in text, (status, text, problem)
        for stream, expected in (("gateway", (1, "INCOMPLETE (1 streams; ")), ("install", (0, "COMPLETE (1 streams; ")),
                                 ("nobody", (3, ""))):
            status, text, problem = audit(data, "complete", "--stream", stream)
            assert status == expected[0] and text.startswith(expected[1]), (stream, status, text, problem)
        status, _, problem = audit(data, "verify", "--stream", "gateway")
        assert status == 4 and "verify looks at all streams" in problem, (status, problem)


main(what_is_remembered_is_what_was_written, who_rewrites_a_stream_with_its_keys_is_given_away_by_its_neighbour,
     a_crash_accuses_nobody, what_was_never_written_is_missed)
