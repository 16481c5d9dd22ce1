"""Limits and budgets of callers: exact across cores and connections, given back where nothing was used, never passed."""
import contextlib
import hashlib
import json
import os
import secrets
import signal
import socket
import threading

from access_test import KEY_ID, TENANTS, Governed
from client import Stream, ask, chat
from harness import Platform, main, scratch, until
from patient_engine import PatientEngine


def limits(*lines):
    return TENANTS + "limits:\n" + "".join(f"  {line}\n" for line in lines)


def at_once(count, call):
    """`call` from `count` threads that start together."""
    answers, barrier = [], threading.Barrier(count)

    def run():
        barrier.wait()
        answers.append(call())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


FIVE = limits("rates:", "  - { name: each, per: principal, roles: [user], class: inference, burst: 5, every: 30s }")


def a_burst_is_counted_down_and_then_refused():
    engine = PatientEngine()
    with scratch() as folder:
        platform = Governed(folder, engine, FIVE)
        token = platform.token_of("u-alice", "user")
        for left in (4, 3, 2, 1, 0):
            answer = chat(platform.port, token)
            assert answer.status == 200
            assert answer.fields["x-ratelimit-limit-requests"] == "5"
            assert answer.fields["x-ratelimit-remaining-requests"] == str(left), answer.fields
            assert answer.fields["x-ratelimit-reset-requests"].endswith("s")
        refused = chat(platform.port, token)
        assert (refused.status, refused.code) == (429, "rate_limited")
        assert 1 <= int(refused.fields["retry-after"]) <= 30
        assert refused.json()["error"]["type"] == "rate_limit_error", refused.body
        platform.saw("limit.hit", reason="principal")
        # Another token of the same caller is the same caller; another class and another caller are not.
        assert chat(platform.port, platform.token_of("u-alice", "user")).status == 429
        for field in ("X-Forwarded-For", "X-Real-IP", "User-Agent", "x-request-id"):
            assert chat(platform.port, token, fields={field: secrets.token_hex(4)}).status == 429
        assert all(ask(platform.port, "GET", "/v1/models", token).status == 200 for _ in range(20))
        assert chat(platform.port, platform.token_of("u-bob", "user")).status == 200
        assert len(engine.calls) == 6
        platform.stop()


def exactly_the_burst_of_many_at_once_is_admitted():
    engine = PatientEngine()
    with scratch() as folder:
        platform = Governed(folder, engine, FIVE)
        token = platform.token_of("u-alice", "user")
        statuses = [answer.status for answer in at_once(100, lambda: chat(platform.port, token))]
        assert (statuses.count(200), statuses.count(429)) == (5, 95), statuses
        platform.stop()


def several_limits_must_all_admit():
    engine = PatientEngine()
    rules = limits("rates:", "  - { name: all, per: tenant, tenants: [acme], burst: 10, every: 1h }",
                   "  - { name: each, per: principal, burst: 8, every: 1h }")
    with scratch() as folder:
        platform = Governed(folder, engine, rules)
        alice, dev = platform.token_of("u-alice", "user"), platform.token_of("u-dev", "user")
        statuses = [chat(platform.port, token).status for token in [alice] * 8 + [dev] * 8]
        assert statuses == [200] * 10 + [429] * 6, statuses
        platform.saw("limit.hit", reason="tenant")
        platform.stop()


def a_limit_per_model_gives_the_others_back():
    engine = PatientEngine()
    rules = limits("rates:", "  - { name: slow, per: model, models: [fast], burst: 1, every: 1h }",
                   "  - { name: each, per: principal, burst: 3, every: 1h }")
    with scratch() as folder:
        platform = Governed(folder, engine, rules)
        token = platform.token_of("u-alice", "user")
        assert [chat(platform.port, token, model).status for model in ("fast", "fast", "fast")] == [200, 429, 429]
        assert [chat(platform.port, token).status for _ in range(3)] == [200, 200, 429]
        platform.stop()


def a_stream_that_ends_makes_room_at_once():
    engine = PatientEngine()
    with scratch() as folder:
        platform = Governed(folder, engine, limits("streams: [{ per: principal, most: 2 }]"))
        token = platform.token_of("u-alice", "user")
        streams = [Stream(platform.port, token, endless=True) for _ in range(2)]
        until(lambda: engine.open == 2, "two streams run")
        third = chat(platform.port, token)
        assert (third.status, third.code) == (429, "concurrency_limited") and "retry-after" in third.fields
        platform.saw("limit.hit", reason="streams")
        streams[0].close()
        until(lambda: chat(platform.port, token).status == 200, "room after one has gone", seconds=5)
        streams[1].close()
        until(lambda: engine.open == 0, "both have ended")
        platform.stop()


