"""The example of docs/formats/forwarded-identity.md, computed from the page alone with the standard library."""
import base64
import hashlib
import hmac
import pathlib
import re
import unittest

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/formats/forwarded-identity.md"
SECRET = bytes(range(32))


def blocks(kind):
    return re.findall(rf"(?ms)^```{kind}\n(.*?)^```$", PAGE.read_text())


def mac(message):
    return hmac.new(SECRET, message, hashlib.sha256).hexdigest()


class Message:
    def __init__(self, block):
        head, _, self.rest = block.partition("\n\n")
        line, *fields = head.split("\n")
        self.method, self.target, _ = line.split(" ")
        self.fields = dict(field.split(": ", 1) for field in fields)

    def field(self, name):
        return self.fields["X-Srasta-" + name]

    def canonical(self):
        return "\n".join([
            "srasta-fwd-v2", "gateway", "memory", self.method, self.target, self.fields.get("Content-Type", ""),
            self.fields.get("Content-Length", "-"), self.field("Principal"), self.field("Request-Id"),
            self.field("Timestamp"), self.field("Nonce"), self.field("Audit"), self.field("Body"), self.field("Key-Id")])


class Example(unittest.TestCase):
    def setUp(self):
        self.held, self.streamed = map(Message, blocks("http"))
        self.body = self.held.rest.removesuffix("\n").encode()

    def test_signs_the_text_that_the_page_shows(self):
        self.assertEqual([self.held.canonical() + "\n"], blocks("text"))
        for message in (self.held, self.streamed):
            self.assertEqual(mac(message.canonical().encode()), message.field("Signature"))

    def test_carries_the_principal_that_the_page_shows(self):
        encoded = self.held.field("Principal")
        text = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        self.assertIn(f"\n    {text}\n", PAGE.read_text())

    def test_binds_its_body(self):
        self.assertEqual(len(self.body), int(self.held.fields["Content-Length"]))
        self.assertEqual("sha256=" + hashlib.sha256(self.body).hexdigest(), self.held.field("Body"))
        size, body, last, trailer = self.streamed.rest.rstrip("\n").split("\n")
        self.assertEqual((int(size, 16), body.encode(), last), (len(self.body), self.body, "0"))
        message = (bytes.fromhex(self.streamed.field("Signature")) + len(self.body).to_bytes(8, "big")
                   + hashlib.sha256(self.body).digest())
        self.assertEqual(trailer, "X-Srasta-Body-Mac: " + mac(message))


unittest.main()
