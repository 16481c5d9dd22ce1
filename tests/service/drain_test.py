"""The end of a gateway under load: SIGTERM loses nothing that was accepted, a second one hurries, and kill -9 is
survived."""
import collections
import os
import signal
import threading
import time

from harness import Platform, main, scratch, until
from raw_client import Cut, RawClient, chat_body, chat_request, request_head
from streaming_engine import DONE, LAST_CHUNK, PLAIN, StreamingEngine, chunk, content_event, plain_answer, stream_head

STREAM = chat_body(stream=True, asks_usage=True)
FRAMES = [content_event(f"frame {number}") for number in range(40)] + [DONE]
PACE = 0.05
CONNECTORS = 16
BEFORE_THE_SIGNAL = 500
ROUNDS = 8
CLEAN = {"answered", "draining", "refused"}
READY = b"GET /healthz HTTP/1.1\r\nHost: gw.test\r\n\r\n"


class Load:
    """A platform whose engine streams at a steady pace, or for ever."""

    def __init__(self, folder, drain, streams):
        self.engine = StreamingEngine(self.answer)
        self.forever = False
        self.platform = Platform(
            folder / "data", "inference:\n  detect: false\n  upstreams:\n"
            f'    - {{ name: up1, kind: openai, url: "{self.engine.url}" }}\n'
            f"drain: {drain}\nlisten: 127.0.0.1:0\nlog: {{ level: warn }}\n")
        self.token = self.platform.token()
        self.outcomes = collections.Counter()
        self.lock = threading.Lock()
        self.streams = [threading.Thread(target=self.stream) for _ in range(streams)]

    async def answer(self, exchange):
        if b'"stream": true' not in exchange.body:
            await plain_answer(exchange)
            return
        await exchange.send(stream_head())
        while self.forever:
            await exchange.send(chunk(FRAMES[0]))
            await exchange.pause(PACE)
        for frame in FRAMES:
            await exchange.send(chunk(frame))
            await exchange.pause(PACE)
        await exchange.send(LAST_CHUNK)

    def start(self):
        for thread in self.streams:
            thread.start()
        until(lambda: self.engine.running == len(self.streams), "every stream to run")

    def stream(self):
        self.count(self.read_stream())

    def read_stream(self):
        try:
            with RawClient(self.platform.port) as client:
                client.send(chat_request(self.token, STREAM))
                client.read_head()
                return "whole" if client.body() == b"".join(FRAMES) else "different"
        except (Cut, ConnectionError):
            return "cut"

    def count(self, outcome):
        with self.lock:
            self.outcomes[outcome] += 1

    def terminate(self):
        self.platform.process.send_signal(signal.SIGTERM)

    def ended(self):
        for thread in self.streams:
            thread.join(timeout=60)
            assert not thread.is_alive(), "a stream hangs"
        status = self.platform.process.wait(timeout=60)
        assert status == 0, f"exit {status}\n{self.platform.log.read_text()[-2000:]}"
        assert self.platform.gateway_pid() is None, "a process was left behind"
        verdict = self.platform.verify()
        assert verdict.returncode == 0, verdict.stdout
        self.engine.stop()


def knock(load):
    """One connection with one request: how it went."""
    try:
        client = RawClient(load.platform.port, timeout=20)
    except ConnectionError:
        return "refused"
    with client:
        try:
            client.send(chat_request(load.token, chat_body()))
            client.read_head()
            body = client.body()
        except Cut:
            return "closed without an answer"
        except ConnectionError:
            return "reset without an answer"
        except TimeoutError:
            return "hangs"
    if client.status == 200:
        return "answered" if body == PLAIN else "different"
    return client.code()


def connect_at_high_rate(load):
    """How connections went that were attempted around the signal, and how many a second there were before it."""
    outcomes, lock = collections.Counter(), threading.Lock()

    def work():
        refused = 0
        while refused < 3:
            outcome = knock(load)
            refused += outcome == "refused"
            with lock:
                outcomes[outcome] += 1

    workers = [threading.Thread(target=work) for _ in range(CONNECTORS)]
    for worker in workers:
        worker.start()
    began = time.monotonic()
    until(lambda: outcomes["answered"] >= BEFORE_THE_SIGNAL, "answers before the signal")
    rate = outcomes["answered"] / (time.monotonic() - began)
    load.terminate()
    for worker in workers:
        worker.join(timeout=60)
        assert not worker.is_alive(), "the port neither answers nor refuses"
    return outcomes, rate


