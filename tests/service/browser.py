"""A browser as far as the sign-in needs one: cookies of one origin, forms, redirects that the test follows itself."""
import base64
import hashlib
import hmac
import html
import http.client
import json
import re
import struct
import time
import urllib.parse


class Page:
    def __init__(self, response):
        self.status = response.status
        self.fields = {name.lower(): value for name, value in response.getheaders()}
        self.cookies = response.msg.get_all("set-cookie") or []
        self.code = self.fields.get("x-srasta-error")
        self.location = self.fields.get("location")
        self.text = response.read().decode()

    def json(self):
        return json.loads(self.text)

    def hidden(self, name):
        return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', self.text)[1])


class Browser:
    def __init__(self, port, site="same-origin"):
        self.port, self.site, self.jar = port, site, {}

    def ask(self, method, target, form=None, fields=(), body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = dict(fields)
        if self.site:
            headers["Sec-Fetch-Site"] = self.site
        if self.jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, target, body, headers)
            page = Page(connection.getresponse())
        finally:
            connection.close()
        for cookie in page.cookies:
            name, value = cookie.split(";")[0].split("=", 1)
            self.jar.pop(name, None)
            if value:
                self.jar[name] = value
        return page

    def get(self, target, **fields):
        return self.ask("GET", target, fields=fields.get("fields", ()))

    def post(self, target, **form):
        return self.ask("POST", target, form)

    def sign_in(self, user, password, code="", return_to="/auth/account"):
        return self.post("/auth/login", user=user, password=password, code=code, return_to=return_to)

    def csrf(self):
        return self.get("/auth/session").json()["csrf"]


class Client:
    """A program that signs somebody in: authorization code with PKCE."""

    def __init__(self, browser, client="cli", redirect="http://127.0.0.1:53682/callback"):
        self.browser, self.client, self.redirect = browser, client, redirect
        self.verifier = base64.urlsafe_b64encode(hashlib.sha256(str(time.monotonic()).encode()).digest()).decode().rstrip("=")

    def parameters(self, **changed):
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked = {"response_type": "code", "client_id": self.client, "redirect_uri": self.redirect, "state": "a state",
                 "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="), "code_challenge_method": "S256",
                 **changed}
        return urllib.parse.urlencode({name: value for name, value in asked.items() if value is not None})

    def authorize(self, **changed):
        return self.browser.get("/auth/authorize?" + self.parameters(**changed))

    @staticmethod
    def sent_back(page):
        """The parameters that the client is sent."""
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.location).query))

    def code(self, **changed):
        return self.sent_back(self.authorize(**changed))["code"]

    def token(self, fields=(), **form):
        return self.browser.ask("POST", "/auth/token", form, fields)

    def redeem(self, code, **changed):
        form = {"grant_type": "authorization_code", "client_id": self.client, "redirect_uri": self.redirect, "code": code,
                "code_verifier": self.verifier, **changed}
        return self.token(**{name: value for name, value in form.items() if value is not None})


def basic(client, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()}


def one_time_code(key, step=0):
    """RFC 6238 of a key in base32, `step` steps from now."""
    counter = int(time.time()) // 30 + step
    digest = hmac.digest(base64.b32decode(key + "=" * (-len(key) % 8)), struct.pack(">Q", counter), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"
