"""The gateway's own socket: signed internal identity and nothing else. Tests that begin with fw_ or ok_fw_ are the cases of
that name; refused requests ask for the drain, so that a handler that ran would be seen: the process would end."""
import atexit
import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

from harness import BIN, ENVIRONMENT, Platform, main, scratch, until
from records import ledger_problems, stored_records
from signing import FIELDS, Sender, base64url, body_mac, canonical, fields_of, mac, now_ms, principal

VERIFIER = pathlib.Path(__file__).resolve().parents[2] / "verifiers/audit_verify.py"
F_ADD_SEALS = 1033
ALL_SEALS = 0x1 | 0x2 | 0x4 | 0x8
SECRET = bytes(range(32))
SECRETS = {name: hashlib.sha256(name.encode()).digest() for name in ("k0", "k1", "k2", "t1")}
ADMIN = principal(roles=("admin",))
DRAIN = ("POST", "/internal/drain")
HEALTH = ("GET", "/internal/health")


def entry(service, key, secret, previous=None):
    found = {"service": service, "key_id": key, "secret": secret.hex()}
    if previous:
        found.update({"previous_key_id": previous, "previous_secret": SECRETS[previous].hex()})
    return found


SUPERVISOR = entry("supervisor", "supervisor-boot", SECRET)


def framed(body, pieces):
    size = max(1, -(-len(body) // pieces))
    for at in range(0, len(body), size):
        yield b"%x\r\n%s\r\n" % (len(body[at:at + size]), body[at:at + size])


def chunked(body, pieces=3, trailers=""):
    return b"".join(framed(body, pieces)) + b"0\r\n" + trailers.encode() + b"\r\n"


def head_of(method, target, fields, framing=(), keep=False):
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *framing]
    lines += [f"{name}: {value}" for name, value in (fields if isinstance(fields, list) else fields.items())]
    return ("\r\n".join(lines) + ("" if keep else "\r\nConnection: close") + "\r\n\r\n").encode("latin-1")


class Gateway:
    """srasta-api with keys that this test knows, handed over as the supervisor does it."""

    def __init__(self, folder, *peers):
        self.data = pathlib.Path(folder) / "data"
        Platform(self.data).stop()
        self.peers = list(peers) or [SUPERVISOR]
        self.socket = self.data / "run/gateway.sock"
        self.log = pathlib.Path(str(self.data) + ".log")
        self.sender = Sender(SECRET)
        self.start()
        self.wait_until_open()

    def start(self, **others):
        keys = {"issuer_pem": (self.data / "keys/issuer.pem").read_text(),
                "access_key": (self.data / "keys/access.key").read_text(), "forwarding": self.peers, **others}
        sealed = os.memfd_create("keys", os.MFD_ALLOW_SEALING)
        os.write(sealed, json.dumps(keys).encode())
        fcntl.fcntl(sealed, F_ADD_SEALS, ALL_SEALS)
        os.set_inheritable(sealed, True)
        self.socket.unlink(missing_ok=True)
        self.said_before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BIN / "srasta-api", "--data", self.data, "--listen", "127.0.0.1:0"], stderr=log,
                env={**ENVIRONMENT, "SRASTA_FD_KEYS": str(sealed)}, pass_fds=[sealed])
        os.close(sealed)
        # A test that fails must not leave it behind: it would keep the runner's pipes open.
        atexit.register(self.process.kill)

    def wait_until_open(self):
        def opened():
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(self.socket))
                return True
        until(opened, "the gateway's socket")
        until(lambda: '"event":"ready"' in self.log.read_text()[self.said_before:], "the gateway to be ready")
        # An unknown sender must speak after the receiver's start, and says when in whole milliseconds.
        since = int(time.time() * 1000)
        until(lambda: int(time.time() * 1000) > since, "the next millisecond")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.ends()

    def ends(self):
        assert self.process.wait(timeout=30) == 0
        assert not ledger_problems(self.data), ledger_problems(self.data)

    def exchange(self, request):
        """Sends everything, says goodbye, and reads until the end."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(self.socket))
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while block := connection.recv(65536):
                answer += block
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), head.decode(), body

    def send(self, method, target, fields, framing=(), body=b""):
        return self.exchange(head_of(method, target, fields, framing) + body)

    def call(self, method, target, **changes):
        return self.send(method, target, self.sender.fields(method, target, **changes))

    def refused(self, fields, where=DRAIN, framing=(), body=b""):
        status, head, _ = self.send(*where, fields, framing, body)
        assert status == 401 and "x-srasta-error: fwd_invalid" in head, (fields, head)

    def install_head(self):
        """Of the supervisor's stream: how many records it has, and the hash of the last."""
        last = max((record for record in stored_records(self.data) if record["strm"] == "install"),
                   key=lambda record: record["seq"])
        return last["seq"] + 1, last["h"]

    def drain_fields(self, **changes):
        return self.sender.fields(*DRAIN, **{"principal": ADMIN, **changes})

    def records(self, act):
        return [record for record in stored_records(self.data) if record["act"] == act]

    def reasons(self, act="auth.fwd.reject"):
        return [record["data"].get("reason") for record in self.records(act)]

    def end_with(self, *reasons):
        """It still works, ends in order, and has recorded these refusals (a set: any of them)."""
        assert self.call(*HEALTH)[0] == 200
        self.stop()
        found = self.reasons()
        fits = len(found) == len(reasons) and all(
            reason in (wanted if isinstance(wanted, set) else {wanted}) for reason, wanted in zip(found, reasons))
        assert fits, (found, reasons)


