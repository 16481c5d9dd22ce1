"""Key sets of providers: a flood of unknown keys, rotations and outages cost no caller with a right token anything."""
import argparse
import collections
import http.client
import multiprocessing
import re
import secrets
import socket
import threading
import time

from client import ask
from harness import Platform, main, scratch, until
from key_provider import KeyProvider, base64url

PATH = "/v1/models"
NEIGHBOUR = "127.0.0.2"  # the flood comes from 127.0.0.1
FORGED_MAY_GET = {("401", "token_invalid"), ("503", "keys_refreshing"), ("429", "rate_limited")}
ANSWER = re.compile(rb"HTTP/1\.1 (\d{3})[^\r]*\r\n(?:(?!\r\n)[^\r]*\r\n)*?x-srasta-error: (\w+)\r\n", re.I)
IN_FLIGHT = 32


class Trusting(Platform):
    """A platform that accepts tokens of these providers."""

    def __init__(self, folder, *providers):
        issuers = "".join(provider.config() for provider in providers)
        super().__init__(folder / "data", "tenants: [acme]\ninference: { detect: false }\n"
                         f"identity:\n  issuers:\n{issuers}")
        for provider in providers:
            until(lambda: self.asks(provider.token("u-first")) == (200, None), f"the keys of {provider.name}")

    def asks(self, token):
        answer = ask(self.port, "GET", PATH, token)
        return answer.status, answer.code


class Caller(threading.Thread):
    """Asks one thing after another with the token of the moment, on a connection that it keeps, and notes what is not
    200. Every `renew`-th request is on a new connection."""

    def __init__(self, port, token, source="127.0.0.1", pause=0.005, renew=20):
        super().__init__(daemon=True)
        self.port, self.token, self.source, self.pause, self.renew = port, token, source, pause, renew
        self.ended, self.times, self.refused = threading.Event(), [], collections.Counter()
        self.start()

    def run(self):
        connection = None
        while not self.ended.wait(self.pause):
            if connection is None or len(self.times) % self.renew == 0:
                connection and connection.close()
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20,
                                                        source_address=(self.source, 0))
            began = time.monotonic()
            connection.request("GET", PATH, headers={"Authorization": f"Bearer {self.token}"})
            answer = connection.getresponse()
            answer.read()
            self.times.append(time.monotonic() - began)
            if answer.status != 200:
                self.refused[answer.status, answer.getheader("x-srasta-error")] += 1

    def stop(self):
        self.ended.set()
        self.join()
        return self.times


