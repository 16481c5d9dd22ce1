"""The sign-in: the first owner's link, invitations, passwords, one-time codes, sessions, and what administrators do about
them. Programs that sign somebody in have a test of their own (oauth_test.py)."""
import re
import threading
import time

from administered import Administered, USERS
from browser import Browser, one_time_code
from client import ask
from harness import main, scratch, until

PASSWORD = "correct-horse-9"


class SignedInAt(Administered):
    """A platform without an engine, its owner made by the link of its first start."""

    def __init__(self, folder, rules="tenants: [default, acme]\n"):
        super().__init__(folder, None, rules)
        assert "no owner yet" in self.process.stdout.readline()
        self.link = self.process.stdout.readline().strip()

    def setup(self, link=None):
        return (link or self.link).split(str(self.port), 1)[1]

    def become_owner(self, name="olga"):
        page = Browser(self.port).post(self.setup(), user=name, password=PASSWORD, again=PASSWORD)
        assert page.status == 200 and "You are the owner" in page.text, page.text

    def invited(self, name, *roles, password=PASSWORD):
        user = self.add(name, *roles)
        status, answer = self.operator("POST", f"{USERS}/{user}/invite", {})
        assert status == 201, answer
        page = Browser(self.port).post(answer["path"], password=password, again=password)
        assert page.status == 200, page.text
        return user

    def signed_in(self, name, password=PASSWORD):
        browser = Browser(self.port)
        page = browser.sign_in(name, password)
        assert page.status == 302, (page.status, page.text)
        return browser


def the_first_link_makes_one_owner_and_is_then_used_up():
    with scratch() as folder:
        platform = SignedInAt(folder)
        path = platform.setup()
        assert "The first owner" in Browser(platform.port).get(path).text
        assert Browser(platform.port).ask("HEAD", path).status == 200, "a preview does not use it up"
        changed = path[:-1] + ("A" if path[-1] != "A" else "B")
        for wrong in (changed, path + "/x", "/auth/setup/" + "A" * 43):
            page = Browser(platform.port).get(wrong)
            assert page.status == 404, wrong
        page = Browser(platform.port).post(changed, user="eve", password=PASSWORD, again=PASSWORD)
        assert (page.status, page.code) == (404, "handoff_invalid")
        for name, password in (("olga", "short"), ("olga", "olga-olga-olga-9"), ("a b", PASSWORD)):
            page = Browser(platform.port).post(path, user=name, password=password, again=password)
            assert page.status == 422, (name, page.status)
        assert Browser(platform.port).post(path, user="olga", password=PASSWORD, again="other").status == 422
        platform.become_owner()
        again = Browser(platform.port).post(path, user="eve", password=PASSWORD, again=PASSWORD)
        assert (again.status, again.code) == (404, "handoff_invalid")
        users = platform.operator("GET", USERS)[1]["users"]
        assert [(user["name"], user["effective_roles"]) for user in users] == [("olga", ["admin", "owner"])]
        token = platform.token_for("olga")
        assert ask(platform.port, "GET", USERS, token).status == 200
        for user, password in (("admin", "admin"), ("admin", "password"), ("srasta", "srasta"), ("olga", "")):
            assert Browser(platform.port, site=None).sign_in(user, password).status in (401, 429)
        secret = path.rsplit("/", 1)[1]
        assert secret not in platform.log.read_text()
        assert not any(secret.encode() in file.read_bytes() for file in platform.data.rglob("*") if file.is_file())
        platform.stop()
        restarted = Administered(folder, None, "tenants: [default, acme]\n")
        restarted.stop()
        assert "no owner" not in restarted.process.stdout.read()


