"""Reads case files: TOML in, one fully spelled Variant per connection out. The format is tests/cases/http/README.md."""
import copy
import dataclasses
import pathlib
import re
import tomllib

CASES = pathlib.Path(__file__).resolve().parent.parent / "cases/http"
CASE_KEYS = {"id", "why", "variant", "values", "client", "body", "upstream", "upstream2", "expect", "config",
             "caller", "connections", "conductor", "window", "alone", "property", "check", "name"}
EXPECT_KEYS = {"status", "code", "headers", "body", "body_contains", "body_lacks", "json", "sent_body", "end",
               "stream_error", "head", "interim", "answers", "none", "unread", "conn", "upstream", "upstream2",
               "received", "audit", "within_ms", "after_ms", "upstream_closed_ms", "upstream_sent_most",
               "rss_growth_kib", "log_lacks", "log_has", "audit_times", "exit"}

B0 = b'{"model":"general","messages":[{"role":"user","content":"hi"}]}'
SIMPLE = {
    "H": b"Host: gw.test\r\nAuthorization: Bearer TOK\r\n",
    "GET": b"GET /v1/models HTTP/1.1\r\nHost: gw.test\r\nAuthorization: Bearer TOK\r\n",
    "POST": b"POST /v1/chat/completions HTTP/1.1\r\nHost: gw.test\r\nAuthorization: Bearer TOK\r\n"
            b"Content-Type: application/json\r\n",
}
MACRO = re.compile(rb"\{(H|GET|POST|B0|CL|HEXLEN|body|B0:[\w-]+|chunked:\d+|rep:.*?:\d+|pad-to:\d+|fields-to:\d+)\}",
                   re.DOTALL)
ESCAPE = re.compile(rb'\\(r|n|t|\\|"|x[0-9a-fA-F]{2})')
PLAIN = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\", b'"': b'"'}
DEFAULT_CLIENT = [r"{POST}Content-Length: {CL}\r\n\r\n{body}"]


class CaseError(Exception):
    """A case file that cannot be understood."""


@dataclasses.dataclass
class Variant:
    case: str
    number: int
    label: str
    file: str
    config: str
    caller: str
    client: list
    body: bytes
    upstream: object
    upstream2: object
    expect: dict
    connections: int
    window: int
    conductor: list
    alone: bool
    property: str
    check: dict

    @property
    def name(self):
        return f"{self.case}[{self.number}]"


def unescape(text):
    """The table's escapes; any other backslash stands for itself, so that JSON escapes pass."""
    def one(match):
        name = match.group(1)
        return PLAIN[name] if name in PLAIN else bytes([int(name[1:], 16)])
    return ESCAPE.sub(one, text.encode())


def _chunks(body, size):
    pieces = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def _encoded(codec):
    if codec == "gzip":
        import gzip
        return gzip.compress(B0)
    if codec == "deflate":
        import zlib
        return zlib.compress(B0)
    return B0.decode().encode(codec)


def _resolve(macro, body):
    """(bytes, is it a body) of a macro, or (name, number) of one that depends on what stands around it."""
    if macro in SIMPLE:
        return SIMPLE[macro], False
    if macro == "B0":
        return B0, True
    if macro == "body":
        return body, True
    name, _, rest = macro.partition(":")
    if name == "B0":
        return _encoded(rest), True
    if name == "chunked":
        return _chunks(body, int(rest)), False
    if name == "rep":
        text, _, count = rest.rpartition(":")
        return text.encode("latin-1") * int(count), False
    return macro, None


def _length_behind(parts, at):
    for data, is_body in parts[at + 1:]:
        if is_body:
            return len(data)
    rest = b"".join(data for data, is_body in parts[at + 1:] if is_body is not None)
    _, found, body = rest.partition(b"\r\n\r\n")
    return len(body if found else rest)