DAY = limits("budgets: [{ name: user-day, per: principal, period: day, tokens: 1000 }]")


def what_is_not_used_is_given_back():
    engine = PatientEngine()
    with scratch() as folder:
        platform = Governed(folder, engine, DAY)
        token = platform.token_of("u-alice", "user")
        for count in (1, 2):
            assert chat(platform.port, token, max_tokens=900).status == 200
            # The answer is there before its reservation is given back, and another core takes the next request.
            until(lambda: [record["data"]["charged"] for record in platform.records("--act", "inference.complete")] ==
                  [30] * count, "the charge")
        too_much = chat(platform.port, token, max_tokens=939)
        assert (too_much.status, too_much.code) == (429, "budget_exhausted"), too_much.body
        assert int(too_much.fields["retry-after"]) <= 86400
        platform.saw("budget.hit", reason="user_day")
        assert chat(platform.port, token, max_tokens=800, n=2).code == "budget_exhausted"
        for wrong in (0, -1, 1.5, "900", 1e300, 9223372036854775807):
            refused = chat(platform.port, token, max_tokens=wrong)
            assert (refused.status, refused.code) == (400, "invalid_request"), (wrong, refused.body)
        assert chat(platform.port, token, max_tokens=None).status == 200
        engine.failure = 500
        assert chat(platform.port, token, max_tokens=800).status == 502
        engine.failure = None
        assert chat(platform.port, token, max_tokens=800).status == 200
        # A restart keeps the count: 120 tokens of 1,000 are gone.
        platform.stop()
        platform = Governed(folder, engine, DAY)
        token = platform.token_of("u-alice", "user")
        assert chat(platform.port, token, max_tokens=900).code == "budget_exhausted"
        assert chat(platform.port, token, max_tokens=800).status == 200
        platform.stop()


def an_alias_says_what_a_request_without_a_limit_may_use():
    engine = PatientEngine()
    aliases = "    fast: { default_max_tokens: 70 }\n    coding: { default_max_tokens: 5000 }\n"
    for rules, charge in ((TENANTS, (None, None)), (DAY, (30, False))):
        with scratch() as folder:
            platform = Governed(folder, engine, rules, aliases)
            token = platform.token_of("u-alice", "user")

            def sent(model, **members):
                ends = len(platform.records("--act", "inference.complete"))
                assert chat(platform.port, token, model, **members).status == 200
                # The answer is there before its reservation is given back.
                until(lambda: len(platform.records("--act", "inference.complete")) > ends, "the record of its end")
                return {name: engine.calls[-1].get(name) for name in ("max_tokens", "max_completion_tokens")}

            assert sent("fast") == sent("fast", max_tokens=None) == {"max_tokens": 70, "max_completion_tokens": None}
            assert sent("fast", max_tokens=90) == {"max_tokens": 90, "max_completion_tokens": None}
            assert sent("fast", max_completion_tokens=20) == {"max_tokens": None, "max_completion_tokens": 20}
            # Where a budget has less left, a default is less; without a budget nothing else is added.
            long, none = sent("coding")["max_tokens"], sent("general")["max_tokens"]
            less = 600 < long < 1000 and 600 < none < 1000 if charge[0] else (long, none) == (5000, None)
            assert less, (long, none)
            ends = [record["data"] for record in platform.records("--act", "inference.complete")]
            assert [(end.get("charged"), end.get("estimated")) for end in ends] == [charge] * 6, ends
            platform.stop()


def a_charge_says_whether_the_engine_reported_it():
    engine = PatientEngine(usage=None)
    with scratch() as folder:
        platform = Governed(folder, engine, DAY)
        token = platform.token_of("u-alice", "user")
        assert chat(platform.port, token, max_tokens=100).status == 200
        guessed = platform.saw("inference.complete")["data"]
        assert (guessed["estimated"], guessed["usage_reported"], guessed["output_tokens"]) == (True, False, 0), guessed
        assert guessed["charged"] > 100, "the whole reservation: nothing of a plain answer is seen before its end"
        engine.failure = 500
        assert chat(platform.port, token, max_tokens=100).status == 502
        failed = platform.saw("inference.error")["data"]
        assert (failed["charged"], failed["estimated"]) == (0, False), failed
        platform.stop()