def a_signed_service_is_answered_and_everybody_else_refused():
    with scratch() as folder:
        gateway = Gateway(folder)
        status, _, body = gateway.call("GET", "/internal/health")
        assert status == 200 and json.loads(body)["status"] == "ready", (status, body)
        identity = until(lambda: next((known for known in [json.loads(gateway.call("GET", "/internal/identity")[2])]
                                       if known["build_digest"]), None), "the digest of the executable")
        executable = hashlib.sha256((BIN / "srasta-api").read_bytes()).hexdigest()
        assert identity["build_digest"] == executable, identity
        assert len(identity["config_digest"]) == len(identity["route_digest"]) == 64, identity
        status, _, body = gateway.call("GET", "/internal/metrics")
        assert status == 200 and b"srasta_requests_total" in body, status

        good = gateway.sender.fields("GET", "/internal/health")
        assert gateway.send("GET", "/internal/health", good)[0] == 200
        refused = {
            "replay": (good, "GET", "/internal/health"),
            "missing": ({}, "GET", "/internal/health"),
            "signature": (gateway.sender.fields("GET", "/internal/identity"), "GET", "/internal/health"),
            "key_id": (gateway.sender.fields("GET", "/internal/health", key="zz"), "GET", "/internal/health"),
            "window": (gateway.sender.fields("GET", "/internal/health", time=str(int(time.time() * 1000) - 31000)),
                       "GET", "/internal/health"),
            "principal": (gateway.sender.fields("GET", "/internal/health", principal=principal("u-admin", ["admin"])),
                          "GET", "/internal/health"),
            "malformed": (gateway.sender.fields("GET", "/internal/health", nonce="x"), "GET", "/internal/health"),
            "duplicate": (list(good.items()) + [("x-srasta-nonce", good["X-Srasta-Nonce"])], "GET",
                          "/internal/health"),
        }
        for reason, (fields, method, target) in refused.items():
            status, head, _ = gateway.send(method, target, fields)
            assert status == 401 and "x-srasta-error: fwd_invalid" in head, (reason, head)
        # An operator's token is no key to this door, and another service's role decides what it may do.
        status, head, _ = gateway.send("GET", "/internal/health", {"Authorization": "Bearer x"})
        assert status == 401 and "fwd_invalid" in head, head
        assert gateway.call("POST", "/internal/drain")[0] == 403
        assert gateway.call("GET", "/v1/models")[0] == 404
        gateway.stop()
        recorded = gateway.reasons()
        assert recorded == list(refused) + ["missing"], recorded


