"""The gateway's own socket: signed internal identity and nothing else. The signature is computed here from the
specification, not by the platform's code."""
import base64
import fcntl
import hashlib
import hmac
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

from harness import BIN, ENVIRONMENT, Platform, main, scratch, until

F_ADD_SEALS = 1033
ALL_SEALS = 0x1 | 0x2 | 0x4 | 0x8
SECRET = bytes(range(32))


def principal(sub="svc:supervisor", roles=("operator",)):
    text = json.dumps({"sub": sub, "tenant": "platform", "roles": list(roles)})
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


class Sender:
    def __init__(self):
        self.count = 0

    def fields(self, method, target, secret=SECRET, **changes):
        self.count += 1
        head = {"caller": "supervisor", "callee": "gateway", "method": method, "target": target, "type": "",
                "length": "-", "principal": principal(), "request": "01J0000000000000000000000",
                "time": str(int(time.time() * 1000)), "nonce": f"{os.getpid():016x}-0.{self.count}",
                "audit": "-", "body": "sha256=" + hashlib.sha256(b"").hexdigest(), "key": "supervisor-boot"}
        head.update(changes)
        text = "\n".join(["srasta-fwd-v2"] + list(head.values()))
        mac = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
        return {"X-Srasta-Principal": head["principal"], "X-Srasta-Request-Id": head["request"],
                "X-Srasta-Timestamp": head["time"], "X-Srasta-Nonce": head["nonce"],
                "X-Srasta-Audit": head["audit"], "X-Srasta-Body": head["body"], "X-Srasta-Key-Id": head["key"],
                "X-Srasta-Signature": mac}


class Gateway:
    """srasta-api with keys that this test knows, handed over as the supervisor does it."""

    def __init__(self, folder):
        self.data = pathlib.Path(folder) / "data"
        prepared = Platform(self.data)
        prepared.stop()
        keys = {"issuer_pem": (self.data / "keys/issuer.pem").read_text(),
                "access_key": (self.data / "keys/access.key").read_text(),
                "forwarding": [{"service": "supervisor", "key_id": "supervisor-boot", "secret": SECRET.hex()}]}
        sealed = os.memfd_create("keys", os.MFD_ALLOW_SEALING)
        os.write(sealed, json.dumps(keys).encode())
        fcntl.fcntl(sealed, F_ADD_SEALS, ALL_SEALS)
        os.set_inheritable(sealed, True)
        log = open(str(self.data) + ".log", "ab")
        self.process = subprocess.Popen(
            [BIN / "srasta-api", "--data", self.data, "--listen", "127.0.0.1:0"], stderr=log,
            env={**ENVIRONMENT, "SRASTA_FD_KEYS": str(sealed)}, pass_fds=[sealed])
        os.close(sealed)
        self.socket = self.data / "run/gateway.sock"
        until(self.socket.exists, "the gateway's socket")
        self.sender = Sender()

    def send(self, method, target, fields):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(self.socket))
            lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
            lines += [f"{name}: {value}" for name, value in (fields if isinstance(fields, list) else fields.items())]
            connection.sendall(("\r\n".join(lines) + "\r\nConnection: close\r\n\r\n").encode())
            answer = b""
            while block := connection.recv(65536):
                answer += block
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), head.decode(), body

    def call(self, method, target, **changes):
        return self.send(method, target, self.sender.fields(method, target, **changes))

    def reasons(self, act):
        found = subprocess.check_output(
            [BIN / "srasta", "audit", "search", "--data", self.data, "--act", act, "--json"], text=True,
            env=ENVIRONMENT)
        return [json.loads(line)["data"].get("reason") for line in found.splitlines() if line.strip()]


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
            "body_hash": ({**gateway.sender.fields("POST", "/internal/drain", length="2"), "Content-Length": "2"},
                          "POST", "/internal/drain"),
        }
        for reason, (fields, method, target) in refused.items():
            status, head, _ = gateway.send(method, target, fields)
            assert status == 401 and "x-srasta-error: fwd_invalid" in head, (reason, head)
        # An operator's token is no key to this door, and another service's role decides what it may do.
        status, head, _ = gateway.send("GET", "/internal/health", {"Authorization": "Bearer x"})
        assert status == 401 and "fwd_invalid" in head, head
        assert gateway.call("POST", "/internal/drain")[0] == 403
        assert gateway.call("GET", "/v1/models")[0] == 404
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(timeout=30) == 0
        recorded = gateway.reasons("auth.fwd.reject")
        assert recorded == list(refused) + ["missing"], recorded


def drain_finishes_and_ends_the_process_and_is_recorded():
    with scratch() as folder:
        gateway = Gateway(folder)
        assert oct(gateway.socket.stat().st_mode)[-3:] == "600"
        status, _, body = gateway.call("POST", "/internal/drain", principal=principal(roles=("admin",)))
        assert status == 200 and json.loads(body) == {"status": "draining"}, (status, body)
        assert gateway.process.wait(timeout=30) == 0
        assert gateway.reasons("platform.drain") == [None], gateway.reasons("platform.drain")


def a_gateway_that_hangs_is_replaced():
    with scratch() as folder:
        platform = Platform(folder / "data")
        hung = platform.gateway_pid()
        os.kill(hung, signal.SIGSTOP)
        until(lambda: platform.gateway_pid() not in (None, hung), "another gateway", seconds=60)
        assert "does not answer, killed" in platform.log.read_text()
        platform.stop()
        assert platform.verify().returncode == 0, platform.verify().stdout


main(a_signed_service_is_answered_and_everybody_else_refused,
     drain_finishes_and_ends_the_process_and_is_recorded,
     a_gateway_that_hangs_is_replaced)
