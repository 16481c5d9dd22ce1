"""Engines and clients that break, stall, lie or crawl. A gate stands between the gateway and the engine."""
import contextlib
import json
import threading
import time

from gate import Gate, Plan, Way, wrong_length
from harness import Platform, main, scratch, until
from processes import ResourceUse
from raw_client import Cut, RawClient, chat_body, chat_request
from streaming_engine import (DONE, LAST_CHUNK, PLAIN, StreamingEngine, answer_head, chunk, content_event,
                              plain_answer, stream_head)

EVENT = content_event("hello")
EVENTS = EVENT * 20 + DONE
STREAM = chat_body(stream=True, asks_usage=True)
HEAD = len(stream_head())
STALLED = 24
ASKED = 5000
FIRST_CHUNK = HEAD + len(chunk(EVENT))
LIMITS = ("inference:\n  detect: false\n  timeouts: {{ first_byte: 2s, idle: 1s }}\n  upstreams:\n"
          '    - {{ name: up1, kind: openai, url: "{url}" }}\n'
          "limits: {{ write_idle: 5s }}\ndrain: 2s\nlog: {{ level: warn }}\n")


async def stream_answer(exchange):
    await exchange.send(stream_head(), chunk(EVENT))
    await exchange.send(*[chunk(EVENT)] * 19, chunk(DONE), LAST_CHUNK)


async def any_answer(exchange):
    await (stream_answer if b'"stream": true' in exchange.body else plain_answer)(exchange)


class Rig:
    """platform - gate - engine"""

    def __init__(self, folder, answer=any_answer):
        self.engine = StreamingEngine(answer)
        self.gate = Gate(self.engine.port)
        self.platform = Platform(folder / "data", LIMITS.format(url=self.gate.url))
        self.token = self.platform.token()
        self.usage = ResourceUse(self.platform.gateway_pid())

    def client(self, body=STREAM, key=None, **options):
        client = RawClient(self.platform.port, **options)
        client.send(chat_request(self.token, body, key=key))
        return client

    def ask(self, body=STREAM):
        """status, code, body, whether it was whole"""
        with self.client(body) as client:
            try:
                client.read_head()
            except (Cut, ConnectionError):
                return 0, None, b"", False
            got = b""
            try:
                for block in client.blocks():
                    got += block
            except (Cut, ConnectionError):
                return client.status, client.code(), got + client.file.read(), False
            return client.status, client.code(), got, True

    def healthy(self):
        """The gateway uses the engine again, and nothing of what went before is left."""
        self.gate.use(Plan())
        until(lambda: self.ask(chat_body())[2] == PLAIN, "a whole answer")
        until(lambda: self.engine.running == 0, "an idle engine", seconds=2)

    def end(self):
        self.healthy()
        assert self.engine.failures == [], self.engine.failures
        self.platform.stop()
        verdict = self.platform.verify()
        assert verdict.returncode == 0, verdict.stdout
        self.gate.stop()
        self.engine.stop()


def seconds_of_health(platform):
    """New connections are spread over the gateway's cores."""
    began = time.monotonic()
    with contextlib.suppress(TimeoutError):
        assert platform.request("GET", "/healthz").status == 200
    return time.monotonic() - began


@contextlib.contextmanager
def rig(answer=any_answer):
    with scratch() as folder:
        one = Rig(folder, answer)
        yield one
        one.end()


def error_event(text):
    """The code of the error event at the end of a broken stream."""
    last = text.rstrip(b"\n").rsplit(b"\n", 1)[-1]
    assert last.startswith(b"data: "), text[-300:]
    return json.loads(last[6:])["error"]["code"]


def a_stream_cut_by_the_engine_ends_with_one_error_event():
    with rig() as one:
        cuts = {"behind the first event": FIRST_CHUNK, "inside an event": FIRST_CHUNK + 20,
                "inside a chunk's size": FIRST_CHUNK + 1}
        for how in ("reset", "close", "half"):
            for name, at in cuts.items():
                one.gate.use(Plan(to_client=Way(cut_after=at, how=how)))
                status, _, got, whole = one.ask()
                case = f"{name}, {how}: {status} {got!r}"
                assert status == 200 and whole, case
                assert error_event(got) == "upstream_died" and got.count(b'"error"') == 1, case
                assert DONE not in got and got.startswith(EVENT[:10]), case
                one.healthy()


def an_answer_cut_before_its_body_is_an_error_and_inside_it_is_cut():
    head = len(answer_head(framing="length", length=len(PLAIN)))
    with rig() as one:
        for how in ("reset", "close", "half"):
            one.gate.use(Plan(to_server=Way(cut_after=50, how=how)))
            status, code, got, _ = one.ask(chat_body())
            assert status in (502, 504), ("in the request", how, status, code, got)
            for at in (1, 8, 12, head - 1):
                one.gate.use(Plan(to_client=Way(cut_after=at, how=how)))
                status, code, got, _ = one.ask(chat_body())
                assert (status, code) in ((502, "upstream_error"), (502, "upstream_bad_response")), \
                    (how, at, status, code, got)
            one.gate.use(Plan(to_client=Way(cut_after=head + 10, how=how)))
            status, code, got, whole = one.ask(chat_body())
            assert (status == 200 and not whole and got == PLAIN[:10]) or status == 502, (how, status, code, got)
            one.healthy()


