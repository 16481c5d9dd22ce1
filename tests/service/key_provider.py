"""A provider of identities on loopback: it publishes a set of ES256 keys, signs tokens with them, counts who asks, and
answers wrongly when the test wants it to."""
import base64
import http.server
import json
import pathlib
import socket
import subprocess
import threading
import time

KEYS_PATH, DISCOVERY_PATH = "/keys", "/.well-known/openid-configuration"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*words, given=None):
    return subprocess.run(["openssl", *map(str, words)], input=given, check=True, capture_output=True).stdout


def raw_signature(der):
    """r and s, 32 bytes each, of the two integers of an ASN.1 sequence that is shorter than 128 bytes."""
    parts, at = b"", 2
    for _ in range(2):
        length = der[at + 1]
        parts += der[at + 2:at + 2 + length].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + length
    return parts


class SigningKey:
    def __init__(self, folder, kid):
        self.kid, self.file = kid, pathlib.Path(folder) / f"{kid}.pem"
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.file)
        point = openssl("ec", "-in", self.file, "-pubout", "-outform", "DER")[-64:]
        self.jwk = {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
                    "x": base64url(point[:32]), "y": base64url(point[32:])}

    def sign(self, text):
        return raw_signature(openssl("dgst", "-sha256", "-sign", self.file, given=text.encode()))


class SocketServer(http.server.ThreadingHTTPServer):
    """On a Unix socket, whose clients have no address."""
    address_family = socket.AF_UNIX

    def server_bind(self):
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", 0

    def get_request(self):
        request, _ = super().get_request()
        return request, ("unix", 0)


class KeyProvider:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            provider = self.server.provider
            provider.fetches.append((time.monotonic(), self.path))
            provider.hosts.add(self.headers["Host"])
            if self.path.endswith(DISCOVERY_PATH):
                self.answer(json.dumps({"issuer": provider.url, "jwks_uri": provider.url + KEYS_PATH}).encode())
            elif provider.wrong_answer:
                self.connection.sendall(provider.wrong_answer)
                self.close_connection = True
            else:
                self.answer(provider.document())

        def answer(self, body):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    def __init__(self, folder, name, unix=False):
        """`unix`: on a socket of the folder, with a URL that leads nowhere."""
        self.folder, self.name, self.port, self.made = folder, name, 0, 0
        self.socket = pathlib.Path(folder) / f"{name}.sock" if unix else None
        self.fetches, self.hosts, self.wrong_answer, self.server = [], set(), None, None
        self.published = [self.new_key()]
        self.start()

    def start(self):
        if self.socket:
            self.socket.unlink(missing_ok=True)
            self.server = SocketServer(str(self.socket), self.Handler)
        else:
            self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), self.Handler)
            self.port = self.server.server_address[1]
        self.server.provider = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"https://{self.name}.invalid/realm" if self.socket else f"http://127.0.0.1:{self.port}"

    def new_key(self):
        self.made += 1
        return SigningKey(self.folder, f"{self.name}-{self.made}")

    def document(self):
        return json.dumps({"keys": [key.jwk for key in self.published]}).encode()

    def key_fetches(self):
        return [moment for moment, path in self.fetches if path.endswith(KEYS_PATH)]

    def claims(self, subject):
        now = int(time.time())
        return {"iss": self.url, "aud": "srasta-api", "sub": subject, "tenant": "acme", "roles": ["user"],
                "iat": now, "exp": now + 3600}

    def token(self, subject, key=None, **claims):
        key = key or self.published[-1]
        return unsigned_token(key.kid, self.claims(subject) | claims, key.sign)

    def forged(self, kid, subject="u-mallory"):
        """Right in everything that can be seen without the key."""
        return unsigned_token(kid, self.claims(subject), lambda _: b"\x17" * 64)

    def config(self):
        way = f"socket: \"{self.socket}\"" if self.socket else "allow_loopback_http: true"
        return f"    - {{ url: \"{self.url}\", audiences: [srasta-api], {way} }}\n"


def unsigned_token(kid, claims, sign):
    parts = [{"alg": "ES256", "kid": kid, "typ": "at+jwt"}, claims]
    text = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    return text + "." + base64url(sign(text))