def drain_finishes_and_ends_the_process_and_is_recorded():
    with scratch() as folder:
        gateway = Gateway(folder)
        assert oct(gateway.socket.stat().st_mode)[-3:] == "600"
        status, _, body = gateway.call("POST", "/internal/drain", principal=principal(roles=("admin",)))
        assert status == 200 and json.loads(body) == {"status": "draining"}, (status, body)
        gateway.ends()
        assert gateway.reasons("platform.drain") == [None], gateway.reasons("platform.drain")


def a_snapshot_holds_the_log_still_for_a_moment_only():
    with scratch() as folder:
        gateway = Gateway(folder)
        begin, end = ("POST", "/internal/snapshot/begin"), ("POST", "/internal/snapshot/end")
        segment = max((gateway.data / "audit/gateway/seg").iterdir())
        began = time.monotonic()
        status, _, body = gateway.call(*begin)
        held = segment.read_bytes()
        assert status == 200, body
        last = json.loads(held.splitlines()[-1])
        assert json.loads(body) == {"records": last["seq"] + 1, "head": last["h"]}, (body, last)
        assert gateway.call("GET", "/internal/health")[0] == 200, "what leaves no record goes on"
        assert gateway.call(*end, principal=ADMIN)[0] in (403, 503), "not for who may not run recovery"
        same, answer = segment.read_bytes() == held, json.loads(gateway.call(*end)[2])
        # On a host that was too slow for it, it ended by itself.
        assert (same and answer == {"held": True}) or time.monotonic() - began > 1.5, (same, answer)
        until(lambda: segment.read_bytes() != held, "the record of the refusal")
        # Nobody ends it: it goes on by itself, and who comes late is told. On a slow disk its record comes too late at first.
        until(lambda: gateway.call(*begin)[0] == 200, "it holds still again")
        held = segment.read_bytes()
        gateway.refused(gateway.sender.fields(*end, key="zz"), where=end)
        until(lambda: segment.read_bytes() != held, "the record of the refusal", seconds=5)
        assert json.loads(gateway.call(*end)[2]) == {"held": False}
        assert len(gateway.records("platform.snapshot")) == 2
        gateway.stop()


def a_gateway_that_hangs_is_replaced():
    with scratch() as folder:
        platform = Platform(folder / "data")
        hung = platform.gateway_pid()
        os.kill(hung, signal.SIGSTOP)
        until(lambda: platform.gateway_pid() not in (None, hung), "another gateway", seconds=60)
        assert "does not answer, killed" in platform.log.read_text()
        platform.stop()
        assert platform.verify().returncode == 0, platform.verify().stdout


def ok_fw_03_names_in_lower_case_and_the_senders_head_in_the_record():
    with scratch() as folder:
        gateway = Gateway(folder)
        size, leaf = gateway.install_head()
        shown = f"install:{size}:{leaf}"
        fields = {name.lower(): value for name, value in gateway.sender.fields(*HEALTH).items()}
        assert gateway.send(*HEALTH, fields)[0] == 200
        # The last of these are heads of other services' streams.
        for bad in ("", "gateway", shown[:-32], f"install:{size}:{leaf.upper()}", f"gateway:{size}:{leaf}",
                    f"supervisor:{size}:{leaf}"):
            gateway.refused(gateway.drain_fields(audit=bad))
        drain = gateway.drain_fields(audit=shown)
        status, _, _ = gateway.send(*DRAIN, drain)
        assert status == 200 and gateway.process.wait(timeout=30) == 0, status
        assert gateway.reasons() == ["malformed"] * 6, gateway.reasons()
        assert [record["ent"] for record in gateway.records("platform.drain")] == [
            [{"h": leaf, "n": size, "s": "install"}]], gateway.records("platform.drain")
        assert [record["corr"]["rid"] for record in gateway.records("platform.drain")] == [drain["X-Srasta-Request-Id"]]
        verified = [subprocess.run([*program, *where], capture_output=True, text=True, env=ENVIRONMENT) for program, where in (
            ([BIN / "srasta", "audit", "verify"], ["--data", gateway.data]),
            ([sys.executable, VERIFIER], [gateway.data]))]
        assert [run.returncode for run in verified] == [0, 0], [run.stdout + run.stderr for run in verified]


