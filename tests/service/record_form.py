"""The form of a record, from the tables of docs/formats/audit-log.md and not from the platform's code."""
import hashlib
import json
import re

LABEL = re.compile(r"[A-Za-z0-9._:/@-]{1,128}")
SUBJECT = re.compile(r"-|c1:[0-9a-f]{64}|(?!c1:)(?![^@]*@.*\.)[A-Za-z0-9._:/@|+-]{1,128}")
DIGEST = re.compile(r"[0-9a-f]{64}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
LONGEST_BODY = 8192


def words(*allowed):
    return lambda value: value in allowed


def text(pattern):
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def integer(value):
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def members(optional=(), **kinds):
    """An object of these members in the order of their names."""
    def is_one(value):
        return (isinstance(value, dict) and list(value) == sorted(value) and set(value) <= set(kinds)
                and set(kinds) - set(optional) <= set(value) and all(kinds[name](value[name]) for name in value))
    return is_one


def array(kind):
    return lambda value: isinstance(value, list) and all(kind(each) for each in value)


def data(value):
    kinds = (integer, lambda each: isinstance(each, bool), text(LABEL), text(re.compile(r"([0-9a-f]{64})+")))
    return (isinstance(value, dict) and list(value) == sorted(value)
            and all(re.fullmatch(r"[a-z0-9_]{1,24}", name) and any(kind(each) for kind in kinds)
                    for name, each in value.items()))


LABELLED = text(LABEL)
BODY = members(
    optional=("corr", "ent", "pol"),
    act=text(re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")),
    actor=members(optional=("via",), id=text(SUBJECT), kind=words("none", "user", "service", "key", "system"),
                  roles=array(LABELLED), ten=LABELLED, via=array(text(SUBJECT))),
    boot=text(re.compile(r"[0-9a-f]{32}")), cls=words("must", "should", "may"),
    corr=members(optional=("rid", "sid", "span", "trace"), rid=LABELLED, sid=LABELLED, span=LABELLED, trace=LABELLED),
    data=data, ent=array(members(optional=("p",), h=text(DIGEST), n=integer, p=words(1), s=LABELLED)), fence=integer, mono=integer,
    out=words("allow", "deny", "error", "ok", "unknown"),
    pol=members(optional=("why",), id=LABELLED, rev=integer, why=LABELLED), prev=text(DIGEST), seq=integer,
    src=members(node=LABELLED, rel=LABELLED, svc=LABELLED), strm=text(re.compile(r"[a-z0-9-]{1,32}")), t=text(TIME),
    v=words(1))


def without_duplicates(pairs):
    assert len({name for name, _ in pairs}) == len(pairs), "a member stands twice"
    return dict(pairs)


def form_problem(line):
    """Why the bytes of a stored line, with LF, are no record; None if they are one."""
    match = re.fullmatch(rb'(.*),"h":"([0-9a-f]{64})"}\n', line, re.S)
    if not match:
        return "not a line with its hash"
    body = match[1] + b"}"
    if hashlib.sha256(b"\0" + body).hexdigest().encode() != match[2]:
        return "the hash is not that of the body"
    if len(body) > LONGEST_BODY or re.search(rb"[^\x20-\x7e]|\\", body):
        return "too long, or what would have to be escaped"
    try:
        record = json.loads(body, object_pairs_hook=without_duplicates)
    except (ValueError, AssertionError) as error:
        return f"no JSON: {error}"
    if json.dumps(record, separators=(",", ":")).encode() != body:
        return "not in the spelling of RFC 8785"
    return None if BODY(record) else "not the members of the page"
