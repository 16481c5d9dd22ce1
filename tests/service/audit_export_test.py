"""Evidence for somebody else, with real processes: tables, lines, and bundles that are checked without the log."""
import csv
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tarfile

from audit_walk import VERIFIER, audit, both_check, checkpoint_size, lived, segment
from client import chat
from harness import BIN, ENVIRONMENT, Engine, Platform, engine_config, main, scratch, until

sys.path.insert(0, str(VERIFIER.parent))
import audit_verify  # noqa: E402


def members(bundle):
    with tarfile.open(bundle) as archive:
        return {member.name: (member.offset_data, archive.extractfile(member).read()) for member in archive}


def tables_and_lines_are_the_records():
    engine = Engine()
    with scratch() as folder:
        data = lived(folder, engine)
        stored = segment(data).read_text()
        status, text, problem = audit(data, "export", "--jsonl")
        assert (status, text) == (0, stored), problem
        table = folder / "table.csv"
        assert audit(data, "export", "--csv", "--act", "inference.", "--out", table)[0] == 0
        rows = list(csv.DictReader(table.open(newline="")))
        wanted = [json.loads(line) for line in stored.splitlines() if '{"act":"inference.' in line]
        assert [(row["seq"], row["act"], row["h"]) for row in rows] == [
            (str(one["seq"]), one["act"], one["h"]) for one in wanted] and rows
        assert audit(data, "export", "--jsonl", "--actor", "nobody")[0] == 1
        assert audit(data, "export", "--jsonl", "--act", "auth.fial")[0] != 0
        assert audit(data, "export")[0] == 4 and audit(data, "export", "--bundle")[0] == 4
        assert audit(data, "export", "--jsonl", "--stream", "nothing")[0] == 3
        # Nothing that was changed leaves, and no half of a file stays.
        segment(data).write_text(stored.replace('"out":"allow"', '"out":"deny!"', 1))
        damaged = folder / "damaged"
        for form in ("--jsonl", "--csv", "--bundle"):
            status, _, problem = audit(data, "export", form, "--out", damaged)
            assert status == 1 and "record" in problem, (form, status, problem)
            assert not list(folder.glob("damaged*")), form


def a_bundle_is_checked_without_the_log():
    engine = Engine()
    with scratch() as folder:
        data, bundle = lived(folder, engine), folder / "evidence.tar"
        trusted, stored = folder / "log.pub", segment(data).read_text().splitlines()
        shutil.copy(data / "audit/keys/log.pub", trusted)
        covered = checkpoint_size(data)
        assert audit(data, "export", "--bundle", "--out", bundle)[0] == 0
        found = members(bundle)
        assert list(found) == sorted(set(found) - {"manifest.json"}) + ["manifest.json"]
        manifest = json.loads(found["manifest.json"][1])
        assert manifest["records"] == covered and manifest["not_covered"] == len(stored) - covered, manifest
        assert found["records.jsonl"][1].decode().splitlines() == stored[:covered]
        shutil.move(data, folder / "gone")
        status, text = both_check(bundle, "--trust", trusted)
        assert status == 0 and "trusted log key)" in text, text
        assert both_check(bundle)[1].startswith("OK (")
        # A part of it is as good as the whole.
        proof = folder / "proof"
        name = next(name for name in found if name.startswith("proofs/gateway/"))
        proof.write_bytes(found[name][1])
        assert audit(folder / "nowhere", "check-proof", proof, "--trust", trusted)[0] == 0


