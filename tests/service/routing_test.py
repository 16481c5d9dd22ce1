"""Which engine a request goes to: weights, load, ejection and return, the bound on retries, the fair queue, fallbacks,
and what leaves the perimeter."""
import http.client
import os
import re
import signal
import threading
import time

from client import ask, chat
from dialect_engines import DialectEngine
from harness import main, scratch, until
from routed import MoodyEngine, Routed

BOTH = ("    general:\n      routes:\n        - { upstream: up1, model: m1 }\n"
        "        - { upstream: up2, model: m1 }\n")
EJECT = "  ejection: { failures: 3, duration: 1s }\n"


class Asker:
    """One request on a thread of its own."""

    def __init__(self, port, token, **members):
        self.reply = None
        self.thread = threading.Thread(target=self.run, args=(port, token, members), daemon=True)
        self.thread.start()

    def run(self, port, token, members):
        self.reply = chat(port, token, **members)

    def done(self):
        self.thread.join(30)
        assert self.reply is not None, "no answer"
        return self.reply


def served_by(reply):
    assert reply.status == 200, (reply.status, reply.code, reply.body)
    return reply.json()["choices"][0]["message"]["content"]


def two():
    return MoodyEngine("up1"), MoodyEngine("up2")


def requests_are_shared_by_weight():
    up1, up2 = two()
    with scratch() as folder:
        platform = Routed(folder, [up1, up2], "    general:\n      routes:\n        - { upstream: up1, model: m1, weight: 3 }\n"
                                              "        - { upstream: up2, model: m1, weight: 1 }\n")
        token = platform.token()
        names = [served_by(chat(platform.port, token)) for _ in range(40)]
        # Each core shares out on its own.
        assert 26 <= names.count("up1") <= 34, names
        platform.stop()


def a_slow_engine_gets_less():
    up1, up2 = two()
    up1.mood = "held"
    with scratch() as folder:
        platform = Routed(folder, [up1, up2], BOTH)
        token = platform.token()
        stuck = [Asker(platform.port, token)]
        until(lambda: len(up1.calls) + len(up2.calls) == 1, "the first request")
        for _ in range(20):
            if not up1.calls:
                stuck.append(Asker(platform.port, token))
                until(lambda: up1.calls or all(one.reply for one in stuck), "a turn of the slow one")
                continue
            assert served_by(chat(platform.port, token)) == "up2"
        assert len(up1.calls) == 1, "one generation was asked for twice"
        up1.release(5)
        assert {served_by(one.done()) for one in stuck} <= {"up1", "up2"}
        platform.stop()


def an_engine_that_fails_at_requests_is_ejected_whatever_its_probes_say():
    up1, up2 = two()
    with scratch() as folder:
        platform = Routed(folder, [up1, up2], BOTH, more=EJECT)
        token = platform.token()
        up1.mood = "500"
        codes = [chat(platform.port, token).code for _ in range(12)]
        assert codes.count("upstream_error") == 3, codes
        assert platform.saw("upstream.state", upstream="up1", reachable=False)["out"] == "error"
        assert platform.engines()["up1"]["state"] in ("ejected", "on_trial")
        assert platform.engines()["up1"]["reachable"], "probes go on well"
        # It stays ejected for as long as requests fail, though its probes succeed.
        until(lambda: chat(platform.port, token) and len(up1.calls) > 4, "a trial")
        up1.mood = "fine"
        until(lambda: served_by_either(platform, token) == "up1", "it is used again")
        platform.saw("upstream.state", upstream="up1", reachable=True)
        assert [chat(platform.port, token).status for _ in range(10)] == [200] * 10
        platform.stop()
        assert platform.verify().returncode == 0


def served_by_either(platform, token):
    reply = chat(platform.port, token)
    return served_by(reply) if reply.status == 200 else None


def one_request_at_a_time_tries_an_ejected_engine():
    up1, up2 = two()
    with scratch() as folder:
        platform = Routed(folder, [up1, up2], BOTH, more=EJECT)
        token = platform.token()
        up1.mood = "closed"
        for _ in range(12):
            chat(platform.port, token)
        up1.mood = "held"
        up1.forget()
        trial = []
        until(lambda: trial.append(Asker(platform.port, token)) or up1.calls, "a trial")
        many = [Asker(platform.port, token) for _ in range(100)]
        assert {served_by(one.done()) for one in many} == {"up2"}
        assert len(up1.calls) == 1, len(up1.calls)
        up1.mood = "fine"
        up1.release()
        assert "up1" in {served_by(one.done()) for one in trial}
        until(lambda: served_by(chat(platform.port, token)) == "up1", "it is used again")
        platform.stop()


