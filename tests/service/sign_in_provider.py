"""A provider that people sign in at: beside its keys it has the two endpoints of an authorization code with PKCE. What it
says in its tokens and answers is the test's to change."""
import base64
import hashlib
import json
import secrets
import time
import urllib.parse

from key_provider import KeyProvider, base64url

CLIENT, SECRET = "srasta at work", "p/w+of:the client, long enough"


class SignInProvider(KeyProvider):
    class Handler(KeyProvider.Handler):
        def do_GET(self):
            if not self.path.endswith("openid-configuration"):
                return super().do_GET()
            provider = self.server.provider
            self.answer(json.dumps(provider.metadata()).encode())

        def do_POST(self):
            provider = self.server.provider
            form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            provider.exchanges.append((self.path, form, self.headers["Authorization"]))
            if provider.wrong_tokens:
                self.close_connection = True
                return provider.wrong_tokens(self.connection)
            status, body = provider.redeem(form, self.headers["Authorization"])
            body = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json;charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def __init__(self, folder, name, **metadata):
        self.more, self.codes, self.exchanges, self.wrong_tokens = metadata, {}, [], None
        self.person = {"sub": "u-42", "name": "Zoë <b>Kowalski</b>"}
        super().__init__(folder, name)
        self.secret = folder / f"{name}.secret"
        self.secret.write_text(SECRET + "\n")
        self.secret.chmod(0o600)

    def metadata(self):
        return {"issuer": self.url, "jwks_uri": self.url + "/keys", "authorization_endpoint": self.url + "/authorize?p=1",
                "token_endpoint": self.url + "/token"} | self.more

    def config(self, sign_in=True, **more):
        entry = {"url": self.url, "audiences": ["srasta-api"], "allow_loopback_http": True, **more}
        if sign_in:
            entry["sign_in"] = {"client_id": CLIENT, "client_secret_file": str(self.secret), "label": f"The {self.name}"}
        return f"    - {json.dumps(entry)}\n"

    def approve(self, location, **changes):
        """What somebody does there who is sent to `location` and agrees: the query of the way back. `changes` are of the
        claims of his ID token; None takes one away."""
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked, changes
        return {"code": code, "state": asked["state"]}

    def redeem(self, form, authorization):
        asked, changes = self.codes.get(form.get("code"), (None, None))
        if asked is None:
            return 400, {"error": "invalid_grant"}
        pair = ":".join(urllib.parse.quote(text, safe="") for text in (CLIENT, SECRET))
        assert authorization == "Basic " + base64.b64encode(pair.encode()).decode(), authorization
        assert form["grant_type"] == "authorization_code" and form["redirect_uri"] == asked["redirect_uri"], form
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert base64url(digest) == asked["code_challenge"] and asked["code_challenge_method"] == "S256"
        access_token = secrets.token_urlsafe(16)
        return 200, {"access_token": access_token, "token_type": "Bearer", "id_token": self.id_token(asked, changes, access_token)}

    def id_token(self, asked, changes, access_token):
        now = int(time.time())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = {"iss": self.url, "aud": CLIENT, "tenant": "acme", "roles": ["admin"], "iat": now, "exp": now + 300,
                  "nonce": asked["nonce"], "at_hash": base64url(half), **self.person, **changes}
        key, head = claims.pop("key", self.published[-1]), claims.pop("head", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        return signed(key, claims, head)


def signed(key, claims, head):
    parts = [{"alg": "ES256", "kid": key.kid, "typ": "JWT"} | head, claims]
    text = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    return text + "." + base64url(key.sign(text))
