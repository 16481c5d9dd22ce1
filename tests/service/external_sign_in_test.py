"""The sign-in at another provider for the session of a browser: the good way, and every way in which what comes back from
the provider may not be what this browser asked it for."""
import socket
import threading
import time
import urllib.parse

from administered import Administered, USERS
from browser import Browser, Client
from harness import main, scratch, until
from sign_in_provider import CLIENT, SECRET, SignInProvider

PASSWORD = "correct-horse-9"
CALLBACK = "/auth/callback?"


class AtProviders(Administered):
    """A platform that people sign in to at these providers, or with a password as lena."""

    def __init__(self, folder, *providers, more=""):
        self.providers = providers
        super().__init__(folder, None, self.rules(more=more))
        for provider in providers:
            until(lambda: self.begin(Browser(self.port), provider).status == 303, f"{provider.name} is known")
        user = self.add("lena", "admin")
        path = self.operator("POST", f"{USERS}/{user}/invite", {})[1]["path"]
        assert Browser(self.port).post(path, password=PASSWORD, again=PASSWORD).status == 200

    def rules(self, entries=None, more=""):
        entries = "".join(provider.config() for provider in self.providers) if entries is None else entries
        issuers = f"identity:\n  issuers:\n{entries}" if entries else ""
        return f"tenants: [acme, globex]\n{issuers}{more}"

    def reload(self, rules):
        self.config.write_text("inference: { detect: false }\n" + rules)
        self.process.send_signal(1)

    @staticmethod
    def begin(browser, provider, return_to="/auth/account"):
        return browser.post("/auth/external", issuer=provider.url, return_to=return_to)

    def sign_in(self, browser, provider, answer=None, return_to="/auth/account", **claims):
        """The page that the way back ends with. `answer` changes what the provider sends along."""
        page = self.begin(browser, provider, return_to)
        assert page.status == 303, (page.status, page.text)
        return self.come_back(browser, provider.approve(page.location, **claims) | (answer or {}))

    @staticmethod
    def come_back(browser, query):
        """From the provider's page: another site."""
        site, browser.site = browser.site, "cross-site"
        jar, browser.jar = browser.jar, {name: value for name, value in browser.jar.items() if name != "srasta_session"}
        page = browser.get(CALLBACK + urllib.parse.urlencode({k: v for k, v in query.items() if v is not None}))
        browser.site, browser.jar = site, {**jar, **browser.jar}
        if any(cookie.startswith("srasta_sign_in=;") for cookie in page.cookies):
            browser.jar.pop("srasta_sign_in", None)
        return page

    def reasons(self):
        return [one["data"]["reason"] for one in self.told("login.fail")]


def refused(page):
    return (page.status, page.code) == (400, "login_failed") and "srasta_session" not in "".join(page.cookies)


