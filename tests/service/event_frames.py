"""Event streams to relay, and what a client may see of them: the declared edits, written from the specification and
not from the gateway's code."""
import json
import re

USAGE = {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}
TEXTS = ["", "hi", " \\n ", "Grüße, ", "\U0001f30d\U0001f468\u200d\U0001f469", "\u2028\u2029\u0085", '"usage":{}',
         "data: [DONE]", "x" * 400, "\r\n\r\n", "line\nline", "\x00\x7f"]
NOISE = [b": keep-alive", b":", b"event: delta", b"id: 42", b"retry: 3000", b"unknown: field", b"data", b"data:",
         b"data: ", b"data:no space", b"data: \xff\xfe\x80 not UTF-8", b'data: {"cut": ', b"nocolon"]
LOOKALIKES = [
    {"choices": [{"index": 0, "delta": {}}], "usage": None},
    {"choices": []},
    {"choices": [], "usage": None},
    {"choices": [], "note": '"usage":{"prompt_tokens":1}'},
    {"choices": [{"index": 0, "delta": {"content": "last"}}], "usage": USAGE},
    {"usage": USAGE},
]

# The grammar of WHATWG HTML 9.2. Possessive, so that CR LF is never read as two line ends.
LINE_END = rb"(?>\r\n|\r|\n)"
EVENT = re.compile(rb"(?:%b)*+(?:[^\r\n]++%b)++%b" % (LINE_END, LINE_END, LINE_END))
LINES = re.compile(rb"\r\n|\r|\n")


def is_usage_only(event):
    if b'"usage"' not in event:
        return False
    values = []
    for line in LINES.split(event):
        name, _, value = line.removeprefix(b"\xef\xbb\xbf").partition(b":")
        if name == b"data":
            values.append(value.removeprefix(b" "))
    try:
        chunk = json.loads(b"\n".join(values))
    except ValueError:
        return False
    return isinstance(chunk, dict) and chunk.get("choices") == [] and isinstance(chunk.get("usage"), dict)


def without_usage(stream):
    """The stream as a client sees it that did not ask for usage, and how many events that costs."""
    kept, end, removed = [], 0, 0
    for found in EVENT.finditer(stream):
        assert found.start() == end, "every byte belongs to an event"
        end = found.end()
        if is_usage_only(found[0]):
            removed += 1
        else:
            kept.append(found[0])
    kept.append(stream[end:])
    return b"".join(kept), removed


def data_lines(value, random):
    """JSON as one data line, or as several: line ends between its tokens do not change it."""
    text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    if random.random() < 0.1:
        text = json.dumps(value, indent=1)
    return [b"data: " + line.encode() for line in text.split("\n")]


def plain_frames(random):
    """Ready content frames to choose from: the bulk of a stream costs nothing to make."""
    frames = []
    for _ in range(256):
        text = random.choice(TEXTS) * random.randrange(1, 4)
        chunk = {"id": f"chatcmpl-{random.getrandbits(32)}", "choices": [{"index": 0, "delta": {"content": text}}]}
        frames.append(data_lines(chunk, random))
    return frames


def huge_lines(random):
    size = random.choice([70_000, 150_000, 300_000])
    if random.random() < 0.5:
        return [b"data: " + json.dumps({"choices": [{"delta": {"content": "y" * size}}]}).encode()]
    # Many short lines: wherever a read ends, a line end is near. Never empty ones: behind a usage event whose
    # blank line became half of a CR LF they would make it longer than the gateway holds one.
    return [b"data: " + b"z" * random.randrange(1, 3)] * (size // 8)


def special_lines(random):
    kind = random.randrange(4)
    if kind == 0:
        return [random.choice(NOISE) for _ in range(random.randrange(1, 5))]
    if kind == 1:
        return data_lines(random.choice(LOOKALIKES), random)
    before = random.sample([b": note", b"event: x", b"id: 7"], random.randrange(3))
    return before + data_lines({"choices": [], "usage": USAGE}, random)


def line_end(style, random):
    return random.choice([b"\n", b"\r\n", b"\r"]) if style is None else style


def make_stream(count, random, plain, huge=True):
    """About `count` frames, [DONE] last. `style` is the stream's line end; None mixes them line by line."""
    style = random.choice([b"\n", b"\n", b"\r\n", b"\r", None])
    ready = [b"".join(line + line_end(style, random) for line in lines) + line_end(style, random)
             for lines in plain]
    frames = [b"\xef\xbb\xbf"] if random.random() < 0.2 else []
    frames += random.choices(ready, k=count)
    for at in random.sample(range(count), count // 8):
        frames[at] = with_ends(special_lines(random), style, random)
    if huge:
        usage = [b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}']
        frames[random.randrange(1, count)] = (with_ends(usage, style, random) +
                                              with_ends(huge_lines(random), style, random))
    frames += [with_ends(data_lines({"choices": [], "usage": USAGE}, random), style, random),
               with_ends([b"data: [DONE]"], style, random)]
    return b"".join(frames)


def with_ends(lines, style, random):
    return b"".join(line + line_end(style, random) for line in lines) + line_end(style, random)


def split(data, random, mean):
    """`data` in pieces of random size: some of one byte, most around `mean`."""
    pieces, at, size = [], 0, len(data)
    view = memoryview(data)
    while at < size:
        step = random.randrange(1, 4) if random.random() < 0.05 else int(random.expovariate(1 / mean)) + 1
        pieces.append(view[at:at + step])
        at += step
    return pieces