def a_bundle_that_was_changed_is_refused():
    engine = Engine()
    with scratch() as folder:
        data, bundle, changed = lived(folder, engine), folder / "evidence.tar", folder / "changed.tar"
        assert audit(data, "export", "--bundle", "--act", "inference.", "--out", bundle)[0] == 0
        whole, dice = bundle.read_bytes(), random.Random(5)
        for name, (at, content) in members(bundle).items():
            one = bytearray(whole)
            one[at + dice.randrange(len(content))] ^= 1
            changed.write_bytes(one)
            status, text = both_check(changed)
            assert status == 1 and text.startswith("VIOLATED ("), (name, text)
            assert name in text or name == "records.jsonl", (name, text)
        for at in [dice.randrange(len(whole)) for _ in range(40)]:
            changed.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1:])
            assert both_check(changed)[0] == 1, at
        for size in (0, 511, len(whole) // 2, len(whole) - 1):
            changed.write_bytes(whole[:size])
            assert both_check(changed)[0] == 1, size
        assert audit(data, "check-bundle", folder / "none")[0] == 3


def written(found, claims=None):
    """A bundle of these members, its manifest made to fit them; the numbers of `claims` stand in it."""
    manifest = json.loads(found.pop("manifest.json"))
    manifest.update(claims or {})
    files = ",\n".join(f'{{"name":"{name}","size":{len(content)},"sha256":"{hashlib.sha256(content).hexdigest()}"}}'
                       for name, content in sorted(found.items()))
    filters = json.dumps(manifest["filters"], separators=(",", ":"))
    numbers = ",".join(f'"{name}":{manifest[name]}' for name in ("records", "first", "last", "not_covered"))
    text = (f'{{"format":"{manifest["format"]}",\n"installation":"{manifest["installation"]}",'
            f'"stream":"{manifest["stream"]}",\n"time":"{manifest["time"]}",\n"filters":{filters},\n{numbers},\n'
            f'"checkpoint":{{"size":{manifest["checkpoint"]["size"]},"root":"{manifest["checkpoint"]["root"]}"}},\n'
            f'"files":[\n{files}\n],\n').encode()
    text += b'"sha256":"%s"}\n' % hashlib.sha256(text).hexdigest().encode()
    parts = []
    for name, content in [*sorted(found.items()), ("manifest.json", text)]:
        parts += [audit_verify.tar_header(name.encode(), len(content)), content, b"\0" * (-len(content) % 512)]
    return b"".join(parts) + b"\0" * 1024


def what_a_forger_makes_consistent_is_refused():
    engine = Engine()
    with scratch() as folder:
        data, bundle = lived(folder, engine), folder / "evidence.tar"
        older = (data / "audit/gateway/checkpoint").read_bytes()
        platform = Platform(data, engine_config(engine))
        assert chat(platform.port, platform.token()).status == 200
        platform.stop()
        (data / "audit/gateway/cosigned").write_bytes(older)
        assert audit(data, "export", "--bundle", "--out", bundle)[0] == 0
        whole = {name: content for name, (_, content) in members(bundle).items()}
        assert written(dict(whole)) == bundle.read_bytes()
        proofs = sorted(name for name in whole if name.startswith("proofs/"))
        lines = whole["records.jsonl"].splitlines(keepends=True)

        def forged(expected, changes=None, claims=None):
            found = {name: content for name, content in {**whole, **(changes or {})}.items() if content is not None}
            bundle.write_bytes(written(found, claims))
            status, text = both_check(bundle)
            assert (status, text) == (1, f"VIOLATED ({expected})\n"), (expected, text)

        forged(f"{proofs[0]}: does not prove its record", {proofs[0]: whole[proofs[1]]})
        forged(f"{proofs[1]}: does not prove its record",
               {proofs[1]: whole[proofs[1]].replace(b"index 1\n", b"index 2\n")})
        for records in (lines[:-1], lines + lines[-1:], lines[::-1]):
            forged("records.jsonl: not the records that are proven", {"records.jsonl": b"".join(records)})
        forged("records.jsonl: not the records that are proven", {proofs[3]: None})
        forged("records.jsonl: missing", {"records.jsonl": None})
        forged("README.txt: missing", {"README.txt": None})
        forged("keys/log.pub: not the log key of this installation", {"keys/log.pub": whole["keys/epoch-000000.pub"]})
        forged("keys/epoch-000000.pub: not the key of this epoch", {"keys/epoch-000000.pub": whole["keys/log.pub"]})
        forged("keys/other.pub: unknown member", {"keys/other.pub": b"x\n"})
        forged("other: unknown member", {"other": b"x\n"})
        forged("checkpoint: not a checkpoint of this stream", {"checkpoint": b"x\n"})
        signed = whole["checkpoint"].splitlines(keepends=True)
        forged("checkpoint: not signed by the log key",
               {"checkpoint": b"".join(line for line in signed if b"/gateway " not in line)})
        forged("checkpoint: not signed by the key of its epoch",
               {"checkpoint": b"".join(line for line in signed if b"/epoch-" not in line)})
        forged(f"{proofs[0]}: does not prove its record",
               {"checkpoint": older, "cosigned": None, "cosigned.consistency": None})
        forged("cosigned: not a checkpoint that the log key signed", {"cosigned": whole["README.txt"]})
        forged("cosigned.consistency: missing", {"cosigned.consistency": None})
        forged("cosigned.consistency: unknown member", {"cosigned": None})
        growth = whole["cosigned.consistency"].splitlines(keepends=True)
        for changes in ({"cosigned": whole["checkpoint"]}, {"cosigned.consistency": b"".join(growth[:1] + growth[2:])}):
            forged("cosigned.consistency: does not prove that the log only grew", changes)
        for claims in ({"records": 1}, {"first": 1}, {"last": 1}, {"checkpoint": {"size": 1, "root": "0" * 64}}):
            forged("manifest.json: says something else than the other members", claims=claims)
        forged("checkpoint: not a checkpoint of this stream", claims={"stream": "tools"})
        forged("manifest.json: not a manifest", claims={"format": "srasta-audit-bundle/2"})


def a_bundle_of_another_installation_is_refused():
    engine = Engine()
    with scratch() as folder:
        for name in ("one", "two"):
            (folder / name).mkdir()
        one, two = lived(folder / "one", engine), lived(folder / "two", engine)
        bundle = folder / "two.tar"
        assert audit(two, "export", "--bundle", "--out", bundle)[0] == 0
        assert both_check(bundle, "--trust", two / "audit/keys/log.pub")[0] == 0
        status, text = both_check(bundle, "--trust", one / "audit/keys/log.pub")
        assert (status, text) == (1, "VIOLATED (checkpoint: not signed by the log key)\n"), text
        # Nor does it help to call it by the name of the trusted one.
        shutil.copy(one / "audit/keys/log.pub", two / "audit/keys/log.pub")
        assert audit(two, "export", "--bundle", "--out", folder / "three.tar")[0] == 1
        assert not (folder / "three.tar").exists()


def the_tail_is_verified_while_it_grows():
    engine = Engine()
    with scratch() as folder:
        platform = Platform(folder / "data", engine_config(engine))
        token, data, shown = platform.token(), platform.data, folder / "shown"
        tail = subprocess.Popen([BIN / "srasta", "audit", "tail", "--verify", "-f", "--data", data],
                                stdout=shown.open("w"), stderr=subprocess.STDOUT, env=ENVIRONMENT)
        for _ in range(3):
            before = shown.read_text().count("binds all up to here")
            assert chat(platform.port, token).status == 200
            until(lambda: shown.read_text().count("binds all up to here") > before or tail.poll() is not None,
                  "a checkpoint binds the request")
        assert tail.poll() is None, shown.read_text()
        assert "inference.complete" in shown.read_text(), shown.read_text()
        platform.stop()
        stored = segment(data).read_bytes()
        lines = stored.splitlines(keepends=True)
        until(lambda: "log.close" in shown.read_text(), "the end is shown")
        segment(data).write_bytes(b"".join(lines[:-2]))
        assert tail.wait(timeout=30) == 1, shown.read_text()
        assert f"record {len(lines) - 1} was there and is gone" in shown.read_text(), shown.read_text()
        changed = stored.replace(b'"out":"allow"', b'"out":"deny!"', 1)
        segment(data).write_bytes(changed)
        seq = next(i for i, line in enumerate(changed.splitlines()) if b"deny!" in line)
        status, text, problem = audit(data, "tail", "--verify", "-n", len(lines))
        assert status == 1 and f"record {seq} is not what was written" in problem, (text, problem)
        assert len([line for line in text.splitlines() if not line.startswith("--")]) == seq, text


main(the_tail_is_verified_while_it_grows, tables_and_lines_are_the_records, a_bundle_is_checked_without_the_log, a_bundle_that_was_changed_is_refused,
     what_a_forger_makes_consistent_is_refused, a_bundle_of_another_installation_is_refused)
