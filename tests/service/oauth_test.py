"""The local issuer as programs meet it: authorization code with PKCE, refresh tokens, client credentials, keys that
rotate, and everything that is refused."""
import base64
import json
import threading
import time

from administered import USERS
from browser import Browser, Client, basic
from client import ask
from harness import main, scratch, until
from sign_in_test import PASSWORD, SignedInAt

APP = "https://app.test/callback"


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class WithClients(SignedInAt):
    def __init__(self, folder, more=""):
        secret = folder / "app.secret"
        secret.write_text("a secret of this test\n")
        secret.chmod(0o600)
        super().__init__(folder, "tenants: [default, acme]\nidentity:\n  clients:\n"
                                 f"    - {{ id: app, redirect_uris: ['{APP}'], secret_file: '{secret}' }}\n"
                                 "    - { id: web, redirect_uris: ['https://web.test/cb?x=1'] }\n" + more)
        self.become_owner()

    def lena(self):
        user = self.invited("lena", "developer", "user")
        return user, self.signed_in("lena")


def somebody_is_signed_in_for_a_program():
    with scratch() as folder:
        platform = WithClients(folder)
        document = ask(platform.port, "GET", "/.well-known/openid-configuration").json()
        assert document == ask(platform.port, "GET", "/.well-known/oauth-authorization-server").json()
        assert document["issuer"] == platform.url and document["code_challenge_methods_supported"] == ["S256"]
        user = platform.invited("lena", "developer", "user")
        browser = Browser(platform.port)
        client = Client(browser)
        page = client.authorize(scope="openid offline_access", nonce="n-1")
        assert page.status == 200 and "form-action 'self' http://127.0.0.1:53682;" in page.fields["content-security-policy"]
        back = page.hidden("return_to")
        page = browser.sign_in("lena", PASSWORD, return_to=back)
        assert page.status == 302 and page.location == back
        page = browser.get(back)
        sent = Client.sent_back(page)
        assert page.location.startswith("http://127.0.0.1:53682/callback?") and sent["state"] == "a state"
        assert sent["iss"] == platform.url
        answer = client.redeem(sent["code"])
        assert answer.status == 200 and answer.fields["cache-control"] == "no-store", answer.text
        tokens = answer.json()
        assert tokens["token_type"] == "Bearer" and tokens["expires_in"] == 600
        claims = claims_of(tokens["access_token"])
        assert claims["sub"] == user and claims["aud"] == "srasta-api" and claims["client_id"] == "cli"
        identity = claims_of(tokens["id_token"])
        assert identity["aud"] == "cli" and identity["nonce"] == "n-1" and identity["preferred_username"] == "lena"
        assert ask(platform.port, "GET", "/srasta/v1/admin/keys", tokens["access_token"]).status == 200
        for wrong in (tokens["id_token"], tokens["refresh_token"], sent["code"]):
            assert ask(platform.port, "GET", "/srasta/v1/admin/keys", wrong).status == 401
        # The same client goes on with refresh tokens, each of which is good once.
        again = client.token(grant_type="refresh_token", client_id="cli", refresh_token=tokens["refresh_token"]).json()
        assert again["refresh_token"] != tokens["refresh_token"] and "id_token" not in again
        for token in (tokens["refresh_token"], again["refresh_token"]):
            page = client.token(grant_type="refresh_token", client_id="cli", refresh_token=token)
            assert (page.status, page.json()["error"]) == (400, "invalid_grant"), "one that came back ends them all"
        page = client.token(grant_type="refresh_token", client_id="cli", refresh_token=tokens["access_token"])
        assert (page.status, page.code) == (400, "invalid_grant")
        until(lambda: platform.told("token.issue", reason="refresh_reuse") and platform.told("token.revoke", reason="refresh_reuse"),
              "the reuse is on record")
        platform.stop()


