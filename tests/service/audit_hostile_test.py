"""Ten thousand hostile texts in all that a request can say: records keep their form, and none of the texts."""
import base64
import json
import random
import re
import socket
import subprocess

from client import chat
from harness import Engine, Platform, engine_config, main, scratch, until
from record_form import form_problem
from records import stored_records

REQUESTS, TEXTS_EACH = 1000, 10
MARK = re.compile(rb"hx[0-9a-f]{12}")
PARTS = ('"', "\\", "\n", "\r\n", '","h":"', '"},"v":1}', '","seq":0,"prev":"', "\u00e4", "\u202e", "\u2028", "<script>", "%00",
         "\x1b[31m", "{{7*7}}", "' OR 1=1--", "=cmd()", "\U0001f480", "../", "${jndi:ldap://x}", "\0", "ignore all of it")


def hostile(dice):
    """No label, with a mark that a search finds, whatever becomes of the rest."""
    return "".join([dice.choice("\"' {"), *dice.choices(PARTS, k=dice.randrange(1, 5)), f"hx{dice.getrandbits(48):012x}",
                    *dice.choices(PARTS, k=dice.randrange(3)), "x" * dice.choice((0, 0, 0, 200))])


def field_text(text):
    """As a field of a request can carry it: without controls."""
    return re.sub(rb"[\0-\x1f\x7f]", b" ", text.encode())


def encoded(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=")


class Issuer:
    """Signs with the key of the platform's own issuer."""

    def __init__(self, platform):
        self.key = platform.data / "keys/issuer.pem"
        self.head, claims, _ = platform.token().split(".")
        self.claims = json.loads(base64.urlsafe_b64decode(claims + "=="))

    def token(self, **claims):
        text = self.head.encode() + b"." + encoded(json.dumps({**self.claims, **claims}).encode())
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=text, capture_output=True,
                             check=True).stdout
        numbers, at = [], 2
        for _ in range(2):  # SEQUENCE of two INTEGERs
            size = der[at + 1]
            numbers.append(int.from_bytes(der[at + 2:at + 2 + size], "big").to_bytes(32, "big"))
            at += 2 + size
        return text + b"." + encoded(b"".join(numbers))


def send(port, token, texts):
    request_id, trace, agent, query, model = texts
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hi"}]}).encode()
    head = [b"POST /v1/chat/completions?" + re.sub(rb"[^\x21-\x7e]", b"", query.encode()) + b" HTTP/1.1", b"Host: gw.test",
            b"Authorization: Bearer " + token, b"X-Request-Id: " + field_text(request_id),
            b"Traceparent: " + field_text(trace), b"User-Agent: " + field_text(agent), b"Content-Type: application/json",
            b"Content-Length: %d" % len(body), b"Connection: close"]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"\r\n".join(head) + b"\r\n\r\n" + body)
        return int(connection.recv(64).split()[1])


def claims_of(number, texts):
    """Every other token is one that is admitted, so that what stands behind identity is met, too."""
    sub, tenant, role, other, jti = texts
    claims = {"sub": sub.replace("\0", ""), "jti": jti}
    return claims if number % 2 == 0 else {**claims, "tenant": tenant, "roles": [role, other, "user"]}


def records_keep_their_form_and_no_text_gets_in():
    dice, engine = random.Random(9), Engine()
    with scratch() as folder:
        platform = Platform(folder / "data", engine_config(engine))
        until(lambda: chat(platform.port, platform.token()).status == 200, "the engine is known")
        issuer, statuses = Issuer(platform), {}
        for number in range(REQUESTS):
            texts = [hostile(dice) for _ in range(TEXTS_EACH)]
            status = send(platform.port, issuer.token(**claims_of(number, texts[:5])), texts[5:])
            statuses[status] = statuses.get(status, 0) + 1
        assert platform.request("GET", "/readyz").status == 200
        platform.stop()
        lines = [line for path in sorted(platform.data.glob("audit/*/seg/*.jsonl"))
                 for line in path.read_bytes().splitlines(keepends=True)]
        problems = [(problem, line) for line in lines if (problem := form_problem(line))]
        assert not problems, problems[:3]
        assert not (leaked := [line for line in lines if MARK.search(line)]), leaked[:3]
        records = list(stored_records(platform.data))
        committed = sum(record["actor"]["id"].startswith("c1:") for record in records)
        print(f"[{statuses}, {len(records)} records, {committed} by commitment] ", end="")
        assert committed >= REQUESTS // 4, "the callers were not met"
        assert platform.verify().returncode == 0


main(records_keep_their_form_and_no_text_gets_in)
