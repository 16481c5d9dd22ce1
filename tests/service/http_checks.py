"""Compares what was observed with what a case expects; every difference is one line of text."""
import json
import re

from case_format import expand
from http_run import answers_of


class Late(str):
    """A difference in time only, which a busy machine can cause."""


def as_list(value):
    return value if isinstance(value, list) else [value]


def check_answer(number, answer, expect, calls):
    out = []

    def differ(what, wanted, got):
        out.append(f"answer {number}: {what} expected {wanted!r}, got {got!r}")

    if "status" in expect and answer.status not in as_list(expect["status"]):
        differ("status", expect["status"], f"{answer}")
        return out
    if answer.end != expect.get("end", "complete"):
        differ("end", expect.get("end", "complete"), f"{answer}")
    code = answer.one("x-srasta-error")
    if "code" in expect and code not in as_list(expect["code"]):
        differ("code", expect["code"], code)
    if "code" not in expect and answer.status < 400 and code:
        differ("code", None, code)
    out += check_fields(number, answer, expect.get("headers", {}))
    out += check_body(number, answer, expect, calls)
    if answer.status >= 400:
        out += check_hygiene(number, answer)
    if code and not expect.get("head"):
        out += check_error_body(number, answer, code)
    if "interim" in expect and answer.interim != expect["interim"]:
        differ("interim answers", expect["interim"], answer.interim)
    if answer.one("x-request-id") is None:
        differ("x-request-id", "one", answer.field("x-request-id"))
    return out


def check_fields(number, answer, wanted):
    out = []
    for name, value in wanted.items():
        got = answer.field(name)
        good = (bool(got) == value) if isinstance(value, bool) else got == as_list(value)
        if not good:
            out.append(f"answer {number}: field {name} expected {value!r}, got {got!r}")
    return out


def check_body(number, answer, expect, calls):
    out = []
    if "body" in expect and answer.body != expand(expect["body"], whole_is_head=False):
        out.append(f"answer {number}: body expected {expand(expect['body'])[:300]!r}, got {answer.body[:300]!r}")
    for text in as_list(expect.get("body_contains", [])):
        if expand(text) not in answer.body:
            out.append(f"answer {number}: body lacks {text!r}: {answer.body[:300]!r}")
    for text in as_list(expect.get("body_lacks", [])):
        if expand(text) in answer.body:
            out.append(f"answer {number}: body contains {text!r}: {answer.body[:300]!r}")
    if "json" in expect:
        out += check_json(number, answer.body, expect["json"])
    if "sent_body" in expect or "stream_error" in expect:
        out += check_relayed(number, answer, expect, calls)
    return out


def pointer(document, path):
    for name in path.split("."):
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document


def check_json(number, body, wanted):
    out = []
    try:
        document = json.loads(body)
    except ValueError:
        return [f"answer {number}: not JSON: {body[:200]!r}"]
    for path, value in wanted.items():
        try:
            got = pointer(document, path)
        except (KeyError, IndexError, TypeError):
            got = "(absent)"
        if got != value:
            out.append(f"answer {number}: {path} expected {value!r}, got {got!r}")
    return out


def check_relayed(number, answer, expect, calls):
    """The client's bytes are the engine's after the declared edits, and one error event at the end of a broken one."""
    payload = calls[number - 1].payload if number <= len(calls) else b"(the engine was not called)"
    rule = expect.get("sent_body", {})
    for text in as_list(rule.get("without", [])) if isinstance(rule, dict) else []:
        piece = expand(text)
        if payload.count(piece) != 1:
            return [f"answer {number}: {text!r} is not once in the engine's bytes"]
        payload = payload.replace(piece, b"")
    body, out = answer.body, []
    if "stream_error" in expect:
        match = re.fullmatch(rb"(.*?)(\n\n)?data: (\{[^\n]*\})\n\n", body, re.DOTALL)
        error = json.loads(match.group(3)).get("error", {}) if match else {}
        if error.get("code") != expect["stream_error"]:
            return [f"answer {number}: no event {expect['stream_error']!r} at the end: {body[-300:]!r}"]
        at_event_end = payload.endswith(b"\n\n") or payload == b""
        body = body[:match.start(3) - len(b"data: ")]
        if not at_event_end:
            if not body.endswith(b"\n\n"):
                out.append(f"answer {number}: the error event is glued to half an event: {answer.body[-300:]!r}")
            body = body.removesuffix(b"\n\n")
    if body != payload:
        out.append(f"answer {number}: the engine's bytes changed: sent {len(payload)} {payload[-200:]!r}, "
                   f"received {len(body)} {body[-200:]!r}")
    return out


# Addresses, places in the source, paths and secrets have no place in what a stranger is told.
TELLTALE = re.compile(rb"127\.0\.0\.1|\.cc\b|\.h:\d|/src/|/tmp/|/var/|0x[0-9a-f]{6}|what\(\)|engine-key|eyJ|errno")