def whoever_the_provider_signs_in_has_a_session():
    with scratch() as folder:
        provider = SignInProvider(folder, "office")
        platform = AtProviders(folder, provider)
        browser = Browser(platform.port)
        page = browser.get("/auth/login?return_to=/console/x")
        assert "Sign in with The office" in page.text and page.hidden("issuer") == provider.url
        assert page.hidden("return_to") == "/console/x" and 'name="password"' in page.text
        policy = page.fields["content-security-policy"]
        assert f"form-action 'self' {provider.url};" in policy and "unsafe" not in policy, policy
        page = platform.begin(browser, provider, "/console/x")
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.location).query))
        assert page.status == 303 and page.location.startswith(provider.url + "/authorize?p=1&response_type=code&")
        assert asked["client_id"] == CLIENT and asked["scope"] == "openid profile email"
        assert asked["redirect_uri"] == platform.url + "/auth/callback"
        assert all(len(asked[name]) == 43 for name in ("state", "nonce", "code_challenge"))
        cookie = page.cookies[0]
        assert cookie.startswith("srasta_sign_in=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie
        assert "Max-Age=600" in cookie and "Path=/" in cookie and "Domain" not in cookie
        way_back = provider.approve(page.location)
        page = platform.come_back(browser, way_back)
        assert page.status == 200 and '<meta http-equiv="refresh" content="0;url=/console/x">' in page.text, page.text
        assert page.fields["referrer-policy"] == "no-referrer" and "srasta_sign_in" not in browser.jar
        assert "SameSite=Strict" in next(one for one in page.cookies if one.startswith("srasta_session="))

        page = browser.get("/auth/account")
        assert "Signed in as <strong>Zoë &lt;b&gt;Kowalski&lt;/b&gt;</strong> at The office" in page.text, page.text
        assert 'name="current"' not in page.text and "One-time" not in page.text
        session = browser.get("/auth/session").json()
        assert (session["issuer"], session["subject"], session["tenant"]) == (provider.url, "u-42", "acme")
        assert session["roles"] == ["admin"] and "user" not in session
        assert browser.get(USERS).status == 200
        body = {"name": "dev", "tenant": "acme", "roles": ["developer"]}
        assert browser.ask("POST", USERS, body=body).code == "csrf_failed"
        assert browser.ask("POST", USERS, body=body, fields={"Srasta-CSRF": session["csrf"]}).status == 201
        assert browser.get("/v1/models").status == 401, "inference takes no cookie"
        for path in ("/auth/password", "/auth/totp"):
            assert browser.post(path, csrf=session["csrf"]).location.startswith("/auth/login?"), path
        # Programs get tokens for accounts: a guest has none here.
        page = Client(browser).authorize()
        assert page.status == 200 and 'name="password"' in page.text and "The office" not in page.text
        assert Client.sent_back(Client(browser).authorize(prompt="none"))["error"] == "login_required"

        again = platform.come_back(browser, way_back)
        assert refused(again) and "began in another browser" in again.text
        assert browser.get("/auth/session").json()["subject"] == "u-42", "what was there is unchanged"
        until(lambda: platform.reasons() == ["state"], "the replay is on record")
        # Another sign-in ends the session that this browser had.
        before = browser.jar["srasta_session"]
        assert platform.sign_in(browser, provider).status == 200 and browser.jar["srasta_session"] != before
        stale = Browser(platform.port)
        stale.jar["srasta_session"] = before
        assert stale.get("/auth/session").status == 401
        assert browser.post("/auth/logout", csrf=browser.csrf()).status == 302 and not browser.jar
        until(lambda: platform.told("session.close", reason="signed_out", issuer=provider.url), "it ended")
        ok = platform.told("login.ok", issuer=provider.url, method="provider")
        assert [one["actor"]["id"] for one in ok] == ["u-42"] * 2, ok
        secrets = [SECRET, way_back["code"], way_back["state"], asked["nonce"], before]
        files = [file.read_bytes() for file in platform.data.rglob("*") if file.is_file()] + [platform.log.read_bytes()]
        assert not [one for one in secrets if any(one.encode() in file for file in files)]
        platform.stop()


def only_the_answer_to_this_browsers_request_counts():
    with scratch() as folder:
        provider, other = SignInProvider(folder, "office"), SignInProvider(folder, "club")
        other.more = {"authorization_response_iss_parameter_supported": True}
        platform = AtProviders(folder, provider, other)
        browser = Browser(platform.port)
        assert browser.sign_in("lena", PASSWORD).status == 302
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(platform.begin(browser, provider).location).query))

        def fails(reason, page):
            assert refused(page), (reason, page.status, page.code, page.text)
            expected.append(reason)

        expected = []
        wrong_claims = [
            ("nonce", {"nonce": None}), ("nonce", {"nonce": asked["nonce"]}), ("nonce", {"nonce": [asked["nonce"]]}),
            ("iss", {"iss": other.url}), ("aud", {"aud": "srasta-api"}), ("aud", {"aud": None}),
            ("azp", {"aud": [CLIENT, "x"]}), ("azp", {"azp": "x"}), ("expired", {"exp": int(time.time()) - 60}),
            ("iat", {"iat": int(time.time()) + 300}), ("iat", {"iat": None}), ("at_hash", {"at_hash": "AAAA"}),
            ("typ", {"head": {"typ": "at+jwt"}}), ("alg", {"head": {"alg": "none"}}), ("alg", {"head": {"alg": "HS256"}}),
            ("sub", {"sub": None}), ("signature", {"head": {"kid": provider.published[0].kid}, "key": other.published[0]}),
            ("no_tenant", {"tenant": None}), ("tenant_unmapped", {"tenant": "initech"}), ("no_role", {"roles": []}),
            ("permission", {"roles": ["service"]}), ("delegation", {"act": {"sub": "robot"}})]
        for reason, claims in wrong_claims:
            fails(reason, platform.sign_in(browser, provider, **claims))
        for reason, who, answer in [
                ("state", provider, {"state": None}), ("state", provider, {"state": "A" * 43}),
                ("iss", provider, {"iss": other.url}), ("iss", provider, {"iss": provider.url + "/"}),
                ("iss", other, {}), ("iss", other, {"iss": provider.url}),
                ("provider_refused", provider, {"code": None, "error": "access_denied"}),
                ("provider_refused", provider, {"code": "guessed"})]:
            fails(reason, platform.sign_in(browser, who, answer))
        # A code of one provider with the state of another, and the state of another browser.
        state = provider.approve(platform.begin(browser, provider).location)["state"]
        stolen = other.approve(platform.begin(Browser(platform.port), other).location)["code"]
        fails("provider_refused", platform.come_back(browser, {"code": stolen, "state": state}))
        victim = Browser(platform.port)
        page = platform.begin(victim, provider)
        mallory = provider.approve(platform.begin(Browser(platform.port), provider).location)
        fails("state", platform.come_back(victim, mallory))
        query = urllib.parse.urlencode(provider.approve(page.location))
        fails("state", victim.get(CALLBACK + query + "&" + query))
        fails("state", Browser(platform.port).get(CALLBACK + query))
        fails("state", victim.get(CALLBACK + query))
        page = platform.sign_in(browser, provider, {"error": "<script>", "error_description": "<script>"})
        fails("provider_refused", page)
        assert "script" not in page.text, "the provider's words are not repeated"

        assert browser.get("/auth/session").json()["name"] == "lena", "the session that was there stays"
        assert platform.sign_in(browser, other, {"iss": other.url}).status == 200
        browser.jar.clear()
        assert platform.sign_in(browser, provider, aud=[CLIENT, "x"], azp=CLIENT).status == 200
        assert sorted(set(platform.reasons())) == sorted(set(expected)), (platform.reasons(), expected)
        assert platform.told("login.fail", reason="nonce")[0]["out"] == "deny"
        assert {one["data"]["issuer"] for one in platform.told("login.fail", reason="nonce")} == {provider.url}
        for wrong in ("//evil.test", "https://evil.test", "/\\evil.test", "javascript:1", "/console/../x"):
            page = platform.sign_in(Browser(platform.port), provider, return_to=wrong)
            assert 'content="0;url=/console/"' in page.text, (wrong, page.text)
        page = Browser(platform.port, site="cross-site").post("/auth/external", issuer=provider.url)
        assert (page.status, page.code) == (403, "csrf_failed")
        assert Browser(platform.port).post("/auth/external", issuer="https://evil.test").status == 404

        def guess():
            return Browser(platform.port).get(CALLBACK + "code=c&state=" + "A" * 43)

        page = next(page for page in (guess() for _ in range(101)) if page.status != 400)
        assert (page.status, page.code) == (429, "login_locked") and int(page.fields["retry-after"]) <= 300
        platform.stop()


