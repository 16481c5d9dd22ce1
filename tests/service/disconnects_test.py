"""Clients that leave at any moment, all at once. Afterwards the engine is idle, the gateway holds nothing of them, and
the ledger has one end for every request. `--count 10000` is the full run."""
import argparse
import collections
import os
import random
import threading
import time

from harness import Platform, engine_config, main, scratch, until
from processes import ResourceUse
from raw_client import Cut, RawClient, chat_body, request_head
from streaming_engine import (DONE, LAST_CHUNK, USAGE_EVENT, StreamingEngine, answer_head, chunk, content_event,
                              plain_answer, stream_head)

PHASES = ("accept", "head", "body", "first_byte", "stream", "large", "done", "watch")
WAYS = ("reset", "close", "half_close")
CLIENTS = 100
WARM_UP = 200
LARGE = 5 << 20
PACE = 0.005
EVENT = content_event("hello")
PROMPT = "p" * 20_000


async def engine_answer(exchange):
    """The phase stands in front of the Idempotency-Key, which the gateway passes on."""
    phase = exchange.key.split("-")[0]
    if phase == "first_byte":
        await exchange.forever()
    elif phase == "stream":
        await exchange.send(stream_head())
        while True:
            await exchange.send(*[chunk(EVENT)] * 10)
            await exchange.pause(PACE)
    elif phase == "large":
        await exchange.send(answer_head(framing="length", length=LARGE), b"a" * LARGE)
    elif phase == "done":
        await exchange.send(stream_head(), chunk(EVENT * 3 + USAGE_EVENT + DONE), LAST_CHUNK)
    else:
        await plain_answer(exchange)


def watch_request(token):
    """The records that come, and all that there are."""
    return (f"GET /srasta/v1/audit/stream HTTP/1.1\r\nHost: gw.test\r\nAuthorization: Bearer {token}\r\n"
            "Last-Event-ID: gateway:0\r\n\r\n").encode()