def a_session_is_what_its_cookie_says_and_no_more():
    with scratch() as folder:
        platform = SignedInAt(folder)
        platform.become_owner()
        browser = Browser(platform.port)
        assert browser.get("/auth/account").location.startswith("/auth/login?return_to=")
        page = browser.sign_in("olga", PASSWORD, return_to="/console/ok")
        assert (page.status, page.location) == (302, "/console/ok")
        cookie = page.cookies[0]
        # Plain http is for loopback alone; over https the name has the prefix and Secure is there.
        assert cookie.startswith("srasta_session=") and "HttpOnly" in cookie and "SameSite=Strict" in cookie
        assert "Path=/" in cookie and "Domain" not in cookie and "Secure" not in cookie
        first = browser.jar["srasta_session"]
        assert len(first) == 43
        for wrong in ("//evil.test", "https://evil.test", "/\\evil.test", "/%09/evil.test", "javascript:1",
                      "/console/../x", "/console/\n"):
            assert Browser(platform.port).sign_in("olga", PASSWORD, return_to=wrong).location == "/console/", wrong
        # A cookie that was there before the sign-in is not the session.
        browser.sign_in("olga", PASSWORD)
        assert browser.jar["srasta_session"] != first
        stale = Browser(platform.port)
        stale.jar["srasta_session"] = first
        assert stale.get("/auth/session").status == 401
        session = browser.get("/auth/session").json()
        assert session["name"] == "olga" and session["tenant"] == "default" and session["roles"] == ["admin", "owner"]
        assert browser.get("/srasta/v1/admin/users").status == 200
        assert browser.get("/v1/models").status == 401, "inference takes no cookie"
        body = {"name": "dev", "tenant": "acme", "roles": ["developer"]}
        other = platform.signed_in("olga")
        for fields in ({}, {"Srasta-CSRF": other.csrf()}):
            page = browser.ask("POST", USERS, body=body, fields=fields)
            assert (page.status, page.code) == (403, "csrf_failed"), fields
        page = browser.ask("POST", USERS + "?Srasta-CSRF=" + session["csrf"], body=body)
        assert (page.status, page.code) == (403, "csrf_failed")
        browser.site = "cross-site"
        page = browser.ask("POST", USERS, body=body, fields={"Srasta-CSRF": session["csrf"]})
        assert (page.status, page.code) == (403, "csrf_failed")
        browser.site = "same-origin"
        page = browser.ask("POST", USERS, body=body, fields={"Srasta-CSRF": session["csrf"]})
        assert page.status == 201, page.text
        page = browser.ask("GET", USERS, fields={"Authorization": f"Bearer {platform.token_for('olga')}"})
        assert (page.status, page.code) == (400, "credentials_conflict")
        assert browser.post("/auth/logout", csrf="x").code == "csrf_failed"
        assert browser.post("/auth/logout", csrf=browser.csrf()).status == 302
        assert not browser.jar and other.get("/srasta/v1/admin/users").status == 200
        other.jar["srasta_session"] = other.jar["srasta_session"][:-1] + "-"
        assert other.get("/srasta/v1/admin/users").code == "session_expired"
        until(lambda: [record["data"]["reason"] for record in platform.told("session.close")] == ["signed_out"], "it ended")
        assert len(platform.told("authz.deny", reason="csrf")) == 1
        denied = [record["data"]["reason"] for record in platform.records("--act", "authz.deny")]
        assert denied.count("csrf") == 4, denied
        platform.stop()


def sessions_end_by_idling_and_by_age():
    with scratch() as folder:
        rules = "tenants: [default, acme]\nidentity: { sign_in: { session_idle: 2s, session_max: 6s } }\n"
        platform = SignedInAt(folder, rules)
        platform.become_owner()
        began = time.monotonic()
        used, polled = platform.signed_in("olga"), platform.signed_in("olga")
        poll = {"Srasta-Background": "1"}

        def polled_out():
            used.get("/srasta/v1/admin/users")
            return polled.get("/srasta/v1/admin/users", fields=poll).status == 401

        until(polled_out, "polling does not keep a session alive", 20)
        assert used.get("/srasta/v1/admin/users").status == 200 or time.monotonic() - began >= 6
        until(lambda: used.get("/srasta/v1/admin/users").code == "session_expired", "it is too old", 20)
        until(lambda: {record["data"]["reason"] for record in platform.told("session.close")} == {"idle", "absolute"},
              "both ends are on record")
        platform.stop()