def expand(text, body=b"", whole_is_head=True, token=b"TOK"):
    """Bytes of a string of a case file."""
    raw = text if isinstance(text, bytes) else unescape(text)
    parts, last = [], 0
    for match in MACRO.finditer(raw):
        parts.append((raw[last:match.start()], False))
        parts.append(_resolve(match.group(1).decode("latin-1"), body))
        last = match.end()
    parts.append((raw[last:], False))
    parts = [(data.replace(b"Bearer TOK", b"Bearer " + token) if is_body is False else data, is_body)
             for data, is_body in parts]
    for at, (data, is_body) in enumerate(parts):
        if is_body is None and data in ("CL", "HEXLEN"):
            length = _length_behind(parts, at)
            parts[at] = (b"%d" % length if data == "CL" else b"%x" % length, False)
    return _pad(parts, whole_is_head)


def _pad(parts, whole_is_head):
    """Fills `pad-to` and `fields-to`, which count the head they stand in, or the whole body."""
    marks = [at for at, (_, is_body) in enumerate(parts) if is_body is None]
    if not marks:
        return b"".join(data for data, _ in parts)
    kind, _, wanted = parts[marks[0]][0].partition(":")
    before = b"".join(data for data, _ in parts[:marks[0]])
    after = b"".join(data for data, _ in parts[marks[0] + 1:])
    joined = before + after
    if not whole_is_head:
        counted = len(joined)
    elif kind == "fields-to":
        counted = joined.partition(b"\r\n\r\n")[0].count(b"\r\n")
    else:
        counted = joined.index(b"\r\n\r\n") + 4
    missing = int(wanted) - counted
    filling = b"a" * missing if kind == "pad-to" else b"".join(b"X-%d: v\r\n" % i for i in range(missing))
    return before + filling + after


def _values(case):
    values = case.get("values", [None])
    if isinstance(values, dict):
        return [str(number) for number in range(*values["range"])]
    return values


def _replaced(item, value):
    if value is None:
        return item
    if isinstance(item, str):
        return item.replace("{V}", value)
    if isinstance(item, list):
        return [_replaced(each, value) for each in item]
    if isinstance(item, dict):
        return {key: _replaced(each, value) for key, each in item.items()}
    return item


def merged(base, change):
    """`change` over `base`: tables are merged, everything else is replaced."""
    if not (isinstance(base, dict) and isinstance(change, dict)):
        return copy.deepcopy(change)
    out = copy.deepcopy(base)
    for key, value in change.items():
        out[key] = merged(base[key], value) if key in base else copy.deepcopy(value)
    return out


def _check_keys(table, known, where):
    unknown = set(table) - known
    if unknown:
        raise CaseError(f"{where}: unknown keys {sorted(unknown)}")


def variants_of(case, file):
    _check_keys(case, CASE_KEYS, f"{file} {case.get('id')}")
    out = []
    for change in case.get("variant", [{}]):
        spelled = merged({key: value for key, value in case.items() if key != "variant"}, change)
        _check_keys(spelled, CASE_KEYS, f"{file} {case['id']}")
        _check_keys(spelled.get("expect", {}), EXPECT_KEYS, f"{file} {case['id']} expect")
        for value in _values(spelled):
            one = _replaced(spelled, value)
            body = expand(one["body"], whole_is_head=False) if "body" in one else B0
            client = one.get("client", [] if "property" in one or "check" in one else DEFAULT_CLIENT)
            out.append(Variant(
                case=case["id"], number=len(out) + 1, label=one.get("name", value or ""), file=file,
                config=one.get("config", "default"), caller=one.get("caller", "user"),
                client=client if isinstance(client, list) else [client], body=body, upstream=one.get("upstream"),
                upstream2=one.get("upstream2"), expect=one.get("expect", {}), connections=one.get("connections", 1),
                window=one.get("window", 0), conductor=one.get("conductor", []), alone=one.get("alone", False),
                property=one.get("property", ""), check=one.get("check", {})))
    return out


def ids_of(path):
    with open(path, "rb") as file:
        return [case["id"] for case in tomllib.load(file)["case"]]


def load(path):
    with open(path, "rb") as file:
        text = tomllib.load(file)
    _check_keys(text, {"case"}, path)
    return [variant for case in text.get("case", []) for variant in variants_of(case, pathlib.Path(path).name)]


def all_files():
    return sorted(CASES.glob("*.toml"))