def a_provider_that_fails_costs_nobody_else():
    with scratch() as folder:
        provider, silent = SignInProvider(folder, "office"), SignInProvider(folder, "grave")
        platform = AtProviders(folder, provider, silent)
        browser = Browser(platform.port)
        good = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
        silent.wrong_tokens, waited = lambda _: time.sleep(9), []

        def wait():
            before = time.monotonic()
            waited.append((refused(platform.sign_in(Browser(platform.port), silent)), time.monotonic() - before))

        waiting = threading.Thread(target=wait)
        waiting.start()
        for wrong, reason in (
                (lambda c: c.sendall(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"), "redirect"),
                (lambda c: c.sendall(b"garbage\r\n\r\n"), "provider_unreachable"),
                (lambda c: c.sendall(good + b"Content-Length: 5\r\n\r\n<htm>"), "provider_unreachable"),
                (lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}"),
                 "provider_unreachable"),
                (huge, "provider_unreachable"),
                (lambda c: c.shutdown(socket.SHUT_RDWR), "provider_unreachable")):
            provider.wrong_tokens = wrong
            count = len(provider.exchanges)
            page = platform.sign_in(browser, provider)
            assert refused(page), page.text
            assert len(provider.exchanges) == count + 1, "nothing is tried twice, and no redirect followed"
        assert set(platform.reasons()) == {"redirect", "provider_unreachable"}
        provider.wrong_tokens = None

        # A key that was published after the set was fetched, and one that never was.
        provider.published = [provider.new_key()]
        assert platform.sign_in(browser, provider).status == 200
        assert refused(platform.sign_in(browser, provider, key=provider.new_key()))
        until(lambda: "unknown_kid" in platform.reasons(), "the stranger's key is named")

        waiting.join()
        assert waited[0][0] and 4 < waited[0][1] < 8, waited
        provider.stop()
        assert platform.begin(browser, provider).status == 303, "what is known of the provider goes on"
        assert refused(platform.sign_in(Browser(platform.port), provider)), "the token endpoint is down"
        assert Browser(platform.port).sign_in("lena", PASSWORD).status == 302
        assert browser.get("/auth/session").status == 200, "sessions need no provider"
        platform.stop()
        restarted = Administered(folder, None, platform.rules())
        page = Browser(restarted.port).post("/auth/external", issuer=provider.url)
        assert (page.status, page.code) == (503, "identity_unavailable") and "password" in page.text
        assert "Sign in with The office" in Browser(restarted.port).get("/auth/login").text
        assert Browser(restarted.port).sign_in("lena", PASSWORD).status == 302
        page = browser_of(restarted, browser).get("/auth/session")
        assert page.status == 200 and page.json()["subject"] == "u-42", "a session outlives the service"
        restarted.stop()


def huge(connection):
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b" " * (3 << 20))
    except OSError:
        pass