def passwords_are_guessed_slowly_and_nobody_else_is_locked_out():
    with scratch() as folder:
        platform = SignedInAt(folder)
        platform.become_owner()
        waits = {}

        def guess(name):
            for _ in range(4):
                before = time.monotonic()
                page = Browser(platform.port).sign_in(name, "wrong-wrong-wrong")
                waits.setdefault(name, []).append((page.status, page.code, time.monotonic() - before))

        guessing = [threading.Thread(target=guess, args=(name,)) for name in ("olga", "nobody")]
        for thread in guessing:
            thread.start()
        for thread in guessing:
            thread.join()
        for name, answers in waits.items():
            assert {answer[:2] for answer in answers} == {(401, "login_failed")} and len(answers) == 4, answers
            assert answers[0][2] < answers[1][2] < answers[2][2] < answers[3][2], answers
        for name in ("olga", "nobody"):
            page = Browser(platform.port).sign_in(name, PASSWORD)
            assert (page.status, page.code) == (429, "login_locked"), name
            assert 1 <= int(page.fields["retry-after"]) <= 16
        assert Browser(platform.port).post("/auth/login", user="olga", password="x" * 5000).status == 413
        assert Browser(platform.port).post("/auth/login", user="olga", password="x" * 20000).status == 413
        page = Browser(platform.port, site="cross-site").sign_in("olga", PASSWORD)
        assert (page.status, page.code) == (403, "csrf_failed")
        until(lambda: {record["data"]["reason"] for record in platform.told("login.fail")} ==
              {"locked", "secret", "user_unknown"} and len(platform.told("login.lock")) == 2, "all of it is on record")
        platform.stop()


def invited_people_choose_their_password_and_one_time_codes():
    with scratch() as folder:
        platform = SignedInAt(folder)
        platform.become_owner()
        user = platform.invited("lena", "developer", "user")
        lena = platform.signed_in("lena")
        assert platform.signed_in("acme/lena").get("/auth/session").json()["user"] == user
        page = lena.get("/auth/totp")
        key = re.search(r"<code>([A-Z2-7]+)</code>", page.text)[1]
        sealed = page.hidden("sealed")
        assert lena.post("/auth/totp", csrf=lena.csrf(), sealed=sealed, code="000000").status == 422
        assert lena.post("/auth/totp", csrf="x", sealed=sealed, code=one_time_code(key)).code == "csrf_failed"
        assert lena.post("/auth/totp", csrf=lena.csrf(), sealed=sealed, code=one_time_code(key, -1)).status == 302
        code = one_time_code(key)
        assert Browser(platform.port).sign_in("lena", PASSWORD).status == 401, "without a code"
        browser = Browser(platform.port)
        assert browser.sign_in("lena", PASSWORD, code).status == 302
        assert Browser(platform.port).sign_in("lena", PASSWORD, code).status == 401, "a code is good once"
        database = (platform.data / "admin/admin.db").read_bytes() + (platform.data / "admin/admin.db-wal").read_bytes()
        assert PASSWORD.encode() not in database and b"$argon2id$v=19$m=65536,t=3,p=1$" in database
        other = "another-horse-99"
        page = lena.post("/auth/password", csrf=lena.csrf(), current=PASSWORD, password="short", again="short")
        assert (page.status, page.code) == (422, "unfit_password")
        page = lena.post("/auth/password", csrf=lena.csrf(), current=PASSWORD, password=other, again=other)
        assert page.status == 302, page.text
        assert lena.get("/auth/session").status == 200 and browser.get("/auth/session").status == 401
        status, _ = platform.operator("DELETE", f"{USERS}/{user}/totp")
        assert status == 200
        status, shown = platform.operator("GET", f"{USERS}/{user}/sessions")
        assert status == 200 and [one["method"] for one in shown["sessions"]] == ["password"]
        assert platform.operator("DELETE", f"{USERS}/{user}/sessions")[0] == 200
        assert lena.get("/auth/session").status == 401
        wanted = {("user.invite", "ok"), ("user.password", "ok"), ("user.password", "deny"), ("user.totp", "ok"),
                  ("user.signout", "ok"), ("login.ok", "ok"), ("key.rotate", "ok")}
        until(lambda: wanted <= {(one["act"], one["out"]) for one in platform.records("--stream", "admin")}, "all is told")
        platform.stop()


def many_sign_ins_at_once_cost_nobody_else():
    with scratch() as folder:
        platform = SignedInAt(folder)
        platform.become_owner()
        answers = []

        def sign_in():
            page = Browser(platform.port).sign_in("olga", PASSWORD)
            answers.append((page.status, page.fields.get("retry-after")))

        threads = [threading.Thread(target=sign_in) for _ in range(64)]
        for thread in threads:
            thread.start()
        healthy = 0
        while any(thread.is_alive() for thread in threads):
            assert ask(platform.port, "GET", "/healthz").status == 200
            healthy += 1
        for thread in threads:
            thread.join()
        # What has no room to be hashed is told to come back; nobody waits for all the others.
        assert set(answers) <= {(302, None), (429, "5")} and (302, None) in answers, set(answers)
        assert healthy > 10, healthy
        platform.stop()