def streams_finish_and_new_connections_hear_a_clean_no():
    with scratch() as folder:
        load = Load(folder, "30s", streams=100)
        load.start()
        outcomes, _ = connect_at_high_rate(load)
        load.ended()
        assert load.outcomes == {"whole": 100}, load.outcomes
        assert set(outcomes) <= CLEAN, outcomes


def what_follows_on_a_busy_connection_is_answered():
    with scratch() as folder:
        load = Load(folder, "20s", streams=4)
        load.start()
        body = chat_body(user="p" * 100_000)
        with RawClient(load.platform.port) as streaming, RawClient(load.platform.port) as sending:
            streaming.send(chat_request(load.token, STREAM) + chat_request(load.token, chat_body()))
            assert streaming.read_head() == 200
            sending.send(request_head(load.token, len(body)) + body[:50_000])
            load.terminate()
            until(lambda: not accepts(load.platform.port), "the listener to close")
            sending.send(body[50_000:])
            assert sending.read_head() in (200, 503) and sending.body() and sending.ended()
            assert streaming.body() == b"".join(FRAMES)
            assert (streaming.read_head(), streaming.code()) in ((503, "draining"), (200, None)), streaming.status
            assert streaming.body() and streaming.ended()
        load.ended()


def no_connection_is_dropped_at_the_signal():
    """The moment at which the listener closes is short: several gateways are ended."""
    outcomes, rates = collections.Counter(), []
    for _ in range(ROUNDS):
        with scratch() as folder:
            load = Load(folder, "10s", streams=0)
            found, rate = connect_at_high_rate(load)
            outcomes += found
            rates.append(rate)
            load.ended()
    print(f"[{max(rates):.0f} connects/s, {dict(outcomes)}] ", end="")
    assert set(outcomes) <= CLEAN, outcomes


def idle_connections_close_at_once_and_a_begun_head_is_answered():
    with scratch() as folder:
        load = Load(folder, "20s", streams=4)
        load.start()
        idle, begun, silent = (RawClient(load.platform.port, timeout=15) for _ in range(3))
        idle.send(READY)
        assert idle.read_head() == 200 and idle.body()
        request = chat_request(load.token, chat_body())
        begun.send(request[:40])
        until(lambda: load.engine.running == 4, "streams")
        load.terminate()
        assert idle.ended(), "an idle connection said something"
        begun.send(request[40:])
        assert (begun.read_head(), begun.code()) in ((503, "draining"), (200, None)), (begun.status, begun.code())
        assert begun.body() and begun.ended(), "the connection stays open"
        assert silent.ended(), "a connection that never asked"
        assert not load.outcomes, "this took as long as the streams"
        load.ended()
        assert load.outcomes == {"whole": 4}, load.outcomes


def a_second_signal_does_not_wait_for_streams():
    with scratch() as folder:
        load = Load(folder, "600s", streams=10)
        load.forever = True
        load.start()
        load.terminate()
        until(lambda: not accepts(load.platform.port), "the listener to close")
        assert load.engine.running == 10 and load.platform.process.poll() is None, "the streams did not go on"
        load.terminate()
        load.ended()
        assert load.outcomes == {"cut": 10}, load.outcomes


def accepts(port):
    try:
        RawClient(port).close()
        return True
    except ConnectionError:
        return False


def a_killed_gateway_with_200_streams_is_replaced():
    with scratch() as folder:
        load = Load(folder, "2s", streams=200)
        load.forever = True
        load.start()
        victim = load.platform.gateway_pid()
        os.kill(victim, signal.SIGKILL)
        until(lambda: load.platform.gateway_pid() not in (None, victim), "another gateway")
        until(lambda: is_ready(load.platform), "ready again")
        # Port 0 gave another port, and the issuer is named after it.
        load.token = load.platform.token()
        until(lambda: load.platform.chat(load.token).status == 200, "an answer", seconds=10)
        until(lambda: load.engine.running == 0, "the engine to be let go", seconds=5)
        load.terminate()
        load.ended()
        assert load.outcomes == {"cut": 200}, load.outcomes


def is_ready(platform):
    try:
        platform.read_url()
        return platform.request("GET", "/readyz").status == 200
    except OSError:
        return False


main(streams_finish_and_new_connections_hear_a_clean_no,
     idle_connections_close_at_once_and_a_begun_head_is_answered,
     what_follows_on_a_busy_connection_is_answered,
     no_connection_is_dropped_at_the_signal,
     a_second_signal_does_not_wait_for_streams,
     a_killed_gateway_with_200_streams_is_replaced)