def a_head_that_comes_with_a_probe_is_in_the_next_record():
    with scratch() as folder:
        gateway = Gateway(folder)
        size, leaf = gateway.install_head()
        for _ in range(2):
            assert gateway.call(*HEALTH, audit=f"install:{size}:{leaf}")[0] == 200
        gateway.refused(gateway.drain_fields(key="zz"))
        gateway.refused(gateway.drain_fields(key="zz"))
        gateway.stop()
        assert [record.get("ent") for record in gateway.records("auth.fwd.reject")] == [
            [{"h": leaf, "n": size, "p": 1, "s": "install"}], None], gateway.records("auth.fwd.reject")


def ok_fw_04_and_fw_31_current_and_previous_keys():
    with scratch() as folder:
        gateway = Gateway(folder, SUPERVISOR, entry("memory", "k2", SECRETS["k2"], "k1"))
        for key in ("k2", "k1"):
            sender = Sender(SECRETS[key], key, "memory")
            fields = sender.fields(*HEALTH, principal=principal("svc:memory"))
            assert gateway.send(*HEALTH, fields)[0] == 200, key
        for key in ("k0", "zz", "../keys/other", "", "k" * 300):
            sender = Sender(SECRETS["k0"], key, "memory")
            gateway.refused(sender.fields(*DRAIN, principal=principal("svc:memory", ["admin"])))
        # A NUL never reaches the identity gate: no header value may hold one.
        status, head, _ = gateway.send(*DRAIN, gateway.drain_fields(key="k1\0"))
        assert status == 400 and "x-srasta-error: bad_header" in head, head
        gateway.end_with(*["key_id"] * 5)


def ok_fw_06_bodies_that_are_the_signed_ones():
    body = os.urandom(60_000)
    with scratch() as folder:
        gateway = Gateway(folder)
        fields = gateway.sender.fields(*HEALTH, body, length="-")
        assert gateway.send(*HEALTH, fields, ["Transfer-Encoding: chunked"], chunked(body, 1000))[0] == 200
        fields = gateway.sender.fields(*HEALTH, body)
        assert gateway.send(*HEALTH, fields, [f"Content-Length: {len(body)}"], body)[0] == 200
        fields = gateway.sender.fields(*HEALTH, length="0")
        assert gateway.send(*HEALTH, fields, ["Content-Length: 0"])[0] == 200
        for text in (body, b""):
            fields = gateway.sender.fields(*HEALTH, text, length="-", body="stream")
            trailer = f"X-Srasta-Body-Mac: {body_mac(SECRET, fields['X-Srasta-Signature'], text)}\r\n"
            answer = gateway.send(*HEALTH, fields, ["Transfer-Encoding: chunked"], chunked(text, 7, trailer))
            assert answer[0] == 200, answer
        gateway.end_with()


def fw_21_each_field_is_needed():
    with scratch() as folder:
        gateway = Gateway(folder)
        for name in FIELDS:
            fields = gateway.drain_fields()
            del fields[f"X-Srasta-{name}"]
            gateway.refused(fields)
        gateway.end_with(*["missing"] * 8)


