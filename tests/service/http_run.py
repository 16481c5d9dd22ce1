"""Plays one variant on a lane: the client's steps, the engines' scripts; returns what was observed."""
import os
import signal
import threading
import time

from case_format import expand
from http_wire import FAR, Wire, source_address

PUBLIC = b"GET /healthz HTTP/1.1\r\nHost: gw.test\r\n\r\n"


class StepFailed(AssertionError):
    """The client's part could not be played to its end."""


class Seen:
    """What one connection of the client saw."""

    def __init__(self):
        self.answers = []
        self.after = ""          # fin | reset | open | keep | gone | more bytes ...
        self.ended_at = None
        self.started_at = None
        self.left_at = None
        self.problem = None


class Player:
    def __init__(self, lane, variant):
        self.lane = lane
        self.variant = variant
        self.token = lane.token(variant.caller).encode()
        self.since = len(lane.ledger.read())

    def bytes_of(self, text):
        return expand(text, self.variant.body, token=self.token)

    # One connection

    def connect(self):
        seen = Seen()
        try:
            wire = Wire(self.lane.platform.port, source_address(), self.variant.window)
            self.play(wire, seen)
        except (StepFailed, TimeoutError, ValueError, OSError) as error:
            seen.problem = f"{type(error).__name__}: {error}"
        return seen

    def play(self, wire, seen):
        for step in self.variant.client:
            self.step(wire, seen, step)
        seen.left_at = wire.gone_at
        seen.started_at = wire.first_sent
        if not wire.open:
            seen.after = "gone"
            return
        self.read_the_rest(wire, seen)
        wire.close()

    def step(self, wire, seen, step):
        if isinstance(step, str):
            wire.send(self.bytes_of(step))
            return
        for name in step:
            method = getattr(self, f"step_{name}", None)
            if method:
                method(wire, seen, step)
                return
        raise StepFailed(f"unknown step of a client: {step}")

    def step_send(self, wire, _, step):
        """In pieces at a pace that does not drift, until something comes back."""
        data = self.bytes_of(step["send"])
        size, began = step.get("bytes", 1), time.monotonic()
        for number, at in enumerate(range(0, len(data), size), 1):
            pause = began + number * step["every_ms"] / 1000
            if not wire.send(data[at:at + size]) or wire.readable(max(0.0, pause - time.monotonic())):
                return
            time.sleep(max(0.0, pause - time.monotonic()))

    def step_wait_ms(self, _wire, _seen, step):
        time.sleep(step["wait_ms"] / 1000)

    def step_half(self, wire, *_):
        wire.half_close()

    def step_reset(self, wire, *_):
        wire.reset()

    def step_close(self, wire, *_):
        wire.close()

    def step_continue_within_ms(self, wire, _, step):
        began = time.monotonic()
        line = wire.read_interim(began + 5)
        took = (time.monotonic() - began) * 1000
        if line is None or not line.startswith(b"HTTP/1.1 100"):
            raise StepFailed(f"no 100 Continue but {line!r}")
        if took > step["continue_within_ms"]:
            raise StepFailed(f"100 Continue came after {took:.0f} ms")

    def step_read_bytes(self, wire, _, step):
        if len(wire.peek_bytes(step["read_bytes"], time.monotonic() + FAR)) < step["read_bytes"]:
            raise StepFailed(f"the answer ended after {len(wire.buffer)} bytes: {wire.buffer[-200:]!r}")

    def step_read_events(self, wire, _, step):
        wire.peek_events(step["read_events"], time.monotonic() + FAR)

    def step_read_answer(self, wire, seen, step):
        for _ in range(step["read_answer"]):
            seen.answers.append(wire.read_answer())

    def step_calls(self, _wire, _seen, step):
        self.await_that(lambda: sum(engine.count() for engine in self.lane.engines) >= step["calls"],
                        f"{step['calls']} requests at the engines")

    def step_record(self, _wire, _seen, step):
        wanted = self.variant.connections
        self.await_that(lambda: sum(record["act"] == step["record"] for record in
                                    self.lane.ledger.read()[self.since:]) >= wanted,
                        f"{wanted} records {step['record']}")

    def step_signal(self, _wire, _seen, step):
        self.lane.platform.process.send_signal(getattr(signal, f"SIG{step['signal']}"))

    def step_kill_gateway(self, *_):
        os.kill(self.lane.pid, signal.SIGKILL)

    def step_log(self, _wire, _seen, step):
        self.await_that(lambda: step["log"] in self.lane.log_text(), f"{step['log']!r} in the log")

    def step_exchange(self, wire, _, step):
        data = self.bytes_of(step["exchange"])
        for number in range(step["times"]):
            wire.send(data)
            answer = wire.read_answer()
            if answer.status != step.get("status", 200) or answer.end != "complete":
                raise StepFailed(f"exchange {number + 1}: {answer}")

    def step_read_slowly(self, wire, _, step):
        """A byte now and then, until the gateway has recorded how the request ended."""
        began = time.monotonic()
        while not self.lane.terminals(self.since):
            wire.take_bytes(step["read_slowly"])
            time.sleep(step["every_ms"] / 1000)
            if time.monotonic() - began > FAR:
                raise StepFailed(f"still not ended after {FAR} s")

    @staticmethod
    def await_that(condition, what, seconds=FAR):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise StepFailed(f"not within {seconds} s: {what}")
            time.sleep(0.002)

    # After the steps

    def read_the_rest(self, wire, seen):
        expect = self.variant.expect
        if expect.get("unread"):
            seen.after = "unread"
            seen.ended_at = time.monotonic()
            return
        for number in range(len(seen.answers), len(answers_of(expect))):
            to_head = answers_of(expect)[number].get("head", False)
            seen.answers.append(wire.read_answer(to_head=to_head))
            if seen.answers[-1].end == "none":
                break
        if expect.get("conn") == "keep":
            seen.after = self.try_again(wire)
        elif expect.get("conn") in ("close", "dropped") or expect.get("none"):
            seen.after = wire.ended(FAR if expect.get("none") else 1.5)
        seen.ended_at = time.monotonic()

    @staticmethod
    def try_again(wire):
        """A connection is kept when another request on it is answered, and nothing stood between."""
        if wire.buffer:
            return f"more bytes {wire.buffer[:200]!r}"
        wire.send(PUBLIC)
        answer = wire.read_answer(5)
        return "keep" if answer.status == 200 and answer.body == b'{"status":"ok"}' else f"no second answer: {answer}"

    # All connections

    def run(self):
        results = []
        if self.variant.connections == 1 and not self.variant.conductor:
            return [self.connect()]
        lock = threading.Lock()

        def one():
            player = Player.__new__(Player)
            player.__dict__.update(self.__dict__)
            seen = player.connect()
            with lock:
                results.append(seen)
        threads = [threading.Thread(target=one) for _ in range(self.variant.connections)]
        for thread in threads:
            thread.start()
        conducting = Seen()
        for step in self.variant.conductor:
            self.step(None, conducting, step)
        for thread in threads:
            thread.join()
        return results


ABOUT_AN_ANSWER = {"status", "code", "headers", "body", "body_contains", "body_lacks", "json", "sent_body",
                   "stream_error", "end", "head", "interim"}


def answers_of(expect):
    """The answers that are expected on a connection, in order."""
    if expect.get("none") or expect.get("unread"):
        return []
    if "answers" in expect:
        return expect["answers"]
    return [expect] if ABOUT_AN_ANSWER & set(expect) else []