def check_hygiene(number, answer):
    if not answer.field("x-srasta-error"):
        return []                    # the engine's own words about the client's own request
    # A challenge names the gateway's own URL, which its caller knows.
    fields = [(name, re.sub(r'resource_metadata="[^"]*"', "", value)) for name, value in answer.fields]
    told = b"\n".join(f"{name}: {value}".encode("latin-1") for name, value in fields) + answer.body
    found = TELLTALE.search(told)
    return [f"answer {number}: the error tells {found.group()!r}"] if found else []


def check_error_body(number, answer, code):
    kind = answer.one("content-type") or ""
    try:
        document = json.loads(answer.body)
    except ValueError:
        return [f"answer {number}: error body is not JSON: {answer.body[:200]!r}"]
    inner = document.get("error", document)
    out = []
    # Ollama's envelope is a text without a place for the code; Anthropic's has it in its details.
    of_ollama = list(document) == ["error"] and isinstance(inner, str) and inner
    of_anthropic = (list(document) == ["type", "error", "request_id"] and document["type"] == "error" and
                    list(inner) == ["type", "message", "details"] and inner["details"] == {"error_code": code} and
                    document["request_id"] == answer.one("x-request-id") == answer.one("request-id"))
    if not of_ollama and not of_anthropic and inner.get("code") != code:
        out.append(f"answer {number}: code in the body {inner.get('code')!r} is not {code!r}")
    if kind not in ("application/json", "application/problem+json"):
        out.append(f"answer {number}: Content-Type of an error is {kind!r}")
    return out


def check_connection(seen, expect):
    out = []
    wanted = expect.get("conn")
    if seen.problem:
        out.append(seen.problem)
    if expect.get("none") and seen.after not in ("fin", "reset", "gone"):
        out.append(f"expected no answer, got {seen.after}")
    if wanted == "keep" and not seen.problem and seen.after != "keep":
        out.append(f"connection expected keep, got {seen.after}")
    if wanted in ("close", "dropped") and not seen.problem and seen.after not in ("fin", "reset", "gone"):
        out.append(f"connection expected close, got {seen.after}")
    if wanted == "close" and seen.answers and seen.answers[-1].end == "complete" and seen.answers[-1].status and \
            "close" not in [value.lower() for value in seen.answers[-1].field("connection")]:
        out.append("the last answer closes the connection without saying Connection: close")
    return out + check_times(seen, expect)


def check_times(seen, expect):
    if seen.started_at is None or not {"within_ms", "after_ms"} & set(expect):
        return []
    at = seen.answers[-1].at if seen.answers and seen.answers[-1].at else seen.ended_at
    if at is None:
        return ["nothing happened"]
    took = (at - seen.started_at) * 1000
    if took > expect.get("within_ms", 1e9):
        return [Late(f"took {took:.0f} ms, at most {expect['within_ms']}")]
    if took < expect.get("after_ms", 0):
        return [f"took {took:.0f} ms, at least {expect['after_ms']}"]
    return []


def check_received(call, wanted, variant):
    out = []
    if "body" in wanted or "replace" in wanted or wanted.get("same_body"):
        body = expand(wanted["body"], whole_is_head=False) if "body" in wanted else variant.body
        for old, new in wanted.get("replace", []):
            if body.count(expand(old)) != 1:
                out.append(f"{old!r} is not once in the client's body")
            body = body.replace(expand(old), expand(new))
        if call.body != body:
            out.append(f"the engine received {len(call.body)} bytes {call.body[:300]!r}, expected {len(body)} "
                       f"{body[:300]!r}")
    for name, value in wanted.get("headers_not", {}).items():
        if expand(value).decode("latin-1") in call.field(name):
            out.append(f"the engine received {name}: {value[:80]!r}")
    for name, value in wanted.get("headers", {}).items():
        got = call.field(name)
        good = (bool(got) == value) if isinstance(value, bool) else got == as_list(value)
        if not good:
            out.append(f"the engine received {name}: {got!r}, expected {value!r}")
    if "line" in wanted and call.line != wanted["line"]:
        out.append(f"the engine received {call.line!r}, expected {wanted['line']!r}")
    return out


def check_records(records, expect, connections):
    wanted = expect.get("audit")
    if wanted is None:
        wanted = [{}] * len(answers_of(expect))
    wanted = as_list(wanted) * connections * expect.get("audit_times", 1)
    shown = [(record["act"], record["out"], record["data"].get("reason")) for record in records]
    if len(records) != len(wanted):
        return [f"{len(wanted)} terminal records expected, got {len(records)}: {shown[:6]}"]
    out = []
    for record, want in zip(records, wanted):
        got = {"act": record["act"], "out": record["out"], "reason": record["data"].get("reason"), **record["data"]}
        for key, value in want.items():
            if got.get(key) not in as_list(value):
                out.append(f"audit {key} expected {value!r}, got {got.get(key)!r} in {shown[:6]}")
    return out


def expected_records(expect, connections):
    wanted = expect.get("audit")
    count = len(answers_of(expect)) if wanted is None else len(as_list(wanted))
    return count * connections * expect.get("audit_times", 1)
