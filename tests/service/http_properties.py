"""Cases that are a statement about many requests, by the name that a case file gives them."""
import collections
import json
import random
import resource
import subprocess
import tempfile
import threading
import time

import http_process_properties
import http_tls_properties
from case_format import expand
from harness import BIN, ENVIRONMENT, until
from http_lane import INSTRUMENTED
from http_wire import Wire, source_address

FRAMES = [{"sse": b'data: {"n":"x"}\n\n' * 64 + b"data: [DONE]\n\n", "each_event": True, "every_ms": 20}]


def chat(token, stream=False, close=False):
    body = b'{"model":"general","messages":[],"stream":%s}' % (b"true" if stream else b"false")
    return expand("{POST}%sContent-Length: %d\r\n\r\n" % ("Connection: close\r\n" if close else "", len(body)),
                  token=token) + body


def models(token):
    return expand("{GET}\r\n", token=token)


def config_check(_lane, variant):
    """The verdict of `srasta config check`."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(variant.check["config"])
        file.flush()
        status = subprocess.run([BIN / "srasta", "config", "check", file.name], capture_output=True, text=True,
                                env=ENVIRONMENT)
    if status.returncode != variant.check["exit"]:
        return [f"exit expected {variant.check['exit']}, got {status.returncode}: {status.stdout}{status.stderr}"]
    return []


def latencies(lane, count, token):
    wire, taken = Wire(lane.platform.port, source_address()), []
    for _ in range(count):
        began = time.monotonic()
        wire.send(models(token))
        if wire.read_answer().status != 200:
            raise AssertionError("a valid request failed")
        taken.append(time.monotonic() - began)
    wire.close()
    return sorted(taken)


def p99(taken):
    return taken[len(taken) * 99 // 100]


def idle_connections(lane, _variant):
    """Connections that say nothing are closed after head_timeout; others do not notice them."""
    token, count = lane.token().encode(), min(5000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)
    before = p99(latencies(lane, 300, token))
    crowd, problems = [], []
    for _ in range(count):
        crowd.append((time.monotonic(), Wire(lane.platform.port, source_address())))
    during = min(p99(latencies(lane, 300, token)) for _ in range(3))
    # Below 3 ms the difference is the scheduler's.
    if during > max(2 * before, 0.003):
        problems.append(f"p99 of valid requests {before * 1000:.1f} ms before, {during * 1000:.1f} ms during")
    late = collections.Counter()
    for opened, wire in crowd:
        ended = wire.ended(5)
        late[ended] += 1
        # What is looked at late was closed at some time before, so only the upper bound of a few is exact.
        if ended == "open" or time.monotonic() - opened > 1.5 and len(problems) < 2 and wire is crowd[-1][1]:
            problems.append(f"a silent connection was {ended} {time.monotonic() - opened:.2f} s after it was opened, "
                            "head_timeout is 1 s")
        wire.close()
    if set(late) - {"fin", "reset"}:
        problems.append(f"ends of silent connections: {dict(late)}")
    return problems


def idle_keep_alive(lane, _variant):
    """Resting connections cost 12 KiB each at most, and requests on some of them are all answered."""
    token, count = lane.token().encode(), min(4000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)
    lane.warm_up(8)
    first = lane.rss_kib()
    wires = []
    for _ in range(count):
        wires.append(Wire(lane.platform.port, source_address()))
        wires[-1].send(models(token))  # at once: on a busy machine, a head's time would pass before the last connects
    problems = [f"{wire.buffer!r}" for wire in wires if wire.read_answer().status != 200]
    grown = lane.rss_kib() - first
    if grown > 12 * count and not INSTRUMENTED:
        problems.append(f"{count} idle connections cost {grown} KiB, at most {12 * count}")
    for number in range(200):
        wire = wires[number % 100]
        wire.send(models(token))
        if wire.read_answer().status != 200:
            problems.append("a request among idle connections failed")
    for wire in wires:
        wire.close()
    return problems


def route_table(lane, _variant):
    token = lane.token("admin").encode()
    wire = Wire(lane.platform.port, source_address())
    wire.send(b"GET /openapi.json HTTP/1.1\r\nHost: gw.test\r\n\r\n")
    paths = json.loads(wire.read_answer().body)["paths"]
    problems = []

    def ask(path, method="GET"):
        wire.send(expand(f"{method} {path} HTTP/1.1\r\n{{H}}Content-Length: 0\r\n\r\n", token=token))
        answer = wire.read_answer()
        if "close" in answer.field("connection"):
            wire.__init__(lane.platform.port, source_address())
        return answer

    for path, methods in paths.items():
        plain = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
        for method in methods:
            error = ask(plain, method.upper()).one("x-srasta-error")
            if error == "not_found" and plain != path:
                # What is absent may be the thing, not its route: then another method is refused as such.
                other = next(each for each in ("PUT", "PATCH", "DELETE") if each.lower() not in methods)
                error = None if ask(plain, other).one("x-srasta-error") == "method_not_allowed" else error
            if error in ("not_found", "bad_path", "method_not_allowed"):
                problems.append(f"{method} {plain} is listed and not served")
        folder, name = plain.rstrip("/").rsplit("/", 1)
        name += plain[len(plain.rstrip("/")):]
        for spelling in (f"{folder}/%{ord(name[0]):02x}{name[1:]}", f"/{plain}", f"{folder}/./{name}"):
            answer = ask(spelling)
            if answer.one("x-srasta-error") != "bad_path":
                problems.append(f"GET {spelling} reaches something: {answer}")
    wire.close()
    lane.hang_up()
    lane.descriptors = lane.descriptor_count()   # the first question to the ledger has opened its indexes for good
    return problems


SEEDS = ['{"model":"general","stream":false,"max_tokens":5,"n":1,"messages":[]}',
         '{"messages":[{"role":"user","content":"\\u00e9 \\ud83d\\ude00"}],"n":2,"model":"general"}',
         ' {"model" : "general" , "max_tokens":1e2,"stream":null, "x":{"model":"coding"}} ']
INSERTS = ['"', "\\", "{", "}", "[", "]", ",", ":", '"model":"coding"', '"n":3', '"stream":true', '"max_tokens":9',
           "\\u0000", "\\ud800", "\\u006dodel", "null", "NaN", "-", "0", "1e999", "/*x*/", "//\n", "'", "\t", "\x01",
           "\x7f", "\xa0", "\ufeff", '"mod\\u0065l":"fast",', '"\\u006e":7,', "\u2028"]
READ = ("model", "stream", "max_tokens", "n")


def mutations(count):
    chance = random.Random(20)
    for _ in range(count):
        text = chance.choice(SEEDS)
        for _ in range(chance.randint(1, 3)):
            at = chance.randint(0, len(text))
            cut = chance.choice([0, 0, 0, 1, 2])
            text = text[:at] + chance.choice(INSERTS) + text[at + cut:]
        yield text.encode()


def first_wins(pairs):
    out = {}
    for key, value in pairs:
        out.setdefault(key, value)
    return out


def readings(text):
    """What parsers of both habits read, where they accept the text at all."""
    out = []
    for hook in (dict, first_wins):
        try:
            value = json.loads(text, object_pairs_hook=hook)
        except ValueError:
            continue
        out.append({key: value.get(key) for key in READ} if isinstance(value, dict) else value)
    return out


def json_differential(lane, _variant):
    """Whatever is accepted reads the same for every parser that accepts it."""
    token, problems, accepted = lane.token().encode(), [], 0
    lane.engines[0].begin(None)
    wire = Wire(lane.platform.port, source_address())
    for text in mutations(2000):
        wire.send(expand("{POST}Content-Length: %d\r\n\r\n" % len(text), token=token) + text)
        answer = wire.read_answer()
        if answer.status == 200:
            accepted += 1
            forwarded = lane.engines[0].calls[-1].body
            read, sent = readings(text), readings(forwarded)
            names = {json.dumps(each, sort_keys=True) for each in read}
            edited = {json.dumps({**each, "model": None}, sort_keys=True) for each in read}
            onward = {json.dumps({**each, "model": None}, sort_keys=True) for each in sent}
            if len(names) != 1 or edited != onward or {each["model"] for each in sent} != {"m1"}:
                problems.append(f"accepted {text!r}, parsers read {names}, the engine reads {sent}")
        elif answer.status not in (400, 404):
            problems.append(f"{text!r}: {answer}")
        if "close" in answer.field("connection"):
            wire.close()
            wire = Wire(lane.platform.port, source_address())
    wire.close()
    if accepted < 100:
        problems.append(f"only {accepted} bodies were accepted: the comparison says nothing")
    return problems


def arrivals_of_stream(lane):
    wire = Wire(lane.platform.port, source_address())
    wire.send(chat(lane.token().encode(), stream=True))
    arrivals, seen, deadline = [], 0, time.monotonic() + 10
    while b"0\r\n\r\n" not in wire.buffer and wire.fill(deadline):
        if wire.buffer.count(b"\n\n") > seen:
            seen = wire.buffer.count(b"\n\n")
            arrivals.append(time.monotonic())
    wire.close()
    return arrivals


def no_plateaus(lane, _variant):
    """Small frames at a fast pace arrive at that pace: no leg waits for acknowledgements, none collects."""
    lane.engines[0].begin([{"sse": b'data: {"n":"0123456789abc"}\n\n' * 64, "each_event": True, "every_ms": 1}])
    problems = []
    for _ in range(3):               # one quiet run of three shows it
        arrivals = arrivals_of_stream(lane)
        gaps = [later - earlier for earlier, later in zip(arrivals, arrivals[1:])]
        plateaus = sum(0.035 < gap < 0.06 for gap in gaps)
        problems = [f"{plateaus} gaps of about 40 ms between frames"] if plateaus else []
        if len(arrivals) < 40:
            problems.append(f"64 writes of the engine arrived in {len(arrivals)} pieces")
        if not problems:
            break
    return problems


def random_disconnects(lane, _variant):
    """Whatever the phase a client leaves in: nothing runs on, and each request has one end record."""
    chance, token, count = random.Random(7), lane.token().encode(), 300
    since = len(lane.ledger.read())
    for engine in lane.engines:
        engine.begin(FRAMES)

    def leave_somewhere(seed):
        own = random.Random(seed)
        wire = Wire(lane.platform.port, source_address())
        text = chat(token, stream=own.random() < 0.8)
        wire.send(text if own.random() < 0.7 else text[:own.randint(1, len(text) - 1)])
        wire.readable(own.random() * 0.2)
        time.sleep(own.random() * 0.05)
        wire.reset() if own.random() < 0.5 else wire.close()

    for _ in range(count // 20):
        threads = [threading.Thread(target=leave_somewhere, args=(chance.random(),)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    time.sleep(0.05)
    problems = []
    running = [call for call in lane.engines[0].calls if call.closed_at is None and not call.answered]
    if running:
        problems.append(f"{len(running)} requests still run at the engine 50 ms after the last client left")
    deadline = time.monotonic() + 5
    while len(lane.terminals(since)) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    fence = lane.fence()
    ends = lane.terminals(since, {fence})
    if len(ends) != count:
        shown = collections.Counter((end["act"], end["data"].get("reason")) for end in ends)
        problems.append(f"{count} end records expected, got {len(ends)}: {dict(shown)}")
    rids = collections.Counter(end.get("corr", {}).get("rid") for end in ends)
    twice = [rid for rid, times in rids.items() if times > 1]
    if twice:
        problems.append(f"{len(twice)} requests have more than one end record")
    return problems


def body_memory(lane, _variant):
    """Announced bodies are admitted up to a bound; what is above it is refused at once."""
    token, wires = lane.token().encode(), []
    for _ in range(40):
        wire = Wire(lane.platform.port, source_address())
        wire.send(expand("{POST}Content-Length: 33554432\r\n\r\n{", token=token))
        wires.append(wire)
    answers = []
    for wire in wires:
        answers.append(wire.read_answer() if wire.readable(0.05) else None)
    refused = [answer for answer in answers if answer]
    problems = [f"unexpected {answer}" for answer in refused if answer.one("x-srasta-error") != "overloaded"]
    if not refused:
        problems.append("40 bodies of 32 MiB were all admitted: 1.25 GiB")
    problems += [f"no Retry-After: {answer}" for answer in refused if answer.one("retry-after") is None][:1]
    for wire in wires:
        wire.reset()
    return problems


HOSTILE = ['\x1b[31mred\x1b[0m', 'quote" backslash\\ {"level":"error"}', 'caf\xe9 \xff\xfe', "a" * 8192, "%0d%0aforged"]


def answers_to_hostile(lane, token):
    """What clients get that put hostile text into a request that is served, one to an unknown path, one that is refused."""
    for text in HOSTILE:
        value = text.replace("\x1b", "").encode("latin-1")
        query = "".join(c for c in text if "!" <= c <= "~")
        for field in (b"User-Agent", b"X-Forwarded-For", b"Referer"):
            line = field + b": " + value + b"\r\n\r\n"
            for request in (expand("{GET}", token=token) + line,
                            expand("GET /v1/nothing?%s HTTP/1.1\r\n{H}\r\n" % query, token=token),
                            b"GET /v1/models HTTP/1.1\r\nHost: gw.test\r\n" + line):
                wire = Wire(lane.platform.port, source_address())
                wire.send(request)
                yield wire.read_answer()
                wire.close()


def log_lines(lane, _variant):
    """What clients send is one escaped JSON line for each request, served or refused, and never a forged one."""
    start = len(lane.log_text())
    answers = {answer.one("x-request-id"): answer for answer in answers_to_hostile(lane, lane.token().encode())}
    lane.fence()

    def lines():
        return [line for line in lane.log_text()[start:].splitlines(True) if line.endswith("\n")]
    until(lambda: answers.keys() <= {rid for line in lines() for rid in answers if f'"rid":"{rid}"' in line},
          "a line for each request")
    problems, seen = [], collections.Counter()
    for line in lines():
        if not line.startswith("{"):
            problems.append(f"a line that is not JSON: {line[:200]!r}")
            continue
        record = json.loads(line)
        if len(line) > 4097 or any(ord(c) < 32 for c in line[:-1]) or record.get("level") == "error":
            problems.append(f"a hostile line: {line[:200]!r}")
        answer = answers.get(record.get("rid"))
        if answer is None:
            continue
        seen[record["rid"]] += 1
        code = answer.one("x-srasta-error")
        route = "/v1/models" if answer.status in (200, 401) else ""
        if (record["event"], record["status"], record["route"], record.get("code")) != (
                "refused" if code else "request", answer.status, route, code):
            problems.append(f"another line than {answer}: {line[:200]!r}")
    if max(seen.values()) > 1:
        problems.append(f"{seen.total()} lines for {len(answers)} requests")
    return problems


PROPERTIES = {each.__name__: each for each in (
    idle_connections, idle_keep_alive, route_table, json_differential, no_plateaus, random_disconnects, body_memory,
    log_lines)}
PROPERTIES["check"] = config_check
PROPERTIES |= http_process_properties.PROPERTIES | http_tls_properties.PROPERTIES