def browser_of(platform, browser):
    moved = Browser(platform.port)
    moved.jar = dict(browser.jar)
    return moved


def a_session_is_what_the_rules_of_now_leave_of_it():
    with scratch() as folder:
        provider = SignInProvider(folder, "office")
        limits = "access: { roles: { desk: [admin.read, console.login] } }\n"
        platform = AtProviders(folder, provider, more=limits)
        browser = Browser(platform.port)
        assert platform.sign_in(browser, provider, roles=["desk", "unheard-of"]).status == 200
        assert browser.get(USERS).status == 200 and browser.get("/srasta/v1/admin/config").status == 403
        # An account of the provider is where to look at its sessions, end them, and bar somebody.
        user = platform.add("zoe", issuer=provider.url, subject="u-42")
        shown = platform.operator("GET", f"{USERS}/{user}/sessions")[1]["sessions"]
        assert [one["method"] for one in shown] == ["provider"], shown
        assert platform.operator("DELETE", f"{USERS}/{user}/sessions")[0] == 200
        assert browser.get(USERS).code == "session_expired"
        assert platform.sign_in(browser, provider, roles=["desk"]).status == 200
        assert platform.operator("PATCH", f"{USERS}/{user}", {"disabled": True})[0] == 200
        assert browser.get(USERS).status == 401
        assert refused(platform.sign_in(browser, provider, roles=["desk"]))
        assert platform.operator("PATCH", f"{USERS}/{user}", {"disabled": False})[0] == 200

        def signed_in():
            browser.jar.clear()
            assert platform.sign_in(browser, provider, roles=["desk", "user"]).status == 200
            assert browser.get(USERS).status == 200

        signed_in()
        platform.reload(platform.rules())  # the role is gone
        until(lambda: browser.get(USERS).code == "permission_denied", "a role that is not there permits nothing")
        platform.reload(platform.rules(provider.config(tenant={"allowed": ["globex"]}), limits))
        until(lambda: browser.get(USERS).code == "tenant_missing", "the issuer may not speak for the tenant any more")
        platform.reload(platform.rules(more=limits))
        until(lambda: browser.get(USERS).status == 200, "it is as it was")
        platform.reload(platform.rules(provider.config(sign_in=False), limits))
        until(lambda: browser.get("/auth/session").status == 401, "nobody signs in at it any more")
        assert browser.get(USERS).code == "session_expired"
        assert Browser(platform.port).post("/auth/external", issuer=provider.url).status == 404
        assert "office" not in Browser(platform.port).get("/auth/login").text
        until(lambda: [one["data"]["issuer"] for one in platform.told("session.close", reason="iss")] == [provider.url],
              "the end is on record")
        until(lambda: "disabled" in platform.reasons(), "so is who was barred")
        platform.stop()


if __name__ == "__main__":
    main(whoever_the_provider_signs_in_has_a_session,
         only_the_answer_to_this_browsers_request_counts,
         a_provider_that_fails_costs_nobody_else,
         a_session_is_what_the_rules_of_now_leave_of_it)
