"""The access snapshot of a real start, read by a reader that was written from its page alone."""
import hashlib
import re
import subprocess

from access_test import KEY_ID, TENANTS, Governed
from harness import BIN, ENVIRONMENT, main, scratch
from patient_engine import PatientEngine
from records import ROOT
from snapshot_reader import Damaged, principal_of, read_folder, read_snapshot

SECRET_SHA256 = hashlib.sha256(b"not the secret of any key").hexdigest()
RULES = TENANTS + f"""access:
  roles: {{ infer: ["inference.*"], user: [inference.models] }}
  models: {{ infer: ["*"], user: [general, "qwen3-*"] }}
  personas:
    reader: {{ permissions: [inference.models] }}
    coder: {{ models: [coding] }}
  users:
    - {{ issuer: local, tenant: acme, subject: u-eve, disabled: true }}
    - {{ issuer: "https://idp.example", tenant: globex, subject: "u é", deny_roles: [user, infer] }}
  suspended_tenants: [globex]
  keys:
    - id: {KEY_ID}
      secret_sha256: {SECRET_SHA256}
      subject: ci
      tenant: acme
      roles: [infer, user]
      models: [general]
      personas: [reader]
      networks: [10.0.0.0/8, "2001:db8::/32"]
      expires: "2099-01-01T00:00:00Z"
    - {{ id: zzzzzzzz7777, secret_sha256: {SECRET_SHA256}, subject: cd, tenant: globex, roles: [service],
        expires: "2027-01-31T00:00:00Z" }}
"""
INFERENCE = ["inference.models", "inference.invoke", "inference.embed"]


def source_of(config):
    lines = subprocess.check_output([BIN / "srasta", "config", "explain", "--config", config], text=True,
                                    env=ENVIRONMENT)
    settings = [re.sub(r"   # .*", "", line) for line in lines.splitlines()]
    ours = [line for line in settings if line.startswith(("access.", "tenants = "))]
    return hashlib.sha256("".join(line + "\n" for line in ours).encode()).hexdigest()


def the_page_describes_what_a_start_writes():
    with scratch() as folder:
        platform = Governed(folder, PatientEngine(), RULES)
        snapshot = read_folder(platform.data)
        # The second one has the first key of the issuer.
        assert (snapshot.epoch, snapshot.revision) == (2, 2) and len(snapshot.issuer_keys) == 1
        assert snapshot.roles["infer"] == INFERENCE and snapshot.roles["user"] == ["inference.models"]
        assert len(snapshot.roles) == 9 and "audit.verify" in snapshot.roles["auditor"]
        assert snapshot.tenants == {"acme": {"suspended": False}, "globex": {"suspended": True}}
        assert snapshot.models == {"infer": ["*"], "user": ["general", "qwen3-*"]}
        assert snapshot.personas["reader"] == {"permissions": ["inference.models"], "models": None}
        assert len(snapshot.personas["coder"]["permissions"]) == 37
        assert snapshot.personas["coder"]["models"] == ["coding"]
        assert snapshot.users == {
            principal_of("local", "acme", "u-eve"): {"disabled": True, "deny_roles": []},
            principal_of("https://idp.example", "globex", "u é"): {"disabled": False, "deny_roles": ["user", "infer"]}}
        assert snapshot.keys == {
            KEY_ID: {"secret_sha256": SECRET_SHA256, "expires": 4070908800, "subject": "ci", "tenant": "acme",
                     "roles": ["infer", "user"], "models": ["general"], "personas": ["reader"],
                     "networks": ["10.0.0.0/8", "2001:db8::/32"]},
            "zzzzzzzz7777": {"secret_sha256": SECRET_SHA256, "expires": 1801353600, "subject": "cd",
                             "tenant": "globex", "roles": ["service"], "models": None, "personas": [], "networks": []}}
        assert snapshot.source == source_of(platform.config)
        for name in ("access/snapshot", "access/epoch", "keys/access.key"):
            assert (platform.data / name).stat().st_mode & 0o777 == 0o600, name
        platform.stop()


def an_apply_counts_epoch_and_revision_up_once():
    with scratch() as folder:
        platform = Governed(folder, PatientEngine(), TENANTS)
        first = read_folder(platform.data)
        assert first.models is None and first.users == {} and first.keys == {}
        assert platform.apply(TENANTS) == first.revision
        assert read_folder(platform.data) == first, "the same rules are not written again"
        assert platform.apply(RULES) == first.revision + 1
        second = read_folder(platform.data)
        assert (second.epoch, second.source != first.source) == (first.epoch + 1, True)
        platform.stop()


def no_byte_can_change_unseen():
    with scratch() as folder:
        platform = Governed(folder, PatientEngine(), RULES)
        platform.stop()
        good = (platform.data / "access/snapshot").read_bytes()
        key = (platform.data / "keys/access.key").read_text()
        read_snapshot(good, key)
        for at in range(len(good)):
            try:
                read_snapshot(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:], key)
            except Damaged:
                continue
            raise AssertionError(f"byte {at}")


def the_example_of_the_page_is_a_snapshot():
    page = (ROOT / "docs/formats/access-snapshot.md").read_text()
    key = re.search(r"access\.key` holds `([0-9a-f]{64})`", page)[1]
    file = b""
    for at, line in re.findall(r"^    ([0-9a-f]{4})  ((?:[0-9a-f]{2} ?)+)", page, re.M):
        assert int(at, 16) == len(file), f"a gap before {at}"
        file += bytes.fromhex(line)
    snapshot = read_snapshot(file, key)
    assert len(file) == 623 and snapshot.roles["infer"] == INFERENCE
    assert snapshot.users == {principal_of("local", "acme", "u-max"): {"disabled": True, "deny_roles": ["user"]}}
    assert snapshot.keys["abcdefgh2345"]["networks"] == ["10.0.0.0/8"]


if __name__ == "__main__":
    main(the_page_describes_what_a_start_writes,
         an_apply_counts_epoch_and_revision_up_once,
         no_byte_can_change_unseen,
         the_example_of_the_page_is_a_snapshot)
