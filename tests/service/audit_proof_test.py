"""The walk of docs/audit-proof.md with real processes: what is proven, what is caught, and by what."""
import os
import shutil
import signal

from audit_walk import audit, both_verify, checkpoint_size, lived, segment
from client import chat
from harness import Engine, Platform, engine_config, main, scratch, until


def a_receipt_leads_to_a_proof_that_needs_no_log():
    engine = Engine()
    with scratch() as folder:
        platform = Platform(folder / "data", engine_config(engine))
        token, data = platform.token(), platform.data
        until(lambda: chat(platform.port, token).status == 200, "the engine is known")
        assert "x-srasta-audit" not in chat(platform.port, token).fields
        answer = chat(platform.port, token, fields={"Srasta-Receipt": "wait"})
        assert answer.status == 200, answer.body
        receipt = answer.fields["x-srasta-audit"]
        stream, seq, _ = receipt.split(":")
        assert stream == "gateway"
        refused = chat(platform.port, token, fields={"Srasta-Receipt": "soon"})
        assert (refused.status, refused.code) == (400, "invalid_request"), refused.body
        until(lambda: checkpoint_size(data) > int(seq), "a checkpoint covers the receipt")
        status, text, problem = audit(data, "check-receipt", receipt)
        assert status == 0 and text.startswith("OK record"), (text, problem)
        assert answer.fields["x-request-id"] in text
        changed = receipt[:-1] + ("0" if receipt[-1] != "0" else "1")
        assert audit(data, "check-receipt", changed)[0] == 1
        assert audit(data, "check-receipt", "gateway:x:00")[0] == 4
        proof = folder / "proof"
        assert audit(data, "prove", "--seq", seq, "--out", proof)[0] == 0
        trusted = folder / "log.pub"
        shutil.copy(data / "audit/keys/log.pub", trusted)
        status, text, problem = audit(folder / "nowhere", "check-proof", proof, "--trust", trusted)
        assert status == 0 and answer.fields["x-request-id"] in text, problem
        proof.write_text(proof.read_text().replace(f"index {seq}\n", f"index {int(seq) + 1}\n"))
        assert audit(folder / "nowhere", "check-proof", proof, "--trust", trusted)[0] == 1
        platform.stop()
        assert both_verify(data)[0] == 0
        assert audit(data, "complete")[0] == 0
        assert audit(data, "fsck")[0] == 0


def every_change_is_caught():
    engine = Engine()
    with scratch() as folder:
        data = lived(folder, engine)
        status, text = both_verify(data)
        assert status == 0 and text.startswith("OK "), text
        known = folder / "known"
        shutil.copy(data / "audit/gateway/checkpoint", known)
        intact = folder / "intact"
        shutil.copytree(data, intact)

        def damaged(what, verdict, change, *options):
            copy = folder / what.replace(" ", "-")
            shutil.copytree(intact, copy)
            change(copy)
            status, text = both_verify(copy, *options)
            assert status == 1 and verdict in text, (what, status, text)
            return copy

        def cut_tail(copy):
            lines = segment(copy).read_bytes().splitlines(keepends=True)
            segment(copy).write_bytes(b"".join(lines[:-2]))

        def change_byte(copy):
            segment(copy).write_bytes(segment(copy).read_bytes().replace(b'"out":"allow"', b'"out":"deny!"', 1))

        def strip_signatures(copy):
            path = copy / "audit/gateway/checkpoint"
            path.write_text("".join(line for line in path.open() if "/gateway/epoch" not in line))

        copy = damaged("cut the tail", "gateway: TRUNCATED", cut_tail)
        damaged("change a byte", "gateway: MODIFIED", change_byte)
        damaged("delete a stream", "gateway: SEGMENT_MISSING 0", lambda copy: shutil.rmtree(copy / "audit/gateway"))
        damaged("strip a signature", "gateway: BAD_SIGNATURE", strip_signatures)
        damaged("another log key", "BAD_SIGNATURE",
                lambda copy: shutil.copy(copy / "audit/gateway/epoch-000000.pub", copy / "audit/keys/log.pub"))
        # What was signed is not continued without it either.
        refused = Platform(copy, engine_config(engine), wait=False)
        assert refused.process.wait(timeout=60) != 0
        assert "INTEGRITY" in refused.log.read_text(), refused.log.read_text()


def a_folder_from_an_old_copy_is_caught_by_a_checkpoint_that_was_kept():
    engine = Engine()
    with scratch() as folder:
        data = lived(folder, engine)
        old = folder / "old"
        shutil.copytree(data, old)
        platform = Platform(data, engine_config(engine))
        assert chat(platform.port, platform.token()).status == 200
        platform.stop()
        kept = folder / "kept"
        shutil.copy(data / "audit/gateway/checkpoint", kept)
        assert both_verify(data, "--since", kept)[0] == 0
        assert both_verify(old)[0] == 0  # by itself it is a whole log
        status, text = both_verify(old, "--since", kept)
        assert status == 1 and "ROLLED_BACK" in text, text
        older = old / "audit/gateway/checkpoint"
        assert audit(data, "consistency", older, kept)[0] == 0
        assert audit(data, "consistency", kept, older)[0] == 1


def a_platform_that_is_killed_accuses_nobody():
    engine = Engine()
    with scratch() as folder:
        for _ in range(3):
            platform = Platform(folder / "data", engine_config(engine))
            token = platform.token()
            until(lambda: chat(platform.port, token).status == 200, "the engine is known")
            for _ in range(20):
                assert chat(platform.port, token).status == 200
            os.kill(platform.gateway_pid(), signal.SIGKILL)
            platform.process.kill()
            platform.process.wait()
            until(lambda: platform.gateway_pid() is None, "the gateway is gone")
        platform = Platform(folder / "data", engine_config(engine))
        platform.stop()
        status, text = both_verify(platform.data)
        assert status == 0, text
        assert audit(platform.data, "complete")[0] == 0


main(a_receipt_leads_to_a_proof_that_needs_no_log, every_change_is_caught,
     a_folder_from_an_old_copy_is_caught_by_a_checkpoint_that_was_kept, a_platform_that_is_killed_accuses_nobody)