def an_engine_that_stalls_is_given_up():
    with rig() as one:
        one.gate.use(Plan(to_client=Way(stall_after=10)))
        status, code, _, _ = one.ask()
        assert (status, code) == (504, "upstream_timeout"), (status, code)
        one.healthy()
        one.gate.use(Plan(to_client=Way(stall_after=FIRST_CHUNK + 20)))
        status, _, got, whole = one.ask()
        assert status == 200 and whole and error_event(got) == "upstream_timeout", (status, got)
        # Half an event was relayed: the error stands on a line of its own.
        assert b"\n\ndata: {\"error\"" in got[len(EVENT):], got
        one.healthy()


def an_upload_that_takes_long_leaves_the_engine_its_time():
    """The engine takes the body for longer than it may take to answer, which counts from the request's end."""
    with rig(plain_answer) as one:
        one.gate.use(Plan(to_server=Way(block=1 << 18, pause=1 / 32)))
        status, code, got, _ = one.ask(chat_body(padding="p" * (30 << 20)))
        assert (status, got) == (200, PLAIN), (status, code)


def endless_headers_cost_no_memory():
    with rig() as one:
        before = one.usage.resident()
        for line in (b"X-Header: value\r\n", b"X-Long: " + b"a" * 60_000):
            one.gate.use(Plan(to_client=Way(endless=b"HTTP/1.1 200 OK\r\n" + line * 10)))
            for _ in range(10):
                status, code, got, _ = one.ask()
                assert (status, code) == (502, "upstream_bad_response"), (status, code, got)
        assert one.usage.resident() - before <= one.usage.allowance(8 << 20), "memory grew with the headers"
        one.healthy()


def endless_interim_answers_do_not_hold_up_others():
    """Each of them is followed by the next, so that there is always something to read."""
    with rig() as one:
        gateway = one.platform.gateway_pid()
        one.gate.use(Plan(to_client=Way(endless=b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)))
        outcomes = []
        asking = threading.Thread(target=lambda: outcomes.append(one.ask()))
        asking.start()
        until(lambda: one.gate.to_client_bytes > 10 << 20 or outcomes, "interim answers to flow")
        slowest = max(seconds_of_health(one.platform) for _ in range(20))
        asking.join(timeout=30)
        assert slowest < 2, f"/healthz took {slowest:.1f} s next to them"
        assert outcomes and outcomes[0][:2] in ((502, "upstream_bad_response"), (504, "upstream_timeout")), outcomes
        assert one.platform.gateway_pid() == gateway, "the gateway was replaced"
        one.healthy()


def single_bytes_arrive_whole():
    with rig() as one:
        one.gate.use(Plan(to_server=Way(step=1), to_client=Way(step=1)))
        assert one.ask() == (200, None, EVENTS, True)
        assert one.ask(chat_body()) == (200, None, PLAIN, True)


def garbage_is_never_relayed_as_an_answer():
    with rig() as one:
        for garbage in (b"\x16\x03\x01\x02\x00", b"SSH-2.0-OpenSSH_9.2\r\n", bytes(range(256)) * 4, b"<html></html>\n"):
            one.gate.use(Plan(to_client=Way(before=garbage, cut_after=50, how="close")))
            status, code, got, _ = one.ask()
            assert (status, code) == (502, "upstream_bad_response"), (garbage[:20], status, code, got)
        for garbage in (b"zz\r\n", b"\r\n\r\n", b"FFFFFFFFFFFFFFFFF\r\n", b"-1\r\n", b"\x00"):
            one.gate.use(Plan(to_client=Way(inject_at=FIRST_CHUNK, inject=garbage)))
            status, _, got, whole = one.ask()
            assert status == 200 and whole and error_event(got) == "upstream_died", (garbage, status, got)
            assert got.startswith(EVENT), got
        one.healthy()


def a_wrong_length_is_noticed_both_ways():
    with rig() as one:
        one.gate.use(Plan(to_client=Way(edit_head=wrong_length(10))))
        status, _, got, whole = one.ask(chat_body())
        assert not whole or status >= 500, f"a short answer looks whole: {status} {got!r}"
        one.healthy()
        one.gate.use(Plan(to_client=Way(edit_head=wrong_length(-10))))
        assert one.ask(chat_body()) == (200, None, PLAIN[:-10], True)
        # The ten bytes too many must not become the start of another answer.
        one.healthy()
        for _ in range(10):
            assert one.ask(chat_body()) == (200, None, PLAIN, True)