def a_stream_ends_at_its_reservation_with_an_error_event():
    engine = PatientEngine(usage=None, pace=0.0005)
    with scratch() as folder:
        platform = Governed(folder, engine, DAY)
        token = platform.token_of("u-alice", "user")
        stream = Stream(platform.port, token, endless=True)
        assert stream.status == 200
        stream.wait()
        assert stream.last_error() == "budget_exhausted", stream.events()[-1]
        assert "finish_reason\": \"length" not in stream.data.decode()
        sent = engine.calls[0]
        assert 950 <= sent["max_tokens"] < 1000, "what the prompt leaves"
        ended = platform.saw("inference.abort")
        assert (ended["out"], ended["data"]["reason"], ended["data"]["charged"]) == ("deny", "budget_cap", 1000), ended
        until(lambda: engine.cut == 1, "the engine's stream is closed")
        assert chat(platform.port, token, max_tokens=1).code == "budget_exhausted"
        platform.stop()


def a_client_that_leaves_pays_for_what_it_got():
    engine = PatientEngine(usage=None, pace=0.01)
    with scratch() as folder:
        platform = Governed(folder, engine, DAY)
        token = platform.token_of("u-alice", "user")
        stream = Stream(platform.port, token, endless=True, max_tokens=900)
        until(lambda: len(stream.events()) >= 10, "some words")
        stream.close()
        ended = platform.saw("inference.abort")
        words = engine.words
        assert ended["data"]["usage_reported"] is False
        assert 10 * 5 <= ended["data"]["charged"] <= 30 + 5 * (words + 2), (ended["data"], words)
        platform.stop()


def the_tightest_budget_binds():
    engine = PatientEngine()
    secret = secrets.token_urlsafe(32)
    rules = limits("budgets:", "  - { name: acme, per: tenant, period: day, tokens: 1500 }",
                   "  - { name: each, per: principal, period: day, tokens: 1000 }",
                   "  - { name: key, per: key, period: day, tokens: 100 }",
                   "  - { name: coding, per: model, models: [coding], period: month, tokens: 200 }")
    rules += ("access:\n  keys:\n"
              f"    - {{ id: {KEY_ID}, secret_sha256: \"{hashlib.sha256(secret.encode()).hexdigest()}\", subject: k-dev,\n"
              "        tenant: acme, roles: [developer], expires: \"2099-01-01T00:00:00Z\" }\n")
    with scratch() as folder:
        platform = Governed(folder, engine, rules)
        key = f"sk-srasta-{KEY_ID}-{secret}"
        statuses = [chat(platform.port, key, "coding", max_tokens=10).status for _ in range(4)]
        assert statuses == [200, 200, 200, 429], statuses
        platform.saw("budget.hit", reason="key_day")
        token = platform.token_of("u-alice", "user")
        assert chat(platform.port, token, "coding", max_tokens=100).code == "budget_exhausted"
        platform.saw("budget.hit", reason="model_month")
        platform.stop()


def a_reload_changes_limits_and_keeps_counts():
    engine = PatientEngine()
    with scratch() as folder:
        platform = Governed(folder, engine, DAY)
        token = platform.token_of("u-alice", "user")
        for _ in range(10):
            assert chat(platform.port, token, max_tokens=100).status == 200
        platform.config.write_text(platform.config.read_text().replace("tokens: 1000", "tokens: 320"))
        os.kill(platform.gateway_pid(), signal.SIGHUP)
        until(lambda: chat(platform.port, token, max_tokens=100).code == "budget_exhausted", "the smaller budget")
        assert chat(platform.port, token, max_tokens=1).status in (200, 429)
        platform.stop()


def connections_beyond_the_bound_of_a_loop_are_recorded():
    with scratch() as folder:
        platform = Platform(folder / "data", "limits: { connections: 1 }\n")
        with contextlib.ExitStack() as held:
            for _ in range(16):
                held.enter_context(socket.create_connection(("127.0.0.1", platform.port), timeout=20))

            def refused():
                records = [record["data"] for record in platform.records("--act", "limit.hit")]
                return [data for data in records if data["limit"] == "connections"]
            found = until(refused, "a record of the bound")
        assert found[0]["reason"] == "overloaded", found

        def served():
            with contextlib.suppress(OSError):
                return platform.request("GET", "/healthz").status == 200
        until(served, "room again")
        platform.stop()


if __name__ == "__main__":
    main(a_burst_is_counted_down_and_then_refused,
         exactly_the_burst_of_many_at_once_is_admitted,
         several_limits_must_all_admit,
         a_limit_per_model_gives_the_others_back,
         a_stream_that_ends_makes_room_at_once,
         what_is_not_used_is_given_back,
         an_alias_says_what_a_request_without_a_limit_may_use,
         a_charge_says_whether_the_engine_reported_it,
         a_stream_ends_at_its_reservation_with_an_error_event,
         a_client_that_leaves_pays_for_what_it_got,
         the_tightest_budget_binds,
         a_reload_changes_limits_and_keeps_counts,
         connections_beyond_the_bound_of_a_loop_are_recorded)