def fw_22_each_field_comes_once():
    with scratch() as folder:
        gateway = Gateway(folder)
        for name in FIELDS:
            for other in (False, True):
                fields = gateway.drain_fields()
                name_on_wire = f"X-Srasta-{name}"
                again = "0" if other else fields[name_on_wire]
                gateway.refused(list(fields.items()) + [(name_on_wire.upper(), again)])
        gateway.end_with(*["duplicate"] * 16)


def fw_23_timestamps():
    form = {"malformed"}
    # Spaces around a value are no part of it (RFC 9110 section 5.5), so the signature is what differs there.
    times = [(lambda now: str(now - 30_001), {"window"}), (lambda now: str(now + 31_000), {"window"}),
             (lambda now: str(now // 1000), form), (lambda _: "-1", form), (lambda _: "1.5", form),
             (lambda now: f"+{now}", form), (lambda now: f" {now} ", {"signature"}),
             (lambda now: f"{now}0000000", form), (lambda _: "", form), (hex, form)]
    with scratch() as folder:
        gateway = Gateway(folder)
        for text, _ in times:
            gateway.refused(gateway.drain_fields(time=text(now_ms())))
        gateway.end_with(*[reason for _, reason in times])


def fw_24_a_request_serves_once():
    with scratch() as folder:
        gateway = Gateway(folder)
        fields = gateway.sender.fields(*HEALTH)
        assert gateway.send(*HEALTH, fields)[0] == 200
        gateway.refused(fields, HEALTH)
        gateway.end_with("replay")


def fw_28_another_body():
    body = b'{"a":1}'
    others = (b'{"a":3}', body[:-1], body + b" ", b"replace")
    with scratch() as folder:
        gateway = Gateway(folder)
        for other in others:
            fields = gateway.sender.fields(*DRAIN, body, principal=ADMIN, length="-")
            gateway.refused(fields, framing=["Transfer-Encoding: chunked"], body=chunked(other))
        for other in others:
            fields = gateway.sender.fields(*DRAIN, body, principal=ADMIN, length="-", body="stream")
            trailer = f"X-Srasta-Body-Mac: {body_mac(SECRET, fields['X-Srasta-Signature'], body)}\r\n"
            gateway.refused(fields, framing=["Transfer-Encoding: chunked"], body=chunked(other, 2, trailer))
        for other in (others[0], others[1], others[3]):  # others[1]: the sender stops before the length that it named
            gateway.refused(gateway.sender.fields(*DRAIN, body, principal=ADMIN),
                            framing=[f"Content-Length: {len(body)}"], body=other)
        # Another length is a change of the head already.
        gateway.refused(gateway.sender.fields(*DRAIN, body, principal=ADMIN), framing=["Content-Length: 6"],
                        body=others[1])
        gateway.end_with(*["body_hash"] * 11, "signature")


def fw_32_keys_are_of_one_pair():
    with scratch() as folder:
        gateway = Gateway(folder, SUPERVISOR, entry("tools", "t1", SECRETS["t1"]))
        gateway.refused(gateway.drain_fields(secret=SECRETS["t1"]))
        gateway.refused(gateway.drain_fields(callee="tools"))
        gateway.refused(Sender(SECRETS["t1"], "t1", "supervisor").fields(*DRAIN, principal=ADMIN))
        # Nor may tools say, under its own key, that it is the supervisor.
        gateway.refused(Sender(SECRETS["t1"], "t1", "tools").fields(*DRAIN, principal=ADMIN))
        gateway.end_with("signature", "signature", "signature", "principal")


def fw_33_other_forms_of_the_signature():
    with scratch() as folder:
        gateway = Gateway(folder)
        for change in ("upper", "half", "long", "zero", "empty", "sha1", "unversioned"):
            head = gateway.sender.head(*DRAIN, principal=ADMIN)
            good = mac(SECRET, canonical(head))
            gateway.refused(fields_of(head, {
                "upper": good.upper(), "half": good[:32], "long": good + "00", "zero": "0" * 64, "empty": "",
                "sha1": hmac.new(SECRET, canonical(head).encode(), hashlib.sha1).hexdigest(),
                "unversioned": mac(SECRET, canonical(head).split("\n", 1)[1])}[change]))
        gateway.end_with(*[{"signature", "malformed"}] * 7)


def fw_34_malformed_principals():
    texts = (b"hello", b'{"sub":"svc:supervisor","tenant":"platform","roles":["user"],"roles":["admin"]}',
             b'{"sub":"svc:supervisor","tenant":"platform","roles":"admin"}',
             b'{"sub":"svc:supervisor","roles":["admin"]}',
             b'{"sub":"svc:supervisor","tenant":"platform","roles":["admin"],"x":"' + b"x" * 12_750 + b'"}',
             b'{"sub":"svc:supervisor\xc3\x28","tenant":"platform","roles":["admin"]}',
             b'{"sub":"svc:supervisor","tenant":"platform","roles":["admin"],"permissions":"admin.config"}',
             b'{"sub":"svc:supervisor","tenant":"platform","roles":["admin"],"permissions":null}',
             b'{"sub":"svc:supervisor","tenant":"platform","roles":["admin"],"iss":5}',
             b'{"sub":"svc:supervisor","tenant":"platform","roles":["admin"],"personas":{}}')
    with scratch() as folder:
        gateway = Gateway(folder)
        for encoded in ("***", ADMIN + "=", *(base64url(text) for text in texts)):
            gateway.refused(gateway.drain_fields(principal=encoded))
        # Members that are not known here do no harm: services of different age talk to each other.
        newer = gateway.sender.fields(*HEALTH, principal=principal(added_later=True))
        assert gateway.send(*HEALTH, newer)[0] == 200
        gateway.end_with(*["malformed"] * (2 + len(texts)))


def fw_34_permissions_only_narrow():
    with scratch() as folder:
        gateway = Gateway(folder)
        narrowed = principal(roles=("admin",), permissions=["admin.read"])
        answer = gateway.call(*HEALTH, principal=narrowed)
        assert answer[0] == 200, answer
        assert gateway.call(*DRAIN, principal=narrowed)[0] == 403
        widened = principal(permissions=["admin.read", "admin.config"])
        assert gateway.call(*DRAIN, principal=widened)[0] == 403
        gateway.end_with()


def fw_35_malformed_nonces():
    with scratch() as folder:
        gateway = Gateway(folder)
        for nonce in ("", "1234567", "a" * 196 + "-0.1", "0123456789abcde,-0.1"):
            gateway.refused(gateway.drain_fields(nonce=nonce))
        # As with NUL: no header value may hold it.
        status, head, _ = gateway.send(*DRAIN, gateway.drain_fields(nonce="0123456789abcde\x01-0.1"))
        assert status == 400 and "x-srasta-error: bad_header" in head, head
        gateway.end_with(*["malformed"] * 4)


def fw_36_a_flood_of_bad_signatures_costs_nothing():
    total, batch, per_connection = 10_000, 50, 500
    with scratch() as folder:
        gateway = Gateway(folder)
        for _ in range(total // per_connection):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(20)
                connection.connect(str(gateway.socket))
                answers = connection.makefile("rb")
                for _ in range(per_connection // batch):
                    connection.sendall(b"".join(
                        head_of(*HEALTH, gateway.sender.fields(*HEALTH, secret=bytes(32), nonce=os.urandom(8).hex() + "-0.1"),
                                keep=True) for _ in range(batch)))
                    for _ in range(batch):
                        assert answers.readline().startswith(b"HTTP/1.1 401")
                        length = 0
                        while (line := answers.readline()) != b"\r\n":
                            if line.lower().startswith(b"content-length:"):
                                length = int(line.split(b":")[1])
                        answers.read(length)
        assert gateway.call(*HEALTH)[0] == 200
        gateway.stop()
        single = gateway.reasons().count("signature")
        floods = [record["data"] for record in gateway.records("auth.flood")]
        assert {flood["reason"] for flood in floods} == {"signature"}, floods
        assert single + sum(flood["count"] for flood in floods) == total, (single, floods)
        assert single <= 200, single


def fw_37_nothing_from_before_a_restart():
    with scratch() as folder:
        gateway = Gateway(folder)
        sent, kept = gateway.sender.fields(*HEALTH), gateway.drain_fields()
        assert gateway.send(*HEALTH, sent)[0] == 200
        gateway.stop()
        gateway.start()
        gateway.wait_until_open()
        gateway.refused(sent, HEALTH)
        gateway.refused(kept)
        gateway.end_with("replay", "replay")


def connection_names_no_field_of_the_platform():
    with scratch() as folder:
        gateway = Gateway(folder)
        status, head, _ = gateway.send(*DRAIN, gateway.drain_fields(), ["Connection: X-Srasta-Nonce"])
        assert status == 400 and "x-srasta-error: bad_header" in head, head
        gateway.end_with()


def weak_keys_are_refused_at_start():
    weak = {"secret must be at least 32 bytes": entry("memory", "m1", bytes(range(31))),
            "secret is one byte repeated": entry("memory", "m1", b"\x05" * 32),
            "previous_secret must be": {**entry("memory", "m1", SECRETS["k1"]), "previous_key_id": "m0",
                                        "previous_secret": "00"},
            "key id used twice": entry("memory", "supervisor-boot", SECRETS["k1"]),
            "secret used twice": entry("memory", "m1", SECRET)}
    with scratch() as folder:
        gateway = Gateway(folder)
        gateway.stop()
        for message, peer in weak.items():
            gateway.peers = [SUPERVISOR, peer]
            gateway.log.write_text("")
            gateway.start()
            assert gateway.process.wait(timeout=30) == 2, message
            said = gateway.log.read_text()
            assert f"forwarding keys of service 'memory': {message}" in said and peer["secret"] not in said, said


def a_weak_access_key_is_refused_at_start():
    with scratch() as folder:
        gateway = Gateway(folder)
        gateway.stop()
        for weak in ("0" * 64, "ab" * 32, ""):
            gateway.log.write_text("")
            gateway.start(access_key=weak)
            assert gateway.process.wait(timeout=30) == 2, weak
            assert "access" in (said := gateway.log.read_text()), said
        file = gateway.data / "keys/access.key"
        file.write_text("00" * 32)
        up = subprocess.run([BIN / "srasta", "up", "--data", gateway.data], env=ENVIRONMENT, capture_output=True, text=True,
                            timeout=30)
        assert up.returncode != 0 and "access.key is one byte repeated" in up.stderr, up


main(a_signed_service_is_answered_and_everybody_else_refused,
     drain_finishes_and_ends_the_process_and_is_recorded,
     a_snapshot_holds_the_log_still_for_a_moment_only,
     a_gateway_that_hangs_is_replaced,
     ok_fw_03_names_in_lower_case_and_the_senders_head_in_the_record,
     a_head_that_comes_with_a_probe_is_in_the_next_record,
     ok_fw_04_and_fw_31_current_and_previous_keys, ok_fw_06_bodies_that_are_the_signed_ones,
     fw_21_each_field_is_needed, fw_22_each_field_comes_once, fw_23_timestamps, fw_24_a_request_serves_once,
     fw_28_another_body, fw_32_keys_are_of_one_pair, fw_33_other_forms_of_the_signature, fw_34_malformed_principals,
     fw_34_permissions_only_narrow, fw_35_malformed_nonces, fw_36_a_flood_of_bad_signatures_costs_nothing,
     fw_37_nothing_from_before_a_restart,
     connection_names_no_field_of_the_platform, weak_keys_are_refused_at_start,
     a_weak_access_key_is_refused_at_start)
