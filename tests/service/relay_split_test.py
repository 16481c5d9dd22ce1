"""Bytes in, same bytes out, wherever they are cut: streams, plain answers and request bodies through the gateway,
compared with the engine's bytes after the declared edits. `--frames 1000000` is the full run."""
import argparse
import hashlib
import os
import random
import time

from event_frames import make_stream, plain_frames, split, without_usage
from harness import Platform, engine_config, main, scratch
from raw_client import RawClient, chat_body, chat_request, request_head
from streaming_engine import (DONE, LAST_CHUNK, PLAIN, USAGE_EVENT, StreamingEngine, answer_head, chunk, content_event,
                              stream_head)

FRAMINGS = ("chunked", "length", "close")
FRAMES_PER_STREAM = 500


def digest(data):
    return hashlib.sha256(data).hexdigest()


def framed(data, framing, dice, mean):
    """What the engine writes, piece by piece. Cuts of chunks and cuts of writes do not coincide."""
    if framing == "chunked":
        extension = b";x=1" if dice.random() < 0.2 else b""
        chunks = [b"%x%b\r\n%b\r\n" % (len(part), extension, part) for part in split(data, dice, mean)]
        trailer = b"0\r\nX-Trailer: 1\r\n\r\n" if dice.random() < 0.3 else LAST_CHUNK
        data = b"".join(chunks) + trailer
    return split(data, dice, mean)


class Wire:
    """One platform with one engine that answers what it is told to."""

    def __init__(self, folder):
        self.engine = StreamingEngine(self.answer)
        self.platform = Platform(folder / "data", engine_config(self.engine) + "log: { level: warn }\n")
        self.token = self.platform.token()
        self.head, self.pieces, self.closes = b"", [], False
        self.received = b""

    async def answer(self, exchange):
        self.received = exchange.body
        # The client may have its answer, and the next one be prepared, before this one is through.
        head, pieces, closes = self.head, self.pieces, self.closes
        await exchange.send(head)
        await exchange.send_pieces(pieces)
        if closes:
            exchange.finish()

    def prepare(self, kind, data, framing, dice, mean):
        self.head = answer_head(kind, framing, len(data), "1.1" if framing != "close" else "1.0")
        self.pieces = framed(data, framing, dice, mean)
        self.closes = framing == "close"

    def ask(self, body, version="1.1"):
        with RawClient(self.platform.port) as client:
            client.send(chat_request(self.token, body, version=version))
            client.read_head()
            answer = client.body()
            assert client.status == 200, (client.status, answer[:300])
            return answer

    def end(self):
        assert self.engine.failures == [], self.engine.failures
        self.platform.stop()
        self.engine.stop()


def explain(expected, got):
    at = next((i for i, (a, b) in enumerate(zip(expected, got)) if a != b), min(len(expected), len(got)))
    return (f"{len(expected)} bytes expected, {len(got)} came; the first other byte is {at}: "
            f"expected {expected[max(at - 60, 0):at + 40]!r}, got {got[max(at - 60, 0):at + 40]!r}")


def check_stream(wire, seed, plain, count):
    dice = random.Random(seed)
    stream = make_stream(count, dice, plain)
    framing, asked = dice.choice(FRAMINGS), dice.random() < 0.3
    expected, removed = (stream, 0) if asked else without_usage(stream)
    assert asked or removed > 0
    wire.prepare("text/event-stream", stream, framing, dice, dice.choice([40, 700, 3000, 20000]))
    got = wire.ask(chat_body(stream=True, asks_usage=asked), dice.choice(["1.1", "1.1", "1.0"]))
    assert digest(got) == digest(expected), f"seed {seed}, {framing}, asked {asked}: {explain(expected, got)}"
    return len(stream)