def whoever_is_disabled_or_removed_is_out():
    with scratch() as folder:
        platform = SignedInAt(folder)
        platform.become_owner()
        user = platform.invited("lena", "developer", "user")
        lena = platform.signed_in("lena")
        assert lena.get("/srasta/v1/admin/keys").status == 200
        assert platform.operator("PATCH", f"{USERS}/{user}", {"disabled": True})[0] == 200
        assert lena.get("/srasta/v1/admin/keys").status == 401
        assert Browser(platform.port).sign_in("lena", PASSWORD).status == 401
        assert platform.operator("PATCH", f"{USERS}/{user}", {"disabled": False})[0] == 200
        lena = platform.signed_in("lena")
        assert platform.operator("DELETE", f"{USERS}/{user}")[0] == 200
        assert lena.get("/auth/session").status == 401
        nobody = platform.invited("nora")
        assert Browser(platform.port).sign_in("nora", PASSWORD).status == 401, "without a role, nothing to sign in for"
        assert platform.operator("PUT", f"{USERS}/{nobody}/roles", {"roles": ["user"]})[0] == 200
        platform.signed_in("nora")
        # An invitation of a service account, and of somebody out of reach.
        robot = platform.add("robot", "service", kind="service")
        assert platform.operator("POST", f"{USERS}/{robot}/invite", {})[0] == 422
        dev = platform.invited("dora", "developer")
        page = platform.signed_in("dora")
        answer = page.ask("POST", f"{USERS}/{dev}/invite", body={}, fields={"Srasta-CSRF": page.csrf()})
        assert answer.status == 403
        platform.stop()


def pages_forbid_everything_that_they_do_not_need():
    with scratch() as folder:
        platform = SignedInAt(folder)
        platform.become_owner()
        browser = platform.signed_in("olga")
        for path in ("/auth/login", "/auth/account", "/auth/totp", "/auth/logout", "/console/"):
            page = (Browser(platform.port) if path == "/auth/login" else browser).get(path)
            policy = page.fields["content-security-policy"]
            assert page.status == 200 and "unsafe" not in policy and "default-src 'none'" in policy, path
            assert "frame-ancestors 'none'" in policy and page.fields["x-content-type-options"] == "nosniff"
            assert page.fields["cache-control"] == "no-store" and "<script" not in page.text
        page = Browser(platform.port).sign_in('"><img src=x onerror=alert(1)>', "wrong-wrong-wrong")
        assert "<img" not in page.text and "&lt;img" in page.text
        assert Browser(platform.port).get("/auth/style.css").fields["content-type"].startswith("text/css")
        page = browser.ask("POST", "/auth/login", body={"user": "olga"})
        assert page.status == 415
        platform.stop()


def sealed_secrets_need_the_key_of_the_installation():
    with scratch() as folder:
        platform = SignedInAt(folder)
        platform.become_owner()
        platform.stop()
        key = platform.data / "keys/admin.key"
        right = key.read_text()
        key.write_text("0123456789abcdef" * 4)
        broken = Administered.__new__(Administered)
        from harness import Platform
        Platform.__init__(broken, platform.data, "inference: { detect: false }\ntenants: [default, acme]\n", wait=False)
        until(lambda: "keys/admin.key does not open" in broken.log.read_text(), "the wrong key is named")
        broken.process.terminate()
        broken.process.wait()
        key.write_text(right)
        key.chmod(0o644)
        refused = Platform(platform.data, "inference: { detect: false }\n", wait=False)
        assert refused.process.wait(timeout=30) != 0 and "admin.key has mode 0644" in refused.log.read_text()


if __name__ == "__main__":
    main(the_first_link_makes_one_owner_and_is_then_used_up,
         a_session_is_what_its_cookie_says_and_no_more,
         sessions_end_by_idling_and_by_age,
         passwords_are_guessed_slowly_and_nobody_else_is_locked_out,
         invited_people_choose_their_password_and_one_time_codes,
         many_sign_ins_at_once_cost_nobody_else,
         whoever_is_disabled_or_removed_is_out,
         pages_forbid_everything_that_they_do_not_need,
         sealed_secrets_need_the_key_of_the_installation)