def the_only_engine_is_never_ejected():
    up1 = MoodyEngine("up1")
    up1.mood = "500"
    with scratch() as folder:
        platform = Routed(folder, [up1], "    general: { routes: [ { upstream: up1, model: m1 } ] }\n", more=EJECT)
        token = platform.token()
        assert {chat(platform.port, token).code for _ in range(10)} == {"upstream_error"}
        assert len(up1.calls) == 10
        platform.stop()


def engines_in_trouble_do_not_get_more_work_for_it():
    up1, up2 = two()
    up1.mood = up2.mood = "503"
    with scratch() as folder:
        platform = Routed(folder, [up1, up2], BOTH, more="  ejection: { failures: 0 }\n")
        token = platform.token()
        askers = []

        def hundred():
            for _ in range(100):
                askers.append(chat(platform.port, token).code)

        threads = [threading.Thread(target=hundred) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(askers) == {"upstream_overloaded"} and len(askers) == 1000
        asked = len(up1.calls) + len(up2.calls)
        assert 1000 < asked <= 1100, asked
        platform.saw("inference.error", tries=2)
        platform.stop()


def a_request_that_never_reached_an_engine_goes_to_the_next():
    up1, up2 = two()
    with scratch() as folder:
        platform = Routed(folder, [up1, up2], BOTH)
        token = platform.token()
        up1.vanish()
        assert {served_by(chat(platform.port, token)) for _ in range(10)} == {"up2"}
        platform.saw("inference.complete", tries=2, upstream="up2")
        platform.stop()


QUEUED = "    general: { routes: [ { upstream: up1, model: m1 } ] }\n"


def a_queue_is_fair_to_tenants():
    up1 = MoodyEngine("up1")
    up1.mood = "held"
    with scratch() as folder:
        platform = Routed(folder, [up1], QUEUED, options={"up1": ", concurrency: 2, queue: 60"})
        many, one = platform.token_of("u-many", "user"), platform.token_of("u-one", "user", tenant="globex")
        first = [Asker(platform.port, many) for _ in range(42)]
        until(lambda: platform.engines()["up1"]["waiting"] == 40, "the rest waits")
        assert (up1.running, platform.engines()["up1"]["in_hand"]) == (2, 2)
        late = Asker(platform.port, one, user="late")
        until(lambda: platform.engines()["up1"]["waiting"] == 41, "one more waits")
        up1.release(6)
        assert served_by(late.done()) == "up1"
        assert "user" in str(up1.calls[:9]), "it waited behind all others of the other tenant"
        assert up1.most == 2
        up1.release(60)
        assert {served_by(asker.done()) for asker in first} == {"up1"}
        assert platform.engines()["up1"]["in_hand"] == 0
        platform.stop()


def a_queue_is_bounded_in_length_and_time():
    up1 = MoodyEngine("up1")
    up1.mood = "held"
    with scratch() as folder:
        platform = Routed(folder, [up1], QUEUED, options={"up1": ", concurrency: 1, queue: 2"},
                          more="  timeouts: { queue: 1s }\n")
        token = platform.token_of("u-many", "user")
        running = Asker(platform.port, token)
        until(lambda: up1.running == 1, "the engine works")
        waiting = [Asker(platform.port, token) for _ in range(2)]
        until(lambda: platform.engines()["up1"]["waiting"] == 2, "two wait")
        refused = chat(platform.port, token)
        assert (refused.status, refused.code) == (503, "upstream_overloaded") and "retry-after" in refused.fields
        platform.saw("inference.error", reason="queue_full")
        for asker in waiting:
            assert (asker.done().status, asker.reply.code) == (503, "upstream_overloaded")
            assert "retry-after" in asker.reply.fields
        platform.saw("inference.error", reason="queue_timeout")
        assert len(up1.calls) == 1
        page = platform.request("GET", "/metrics", platform.token("operator")).body.decode()
        waits = re.findall(r'^srasta_upstream_wait_seconds_count\{.*upstream="up1".*\} (\d+)$', page, re.M)
        assert waits == ["2"], waits  # neither who found a place at once nor who was not let in
        up1.release()
        assert served_by(running.done()) == "up1"
        platform.stop()
        assert platform.verify().returncode == 0


def a_client_that_leaves_the_queue_leaves_nothing_behind():
    up1 = MoodyEngine("up1")
    up1.mood = "held"
    with scratch() as folder:
        platform = Routed(folder, [up1], QUEUED, options={"up1": ", concurrency: 1"})
        token = platform.token()
        running = Asker(platform.port, token)
        until(lambda: up1.running == 1, "the engine works")
        leaver = http.client.HTTPConnection("127.0.0.1", platform.port)
        leaver.request("POST", "/v1/chat/completions", '{"model":"general","messages":[]}',
                       {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        until(lambda: platform.engines()["up1"]["waiting"] == 1, "it waits")
        leaver.close()
        until(lambda: platform.engines()["up1"]["waiting"] == 0, "it does not wait any more")
        platform.saw("inference.abort", reason="client_gone")
        up1.release()
        assert served_by(running.done()) == "up1"
        assert len(up1.calls) == 1
        until(lambda: platform.engines()["up1"]["in_hand"] == 0, "every place is free")
        platform.stop()


CHAIN = ("    coding: { routes: [ { upstream: up1, model: m1 } ], fallback: [general] }\n"
         "    general: { routes: [ { upstream: up2, model: m1 } ] }\n")
LISTS = ("access:\n  models: { user: [general], developer: [coding, general], operator: [], service: [coding] }\n")


def a_fallback_serves_those_who_may_use_it():
    up1, up2 = two()
    with scratch() as folder:
        platform = Routed(folder, [up1, up2], CHAIN, rules=LISTS)
        dev, user, service = (platform.token_of(f"u-{role}", role) for role in ("developer", "user", "service"))
        assert served_by(chat(platform.port, dev, model="coding")) == "up1"
        up1.vanish()
        assert served_by(chat(platform.port, dev, model="coding")) == "up2"
        platform.saw("inference.complete", upstream="up2", tries=2)
        refused = chat(platform.port, user, model="coding")
        assert (refused.status, refused.code) == (404, "model_not_found")
        platform.saw("authz.deny", reason="model_not_allowed")
        # Who may not use the fallback is not taken there.
        refused = chat(platform.port, service, model="coding")
        assert (refused.status, refused.code) == (503, "no_upstream"), refused.body
        platform.saw("inference.error", reason="exhausted")
        shown = platform.command("models", "route", "coding")
        assert "up1" in shown.stdout and "fallback general" in shown.stdout and "up2" in shown.stdout, shown
        platform.stop()


OUTSIDE = ("    coding: { routes: [ { upstream: up1, model: m1 } ], fallback: [claude-x] }\n"
           "    claude-x: { routes: [ { upstream: cloud, model: m1 } ] }\n")
HOSTED = "access:\n  models: { user: [coding, claude-x], developer: [coding, \"hosted:claude-x\"], operator: [] }\n"


def nothing_leaves_before_somebody_answers_for_it():
    up1, cloud = MoodyEngine("up1"), MoodyEngine("cloud")
    with scratch() as folder:
        platform = Routed(folder, [up1, cloud], OUTSIDE, options={"cloud": ", external: true"}, rules=HOSTED)
        dev, user = platform.token_of("u-dev", "developer"), platform.token_of("u-alice", "user")
        refused = chat(platform.port, dev, model="claude-x")
        assert (refused.status, refused.code) == (503, "no_upstream"), refused.body
        platform.saw("inference.error", reason="egress_unacknowledged")
        # Outside needs a right of its own.
        assert chat(platform.port, user, model="claude-x").code == "model_not_found"
        acknowledged = platform.command("models", "acknowledge-egress", "cloud", "--config", platform.config)
        assert acknowledged.returncode == 0, acknowledged.stderr
        until(lambda: chat(platform.port, dev, model="claude-x").status == 200, "it is asked")
        assert chat(platform.port, user, model="claude-x").code == "model_not_found"
        assert "claude-x" in str(ask(platform.port, "GET", "/v1/models", dev).body)
        assert "claude-x" not in str(ask(platform.port, "GET", "/v1/models", user).body)
        left = platform.saw("inference.egress", upstream="cloud")
        assert left["data"]["destination"] == cloud.url, left
        assert left["data"]["bytes_out"] == cloud.sizes[-1], left
        # What went out is what the engine was sent: of a translated request not what the client sent.
        translated = ask(platform.port, "POST", "/api/generate", dev, {"model": "claude-x", "prompt": "hi",
                                                                       "keep_alive": "5m" * 500, "stream": False})
        assert translated.status == 200, translated.body
        until(lambda: cloud.sizes[-1] in [record["data"]["bytes_out"] for record in
                                          platform.records("--act", "inference.egress")], "it is on record")
        assert cloud.sizes[-1] < 500, cloud.sizes
        said = platform.command("audit", "search", "--json", "--stream", "operator", "--act", "egress.acknowledge")
        assert cloud.url in said.stdout and '"uid:0"' in said.stdout, said
        # A fallback does not lead outside whoever may not go there.
        up1.vanish()
        assert served_by(chat(platform.port, dev, model="coding")) == "cloud"
        cloud.forget()
        refused = chat(platform.port, user, model="coding")
        assert (refused.status, refused.code) == (503, "no_upstream"), refused.body
        platform.saw("inference.error", reason="exhausted")
        assert cloud.calls == []
        revoked = platform.command("models", "revoke-egress", "cloud")
        assert revoked.returncode == 0, revoked.stderr
        until(lambda: chat(platform.port, dev, model="claude-x").code == "no_upstream", "it is not asked any more")
        assert "egress.revoke" in platform.command("audit", "search", "--json", "--stream", "operator").stdout
        platform.stop()


def what_an_engine_outside_was_sent_in_vain_is_on_record():
    cloud = DialectEngine({})  # it knows no path
    cloud.name = "cloud"
    alias = "    claude-x: { routes: [ { upstream: cloud, model: m1 } ] }\n"
    with scratch() as folder:
        platform = Routed(folder, [cloud], alias, options={"cloud": ", external: true, speaks: [messages]"},
                          rules=HOSTED.replace("coding, ", ""))
        dev = platform.token_of("u-dev", "developer")
        assert platform.command("models", "acknowledge-egress", "cloud", "--config", platform.config).returncode == 0
        body = {"model": "claude-x", "messages": [{"role": "user", "content": "hi"}]}
        until(lambda: ask(platform.port, "POST", "/v1/messages/count_tokens", dev, body).status == 200, "it is asked")
        sent = {len(exchange.body) for _, exchange, _ in cloud.calls}
        assert len(sent) == 1 and cloud.asked()[-1] == "/v1/messages/count_tokens", cloud.calls
        platform.saw("inference.egress", upstream="cloud", bytes_out=sent.pop())
        platform.stop()
    cloud.stop()


def an_acknowledgement_is_void_for_another_destination():
    cloud, other = MoodyEngine("cloud"), MoodyEngine("other")
    alias = "    claude-x: { routes: [ { upstream: cloud, model: m1 } ] }\n"
    with scratch() as folder:
        platform = Routed(folder, [cloud], alias, options={"cloud": ", external: true"}, rules=HOSTED.replace("coding, ", ""))
        dev = platform.token_of("u-dev", "developer")
        assert platform.command("models", "acknowledge-egress", "cloud", "--config", platform.config).returncode == 0
        until(lambda: chat(platform.port, dev, model="claude-x").status == 200, "it is asked")
        platform.config.write_text(platform.text.replace(cloud.url, other.url))
        os.kill(platform.process.pid, signal.SIGHUP)
        until(lambda: chat(platform.port, dev, model="claude-x").code == "no_upstream", "it is void")
        assert other.calls == []
        unknown = platform.command("models", "acknowledge-egress", "nobody", "--config", platform.config)
        assert unknown.returncode == 1 and "it has: cloud" in unknown.stderr, unknown
        platform.stop()


def half_of_the_engines_flapping_costs_the_others_nothing():
    engines = [MoodyEngine(f"up{number}") for number in range(1, 5)]
    aliases = "".join(f"    a{engine.name}: {{ routes: [ {{ upstream: {engine.name}, model: m1 }} ] }}\n"
                      for engine in engines)
    with scratch() as folder:
        platform = Routed(folder, engines, aliases, more=EJECT)
        token, end = platform.token(), time.monotonic() + 4
        steady, flapping = [], []

        def keep_asking(model, codes):
            while time.monotonic() < end:
                codes.append(chat(platform.port, token, model=model).status)

        threads = [threading.Thread(target=keep_asking, args=(f"a{engine.name}", steady if number < 2 else flapping))
                   for number, engine in enumerate(engines)]
        for thread in threads:
            thread.start()
        moods = ("closed", "500", "503", "fine")
        for round_ in range(20):
            for engine in engines[2:]:
                engine.mood, engine.lists = moods[round_ % 4], round_ % 2 == 0
            time.sleep(0.15)  # the pace of what happens, not a wait for something
        for thread in threads:
            thread.join()
        assert set(steady) == {200} and len(steady) > 50, (set(steady), len(steady))
        assert 200 in flapping and 502 in flapping, set(flapping)
        platform.stop()
        assert platform.verify().returncode == 0


main(requests_are_shared_by_weight,
     a_slow_engine_gets_less,
     an_engine_that_fails_at_requests_is_ejected_whatever_its_probes_say,
     one_request_at_a_time_tries_an_ejected_engine,
     the_only_engine_is_never_ejected,
     engines_in_trouble_do_not_get_more_work_for_it,
     a_request_that_never_reached_an_engine_goes_to_the_next,
     a_queue_is_fair_to_tenants,
     a_queue_is_bounded_in_length_and_time,
     a_client_that_leaves_the_queue_leaves_nothing_behind,
     a_fallback_serves_those_who_may_use_it,
     nothing_leaves_before_somebody_answers_for_it,
     what_an_engine_outside_was_sent_in_vain_is_on_record,
     an_acknowledgement_is_void_for_another_destination,
     half_of_the_engines_flapping_costs_the_others_nothing)
