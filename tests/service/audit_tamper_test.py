"""Hands on the log's files while the platform writes them, and second writers, on the disk of temporary files."""
import os
import re
import shutil
import signal
import subprocess

from audit_walk import audit, both_verify, checkpoint_size, lived, segment
from client import chat
from harness import BIN, ENVIRONMENT, Engine, Platform, engine_config, main, scratch, until
from records import stored_records

WAIT = {"Srasta-Receipt": "wait"}


def copied(path):
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    return copy


def copy_and_truncate(path):
    copied(path)
    os.truncate(path, 0)


def cut_last_line(path):
    os.truncate(path, path.read_bytes()[:-1].rindex(b"\n") + 1)


def append_line(path):
    with path.open("ab") as file:
        file.write(path.read_bytes().splitlines(keepends=True)[-1])


SIGNED_FOR_MORE = r"INTEGRITY: .*/audit/gateway/head: it is signed for \d+ records, and \d+ are there"
# What is done, and what the next start says: a refusal, or None where all that was signed is there as it was written.
HANDS = {
    "rm": (os.unlink, SIGNED_FOR_MORE),
    "mv": (lambda path: path.rename(path.with_suffix(".1")), SIGNED_FOR_MORE),
    "copytruncate": (copy_and_truncate, SIGNED_FOR_MORE),
    "cut": (cut_last_line, SIGNED_FOR_MORE),
    "replace": (lambda path: os.replace(copied(path), path), None),
    "link": (lambda path: os.link(path, path.with_suffix(".link")), r"seg/0{20}\.jsonl was .*linked"),
    "append": (append_line, None),
    "rm LOCK": (lambda path: (path.parents[1] / "LOCK").unlink(), None),
}


def is_refused(platform, token):
    """The first request that waits for its record gets 503; then all do, and readiness says so."""
    refused = chat(platform.port, token, fields=WAIT)
    assert (refused.status, refused.code) == (503, "audit_unavailable"), (refused.status, refused.body)
    until(lambda: chat(platform.port, token).status == 503, "requests that do not wait to be refused")
    assert platform.request("GET", "/readyz").status == 503
    assert platform.request("GET", "/healthz").status == 200
    assert chat(platform.port, token, fields=WAIT).status == 503, "a file that is back does not heal it"


def hands_on_a_segment_end_the_service_and_are_named_at_the_next_start():
    engine = Engine()
    for name, (hand, refusal) in HANDS.items():
        with scratch() as folder:
            platform = Platform(folder / "data", engine_config(engine))
            token, data = platform.token(), platform.data
            until(lambda: chat(platform.port, token, fields=WAIT).status == 200, "the engine is known")
            until(lambda: checkpoint_size(data) > 3, "a checkpoint")
            known = segment(data).read_bytes()
            hand(segment(data))
            is_refused(platform, token)
            platform.process.send_signal(signal.SIGTERM)
            platform.process.wait(timeout=30)
            again = Platform(data, engine_config(engine), wait=refusal is None)
            if refusal is None:
                fresh = again.token()
                until(lambda: chat(again.port, fresh, fields=WAIT).status == 200, f"{name}: it goes on")
                again.stop()
                assert segment(data).read_bytes().startswith(known), f"{name}: records are gone"
                assert both_verify(data)[0] == 0, name
                continue
            assert again.process.wait(timeout=60) != 0, name
            assert re.search(refusal, again.log.read_text()), f"{name}:\n{again.log.read_text()[-2000:]}"


def chmod_of_a_segment_changes_nothing():
    """The writer has its descriptor, and a start as root does not ask for modes."""
    engine = Engine()
    with scratch() as folder:
        platform = Platform(folder / "data", engine_config(engine))
        token, data = platform.token(), platform.data
        until(lambda: chat(platform.port, token, fields=WAIT).status == 200, "the engine is known")
        segment(data).chmod(0)
        assert chat(platform.port, token, fields=WAIT).status == 200
        assert platform.request("GET", "/readyz").status == 200
        platform.stop()
        assert both_verify(data)[0] == 0
        segment(data).chmod(0o600)
        Platform(data, engine_config(engine)).stop()
        assert both_verify(data)[0] == 0


def a_second_writer_is_refused_while_the_first_goes_on():
    engine = Engine()
    with scratch() as folder:
        platform = Platform(folder / "data", engine_config(engine))
        token, data = platform.token(), platform.data
        until(lambda: chat(platform.port, token, fields=WAIT).status == 200, "the engine is known")

        def is_refused_with(message, *words):
            second = subprocess.run([BIN / "srasta", *words, "--data", data, "--listen", "127.0.0.1:0"], timeout=60,
                                    capture_output=True, text=True, env=ENVIRONMENT)
            assert second.returncode != 0 and message in second.stderr, second

        is_refused_with(f"another `srasta up` runs on {data}; stop it, or choose another folder", "up")
        is_refused_with(f"another `srasta up` runs on {data}; stop it, or choose another folder", "serve", "api")
        (data / "run/up.lock").unlink()  # the log's own lock is behind it
        is_refused_with(f"{data}/audit/gateway/LOCK is locked by another process; its note names process "
                        f"{platform.gateway_pid()} of host ", "serve", "api")
        assert chat(platform.port, token, fields=WAIT).status == 200
        platform.stop()
        assert both_verify(data)[0] == 0
        opened = [record for record in stored_records(data) if record["act"] in ("log.genesis", "log.open")]
        assert len({record["boot"] for record in opened if record["strm"] == "gateway"}) == 1, opened


def of_a_copied_folder_only_one_log_goes_on_for_who_has_seen_the_other():
    engine = Engine()
    with scratch() as folder:
        data = lived(folder, engine)
        copy = folder / "copy"
        shutil.copytree(data, copy)
        kept = {}
        for each in (data, copy):
            platform = Platform(each, engine_config(engine))
            assert chat(platform.port, platform.token()).status == 200
            platform.stop()
            kept[each] = each / "audit/gateway/checkpoint"
            assert both_verify(each, "--since", kept[each])[0] == 0
        for each, other in ((data, copy), (copy, data)):
            status, text = both_verify(each, "--since", kept[other])
            assert status == 1 and ("gateway: FORK" in text or "gateway: ROLLED_BACK" in text), text
            assert audit(each, "consistency", kept[each], kept[other])[0] == 1


main(hands_on_a_segment_end_the_service_and_are_named_at_the_next_start, chmod_of_a_segment_changes_nothing,
     a_second_writer_is_refused_while_the_first_goes_on,
     of_a_copied_folder_only_one_log_goes_on_for_who_has_seen_the_other)
