"""Token budgets when a thousand requests race for one, and when the gateway is killed under load: true use <= charged
<= budget, and a kill costs its open lease at most."""
import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import threading
import time

from access_test import Governed
from client import chat
from harness import Engine, main, scratch, until
from limits_test import limits

PROMPT = 10  # tokens of every prompt; its bound is larger


class CountingEngine(Engine):
    """It knows what it used. It keeps to max_tokens, fails a share of the requests before it used anything for them,
    and says of a share of the others nothing about their use."""

    class Handler(Engine.Handler):
        def do_POST(self):
            engine = self.server.engine
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with engine.lock:
                engine.asked += 1
                fails, silent = (engine.dice.random() < share for share in (engine.failing, engine.silent))
                output = engine.dice.randint(1, body["max_tokens"])
                engine.true += 0 if fails else PROMPT + output
            time.sleep(engine.pace)
            if fails:
                self.send_error(500)
                return
            answer = {"choices": [{"message": {"role": "assistant", "content": "hello"}}]}
            if not silent:
                answer["usage"] = {"prompt_tokens": PROMPT, "completion_tokens": output}
            with contextlib.suppress(OSError):
                self.answer(answer)

    class Server(Engine.Server):
        daemon_threads = False  # whoever closes it waits for what it is still counting
        request_queue_size = 512

    def __init__(self, failing=0.0, silent=0.0, pace=0.02, seed=1):
        self.failing, self.silent, self.pace = failing, silent, pace
        self.asked, self.true, self.lock, self.dice = 0, 0, threading.Lock(), random.Random(seed)
        super().__init__()
        self.server.engine = self

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def accounts(folder):
    """Charged and leased tokens by (budget, subject). From a copy: reading must not mend what a kill left."""
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / "data/gateway", copy)
    with contextlib.closing(sqlite3.connect(copy / "gateway.db")) as database:
        return {(rule, subject): (charged, leased) for rule, subject, charged, leased in
                database.execute("SELECT rule, subject, charged, leased FROM budget_account")}


def request_of(token, **members):
    body = json.dumps({"model": "general", "messages": [{"role": "user", "content": "hi"}], **members})
    head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n")
    return (head + body).encode()


async def race(port, requests):
    """Status and code of each, all of them sent up to their last byte before any is complete."""
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in requests]
    for (_, writer), request in zip(streams, requests):
        writer.write(request[:-1])
        await writer.drain()
    for (_, writer), request in zip(streams, requests):
        writer.write(request[-1:])

    async def answer(reader, writer):
        head = (await reader.read()).partition(b"\r\n\r\n")[0].decode().lower().split("\r\n")
        writer.close()
        codes = [line.partition(": ")[2] for line in head if line.startswith("x-srasta-error:")]
        return int(head[0].split()[1]), codes[0] if codes else None

    return await asyncio.gather(*(answer(*stream) for stream in streams))


def charges(platform):
    """Of all generations that have ended: tokens, and whether they are an estimate."""
    found = platform.records("--act", "inference.complete") + platform.records("--act", "inference.error")
    return [(record["data"]["charged"], record["data"]["estimated"]) for record in found]


def a_thousand_requests_race_for_one_budget():
    budget, waves, dice = 100_000, 3, random.Random(7)
    engine = CountingEngine(failing=0.1, silent=0.2)
    with scratch() as folder:
        platform = Governed(folder, engine, limits(
            "budgets:", f"  - {{ name: user-day, per: principal, period: day, tokens: {budget} }}",
            f"  - {{ name: acme-month, per: tenant, period: month, tokens: {2 * budget} }}"))
        token = platform.token_of("u-alice", "user")
        answers = []
        for _ in range(waves):
            requests = [request_of(token, max_tokens=dice.randint(1, 2000)) for _ in range(1000)]
            answers += asyncio.run(race(platform.port, requests))
        kinds = {answer: answers.count(answer) for answer in set(answers)}
        assert set(kinds) == {(200, None), (429, "budget_exhausted"), (502, "upstream_error")}, kinds
        assert kinds[200, None] + kinds[502, "upstream_error"] == engine.asked, (kinds, engine.asked)
        until(lambda: len(charges(platform)) == engine.asked, "the charges")
        charged = sum(tokens for tokens, _ in charges(platform))
        assert engine.true <= charged <= budget, (engine.true, charged)
        # What is left is left to the token: nothing of a thousand reservations was lost or given back twice.
        assert chat(platform.port, token, max_tokens=budget - charged).code == "budget_exhausted"
        if charged + 100 < budget:
            assert chat(platform.port, token, max_tokens=budget - charged - 50).status in (200, 502)
        platform.stop()
        rows = accounts(folder)
        ended = sum(tokens for tokens, _ in charges(platform))
        assert len(rows) == 2 and set(rows.values()) == {(ended, 0)}, (rows, ended)
        assert engine.true <= ended <= budget
        print(f"[{kinds[200, None]} of {len(answers)} served, {engine.true} used, {ended} charged] ", end="")
    engine.close()