def scopes_and_resources_only_narrow():
    with scratch() as folder:
        platform = WithClients(folder)
        _, browser = platform.lena()
        client = Client(browser)
        tokens = client.redeem(client.code(scope="srasta:inference.models offline_access",
                                           resource=platform.url + "/mcp")).json()
        assert claims_of(tokens["access_token"])["aud"] == ["srasta-api", platform.url + "/mcp"]
        assert ask(platform.port, "GET", "/v1/models", tokens["access_token"]).status == 200
        assert ask(platform.port, "GET", "/srasta/v1/admin/keys", tokens["access_token"]).status == 403
        refresh = {"grant_type": "refresh_token", "client_id": "cli", "refresh_token": tokens["refresh_token"]}
        for wrong, error in (({"scope": "srasta:keys.self"}, "invalid_scope"), ({"scope": "openid"}, "invalid_scope"),
                             ({"resource": platform.url}, "invalid_target"), ({"client_id": "web"}, "invalid_grant")):
            page = client.token(**{**refresh, **wrong})
            assert (page.status, page.json()["error"]) == (400, error), (wrong, page.text)
        page = client.token(**refresh, scope="srasta:inference.models")
        assert page.status == 200 and page.json()["scope"] == "srasta:inference.models", page.text
        for wrong, error in (({"scope": "srasta:no.such"}, "invalid_scope"), ({"scope": "email"}, "invalid_scope"),
                             ({"resource": "https://evil.test"}, "invalid_target"),
                             ({"resource": platform.url + ".evil.test/"}, "invalid_target"),
                             ({"response_type": "token"}, "unsupported_response_type"),
                             ({"prompt": "consent"}, "invalid_request")):
            page = client.authorize(**wrong)
            assert page.status == 302 and Client.sent_back(page)["error"] == error, wrong
        assert Client.sent_back(client.authorize(prompt="none"))["code"]
        assert Client.sent_back(Client(Browser(platform.port)).authorize(prompt="none"))["error"] == "login_required"
        for asked in ({"prompt": "login"}, {"max_age": "0"}):
            time.sleep(1.1)
            page = client.authorize(**asked)
            assert page.status == 200 and "Sign in" in page.text, asked
            assert browser.sign_in("lena", PASSWORD, return_to=page.hidden("return_to")).status == 302
        assert Client.sent_back(browser.get(page.hidden("return_to")))["code"], "who has just signed in is not asked again"
        platform.stop()


def what_is_not_registered_byte_for_byte_is_answered_by_the_issuer_itself():
    with scratch() as folder:
        platform = WithClients(folder)
        _, browser = platform.lena()
        wrong = ["https://app.test/callback/", APP + "?x=1", APP + "#f", "https://app.test:443/callback", "https://APP.test/callback",
                 "https://app.test/callback/../x", "https://app.test%2eevil.test/", "https://app.test@evil.test/callback",
                 "http://app.test/callback", "javascript:alert(1)", None]
        for uri in wrong:
            page = Client(browser, "app").authorize(redirect_uri=uri)
            assert (page.status, page.code, page.location) == (400, "redirect_uri_mismatch", None), uri
        twice = browser.get("/auth/authorize?" + Client(browser, "app", APP).parameters() + "&redirect_uri=https%3A%2F%2Fevil.test")
        assert (twice.status, twice.code) == (400, "redirect_uri_mismatch")
        for uri in ("http://localhost/callback", "http://127.0.0.2/callback", "http://127.0.0.1.evil.test/callback",
                    "https://127.0.0.1/callback"):
            assert Client(browser).authorize(redirect_uri=uri).code == "redirect_uri_mismatch", uri
        assert Client(browser, "nobody").authorize().code == "invalid_client"
        client = Client(browser, "web", "https://web.test/cb?x=1")
        assert client.authorize().location.startswith("https://web.test/cb?x=1&code=")
        for wrong in ({"code_challenge": None}, {"code_challenge_method": "plain"}, {"code_challenge": "a" * 42},
                      {"code_challenge_method": None}):
            page = client.authorize(**wrong)
            assert Client.sent_back(page)["error"] == "invalid_request" and page.status == 302, wrong
        for state in ("<script>alert(1)</script>\r\nX: y", "", "\u00e9"):
            page = client.authorize(state=state)
            assert Client.sent_back(page).get("state", "") == state and "\n" not in page.location
        page = client.authorize(state="s" * 4096)
        assert page.status == 400 and page.location is None
        until(lambda: {"redirect_uri", "pkce", "client_auth"} <= {record["data"]["reason"] for record in platform.told("login.fail")},
              "the reasons are on record")
        platform.stop()