class Storm:
    def __init__(self, folder):
        self.engine = StreamingEngine(engine_answer)
        self.platform = Platform(folder / "data", engine_config(self.engine) + "log: { level: warn }\n")
        self.token = self.platform.token()
        self.auditor = self.platform.token("auditor")
        self.usage = ResourceUse(self.platform.gateway_pid())
        self.lock = threading.Lock()
        self.next = 0
        self.left_in = collections.Counter()
        self.ids = {phase: set() for phase in PHASES}
        self.problems = []

    def run(self, count):
        """`count` more clients, a hundred at a time."""
        last = self.next + count

        def work():
            while (number := self.take(last)) is not None:
                try:
                    self.one(number)
                except (AssertionError, Cut, OSError, ValueError) as problem:
                    self.problems.append(f"client {number} (seed {OPTIONS.seed}): {problem!r}")

        workers = [threading.Thread(target=work) for _ in range(CLIENTS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert not self.problems, f"{len(self.problems)} problems: {self.problems[:5]}"

    def take(self, last):
        with self.lock:
            if self.next >= last:
                return None
            self.next += 1
            return self.next - 1

    def one(self, number):
        dice = random.Random(f"{OPTIONS.seed} {number}")
        phase, way = dice.choice(PHASES), dice.choice(WAYS)
        client = RawClient(self.platform.port, timeout=20)
        try:
            request_id = self.reach(client, phase, f"{phase}-{number}", dice)
            self.leave(client, way)
        finally:
            client.close()
        with self.lock:
            self.left_in[phase] += 1
            if request_id:
                self.ids[phase].add(request_id)

    def reach(self, client, phase, key, dice):
        """Brings a client to the moment at which it leaves; the request's id where an answer began."""
        if phase == "accept":
            return None
        if phase == "watch":
            client.send(watch_request(self.auditor))
            assert client.read_head() == 200, client.body()
            client.at_least(dice.randrange(1, 2_000))
            return None
        body = chat_body(phase in ("stream", "done", "first_byte"), dice.random() < 0.5, user=PROMPT)
        head = request_head(self.token, len(body), key=key)
        if phase == "head":
            client.send(head[:dice.randrange(1, len(head) - 1)])
            return None
        if phase == "body":
            client.send(head + body[:dice.randrange(len(body))])
            return None
        client.send(head + body)
        if phase == "first_byte":
            assert self.engine.arrival(key).wait(20), "the request did not reach the engine"
            return None
        assert client.read_head() == 200, client.body()
        if phase == "stream":
            client.at_least(dice.randrange(1, 20_000))
        elif phase == "large":
            client.file.read(dice.randrange(1, LARGE - 4_000_000))
        else:
            assert client.body().endswith(DONE)
        return client.fields["x-request-id"]

    @staticmethod
    def leave(client, way):
        if way == "half_close":
            client.half_close()
            try:
                while client.file.read1(1 << 18):
                    pass
            except ConnectionError:
                pass
        elif way == "reset":
            client.reset()

    def settled(self):
        """Nothing is left of the clients: descriptors are back, connections kept for the engine apart."""
        return self.usage.descriptors() - self.engine.open

    def at_rest(self):
        """What is open without clients, as the first of each kind left it: the index of the records, say."""
        counts = collections.deque(maxlen=20)
        until(lambda: counts.append(self.settled()) or (len(counts) == 20 and len(set(counts)) == 1), "no change")
        return counts[-1]

    def ledger(self):
        """The acts of each request, in order."""
        acts = collections.defaultdict(list)
        for record in self.platform.records():
            if request_id := record.get("corr", {}).get("rid"):
                acts[request_id].append(record["act"])
        return acts


def check_ends(storm):
    ends = {"inference.complete", "inference.abort", "inference.error"}
    acts = storm.ledger()
    for request_id, of_one in acts.items():
        ended = [act for act in of_one if act in ends]
        refused = [act for act in of_one if act in ("http.reject", "authz.deny", "auth.fail")]
        begun = of_one.count("inference.request")
        assert begun == len(ended) and begun + len(refused) <= 1, f"{request_id}: {of_one}"
    begun = sum("inference.request" in of_one for of_one in acts.values())
    assert begun >= storm.engine.requests, f"{begun} requests recorded, the engine had {storm.engine.requests}"
    aborted = sum("inference.abort" in of_one for of_one in acts.values())
    assert aborted >= storm.left_in["first_byte"] + storm.left_in["stream"], (aborted, storm.left_in)
    for phase, end in (("done", "inference.complete"), ("stream", "inference.abort")):
        others = {request_id: acts[request_id] for request_id in storm.ids[phase] if end not in acts[request_id]}
        assert not others, f"{phase}: {len(others)} of {len(storm.ids[phase])}, as {list(others.items())[:3]}"


def nothing_is_left_of_clients_that_disconnect():
    with scratch() as folder:
        storm = Storm(folder)
        assert storm.platform.chat(storm.token).status == 200
        storm.run(WARM_UP)
        until(lambda: storm.engine.running == 0, "an idle engine", seconds=1)
        baseline, warm = storm.at_rest(), storm.usage.resident()
        began = time.monotonic()
        storm.run(OPTIONS.count)
        left = time.monotonic()
        until(lambda: storm.engine.running == 0, "an idle engine", seconds=1)
        print(f"[{OPTIONS.count} in {left - began:.1f} s, engine idle after {time.monotonic() - left:.3f} s, "
              f"RSS {warm >> 20} -> {storm.usage.resident() >> 20} MiB] ", end="")
        until(lambda: storm.settled() <= baseline, "descriptors as before", seconds=5)
        assert storm.usage.resident() - warm <= storm.usage.allowance(32 << 20), "memory grew with the clients"
        assert storm.platform.chat(storm.token).status == 200
        assert storm.platform.request("GET", "/readyz").status == 200
        assert storm.engine.failures == [], storm.engine.failures
        storm.platform.stop()
        check_ends(storm)  # after the end: until then the last records may be on their way to the log
        assert storm.platform.verify().returncode == 0, storm.platform.verify().stdout
        storm.engine.stop()


parser = argparse.ArgumentParser()
parser.add_argument("--count", type=int, default=1000)
parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
OPTIONS = parser.parse_args()
print(f"--seed {OPTIONS.seed}")
main(nothing_is_left_of_clients_that_disconnect)