def streams_arrive_bit_exact_at_random_cuts():
    with scratch() as folder:
        wire = Wire(folder)
        plain = plain_frames(random.Random(OPTIONS.seed))
        total, began = 0, time.monotonic()
        for number in range(max(OPTIONS.frames // FRAMES_PER_STREAM, 1)):
            total += check_stream(wire, OPTIONS.seed + number, plain, FRAMES_PER_STREAM)
        seconds = time.monotonic() - began
        print(f"[{OPTIONS.frames} frames, {total >> 20} MiB, {seconds:.1f} s] ", end="")
        wire.end()


def a_short_stream_is_exact_at_every_cut():
    events = [b": hi\r\n\r\n", content_event("a"), USAGE_EVENT.replace(b"\n", b"\r\n"), DONE]
    stream = b"".join(events)
    expected, removed = without_usage(stream)
    assert removed == 1
    with scratch() as folder:
        wire = Wire(folder)
        wire.head = stream_head()
        for at in range(1, len(stream)):
            wire.pieces = [chunk(stream[:at]), chunk(stream[at:]) + LAST_CHUNK]
            got = wire.ask(chat_body(stream=True))
            assert got == expected, f"cut at {at}: {explain(expected, got)}"
        wire.end()


def a_line_end_cut_in_two_stays_whole_behind_a_removed_event():
    """Events too long to hold are let through at the end of a read, which now and then is between CR and LF."""
    with scratch() as folder:
        wire = Wire(folder)
        for number in range(200):
            seed = OPTIONS.seed + number
            dice = random.Random(seed)
            lines = b"data: z\r\n" * dice.randrange(8000, 12000)
            stream = USAGE_EVENT + lines + b"\r\n" + DONE
            wire.prepare("text/event-stream", stream, "close", dice, 10000)
            got = wire.ask(chat_body(stream=True))
            assert got == lines + b"\r\n" + DONE, f"seed {seed}: {explain(lines, got)}"
        wire.end()


def a_usage_event_too_long_to_hold_is_kept_whole():
    """Half of it is on its way before its end is seen: removing the other half would join two events."""
    padding = b": " + b"p" * 1000 + b"\n"
    stream = content_event("a") + padding * 150 + USAGE_EVENT + content_event("b") + DONE
    with scratch() as folder:
        wire = Wire(folder)
        wire.prepare("text/event-stream", stream, "chunked", random.Random(OPTIONS.seed), 5000)
        got = wire.ask(chat_body(stream=True))
        assert got in (stream, without_usage(stream)[0]), explain(stream, got)
        wire.end()


def plain_answers_arrive_bit_exact():
    sizes = [0, 1, 16 * 1024, 16 * 1024 + 1]
    with scratch() as folder:
        wire = Wire(folder)
        for number in range(OPTIONS.bodies):
            seed = OPTIONS.seed + number
            dice = random.Random(seed)
            size = sizes[number] if number < len(sizes) else int(5 * 2**20 * dice.random() ** 2)
            data, framing = dice.randbytes(size), dice.choice(FRAMINGS)
            wire.prepare("application/json", data, framing, dice, dice.choice([500, 5000, 50000]))
            got = wire.ask(chat_body(), dice.choice(["1.1", "1.1", "1.0"]))
            assert digest(got) == digest(data), f"seed {seed}, {framing}: {explain(data, got)}"
        wire.end()


def make_request(dice):
    """A body in odd spelling, and its parts around the model's value."""
    prompt = dice.choice(["Größe \\u0000 \\ud83d ", 'say \\"model\\":\\"general\\" ', "\U0001f30d", "{[,:]} "])
    members = ['"messages":[{"role":"user","content":"' + prompt * int(60_000 * dice.random() ** 3) + '"}]',
               '"temperature" : 1.0', '"x":{"b":1e400,"a":-0,"model":"general"}', '\n"metadata":{"a":1,"a":2}']
    stream = dice.random() < 0.5
    asked = dice.choice([None, "{}", "null", '{"include_usage":false}', '{"x":1}', '{"include_usage":true}'])
    if stream:
        members.append('"stream":true')
        if asked is not None:
            members.append(f'"stream_options":{asked}')
    dice.shuffle(members)
    at = dice.randrange(len(members) + 1)
    before = "{" + "".join(member + dice.choice([",", " ,\t", ",\n"]) for member in members[:at])
    after = "".join("," + member for member in members[at:]) + dice.choice(["}", " }\n"])
    return (before + '"model":').encode(), after.encode(), stream, asked


def allowed_requests(plain, stream, asked):
    """What the engine may get: `plain` with the usage option, which may stand first or last in its object."""
    given = b'"stream_options":'
    if not stream or asked == '{"include_usage":true}':
        return [plain]
    if asked == '{"x":1}':
        return [plain.replace(given + b'{"x":1}', given + options)
                for options in (b'{"include_usage":true,"x":1}', b'{"x":1,"include_usage":true}')]
    added = given + b'{"include_usage":true}'
    if asked is not None:
        return [plain.replace(given + asked.encode(), added)]
    brace, end = plain.index(b"{") + 1, plain.rindex(b"}")
    return [plain[:brace] + added + b"," + plain[brace:], plain[:end] + b"," + added + plain[end:]]


def send_request(wire, body, dice):
    """The body at random cuts, with its length or in chunks."""
    with RawClient(wire.platform.port) as client:
        if dice.random() < 0.5:
            client.send(request_head(wire.token, len(body)))
            pieces = split(body, dice, 3000)
        else:
            client.send(request_head(wire.token, None, fields="Transfer-Encoding: chunked\r\n"))
            pieces = split(b"".join(map(chunk, split(body, dice, 2000))) + LAST_CHUNK, dice, 3000)
        for piece in pieces:
            client.send(piece)
        assert client.read_head() == 200, client.body()
        assert client.body() == PLAIN


def request_bodies_arrive_with_the_declared_edits_only():
    with scratch() as folder:
        wire = Wire(folder)
        wire.head = answer_head(framing="length", length=len(PLAIN))
        wire.pieces = [PLAIN]
        for number in range(OPTIONS.bodies):
            seed = OPTIONS.seed + number
            dice = random.Random(seed)
            before, after, stream, asked = make_request(dice)
            send_request(wire, before + b'"general"' + after, dice)
            allowed = allowed_requests(before + b'"m1"' + after, stream, asked)
            assert digest(wire.received) in map(digest, allowed), \
                f"seed {seed}: {explain(allowed[0], wire.received)}"
        wire.end()


parser = argparse.ArgumentParser()
parser.add_argument("--frames", type=int, default=20_000)
parser.add_argument("--bodies", type=int, default=40)
parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
OPTIONS = parser.parse_args()
print(f"--seed {OPTIONS.seed}")
main(streams_arrive_bit_exact_at_random_cuts,
     a_short_stream_is_exact_at_every_cut,
     plain_answers_arrive_bit_exact,
     request_bodies_arrive_with_the_declared_edits_only,
     a_line_end_cut_in_two_stays_whole_behind_a_removed_event,
     a_usage_event_too_long_to_hold_is_kept_whole)