def every_charge_is_exact_when_the_engine_reports_it():
    budget = 50_000
    engine = CountingEngine()
    with scratch() as folder:
        platform = Governed(folder, engine, limits(
            f"budgets: [{{ name: user-day, per: principal, period: day, tokens: {budget} }}]"))
        token = platform.token_of("u-alice", "user")
        answers = asyncio.run(race(platform.port, [request_of(token, max_tokens=300)] * 1000))
        assert set(answers) == {(200, None), (429, "budget_exhausted")}, set(answers)
        platform.stop()
        assert not any(estimated for _, estimated in charges(platform))
        assert list(accounts(folder).values()) == [(engine.true, 0)], (accounts(folder), engine.true)
    engine.close()


class Load:
    """Requests of some callers, one after another each, until the gateway is gone."""

    def __init__(self, platform, token, seed, threads=8):
        self.ended = threading.Event()
        self.workers = [threading.Thread(target=self.run, args=(platform.port, token, seed * 100 + number))
                        for number in range(threads)]
        for worker in self.workers:
            worker.start()

    def run(self, port, token, seed):
        dice = random.Random(seed)
        while not self.ended.is_set():
            with contextlib.suppress(OSError, ValueError):
                chat(port, token, max_tokens=dice.randint(1, 500))

    def stop(self):
        self.ended.set()
        for worker in self.workers:
            worker.join()


def kill_gateway(platform):
    """-9, with the supervisor held still: it would start another one, which settles what the killed one left."""
    gateway = platform.gateway_pid()
    platform.process.send_signal(signal.SIGSTOP)
    os.kill(gateway, signal.SIGKILL)
    platform.process.kill()
    platform.process.wait()
    until(lambda: platform.gateway_pid() is None, "the gateway is gone")


def kills_under_load_never_give_tokens_back():
    budget, kills_of_subject, dice = 1_000_000, 40, random.Random(3)
    rules = limits(f"budgets: [{{ name: user-day, per: principal, period: day, tokens: {budget} }}]")
    used, lost = 0, 0
    with scratch() as folder:
        before = {}
        for kill in range(OPTIONS.kills):
            engine = CountingEngine(pace=0.002, seed=kill)
            platform = Governed(folder, engine, rules)
            load = Load(platform, platform.token_of(f"u-{kill // kills_of_subject}", "user"), kill)
            least = dice.randint(1, 20_000)
            until(lambda: engine.true >= least, "some use")
            kill_gateway(platform)
            load.stop()
            engine.close()
            now = accounts(folder)
            marks = {account: charged + leased for account, (charged, leased) in now.items()}
            grown = sum(marks.values()) - sum(before.values())
            leases = sum(leased for account, (_, leased) in now.items() if marks[account] != before.get(account))
            assert all(before.get(account, 0) <= mark <= budget for account, mark in marks.items()), (before, now)
            assert 0 <= grown - engine.true <= leases, (kill, grown, engine.true, now)
            before, used, lost = marks, used + engine.true, lost + grown - engine.true
        # The next start takes what was open for spent, and goes on.
        platform = Governed(folder, CountingEngine(), rules)
        assert chat(platform.port, platform.token_of("u-new", "user"), max_tokens=5).status == 200
        platform.stop()
        after = accounts(folder)
        assert all(after[account] == (mark, 0) for account, mark in before.items()), (before, after)
        print(f"[{OPTIONS.kills} kills, {used} used, {lost} more charged] ", end="")


parser = argparse.ArgumentParser()
parser.add_argument("--kills", type=int, default=4, help="of the gateway under load (4)")
OPTIONS = parser.parse_args()

if __name__ == "__main__":
    main(a_thousand_requests_race_for_one_budget,
         every_charge_is_exact_when_the_engine_reports_it,
         kills_under_load_never_give_tokens_back)
