"""Signed internal identity, srasta-fwd-v2, computed from the specification and not by the platform's code."""
import base64
import hashlib
import hmac
import json
import os
import time

FIELDS = ("Principal", "Request-Id", "Timestamp", "Nonce", "Audit", "Body", "Key-Id", "Signature")


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def principal(sub="svc:supervisor", roles=("operator",), tenant="platform", **more):
    return base64url(json.dumps({"sub": sub, "tenant": tenant, "roles": list(roles), **more}).encode())


def canonical(head):
    return "\n".join(["srasta-fwd-v2", *head.values()])


def mac(secret, text):
    return hmac.new(secret, text.encode("latin-1"), hashlib.sha256).hexdigest()


def body_mac(secret, signature, body):
    """The trailer of a streamed body."""
    message = bytes.fromhex(signature) + len(body).to_bytes(8, "big") + hashlib.sha256(body).digest()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


def now_ms():
    return int(time.time() * 1000)


class Sender:
    """One core of one boot of a service."""

    def __init__(self, secret, key="supervisor-boot", service="supervisor"):
        self.secret, self.key, self.service = secret, key, service
        self.boot = os.urandom(8).hex()
        self.count = 0

    def head(self, method, target, payload=b"", **changes):
        self.count += 1
        head = {"caller": self.service, "callee": "gateway", "method": method, "target": target, "type": "",
                "length": str(len(payload)) if payload else "-", "principal": principal("svc:" + self.service),
                "request": "01J0000000000000000000000", "time": str(now_ms()),
                "nonce": f"{self.boot}-0.{self.count}", "audit": "-",
                "body": "sha256=" + hashlib.sha256(payload).hexdigest(), "key": self.key}
        head.update(changes)
        return head

    def fields(self, method, target, payload=b"", secret=None, **changes):
        head = self.head(method, target, payload, **changes)
        return fields_of(head, mac(secret or self.secret, canonical(head)))


def fields_of(head, signature):
    values = (head["principal"], head["request"], head["time"], head["nonce"], head["audit"], head["body"], head["key"],
              signature)
    return {f"X-Srasta-{name}": value for name, value in zip(FIELDS, values)}