def slowest_hundredth(times):
    return sorted(times)[len(times) * 99 // 100]


def flood(port, token, seconds, results):
    """One connection after another, each with many requests in flight, and a new random kid in each request."""
    rest = token.partition(".")[2]
    counts, deadline = collections.Counter(), time.monotonic() + seconds
    while time.monotonic() < deadline:
        requests = ""
        for _ in range(IN_FLIGHT):
            head = base64url(f'{{"alg":"ES256","kid":"{secrets.token_hex(16)}"}}'.encode())
            requests += f"GET {PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {head}.{rest}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port), 20) as connection:
            connection.sendall(requests.encode())
            connection.shutdown(socket.SHUT_WR)
            data = b""
            while block := connection.recv(1 << 20):
                data += block
        answers = ANSWER.findall(data)
        assert len(answers) == IN_FLIGHT, data[-500:]
        counts.update((status.decode(), code.decode()) for status, code in answers)
    results.put(counts)


def most_within(moments, seconds):
    return max((sum(start <= moment < start + seconds for moment in moments) for start in moments), default=0)


def a_flood_of_unknown_keys_harms_nobody():
    with scratch() as folder:
        flooded, other = KeyProvider(folder, "a"), KeyProvider(folder, "b")
        platform = Trusting(folder, flooded, other)
        quiet = Caller(platform.port, flooded.token("u-quiet"), NEIGHBOUR)
        until(lambda: len(quiet.times) >= 200, "times without a flood")
        before = slowest_hundredth(quiet.stop())

        began, results = time.monotonic(), multiprocessing.Queue()
        forged = flooded.forged("x")
        attackers = [multiprocessing.Process(target=flood, args=(platform.port, forged, OPTIONS.seconds, results))
                     for _ in range(OPTIONS.attackers)]
        callers = [Caller(platform.port, provider.token(f"u-{provider.name}-{source}"), source)
                   for provider in (flooded, other) for source in (NEIGHBOUR, "127.0.0.1")]
        until(lambda: all(len(caller.times) >= 60 for caller in callers), "tokens are known on every core")
        for attacker in attackers:
            attacker.start()
        fresh = 0
        while time.monotonic() < began + OPTIONS.seconds:
            # Tokens that nobody has seen before, from an address that floods nobody.
            late = Caller(platform.port, flooded.token(f"u-late-{fresh}"), NEIGHBOUR, renew=1)
            until(lambda: len(late.times) >= 3, "a late caller")
            callers.append(late)
            late.ended.set()
            fresh += 1
        counts = sum((results.get() for _ in attackers), collections.Counter())
        times = [moment for caller in callers for moment in caller.stop()]

        assert set(counts) <= FORGED_MAY_GET, counts
        assert sum(counts.values()) > OPTIONS.rate * OPTIONS.seconds, counts
        refused = sum((caller.refused for caller in callers), collections.Counter())
        assert not refused, f"callers with right tokens got {dict(refused)}"
        # They are counted where they arrive, which is a little later at some times than at others.
        moments = [round(moment - began, 2) for moment in flooded.key_fetches() if moment >= began]
        asked = most_within(moments, 9.5)
        assert 1 <= asked <= 2, f"fetches of keys at {moments} s"
        assert not [moment for moment in other.key_fetches() if moment >= began], "the other provider was asked"
        platform.stop()
        print(f"[{sum(counts.values())} forged, {sum(counts.values()) / OPTIONS.seconds:.0f} a second: {dict(counts)}; "
              f"{len(times)} right, by {fresh} new callers; p99 {before * 1e3:.1f} ms before, "
              f"{slowest_hundredth(times) * 1e3:.1f} ms during; fetches at {moments} s] ", end="")


def an_announced_rotation_loses_no_request():
    with scratch() as folder:
        provider = KeyProvider(folder, "a")
        platform = Trusting(folder, provider)
        callers = [Caller(platform.port, provider.token(f"u-{number}")) for number in range(4)]

        def all_have_asked():
            seen = [len(caller.times) for caller in callers]
            until(lambda: all(len(caller.times) > count + 50 for caller, count in zip(callers, seen)), "requests")

        all_have_asked()
        old, new = provider.published[0], provider.new_key()
        provider.published = [old, new]
        all_have_asked()
        fresh = [provider.token(f"u-{number}", new) for number in range(4)]
        for caller, token in zip(callers, fresh):
            caller.token = token
        all_have_asked()
        provider.published = [new]
        all_have_asked()
        times = [moment for caller in callers for moment in caller.stop()]
        refused = sum((caller.refused for caller in callers), collections.Counter())
        assert not refused, f"{dict(refused)} of {len(times)}"
        assert len(provider.key_fetches()) <= 3, provider.fetches
        platform.stop()
        print(f"[{len(times)} requests, {len(provider.key_fetches())} fetches] ", end="")


def with_body(body, status="200 OK", fields="Content-Type: application/json\r\n", length=None):
    size = len(body) if length is None else length
    return (f"HTTP/1.1 {status}\r\n{fields}Content-Length: {size}\r\nConnection: close\r\n\r\n").encode() + body


def wrong_answers(good):
    """By name, what takes the place of a key set; None: nothing listens any more."""
    page = b"<html><body>Please log in</body></html>"
    return {
        "down": None,
        "error": with_body(b'{"error":"internal"}', "500 Internal Server Error"),
        "error_with_keys": with_body(good, "500 Internal Server Error"),
        "html": with_body(page, fields="Content-Type: text/html\r\n"),
        "garbage": with_body(bytes(range(256))),
        "nothing": with_body(b""),
        "no_content": b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
        "not_modified": b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n",
        "null_keys": with_body(b'{"keys":null}'),
        "no_keys": with_body(b'{"keys":[]}'),
        "empty": with_body(b"{}"),
        "text": with_body(b'"x"'),
        "null": with_body(b"null"),
        "cut": with_body(good[:len(good) // 2], length=len(good)),
        "compressed": with_body(b"\x1f\x8b\x08\0" + good, fields="Content-Encoding: gzip\r\n"),
        "huge": with_body(b'{"keys":[],"a":"' + b"a" * (1 << 20) + b'"}'),
        "elsewhere": with_body(b"", "302 Found", "Location: http://127.0.0.3:9/keys\r\n"),
    }


def a_wrong_answer_never_replaces_a_good_set():
    with scratch() as folder:
        names = list(wrong_answers(b""))
        providers = [KeyProvider(folder, name) for name in names]
        healthy = KeyProvider(folder, "healthy")
        platform = Trusting(folder, *providers, healthy)
        known = {provider.name: provider.token("u-known") for provider in providers}
        assert {platform.asks(token) for token in known.values()} == {(200, None)}
        steady = Caller(platform.port, healthy.token("u-steady"))
        for provider in providers:
            provider.wrong_answer = wrong_answers(provider.document())[provider.name]
            provider.wrong_answer is None and provider.stop()
        for attempt in range(2):
            for provider in providers:
                before = len(provider.key_fetches())
                answer = platform.asks(provider.forged(f"x{attempt}"))
                assert (str(answer[0]), answer[1]) in FORGED_MAY_GET, (provider.name, answer)
                if provider.wrong_answer:
                    until(lambda: len(provider.key_fetches()) > before, f"{provider.name} was asked for its keys")
        for provider in providers:
            for token in (known[provider.name], provider.token("u-fresh")):
                assert platform.asks(token) == (200, None), provider.name
            assert platform.asks(provider.forged(provider.published[0].kid)) == (401, "token_invalid"), provider.name
        steady.stop()
        assert len(steady.times) > 50 and not steady.refused, steady.refused
        for name in names:
            url = next(provider.url for provider in providers if provider.name == name)
            assert re.search(f"issuer keys not fetched.*{url}", platform.log.read_text()), name
        platform.stop()
        print(f"[{len(names)} wrong answers] ", end="")


def a_provider_that_was_never_there_harms_no_other():
    with scratch() as folder:
        absent, present = KeyProvider(folder, "absent"), KeyProvider(folder, "present")
        absent.stop()
        platform = Platform(folder / "data", "tenants: [acme]\ninference: { detect: false }\n"
                            f"identity:\n  issuers:\n{absent.config()}{present.config()}")
        until(lambda: ask(platform.port, "GET", PATH, present.token("u-1")).status == 200, "the keys of the other one")
        caller = Caller(platform.port, present.token("u-1"))
        for _ in range(10):
            refused = ask(platform.port, "GET", PATH, absent.token("u-1"))
            assert (refused.status, refused.code) == (503, "identity_unavailable"), refused.body
            assert int(refused.fields["retry-after"]) >= 1
        absent.start()
        until(lambda: ask(platform.port, "GET", PATH, absent.token("u-1")).status == 200, "its keys, once it is there")
        caller.stop()
        assert caller.times and not caller.refused, caller.refused
        platform.stop()


def keys_come_over_a_socket():
    with scratch() as folder:
        provider, other = KeyProvider(folder, "socketed", unix=True), KeyProvider(folder, "other")
        platform = Trusting(folder, provider, other)
        assert provider.hosts == {"socketed.invalid"}, provider.hosts
        assert platform.asks(provider.forged("x")) == (401, "token_invalid")
        # A key that nobody has heard of yet costs one fetch, on the socket again.
        provider.published.append(provider.new_key())
        assert platform.asks(provider.token("u-2")) == (200, None)
        provider.stop()
        provider.socket.unlink()
        assert platform.asks(provider.token("u-3")) == (200, None)
        # Nobody there: the URL leads nowhere either, and nobody else may answer for it.
        platform.stop()
        config = platform.config.read_text()
        platform = Platform(folder / "data", config)
        until(lambda: ask(platform.port, "GET", PATH, other.token("u-1")).status == 200, "the keys of the other one")
        answer = ask(platform.port, "GET", PATH, provider.token("u-4"))
        assert (answer.status, answer.code) == (503, "identity_unavailable"), answer.body
        platform.stop()


parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=float, default=5, help="of the flood (5)")
parser.add_argument("--rate", type=float, default=100, help="forged tokens a second that must at least be sent (100)")
parser.add_argument("--attackers", type=int, default=2, help="processes that send them (2)")
OPTIONS = parser.parse_args()

if __name__ == "__main__":
    main(a_flood_of_unknown_keys_harms_nobody,
         an_announced_rotation_loses_no_request,
         a_wrong_answer_never_replaces_a_good_set,
         a_provider_that_was_never_there_harms_no_other,
         keys_come_over_a_socket)