def codes_are_bound_and_good_once():
    with scratch() as folder:
        platform = WithClients(folder)
        _, browser = platform.lena()
        client = Client(browser)
        for changed in ({"redirect_uri": "http://127.0.0.1:1/callback"}, {"code_verifier": "a" * 43}, {"code_verifier": None},
                        {"client_id": "web"}, {"code": "A" * 43}, {"redirect_uri": None}):
            page = client.redeem(**{"code": client.code(), **changed})
            assert (page.status, page.json()["error"]) == (400, "invalid_grant"), changed
        code = client.code(scope="offline_access")
        tokens = client.redeem(code).json()
        assert client.redeem(code).json()["error"] == "invalid_grant"
        page = client.token(grant_type="refresh_token", client_id="cli", refresh_token=tokens["refresh_token"])
        assert page.json()["error"] == "invalid_grant", "a code that came back ends what followed from it"
        code, answers = client.code(), []
        threads = [threading.Thread(target=lambda: answers.append(client.redeem(code).status)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [200] + [400] * 7, answers
        confidential = Client(browser, "app", APP)
        code = confidential.code()
        for fields, form in (({}, {}), (basic("app", "wrong"), {"client_id": None}), ({}, {"client_secret": "wrong"}),
                             (basic("app", "a secret of this test"), {"client_secret": "a secret of this test"})):
            form = {"grant_type": "authorization_code", "client_id": "app", "redirect_uri": APP, "code": code,
                    "code_verifier": confidential.verifier, **form}
            page = confidential.token(fields, **{name: value for name, value in form.items() if value is not None})
            assert (page.status, page.json()["error"]) == (401, "invalid_client"), (fields, form)
            assert page.fields["www-authenticate"].startswith("Basic")
        page = confidential.token(basic("app", "a+secret+of+this+test"), grant_type="authorization_code", redirect_uri=APP,
                                  code=code, code_verifier=confidential.verifier)
        assert page.status == 200, page.text
        for form, error in (({"grant_type": "password"}, "unsupported_grant_type"), ({}, "unsupported_grant_type"),
                            ({"grant_type": "client_credentials"}, "unauthorized_client")):
            page = client.token(client_id="cli", **form)
            assert (page.status, page.json()["error"]) == (400, error), form
        assert browser.ask("POST", "/auth/token", body={"grant_type": "x"}).status == 415
        until(lambda: {"code_binding", "pkce", "unknown_id", "code_replay", "client_auth", "grant_type"} <=
              {record["data"].get("reason") for record in platform.told("token.issue")}, "the reasons are on record")
        platform.stop()


def service_accounts_act_for_themselves():
    with scratch() as folder:
        platform = WithClients(folder)
        robot = platform.add("robot", "service", kind="service")
        status, made = platform.operator("POST", f"{USERS}/{robot}/secret", {})
        assert status == 201 and made["client_id"] == robot
        client = Client(Browser(platform.port, site=None))
        credentials = basic(robot, made["client_secret"])
        page = client.token(credentials, grant_type="client_credentials")
        assert page.status == 200 and "refresh_token" not in page.json(), page.text
        token = page.json()["access_token"]
        assert ask(platform.port, "GET", "/v1/models", token).status == 200
        until(lambda: any(record["actor"]["id"] == robot and record["actor"]["kind"] == "service"
                          for record in platform.records("--act", "inference.list")), "it is a service")
        for scope in ("srasta:admin.users", "openid", "offline_access", "srasta:no.such"):
            page = client.token(credentials, grant_type="client_credentials", scope=scope)
            assert (page.status, page.json()["error"]) == (400, "invalid_scope"), scope
        page = client.token(credentials, grant_type="client_credentials", scope="srasta:inference.models")
        assert page.json()["scope"] == "srasta:inference.models"
        status, renewed = platform.operator("POST", f"{USERS}/{robot}/secret", {})
        assert client.token(credentials, grant_type="client_credentials").status == 401
        credentials = basic(robot, renewed["client_secret"])
        assert client.token(credentials, grant_type="client_credentials").status == 200
        assert platform.operator("PATCH", f"{USERS}/{robot}", {"disabled": True})[0] == 200
        assert client.token(credentials, grant_type="client_credentials").status == 401
        assert ask(platform.port, "GET", "/v1/models", token).status in (401, 403)
        lena = platform.add("lena", "user")
        assert platform.operator("POST", f"{USERS}/{lena}/secret", {})[0] == 422
        platform.stop()


def grants_end_with_their_owner_and_when_they_are_revoked():
    with scratch() as folder:
        platform = WithClients(folder)
        user, browser = platform.lena()
        client = Client(browser)

        def refresh(token):
            return client.token(grant_type="refresh_token", client_id="cli", refresh_token=token)

        first = client.redeem(client.code(scope="offline_access")).json()["refresh_token"]
        assert client.token(client_id="web", token=first).status == 400
        page = browser.post("/auth/revoke", client_id="web", token=first)
        assert page.status == 200, "another client's is nothing to it"
        first = refresh(first).json()["refresh_token"]
        assert browser.post("/auth/revoke", client_id="cli", token=first).status == 200
        assert refresh(first).json()["error"] == "invalid_grant"
        assert browser.post("/auth/revoke", client_id="cli", token="unknown").status == 200
        assert browser.post("/auth/revoke", client_id="app", token="unknown").status == 401
        second = client.redeem(client.code(scope="offline_access")).json()["refresh_token"]
        assert platform.operator("PATCH", f"{USERS}/{user}", {"disabled": True})[0] == 200
        assert refresh(second).json()["error"] == "invalid_grant"
        assert platform.operator("PATCH", f"{USERS}/{user}", {"disabled": False})[0] == 200
        second = refresh(second).json()["refresh_token"]
        assert platform.operator("DELETE", f"{USERS}/{user}/sessions")[0] == 200
        assert refresh(second).json()["error"] == "invalid_grant"
        platform.stop()


def keys_rotate_without_a_failed_sign_in():
    with scratch() as folder:
        platform = WithClients(folder)
        _, browser = platform.lena()
        client = Client(browser)
        old = client.redeem(client.code()).json()["access_token"]
        keys = ask(platform.port, "GET", "/.well-known/jwks.json").json()["keys"]
        assert len(keys) == 2, "the one of the host, and the one that signs"
        rotated, failed, going = [], [], threading.Event()

        def keep_signing_in():
            mine = Client(browser)
            while not going.is_set():
                page = mine.redeem(mine.code())
                if page.status != 200 or ask(platform.port, "GET", "/v1/models", page.json()["access_token"]).status != 200:
                    failed.append(page.text)

        threads = [threading.Thread(target=keep_signing_in) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            status, answer = platform.operator("POST", "/srasta/v1/admin/issuer/keys", {})
            assert status == 201
            rotated.append(answer["key"])
        going.set()
        for thread in threads:
            thread.join()
        assert not failed, failed[:1]
        names = [key["kid"] for key in ask(platform.port, "GET", "/.well-known/jwks.json").json()["keys"]]
        assert set(rotated) <= set(names) and len(names) == 5, names
        assert ask(platform.port, "GET", "/v1/models", old).status == 200
        new = client.redeem(client.code()).json()["access_token"]
        head = json.loads(base64.urlsafe_b64decode(new.split(".")[0] + "=="))
        assert head["kid"] == rotated[-1] and head["typ"] == "at+jwt"
        platform.stop()


if __name__ == "__main__":
    main(somebody_is_signed_in_for_a_program,
         scopes_and_resources_only_narrow,
         what_is_not_registered_byte_for_byte_is_answered_by_the_issuer_itself,
         codes_are_bound_and_good_once,
         service_accounts_act_for_themselves,
         grants_end_with_their_owner_and_when_they_are_revoked,
         keys_rotate_without_a_failed_sign_in)