def an_engine_that_restarts_under_load_costs_only_what_was_in_flight():
    with rig() as one:
        outcomes, stopping = [], threading.Event()

        def load():
            while not stopping.is_set():
                outcomes.append(one.ask(chat_body()))

        workers = [threading.Thread(target=load) for _ in range(4)]
        for worker in workers:
            worker.start()
        until(lambda: len(outcomes) > 100, "load")
        port = one.engine.port
        one.engine.stop()
        stopped_at = len(outcomes)
        until(lambda: len(outcomes) > stopped_at + 20, "requests without an engine")
        one.engine = StreamingEngine(any_answer, port)
        until(lambda: outcomes[-1][0] == 200, "the engine to be used again")
        back_at = len(outcomes) + len(workers)
        until(lambda: len(outcomes) > back_at + 200, "more load")
        stopping.set()
        for worker in workers:
            worker.join()
        assert all(whole for *_, whole in outcomes), "an answer was cut"
        codes = {code for status, code, *_ in outcomes if status != 200}
        assert codes <= {"upstream_error", "upstream_unreachable", "no_upstream", "upstream_overloaded"}, codes
        late = [outcome for outcome in outcomes[back_at:] if outcome[0] != 200]
        assert not late, f"{len(late)} errors with the engine back: {late[:3]}"


async def flood(exchange):
    """100 MiB as fast as the gateway takes them."""
    await exchange.send(stream_head())
    block = chunk(EVENT * 500)
    for _ in range((100 << 20) // len(block)):
        await exchange.send(block)
    await exchange.send(chunk(DONE), LAST_CHUNK)


async def torrent(exchange):
    """1 GiB in a few writes, so that there is always something to read."""
    await exchange.send(stream_head("close"))
    block = EVENT * ((8 << 20) // len(EVENT))
    for _ in range(128):
        await exchange.send(block)
    await exchange.send(DONE)
    exchange.finish()


async def by_key(exchange):
    await {"flood": flood, "torrent": torrent}.get(exchange.key, any_answer)(exchange)


def clients_that_do_not_read_are_cut_and_cost_little_memory():
    with rig(by_key) as one:
        before = one.usage.resident()
        clients = [one.client(key="flood", receive_buffer=4096) for _ in range(STALLED)]
        for client in clients:
            assert client.read_head() == 200
        until(lambda: one.engine.running == STALLED, "the streams")
        for _ in range(20):
            assert one.ask() == (200, None, EVENTS, True), "another stream suffered"
        grown = one.usage.resident() - before
        print(f"[{grown // STALLED >> 10} KiB for each] ", end="")
        assert grown <= one.usage.allowance(STALLED * (96 << 10)), f"{grown >> 10} KiB for {STALLED} streams"
        until(lambda: one.engine.running == 0, "write_idle to cut them and the engine to be let go", seconds=20)
        for client in clients:
            with contextlib.suppress(Cut, ConnectionError):
                assert DONE not in client.body(), "a stalled stream looks whole"
            client.close()
        ends = [record["data"]["reason"] for record in one.platform.records("--act", "inference.abort")]
        assert ends == ["client_stalled"] * STALLED, ends


def a_slow_reader_gets_everything():
    with rig(by_key) as one:
        client = one.client(key="flood", receive_buffer=65536)
        assert client.read_head() == 200
        before = one.usage.resident()
        size, last = 0, b""
        for number, block in enumerate(client.blocks()):
            size, last = size + len(block), block
            if number % 1000 == 0:
                assert one.ask() == (200, None, EVENTS, True), "another stream suffered"
                assert one.usage.resident() - before <= one.usage.allowance(4 << 20), "the stream is piled up"
        assert last.endswith(DONE) and size > 99 << 20, size
        client.close()


def a_fast_stream_does_not_hold_up_others():
    with rig(by_key) as one:
        client = one.client(key="torrent")
        began, ended = threading.Event(), threading.Event()

        def drink():
            room = memoryview(bytearray(4 << 20))
            try:
                while client.socket.recv_into(room):
                    began.set()
            finally:
                ended.set()

        threading.Thread(target=drink, daemon=True).start()
        assert began.wait(20), "no stream"
        times = []
        while not ended.is_set() and len(times) < ASKED and max(times, default=0) < 2:
            times.append(seconds_of_health(one.platform))
        client.close()
        assert len(times) > 20 and max(times) < 2, f"/healthz took {max(times):.1f} s next to it, {len(times)} asked"


main(a_stream_cut_by_the_engine_ends_with_one_error_event,
     an_answer_cut_before_its_body_is_an_error_and_inside_it_is_cut,
     an_engine_that_stalls_is_given_up,
     an_upload_that_takes_long_leaves_the_engine_its_time,
     endless_headers_cost_no_memory,
     single_bytes_arrive_whole,
     garbage_is_never_relayed_as_an_answer,
     a_wrong_length_is_noticed_both_ways,
     an_engine_that_restarts_under_load_costs_only_what_was_in_flight,
     clients_that_do_not_read_are_cut_and_cost_little_memory,
     a_slow_reader_gets_everything,
     endless_interim_answers_do_not_hold_up_others,
     a_fast_stream_does_not_hold_up_others)
