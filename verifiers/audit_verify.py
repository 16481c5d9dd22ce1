#!/usr/bin/env python3
"""Verify a Srasta audit ledger. Stand-alone: Python 3 and its standard library.

Usage: audit_verify.py [--trust FILE] [--since CHECKPOINT_FILE]... [--witness POLICY_FILE]
                       [--json | --complete] DATA_FOLDER
       audit_verify.py [--trust FILE] [--witness POLICY_FILE] --bundle BUNDLE_FILE

Written from docs/formats/audit-log.md and audit-bundle.md, not from the program that writes the ledger, so that the
two check each other. Prints what `srasta audit verify` prints. Exit status 0 intact and anchored,
1 violated, 2 intact but not anchored, 3 unreadable, 4 wrong usage.
"""
import argparse
import base64
import bisect
import functools
import hashlib
import json
import os
import re
import sys
import time

LONGEST_LINE = 8192 - 1 + 73  # with LF
LONGEST_NOTE = 1_000_000
LONGEST_KEY_FILE = 1024
LONGEST_KEY = 512
LONGEST_KEY_NAME = 255
LONGEST_ORIGIN = 255
MOST_SIGNATURES = 100
MOST_UNANCHORED = 8192
MOST_EPOCHS = 1_000_000
LARGEST_TREE = (1 << 63) - 1
ED25519, COSIGNATURE = 1, 4  # types of keys
SUFFIX = re.compile(rb',"h":"([0-9a-f]{64})"}\Z')
# Nouns whose acts are changes of who may do what: begun and ended under one name.
ADMINISTERED = (b"tenant", b"user", b"group", b"role", b"key", b"license")
# Begun and ended under one name, too.
CHANGES = (b"config.apply", b"tool.change", b"tool.run", b"approval.request", b"approval.decide")
SEGMENT = re.compile(r"([0-9]{20})\.jsonl\Z")
COSIGNED = re.compile(r"cosigned(-[1-9][0-9]?)?\Z")
EPOCH_END = re.compile(r"epoch-([0-9]{6})\.end\Z")
STREAM = re.compile(r"[a-z0-9-]{1,32}\Z")
SEEN_HEAD = rb'\{"h":"([0-9a-f]{64})","n":([0-9]+),("p":1,)?"s":"([a-z0-9-]+)"\}'
FOLDERS_BESIDE_STREAMS = {"origin", "keys"}
# Of the characters up to U+0020 none may stand in a name, nor may other white space.
NOT_IN_KEY_NAMES = re.compile(
    "[\0-\x20+\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")


# ---- numbers and texts

def number(text):
    """A decimal number below 2^64 without leading zeros, or None."""
    if not re.fullmatch(rb"0|[1-9][0-9]{0,19}", text) or int(text) >= 1 << 64:
        return None
    return int(text)


def strict_base64(text):
    """The bytes, or None unless they have exactly this spelling."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return decoded if base64.b64encode(decoded) == text else None


def read_up_to(path, limit):
    """The bytes of a file; None if it is not there, too many if it is longer than the limit."""
    try:
        with open(path, "rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError:
        return None


def is_stream_name(name):
    return STREAM.match(name) is not None and name not in FOLDERS_BESIDE_STREAMS


def shown(name):
    """Bytes as Python has names of files."""
    return name.decode("utf-8", "surrogateescape")


# ---- Ed25519 (RFC 8032), points in extended coordinates (X, Y, Z, T)

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)


def add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    c = 2 * D * a[3] * b[3] % P
    d = 2 * a[2] * b[2] % P
    e, f, g, h = f - e, d - c, d + c, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def double(a):
    x, y, z = a[0] * a[0] % P, a[1] * a[1] % P, 2 * a[2] * a[2] % P
    h = x + y
    e = h - (a[0] + a[1]) * (a[0] + a[1]) % P
    g = x - y
    f = z + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def decode_point(encoded):
    """The point, or None."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (v * x * x - u) % P or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


def encode_point(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def multiples(point):
    """0 to 15 times the point."""
    table = [IDENTITY, point]
    while len(table) < 16:
        table.append(add(table[-1], point))
    return table


BASE = multiples(decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")))
DECODED_KEYS = {}  # multiples of the negative of each key


def negative_multiples(key):
    if key not in DECODED_KEYS:
        point = decode_point(key)
        if point is not None:
            point = multiples((P - point[0], point[1], point[2], P - point[3]))
        DECODED_KEYS[key] = point
    return DECODED_KEYS[key]


@functools.lru_cache(maxsize=4096)  # `operator` is read once for each other stream
def ed25519_verify(key, message, signature):
    table = negative_multiples(key)
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or table is None or s >= ORDER:
        return False
    k = hashlib.sha512(signature[:32] + key + message).digest()
    k = int.from_bytes(k, "little") % ORDER
    point = IDENTITY
    for shift in range(252, -1, -4):
        point = double(double(double(double(point))))
        point = add(add(point, BASE[s >> shift & 15]), table[k >> shift & 15])
    return encode_point(point) == signature[:32]


# ---- keys and notes (C2SP signed-note), checkpoints (C2SP tlog-checkpoint)

class Key:
    def __init__(self, name, kind, public):
        self.name, self.kind, self.public = name, kind, public
        self.id = hashlib.sha256(name + b"\n" + bytes([kind]) + public).digest()[:4]


def is_key_name(name):
    try:
        text = name.decode()
    except UnicodeDecodeError:
        return False
    return text != "" and not NOT_IN_KEY_NAMES.search(text)


def parse_key(line):
    """`<name>+<id>+<base64 of type and key>`, or None."""
    name, _, rest = line.partition(b"+")
    identity, _, data = rest.partition(b"+")
    data = strict_base64(data)
    if len(line) > LONGEST_KEY or len(name) > LONGEST_KEY_NAME or not is_key_name(name):
        return None
    if not data or len(data) != 33 or data[0] not in (ED25519, COSIGNATURE):
        return None
    key = Key(name, data[0], data[1:])
    return key if identity == key.id.hex().encode() else None


def parse_key_file(data):
    """The key of a file that has one line, or None."""
    if data is None or len(data) > LONGEST_KEY_FILE or not data.endswith(b"\n"):
        return None
    return parse_key(data[:-1])


class Note:
    def __init__(self, text, signatures):
        self.text, self.signatures = text, signatures  # (name, id, bytes)


def parse_signature(line):
    dash = "\u2014 ".encode()
    name, space, encoded = line[len(dash):].partition(b" ")
    data = strict_base64(encoded)
    if not line.startswith(dash) or not space or not is_key_name(name) or not data or len(data) < 5:
        return None
    return name, data[:4], data[4:]


def parse_note(data):
    """A note, or None."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    if len(data) > LONGEST_NOTE or not data.endswith(b"\n") or re.search("[\0-\x09\x0b-\x1f]", text):
        return None
    end = data.rfind(b"\n\n")
    lines = data[end + 2:].split(b"\n")[:-1]
    if end < 0 or not 1 <= len(lines) <= MOST_SIGNATURES:
        return None
    signatures = [parse_signature(line) for line in lines]
    return None if None in signatures else Note(data[:end + 1], signatures)


def parse_checkpoint(text):
    """Origin, size and root of a checkpoint; None for anything else, extension lines included."""
    lines = text.split(b"\n")
    if len(lines) != 4 or not 1 <= len(lines[0]) <= LONGEST_ORIGIN or lines[3]:
        return None
    size, root = number(lines[1]), strict_base64(lines[2])
    if size is None or size > LARGEST_TREE or root is None or len(root) != 32:
        return None
    return lines[0], size, root


def is_signed_by(note, keys):
    """At least one line is of these keys, and all that are, are right."""
    found = False
    for name, identity, signature in note.signatures:
        mine = {key.public for key in keys if (key.name, key.id) == (name, identity)}
        if len(mine) > 1 or any(not ed25519_verify(key, note.text, signature) for key in mine):
            return False
        found = found or bool(mine)
    return found


# ---- policies (C2SP tlog-policy) and cosignatures (C2SP tlog-cosignature)

LONGEST_POLICY = 256 << 10
LATEST_TIME = (1 << 63) - 1


class WrongPolicy(Exception):
    pass


class Policy:
    """Or the constructor raises WrongPolicy."""

    def __init__(self, text):
        self.logs, self.witnesses, self.quorum = [], [], None
        self.parties = {}  # name: a key, or how many of which parties
        self.has_quorum, self.grouped = False, set()
        if len(text) > LONGEST_POLICY or re.search(rb"[^\t\n\x20-\x7e\x80-\xff]", text):
            raise WrongPolicy("too large, or control characters in it")
        *lines, rest = text.split(b"\n")
        for at, line in enumerate(lines, 1):
            words = re.findall(rb"[^ \t]+", line)
            if words and not words[0].startswith(b"#") and not self.take(*words):
                raise WrongPolicy(f"line {at} is wrong")
        if rest or not self.has_quorum:
            raise WrongPolicy("the last line has no end, or there is no quorum")

    def take(self, kind, *words):
        take = {b"log": self.take_log, b"witness": self.take_witness, b"group": self.take_group,
                b"quorum": self.take_quorum}.get(kind)
        return take is not None and take(words)

    def take_log(self, words):
        key = parse_key(words[0]) if 1 <= len(words) <= 2 else None
        if not key or key.kind != ED25519 or key.public in [log.public for log in self.logs]:
            return False
        self.logs.append(key)
        return True

    def take_witness(self, words):
        key = parse_key(words[1]) if 2 <= len(words) <= 3 else None
        if not key or key.kind != COSIGNATURE or key.public in [one.public for one in self.witnesses]:
            return False
        self.witnesses.append(key)
        return self.define(words[0], key)

    def take_group(self, words):
        if len(words) < 3:
            return False
        members = words[2:]
        wanted = {b"any": 1, b"all": len(members)}.get(words[1], number(words[1]))
        if wanted is None or not 1 <= wanted <= len(members):
            return False
        for name in members:
            if name not in self.parties or name in self.grouped:
                return False
            self.grouped.add(name)
        return self.define(words[0], (wanted, members))

    def take_quorum(self, words):
        if len(words) != 1 or self.has_quorum:
            return False
        self.has_quorum = True
        self.quorum = None if words[0] == b"none" else words[0]
        return self.quorum is None or self.quorum in self.parties

    def define(self, name, party):
        if name == b"none" or name in self.parties:
            return False
        self.parties[name] = party
        return True

    def is_met(self, note):
        """None if a cosignature of one of the witnesses is wrong."""
        cosigned = set()
        for name, identity, data in note.signatures:
            mine = [key for key in self.witnesses if (key.name, key.id) == (name, identity)]
            if len(mine) > 1 or any(not is_cosignature(note.text, data, key) for key in mine):
                return None
            cosigned.update(key.public for key in mine)
        met = {}
        for name, party in self.parties.items():  # a group stands behind its members
            if isinstance(party, Key):
                met[name] = party.public in cosigned
            else:
                met[name] = sum(met[member] for member in party[1]) >= party[0]
        return self.quorum is None or met[self.quorum]


def is_cosignature(text, data, key):
    seconds = int.from_bytes(data[:8], "big")
    message = b"cosignature/v1\ntime %d\n" % seconds + text
    return (len(data) == 72 and seconds <= LATEST_TIME
            and ed25519_verify(key.public, message, data[8:]))


# ---- tree (RFC 6962 section 2.1)

class Tree:
    """The right frontier of a growing tree, and its roots at the sizes that were wanted."""

    def __init__(self, wanted):
        self.size, self.frontier = 0, []  # (leaves, hash), the largest first
        self.roots = {size: None for size in wanted}
        if 0 in self.roots:
            self.roots[0] = hashlib.sha256(b"").digest()

    def append(self, leaf):
        leaves = 1
        while self.frontier and self.frontier[-1][0] == leaves:
            leaf = hashlib.sha256(b"\1" + self.frontier.pop()[1] + leaf).digest()
            leaves *= 2
        self.frontier.append((leaves, leaf))
        self.size += 1
        if self.size in self.roots:
            self.roots[self.size] = self.root()

    def resume(self, size, frontier):
        """Behind leaves that are gone."""
        self.size, self.frontier = size, list(frontier)
        if size in self.roots:
            self.roots[size] = self.root()

    def root(self):
        hashed = self.frontier[-1][1]
        for _, left in reversed(self.frontier[:-1]):
            hashed = hashlib.sha256(b"\1" + left + hashed).digest()
        return hashed


# ---- records

class Violation(Exception):
    def __init__(self, verdict, seq, where):
        super().__init__(verdict)
        self.verdict, self.seq, self.where = verdict, seq, where


class Record:
    def __init__(self, seq, prev, leaf, body):
        self.seq, self.prev, self.leaf, self.body = seq, prev, leaf, body

    def has_act(self, act):
        return self.body.startswith(b'{"act":"' + act + b'",')

    def data(self, member):
        return value_after(self.body, member, self.body.find(member))

    def seen(self):
        """Stream, size, last leaf and whether a probe brought it, of each head in `ent`; nothing if one
        of them is none."""
        front = self.body[:self.body.rfind(b',"prev":"')]
        end = front.rfind(b',"fence":')
        begin = front.rfind(b',"ent":[', 0, max(end, 0))
        if begin < 0 or front[end - 1:end] != b"]":
            return []
        text = front[begin + len(b',"ent":['):end - 1]
        if not re.fullmatch(SEEN_HEAD + rb"(," + SEEN_HEAD + rb")*", text):
            return []
        heads = [(shown(name), number(size), bytes.fromhex(leaf.decode()), bool(probe))
                 for leaf, size, probe, name in re.findall(SEEN_HEAD, text)]
        return heads if all(is_stream_name(head[0]) and head[1] for head in heads) else []


def value_after(text, name, at):
    """The bytes after `name` (found at `at`) up to the next comma, brace or quote."""
    if at < 0:
        return b""
    rest = text[at + len(name):]
    end = re.search(rb'[,}"]', rest)
    return rest[:end.start()] if end else rest


def read_record(line):
    """A record whose hash is right, or None."""
    suffix = SUFFIX.search(line)
    if not suffix or len(line) >= LONGEST_LINE:
        return None
    body = line[:suffix.start()]
    leaf = hashlib.sha256(b"\0" + body + b"}").digest()
    if leaf.hex().encode() != suffix.group(1):
        return None
    if not body.startswith(b'{"act":"') or not body.endswith(b',"v":1'):
        return None
    prev = value_after(body, b',"prev":"', body.rfind(b',"prev":"'))
    seq = number(value_after(body, b',"seq":', body.rfind(b',"seq":')))
    if seq is None or len(prev) != 64:
        return None
    return Record(seq, prev, leaf, body)


def lines_of(path, last):
    """The lines of a segment without LF; None stands for an unfinished one at its end."""
    with open(path, "rb") as file:
        rest = b""
        patience = 20 if last else 0
        while True:
            block = file.read(1 << 20)
            rest += block
            *whole, rest = rest.split(b"\n")
            yield from whole
            if len(rest) >= LONGEST_LINE:
                yield rest  # too long for a record
                rest = b""
            if block:
                continue
            if not rest:
                return
            # The writer may be in the middle of this line.
            before = os.fstat(file.fileno()).st_size
            time.sleep(0.001)
            patience -= 1
            if patience <= 0 and os.fstat(file.fileno()).st_size == before:
                yield None
                return


# ---- log.pruned: which records at the beginning of a stream may be missing

class Prune:
    def __init__(self, record):
        """Raises ValueError unless the record says what could be true."""
        self.seq = record.seq
        self.stream = shown(record.data(b'"stream":"'))
        self.first, self.upto, self.size, self.epoch, self.epoch_from = (
            self.whole(record, member) for member in ("from", "upto", "size", "epoch", "epoch_from"))
        self.root, self.leaf, self.key = (
            self.hashes(record, member, 1)[0] for member in ("root", "leaf", "key"))
        roots = self.hashes(record, "roots", bin(self.upto).count("1"))
        powers = [1 << bit for bit in range(63, -1, -1) if self.upto >> bit & 1]
        self.frontier = list(zip(powers, roots))
        if not is_stream_name(self.stream) or self.stream == "operator":
            raise ValueError
        if not self.first < self.upto < self.size < 1 << 53 or self.epoch >= MOST_EPOCHS:
            raise ValueError
        if self.epoch_from > self.upto or (self.epoch == 0) != (self.epoch_from == 0):
            raise ValueError

    @staticmethod
    def whole(record, member):
        value = number(record.data(f'"{member}":'.encode()))
        if value is None:
            raise ValueError
        return value

    @staticmethod
    def hashes(record, member, count):
        text = record.data(f'"{member}":"'.encode())
        if not re.fullmatch(rb"([0-9a-f]{64})*", text) or len(text) != 64 * count:
            raise ValueError
        return [bytes.fromhex(text[at:at + 64].decode()) for at in range(0, len(text), 64)]

    def claims(self):
        tree = Tree(())
        tree.size, tree.frontier = self.upto, self.frontier[:]
        return [Claim("install", "operator", told=told)
                for told in ((self.upto, tree.root()), (self.size, self.root))]


# ---- claims: what says which root the first `size` records have

class Claim:
    """`kind` is log, end, checkpoint, head, cosigned, anchor or install; `fault` a verdict, or None."""

    def __init__(self, kind, where, origin=None, note=None, told=None, epoch=None, fault=None):
        self.kind, self.where, self.note, self.epoch, self.fault = kind, where, note, epoch, fault
        if told:
            self.size, self.root = told
        elif not fault:
            read = parse_checkpoint(note.text) if note else None
            if read and read[0] == origin:
                self.size, self.root = read[1:]
            else:
                self.fault = "BAD_SIGNATURE"


def pieces_of(path):
    """The notes of a checkpoints.log as bytes, a torn one at its end aside."""
    with open(path, "rb") as file:
        left = os.fstat(file.fileno()).st_size
        piece, empty_lines = b"", 0
        while left > 0:
            line = file.readline(min(left, LONGEST_NOTE + 2))
            left -= len(line) if line else left
            empty_lines += line == b"\n" and piece[-1:] in (b"\n", b"")
            if empty_lines == 2:
                if left > 0 or len(piece) > LONGEST_NOTE or parse_note(piece):
                    yield piece
                piece, empty_lines = b"", 0
                continue
            piece += line
            if len(piece) > LONGEST_NOTE + 1:
                break
        if len(piece) > LONGEST_NOTE:
            yield piece


def claims_in(folder, origin, with_cosigned):
    """All of a stream's files, in the order of judgement."""
    try:
        for piece in pieces_of(os.path.join(folder, "checkpoints.log")):
            yield Claim("log", "checkpoints.log", origin, parse_note(piece))
    except FileNotFoundError:
        pass
    except OSError as error:
        yield Claim("log", str(error), fault="UNREADABLE")
    try:
        there = sorted(os.listdir(folder))
    except OSError:
        there = []  # the segments will say so
    ends = [name for name in there if EPOCH_END.match(name)]
    cosigned = [name for name in there if with_cosigned and COSIGNED.match(name)]
    files = [("end", name, int(name[6:12])) for name in ends]
    files += [("checkpoint", "checkpoint", None), ("head", "head", None)]
    for kind, name, epoch in files + [("cosigned", name, None) for name in cosigned]:
        try:
            data = read_up_to(os.path.join(folder, name), LONGEST_NOTE)
            if data is not None:
                yield Claim(kind, name, origin, parse_note(data), epoch=epoch)
        except OSError as error:
            yield Claim(kind, str(error), fault="UNREADABLE")


# ---- streams

class Stream:
    """One stream, and what is known of it beforehand."""

    def __init__(self, name, folder, install_id, log_keys, first_keys, anchors=(), told=(), policy=None,
                 prunes=()):
        self.name, self.folder = name, os.path.join(folder, name)
        self.origin = install_id + b"/" + name.encode()
        self.log_keys = self.named(log_keys, install_id)
        self.policy, self.witnessed = policy, None
        logs = policy.logs if policy else []
        self.policy_log_keys = self.named(logs, install_id) if logs else self.log_keys
        self.first_keys = [(key.kind, key.public) for key in first_keys
                           if key.name == self.origin + b"/epoch-000000"]
        self.told_of_others, self.prunes_of_all = {}, []
        self.seen_of_others = {}  # size, record and leaf of each head, by stream
        self.prunes, self.pruned = prunes, None
        self.first, self.records, self.head, self.notes = 0, 0, None, []
        self.violation, self.anchored, self.ended_well = None, None, True
        # Keys by number, and the records up to the log.epoch of each.
        self.first_epoch, self.epochs, self.begins = 0, [], []
        self.given = [Claim("anchor", where, self.origin, note) for note, where in anchors]
        self.given += [Claim("install", "install", told=one) for one in told]
        self.given += [claim for prune in prunes for claim in prune.claims()]

    def named(self, keys, install_id):
        """Those that are log keys of this stream, under its origin."""
        return [Key(self.origin, ED25519, key.public) for key in keys
                if key.kind == ED25519 and key.name in (install_id, self.origin)]

    def verify(self, only_signed=False):
        """`only_signed` passes over what is wrong behind everything that is signed."""
        # Before the records, since these only grow; and only sizes, since there may be many.
        self.claims = list(claims_in(self.folder, self.origin, bool(self.policy)))
        self.claims += self.given
        self.tree = Tree(claim.size for claim in self.claims if not claim.fault)
        try:
            try:
                self.verify_segments()
            except Violation:
                if not only_signed or self.records == self.first:
                    raise
            self.judge_claims()
        except Violation as violation:
            self.violation = violation
        except OSError as error:
            self.violation = Violation("UNREADABLE", self.records, str(error))

    # -- chain

    def epoch_key(self, number_of_epoch):
        """The key of `epoch-<number>.pub`, or None."""
        name = f"epoch-{number_of_epoch:06}"
        key = parse_key_file(
            read_up_to(os.path.join(self.folder, name + ".pub"), LONGEST_KEY_FILE))
        fits = key and key.kind == ED25519 and key.name == self.origin + b"/" + name.encode()
        return key if fits else None

    def verify_segments(self):
        try:
            names = sorted(name for name in os.listdir(os.path.join(self.folder, "seg"))
                           if SEGMENT.match(name))
        except FileNotFoundError:
            names = []
        if not names:
            raise Violation("SEGMENT_MISSING", 0, "seg")
        self.find_prune(int(names[0][:20]))
        key = self.epoch_key(0)
        if not key or (self.first_keys and (key.kind, key.public) not in self.first_keys):
            raise Violation("EPOCH_GAP", 0, "epoch-000000.pub")
        self.epochs, self.begins = [key], [0]
        if self.pruned:
            # Segments that are still to be removed are bound from behind.
            self.prev = None
            if self.is_resumed():
                self.resume(names[0])
        else:
            self.prev = hashlib.sha256(b"srasta-audit-log/1\n" + self.origin + b"\n"
                                       + key.public.hex().encode() + b"\n").hexdigest().encode()
        for index, name in enumerate(names):
            first = int(name[:20])
            if first > self.records:
                raise Violation("SEGMENT_MISSING", self.records, name)
            if first < self.records:
                raise Violation("DUPLICATE_SEQ", first, name)
            self.verify_lines(names, index)
        if self.records == self.first or not self.is_resumed():
            raise Violation("TRUNCATED", self.records, names[-1])

    def find_prune(self, first):
        fitting = [prune for prune in self.prunes if prune.upto >= first > 0]
        if fitting:
            self.pruned = min(fitting, key=lambda prune: prune.upto)
            self.first = self.records = first
            self.notes.append(Violation("PRUNED_AUTHORISED", first, f"operator {self.pruned.seq}"))

    def is_resumed(self):
        """Whether tree and epochs of the records so far are known."""
        return self.pruned is None or self.records >= self.pruned.upto

    def resume(self, name):
        prune = self.pruned
        if self.prev not in (None, prune.leaf.hex().encode()):
            raise Violation("MODIFIED", prune.upto - 1, name)
        self.prev = prune.leaf.hex().encode()
        key = self.epoch_key(prune.epoch)
        if not key or key.public != prune.key:
            raise Violation("EPOCH_GAP", prune.upto, f"epoch-{prune.epoch:06}.pub")
        self.first_epoch, self.epochs, self.begins = prune.epoch, [key], [prune.epoch_from]
        self.tree.resume(prune.upto, prune.frontier)

    def verify_lines(self, names, index):
        name = names[index]
        rest = lines_of(os.path.join(self.folder, "seg", name), index + 1 == len(names))
        for line in rest:
            if line is None:
                raise Violation("TRUNCATED", self.records, name)
            record = read_record(line)
            if record is None:
                raise Violation("MODIFIED", self.records, name)
            if record.seq < self.records:
                raise Violation("DUPLICATE_SEQ", record.seq, name)
            if record.seq > self.records:
                later = self.occurs_later(rest, names[index + 1:])
                raise Violation("REORDERED" if later else "GAP", self.records, name)
            if self.prev is not None and record.prev != self.prev:
                raise Violation("MODIFIED", max(self.records - 1, 0), name)
            self.take(record, name)

    def take(self, record, name):
        known = self.is_resumed()
        if record.has_act(b"log.epoch"):
            if known:
                self.begin_epoch(record, name)
        elif record.has_act(b"log.recovered"):
            start = number(record.data(b'"from_seq":'))
            start = record.seq if start is None else start
            self.notes.append(Violation("RECOVERED_TORN_TAIL", start, name))
        elif record.has_act(b"log.clock.step"):
            self.notes.append(Violation("CLOCK_STEP", record.seq, name))
        elif record.has_act(b"log.restored"):
            self.notes.append(Violation("RESTORED", record.seq, name))
        elif record.has_act(b"log.checkpoint") and self.name == "install":
            self.listen(record)
        elif record.has_act(b"log.pruned") and self.name == "operator":
            try:
                self.prunes_of_all.append(Prune(record))
            except ValueError:
                pass
        for stream, size, leaf, _ in record.seen():
            seen = self.seen_of_others.setdefault(stream, [])
            if not seen or (seen[-1][0], seen[-1][2]) != (size, leaf):
                seen.append((size, record.seq, leaf))
        self.prev, self.head = record.leaf.hex().encode(), record.leaf
        self.records += 1
        if known:
            self.tree.append(record.leaf)
        elif self.is_resumed():
            self.resume(name)

    def begin_epoch(self, record, name):
        key = None
        following = self.first_epoch + len(self.epochs)
        if number(record.data(b'"epoch":')) == following:
            key = self.epoch_key(following)
        if not key or key.public.hex().encode() != record.data(b'"key":"'):
            raise Violation("EPOCH_GAP", record.seq, name)
        self.epochs.append(key)
        self.begins.append(record.seq + 1)

    def listen(self, record):
        """To what the stream `install` tells of another one."""
        stream = shown(record.data(b'"stream":"'))
        size, root = number(record.data(b'"size":')), record.data(b'"root":"')
        if size is None or not re.fullmatch(rb"[0-9a-f]{64}", root) or stream == "install":
            return
        if is_stream_name(stream):
            told = self.told_of_others.setdefault(stream, [])
            told.append((size, bytes.fromhex(root.decode())))

    def occurs_later(self, rest, names):
        sources = [rest] + [lines_of(os.path.join(self.folder, "seg", name), False)
                            for name in names]
        for source in sources:
            for line in source:
                record = read_record(line) if line is not None else None
                if record and record.seq == self.records:
                    return True
        return False

    # -- checkpoints

    def judge_claims(self):
        ended_well, best, by_anchor, last_of_log, unchecked = set(), {}, -1, 0, {}
        for claim in self.claims:
            if claim.fault:
                number_shown = self.records if claim.fault == "UNREADABLE" else 0
                raise Violation(claim.fault, number_shown, claim.where)
            if claim.kind == "log" and claim.size < last_of_log:
                raise Violation("BAD_SIGNATURE", claim.size, claim.where)
            last_of_log = claim.size if claim.kind == "log" else last_of_log
            self.judge_root(claim)
            if self.pruned and claim.size <= self.pruned.upto:
                self.judge_pruned(claim, unchecked)
                continue
            if claim.kind == "install":
                continue
            epoch = self.first_epoch + max(bisect.bisect_left(self.begins, claim.size) - 1, 0)
            self.judge_signatures(claim, epoch)
            if self.is_witnessed(claim):
                self.witnessed = max(self.witnessed or 0, claim.size)
                by_anchor = max(by_anchor, claim.size if self.policy.quorum else -1)
            if claim.kind == "anchor":
                by_anchor = max(by_anchor, claim.size)
            if claim.kind in ("anchor", "cosigned"):
                continue
            if self.end_of(epoch) == claim.size:
                ended_well.add(epoch)
            if claim.kind in ("log", "checkpoint"):
                best[epoch] = max(best.get(epoch, 0), claim.size)
        self.notes += [Violation("UNCHECKED", size, where) for where, size in unchecked.items()]
        bound = max(by_anchor, self.pruned.upto) if self.pruned else by_anchor
        for epoch in range(self.first_epoch, self.first_epoch + len(self.epochs)):
            bound = max(bound, best.get(epoch, -1))
            end = self.end_of(epoch)
            if epoch not in ended_well and end is not None and end > by_anchor:
                self.ended_well = False
                break
        self.anchored = bound if bound >= 0 else None

    def is_witnessed(self, claim):
        if not self.policy or claim.kind in ("head", "end"):
            return False
        met = self.policy.is_met(claim.note)
        if met is None:
            raise Violation("BAD_SIGNATURE", claim.size, claim.where)
        return met and is_signed_by(claim.note, self.policy_log_keys)

    def end_of(self, epoch):
        """The size of the checkpoint that ends an epoch; None while it lasts."""
        following = epoch - self.first_epoch + 1
        return self.begins[following] if 0 < following < len(self.begins) else None

    def judge_pruned(self, claim, unchecked):
        """A claim on records that are gone."""
        asked = claim.kind in ("log", "checkpoint", "anchor")
        if asked and not is_signed_by(claim.note, self.log_keys):
            raise Violation("BAD_SIGNATURE", claim.size, claim.where)
        if claim.size < self.pruned.upto:
            where = "epoch-*.end" if claim.kind == "end" else claim.where
            unchecked[where] = max(unchecked.get(where, 0), claim.size)

    def judge_root(self, claim):
        if claim.size > self.records:
            verdict = "ROLLED_BACK" if claim.kind == "anchor" else "TRUNCATED"
            raise Violation(verdict, self.records, claim.where)
        pruned = self.pruned.upto if self.pruned else 0
        if claim.size < pruned:
            return
        if self.tree.roots[claim.size] != claim.root:
            raise Violation("FORK", claim.size, claim.where)
        if claim.size == pruned > 0:
            return
        if claim.kind == "end" and self.end_of(claim.epoch) != claim.size:
            raise Violation("EPOCH_GAP", claim.size, claim.where)

    def judge_signatures(self, claim, epoch):
        key = self.epochs[epoch - self.first_epoch]
        for name, _, _ in claim.note.signatures:
            if name.startswith(self.origin + b"/epoch-") and name != key.name:
                raise Violation("EPOCH_GAP", claim.size, claim.where)
        by_writer = claim.kind in ("anchor", "cosigned") or is_signed_by(claim.note, [key])
        by_log = claim.kind in ("head", "end") or is_signed_by(claim.note, self.log_keys)
        if not by_writer or not by_log:
            raise Violation("BAD_SIGNATURE", claim.size, claim.where)

    # -- what other streams remember (`ent`)

    def judge_seen(self, seen):
        """`seen` has size, witness, number of its record and leaf, in order. Read anew: the stream may
        have grown meanwhile, and is then not one that was cut."""
        folder = os.path.join(self.folder, "seg")
        try:
            names = sorted(name for name in os.listdir(folder) if SEGMENT.match(name))
            first = max(self.first, int(names[0][:20]))
            unchecked = {by: size for size, by, _, _ in seen if size <= first}
            self.notes += [Violation("UNCHECKED", unchecked[by], by) for by in sorted(unchecked)]
            self.compare_seen([one for one in seen if one[0] > first], folder, names)
        except Violation as violation:
            self.violation, self.anchored, self.witnessed = violation, None, None
        except (OSError, IndexError) as error:
            self.violation = Violation("UNREADABLE", self.records, str(error))
            self.anchored = self.witnessed = None

    def compare_seen(self, seen, folder, names):
        at = 0
        for index, name in enumerate(names):
            last = index + 1 == len(names)
            if at == len(seen):
                return
            if not last and seen[at][0] > int(names[index + 1][:20]):
                continue
            for seq, line in enumerate(lines_of(os.path.join(folder, name), last), int(name[:20])):
                if at == len(seen) or line is None:
                    break
                if seen[at][0] != seq + 1:
                    continue
                record = read_record(line)
                leaf = record.leaf if record and record.seq == seq else None
                while at < len(seen) and seen[at][0] == seq + 1:
                    if seen[at][3] != leaf:
                        raise Violation("FORK", seq + 1, witness_of(seen[at]))
                    at += 1
        if at < len(seen):
            raise Violation("TRUNCATED", self.records, witness_of(seen[at]))

    # -- report

    def tail(self):
        return self.records - (self.anchored or 0)

    def is_unanchored(self):
        signed = self.anchored is not None and self.ended_well and self.tail() <= MOST_UNANCHORED
        return not self.violation and not signed

    def lacks_quorum(self):
        seen = self.witnessed is not None and self.records - self.witnessed <= MOST_UNANCHORED
        return bool(self.policy) and not self.violation and not seen

    def lines(self):
        for note in self.notes:
            yield f"{self.name}: {note.verdict} {note.seq} ({note.where})"
        if self.records > self.first:
            yield f"{self.name}: OK {self.first}-{self.records - 1} head {self.head.hex()}"
        if self.violation:
            found = self.violation
            yield f"{self.name}: {found.verdict} {found.seq} ({found.where})"
            return
        if self.witnessed is not None:
            yield f"{self.name}: WITNESSED {self.witnessed} of {self.records}"
        elif self.policy:
            yield f"{self.name}: NO_QUORUM"
        if self.tail():
            yield f"{self.name}: OK_UNANCHORED_TAIL {self.tail()} from {self.anchored or 0}"

    def document(self):
        verdict = "OK_UNANCHORED_TAIL" if self.tail() else "OK"
        if self.violation:
            verdict = self.violation.verdict
        out = {"stream": self.name, "verdict": verdict, "records": self.records}
        if self.first:
            out["first"] = self.first
        if self.records > self.first:
            out["head"] = self.head.hex()
        if self.anchored is not None:
            out["anchored"] = self.anchored
        if self.witnessed is not None and not self.violation:
            out["witnessed"] = self.witnessed
        found = [{"verdict": one.verdict, "number": one.seq, "where": one.where}
                 for one in self.notes + [self.violation] if one]
        out["notes"] = found[:len(self.notes)]
        if self.violation:
            out["violation"] = found[-1]
        return out


def witness_of(seen):
    return f"{seen[1]} {seen[2]}"


# ---- the ledger

class Ledger:
    """`trusted` are keys, `anchors` pairs of a note and its name; both, and the policy, from outside."""

    def __init__(self, data_folder, trusted=(), anchors=(), policy=None):
        self.folder = os.path.join(data_folder, "audit")
        self.trusted, self.anchors, self.policy = list(trusted), anchors, policy
        self.streams, self.problem = [], None
        try:
            self.verify()
        except OSError as error:
            self.problem = str(error)

    def verify(self):
        with open(os.path.join(self.folder, "origin"), "rb") as file:
            self.install_id = file.read(LONGEST_KEY_FILE).split(b"\n")[0]
        self.log_keys = self.trusted or self.own_log_key()
        anchors, told = self.routed_anchors(), {}
        self.operator_anchors = anchors.get("operator", ())
        # What `install` tells must be there when the others are read.
        if "install" in os.listdir(self.folder):
            told = self.verify_stream("install", anchors, told)
        for name in sorted(os.listdir(self.folder)):
            if is_stream_name(name) and name != "install":
                self.verify_stream(name, anchors, told)
        seen = self.compare_memories()
        for name in told:
            self.miss(name, Violation("SEGMENT_MISSING", 0, "install"))
            anchors.pop(name, None)
            seen.pop(name, None)
        for name in sorted(seen):
            self.miss(name, Violation("SEGMENT_MISSING", 0, witness_of(seen[name][0])))
            anchors.pop(name, None)
        for name, known in anchors.items():
            verdict = "ROLLED_BACK" if is_stream_name(name) else "BAD_SIGNATURE"
            self.miss(name, Violation(verdict, 0, known[0][1]))
        self.streams.sort(key=lambda stream: os.fsencode(stream.name))
        if not self.streams:
            self.problem = f"{self.folder} holds no stream"

    def compare_memories(self):
        """Of what intact streams remember of each other. Returns what is remembered of streams that
        are not there."""
        seen = {}
        for witness in self.streams:
            if witness.violation:
                continue
            for name, heads in witness.seen_of_others.items():
                seen.setdefault(name, []).extend(
                    (size, witness.name, seq, leaf) for size, seq, leaf in heads)
        for name in seen:
            seen[name].sort(key=lambda one: one[:3])
        for stream in self.streams:
            of_stream = seen.pop(stream.name, None)
            if of_stream and not stream.violation:
                stream.judge_seen(of_stream)
        return seen

    def own_log_key(self):
        try:
            key = parse_key_file(
                read_up_to(os.path.join(self.folder, "keys", "log.pub"), LONGEST_KEY_FILE))
        except OSError as error:
            self.problem = str(error)
            return []
        return [key] if key and key.name == self.install_id else []

    def routed_anchors(self):
        """By stream; those of other installations under their whole origin."""
        routed = {}
        for note, where in self.anchors:
            origin = note.text.split(b"\n")[0]
            name, prefix = shown(origin), self.install_id + b"/"
            if origin.startswith(prefix) and is_stream_name(shown(origin[len(prefix):])):
                name = shown(origin[len(prefix):])
            routed.setdefault(name, []).append((note, where))
        return routed

    def prunes_of(self, name):
        """What `operator` allows to be missing. It is read anew for each stream, just before its
        segments: a record about them is signed before the first of them is removed."""
        folder = os.path.join(self.folder, "operator", "seg")
        if name == "operator" or not os.path.isdir(folder) or not os.listdir(folder):
            return []
        stream = Stream("operator", self.folder, self.install_id, self.log_keys, self.trusted,
                        self.operator_anchors)
        stream.verify(only_signed=True)
        if stream.violation:
            return []
        return [prune for prune in stream.prunes_of_all
                if prune.stream == name and prune.seq < (stream.anchored or 0)]

    def verify_stream(self, name, anchors, told):
        stream = Stream(name, self.folder, self.install_id, self.log_keys, self.trusted,
                        anchors.pop(name, ()), told.pop(name, ()), self.policy, self.prunes_of(name))
        stream.verify()
        self.streams.append(stream)
        return stream.told_of_others

    def miss(self, name, violation):
        stream = Stream("-", self.folder, self.install_id, (), ())
        stream.name, stream.violation = name, violation
        self.streams.append(stream)

    def status(self):
        verdicts = {stream.violation.verdict for stream in self.streams if stream.violation}
        if verdicts - {"UNREADABLE"}:
            return 1
        if self.problem or verdicts:
            return 3
        return 2 if any(stream.is_unanchored() or stream.lacks_quorum()
                        for stream in self.streams) else 0

    def sentence(self):
        def names(fits):
            return ", ".join(stream.name for stream in self.streams if fits(stream))

        records = sum(stream.records - stream.first for stream in self.streams)
        what = f"{records} records in {len(self.streams)} streams: unbroken"
        status = self.status()
        if status == 0:
            tail = sum(stream.tail() for stream in self.streams)
            whose = "trusted log key" if self.trusted else "log key of the folder itself"
            seen = ""
            if self.policy:
                unseen = sum(stream.records - (stream.witnessed or 0) for stream in self.streams)
                seen = f", all but the last {unseen} witnessed"
            return f"OK ({what}, all but the last {tail} signed, {whose}{seen})"
        if status == 1:
            violated = names(lambda stream: stream.violation
                             and stream.violation.verdict != "UNREADABLE")
            return f"VIOLATED (changed, removed or not signed as it should be: {violated})"
        if status == 2:
            lacking = [words + found for words, found in
                       (("but too few signed in ", names(Stream.is_unanchored)),
                        ("but not cosigned as the policy asks in ", names(Stream.lacks_quorum)))
                       if found]
            return f"UNANCHORED ({what}, {', '.join(lacking)})"
        return f"UNREADABLE (no verdict: {self.problem or names(lambda one: one.violation)})"

    def lines(self):
        return [self.sentence()] + [line for stream in self.streams for line in stream.lines()]

    def document(self):
        sentence = self.sentence()
        out = {"verdict": sentence.split()[0], "exit": self.status(), "sentence": sentence}
        if self.problem:
            out["problem"] = self.problem
        out["streams"] = [stream.document() for stream in self.streams]
        return json.dumps(out, ensure_ascii=False, separators=(",", ":"))


# ---- what was never written ("Completeness")

class Completeness:
    """Of a ledger whose records are known to be as they were written. `told` has the streams and
    requests that have records, `ends` the streams of what ended, by family and request."""

    def __init__(self, audit_folder):
        self.folder, self.names = audit_folder, []
        self.told, self.ends, self.passed_on = set(), {}, []
        self.marks, self.first, self.found = {}, {}, {}
        for name in sorted(os.listdir(audit_folder)):
            if is_stream_name(name):
                self.names.append(name)
                self.read(name)
        self.settle()

    def records(self, name):
        folder = os.path.join(self.folder, name, "seg")
        for segment in sorted(each for each in os.listdir(folder) if SEGMENT.match(each)):
            for line in lines_of(os.path.join(folder, segment), True):
                record = read_record(line) if line is not None else None
                if record:
                    yield record

    @staticmethod
    def step(record):
        """Begin, end or neither, and the family of acts."""
        act, out = record.data(b'"act":"'), value_after(record.body, b',"out":"', record.body.rfind(b',"out":"'))
        if act == b"inference.request":
            return ("begin" if out == b"allow" else None), b"inference.", act, out
        if act in (b"inference.complete", b"inference.abort", b"inference.error"):
            return "end", b"inference.", act, out
        for suffix, phase in ((b".intent", "begin"), (b".outcome", "end")):
            if act.endswith(suffix):
                return phase, act[:-len(suffix)], act, out
        administered = act in CHANGES or act.split(b".")[0] in ADMINISTERED
        if administered and out != b"deny":
            return ("begin" if out == b"allow" else "end"), act, act, out
        return None, b"", act, out

    @staticmethod
    def family_of(act):
        if act == b"inference.request":
            return b"inference."
        return act.removesuffix(b".intent")

    def read(self, name):
        begun, found = {}, {"ended": 0, "under way": 0, "unknown": 0, "missing": []}
        self.marks[name], self.found[name] = [], found
        for record in self.records(name):
            self.first.setdefault(name, record.seq)
            phase, family, act, out = self.step(record)
            request = record.data(b'"rid":"')
            if act == b"log.open":
                begun = {key: [(seq, what, True) for seq, what, _ in each] for key, each in begun.items()}
            if act in (b"log.open", b"log.close"):
                self.marks[name].append((record.seq, act == b"log.close"))
            if act == b"log.close":
                found["missing"] += [(seq, what, key[1]) for key, each in begun.items()
                                     for seq, what, killed in each if not killed]
                begun = {key: [one for one in each if one[2]] for key, each in begun.items()}
            if not request:
                continue
            self.told.add((name, request))
            if phase == "begin":
                begun.setdefault((family, request), []).append((record.seq, act, False))
            elif phase == "end":
                self.ends.setdefault((family, request), set()).add(name)
                if begun.get((family, request)):
                    begun[family, request].pop(0)
                    found["unknown" if out == b"unknown" else "ended"] += 1
            sender = [head for head in record.seen() if not head[3]][:1]
            if sender and sender[0][0] != name and not self.is_service(record):
                self.passed_on.append((name, record.seq, act, request, sender[0][0], sender[0][1]))
        for each in begun.values():
            for _, _, killed in each:
                found["unknown" if killed else "under way"] += 1

    @staticmethod
    def is_service(record):
        return (record.data(b'"actor":{"id":"').startswith(b"svc:") and record.data(b'"kind":"') == b"service"
                and record.data(b'"ten":"') == b"platform")

    def must_tell(self, sender, size):
        if size <= self.first.get(sender, size):
            return False
        later = [is_close for seq, is_close in self.marks[sender] if seq >= size]
        return bool(later) and later[0]

    def settle(self):
        for name, found in self.found.items():
            missing = []
            for seq, act, request in sorted(found["missing"]):
                if self.ends.get((self.family_of(act), request), set()) - {name}:
                    found["ended"] += 1
                else:
                    missing.append((seq, act, request))
            found["missing"] = missing
        self.both, self.open, self.unsent = 0, 0, []
        for name, seq, act, request, sender, size in self.passed_on:
            if (sender, request) in self.told:
                self.both += 1
            elif sender in self.names and not self.must_tell(sender, size):
                self.open += 1
            else:
                self.unsent.append((name, act, request, seq, sender))

    def is_complete(self):
        return not self.unsent and not any(found["missing"] for found in self.found.values())

    def lines(self):
        yield (f"{'COMPLETE' if self.is_complete() else 'INCOMPLETE'} ({len(self.names)} streams; of {self.both} requests "
               f"between services both sides tell, {self.open} are open, of {len(self.unsent)} the sender says nothing)")
        for name, found in self.found.items():
            yield (f"{name}: {found['ended']} ended, {found['under way']} under way, {found['unknown']} unknown "
                   f"(their writer was killed), {len(found['missing'])} missing")
            for seq, act, request in found["missing"]:
                yield f"{name}: {shown(act)} of {shown(request)} at {seq} has no end"
        for name, act, request, seq, sender in self.unsent:
            yield (f"{name}: {shown(act)} of {shown(request)} at {seq} was asked for by {sender}, which has no "
                   "record of it")


# ---- proofs (RFC 9162 section 2.1)

def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def proves_inclusion(index, size, leaf, path, root):
    if index >= size:
        return False
    node, last = index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            leaf = node_hash(sibling, leaf)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            leaf = node_hash(leaf, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and leaf == root


def proves_growth(older, old_root, newer, new_root, path):
    if older in (0, newer):
        same = old_root == (new_root if older else hashlib.sha256(b"").digest())
        return same and not path
    if older > newer:
        return False
    path = list(path) if older & (older - 1) else [old_root] + list(path)
    node, last = older - 1, newer - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    if not path:
        return False
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


MOST_HASHES = 63


def split_hashes(data):
    """Hashes, a line each in base64, and what follows the empty line behind them; or None."""
    hashes = []
    while True:
        line, newline, data = data.partition(b"\n")
        if not newline:
            return None
        if not line:
            return hashes, data
        value = strict_base64(line)
        if value is None or len(value) != 32 or len(hashes) == MOST_HASHES:
            return None
        hashes.append(value)


# ---- evidence bundles (docs/formats/audit-bundle.md)

BLOCK = 512
LONGEST_PROOF = LONGEST_NOTE + (128 << 10)
LONGEST_REQUEST = LONGEST_NOTE + (4 << 10)
LONGEST_EXTRA = 64 << 10
MOST_KEPT = 64 << 20
MANIFEST_END = 10 + 64 + 3
KEPT = {"README.txt", "checkpoint", "cosigned", "cosigned.consistency"}
EPOCH_KEY = re.compile(r"keys/(epoch-[0-9]{6})\.pub\Z")
MANIFEST_HEAD = re.compile(
    rb'{"format":"srasta-audit-bundle/1",\n"installation":"([^\n]*?)","stream":"([^\n]*?)",\n'
    rb'"time":"([^\n]*?)",\n"filters":{([^\n]*?)},\n'
    rb'"records":([0-9]+),"first":([0-9]+),"last":([0-9]+),"not_covered":([0-9]+),\n'
    rb'"checkpoint":{"size":([0-9]+),"root":"([0-9a-f]{64})"},\n"files":\[\n')


class BundleFault(Exception):
    pass


def tar_header(name, size):
    fields = [name.ljust(100, b"\0"), b"0000644\0", b"0000000\0" * 2, b"%011o\0" % size,
              b"00000000000\0", b" " * 8, b"0", b"\0" * 100, b"ustar\0" + b"00", b"\0" * 64,
              b"0000000\0" * 2]
    block = b"".join(fields).ljust(BLOCK, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


class Bundle:
    """A bundle that holds, or the constructor raises BundleFault."""

    def __init__(self, file, trusted=(), policy=None):
        self.file, self.trusted, self.policy, self.witnessed = file, trusted, policy, None
        self.length = os.fstat(file.fileno()).st_size
        self.kept, self.kept_bytes, self.checkpoint = {}, 0, None
        self.count, self.first, self.last = 0, 0, 0
        places = {}
        for name, at, size in self.members():
            if name in (b"records.jsonl", b"manifest.json"):
                places[name] = at, size
        if b"records.jsonl" not in places:
            raise BundleFault("records.jsonl: missing")
        self.records_at, self.records_size = places[b"records.jsonl"]
        self.records_end = self.records_at + self.records_size
        self.read_manifest(*places[b"manifest.json"])
        for name, at, size in self.members():
            if name != b"manifest.json":
                self.check(name, at, size)
        self.check_counts()

    def bytes(self, at, size):
        self.file.seek(at)
        return self.file.read(size)

    def members(self):
        """Name, place and size of each; checks all that is between them."""
        at, last = 0, b""
        while last != b"manifest.json":
            block = self.bytes(at, BLOCK)
            name, size = block[:100].split(b"\0")[0], block[124:135]
            size = int(size, 8) if re.fullmatch(rb"[0-7]{11}", size) else None
            if not name or size is None or block != tar_header(name, size):
                raise BundleFault(f"byte {at}: not the header of a member")
            if name <= last and name != b"manifest.json":
                raise BundleFault(f"{shown(name)}: out of order")
            padding = -size % BLOCK
            end = at + BLOCK + size
            if end > self.length or self.bytes(end, padding) != b"\0" * padding:
                raise BundleFault(f"{shown(name)}: cut off, or not padded with zeros")
            yield name, at + BLOCK, size
            at, last = end + padding, name
        if self.bytes(at, 2 * BLOCK + 1) != b"\0" * 2 * BLOCK:
            raise BundleFault(f"byte {at}: not the end of an archive")

    def hash(self, at, size):
        self.file.seek(at)
        hashed = hashlib.sha256()
        while size > 0:
            piece = self.file.read(min(size, 1 << 20))
            if not piece:
                raise OSError("the bundle was shortened meanwhile")
            hashed.update(piece)
            size -= len(piece)
        return hashed.hexdigest().encode()

    def next_line(self, at):
        """With its LF; empty where there is none, or none that may be so long."""
        line = self.bytes(at, LONGEST_LINE)
        return line[:line.find(b"\n") + 1]

    def read_manifest(self, at, size):
        if size < MANIFEST_END:
            raise BundleFault("manifest.json: not a manifest")
        size -= MANIFEST_END
        if self.bytes(at + size, MANIFEST_END) != b'"sha256":"%s"}\n' % self.hash(at, size):
            raise BundleFault("manifest.json: its own hash is another")
        head = b""
        for _ in range(7):
            head += self.next_line(at + len(head))
        found = MANIFEST_HEAD.fullmatch(head)
        numbers = [number(found.group(i)) for i in (5, 6, 7, 8, 9)] if found else [None]
        if None in numbers:
            raise BundleFault("manifest.json: not a manifest")
        self.manifest_at = at + len(head)
        self.installation, self.stream = found.group(1), found.group(2)
        self.origin = self.installation + b"/" + self.stream
        self.claimed = numbers[:3] + numbers[4:] + [bytes.fromhex(found.group(10).decode())]
        self.not_covered = numbers[3]

    def check(self, name, at, size):
        line = b'{"name":"%s","size":%d,"sha256":"%s"}' % (name, size, self.hash(at, size))
        line += b"\n" if name == b"records.jsonl" else b",\n"
        if self.next_line(self.manifest_at) != line:
            raise BundleFault(f"{shown(name)}: not what manifest.json says")
        self.manifest_at += len(line)
        text = shown(name)
        if text in KEPT or text.startswith("keys/"):
            self.kept_bytes += size
            if self.kept_bytes > MOST_KEPT:
                raise BundleFault(f"{text}: too large")
            self.kept[text] = self.bytes(at, size)
            return
        if not self.checkpoint:
            self.check_heads()
        if text.startswith("proofs/"):
            if size > LONGEST_PROOF or not self.is_proof(text, self.bytes(at, size)):
                raise BundleFault(f"{text}: does not prove its record")
            record = self.next_line(self.records_at)
            if record != self.extra + b"\n":
                raise BundleFault("records.jsonl: not the records that are proven")
            self.records_at += len(record)
        elif text != "records.jsonl":
            raise BundleFault(f"{text}: unknown member")
        elif self.records_at != self.records_end:
            raise BundleFault("records.jsonl: not the records that are proven")

    def is_proof(self, name, text):
        head, extra, rest = b"c2sp.org/tlog-proof@v1\nextra ", b"", text
        if not text.startswith(head):
            return False
        extra, _, rest = text[len(head):].partition(b"\n")
        extra = strict_base64(extra)
        index, _, rest = rest.partition(b"\n")
        index = number(index[len(b"index "):]) if index.startswith(b"index ") else None
        split = split_hashes(rest)
        if not extra or len(extra) > LONGEST_EXTRA or index is None or split is None:
            return False
        _, size, root = self.checkpoint
        record = read_record(extra)
        if split[1] != self.kept["checkpoint"] or not record or record.seq != index:
            return False
        if name != f"proofs/{shown(self.stream)}/{index:020}.tlog-proof":
            return False
        if not proves_inclusion(index, size, record.leaf, split[0], root):
            return False
        self.first = index if self.count == 0 else self.first
        self.last, self.extra = index, extra
        self.count += 1
        return True

    def check_heads(self):
        for name in ("README.txt", "checkpoint", "keys/log.pub"):
            if name not in self.kept:
                raise BundleFault(f"{name}: missing")
        note = parse_note(self.kept["checkpoint"])
        self.checkpoint = parse_checkpoint(note.text) if note else None
        if not self.checkpoint or self.checkpoint[0] != self.origin:
            raise BundleFault("checkpoint: not a checkpoint of this stream")
        log_keys, epoch_keys = self.log_keys(), self.epoch_keys()
        if not is_signed_by(note, log_keys):
            raise BundleFault("checkpoint: not signed by the log key")
        if not is_signed_by(note, epoch_keys):
            raise BundleFault("checkpoint: not signed by the key of its epoch")
        self.check_cosigned(log_keys)
        if self.policy:
            self.check_witnesses(log_keys)

    def check_witnesses(self, log_keys):
        keys = log_keys
        if self.policy.logs:
            keys = [Key(self.origin, ED25519, key.public) for key in self.policy.logs
                    if key.kind == ED25519 and key.name in (self.installation, self.origin)]
        for name in ("cosigned", "checkpoint"):
            note = parse_note(self.kept[name]) if name in self.kept else None
            met = self.policy.is_met(note) if note else False
            if met is None:
                raise BundleFault(f"{name}: a cosignature is wrong")
            if met and is_signed_by(note, keys):
                self.witnessed = max(self.witnessed or 0, parse_checkpoint(note.text)[1])

    def lacks_quorum(self):
        return bool(self.policy) and not (self.witnessed is not None and self.last < self.witnessed)

    def log_keys(self):
        own = parse_key_file(self.kept["keys/log.pub"])
        if not own or own.kind != ED25519 or own.name != self.installation:
            raise BundleFault("keys/log.pub: not the log key of this installation")
        return [Key(self.origin, ED25519, key.public) for key in self.trusted or [own]
                if key.kind == ED25519 and key.name in (self.installation, self.origin)]

    def epoch_keys(self):
        keys = []
        for name in sorted(self.kept):
            if not name.startswith("keys/") or name == "keys/log.pub":
                continue
            epoch = EPOCH_KEY.match(name)
            if not epoch:
                raise BundleFault(f"{name}: unknown member")
            key = parse_key_file(self.kept[name])
            right = self.origin + b"/" + epoch.group(1).encode()
            first = [other.public for other in self.trusted if other.name == right]
            known = epoch.group(1) != "epoch-000000" or not first
            if (not key or key.kind != ED25519 or key.name != right
                    or not (known or key.public in first)):
                raise BundleFault(f"{name}: not the key of this epoch")
            keys.append(key)
        return keys

    def check_cosigned(self, log_keys):
        growth = self.kept.get("cosigned.consistency")
        if "cosigned" not in self.kept:
            if growth is not None:
                raise BundleFault("cosigned.consistency: unknown member")
            return
        note = parse_note(self.kept["cosigned"])
        older = parse_checkpoint(note.text) if note else None
        if not older or older[0] != self.origin or not is_signed_by(note, log_keys):
            raise BundleFault("cosigned: not a checkpoint that the log key signed")
        if growth is None:
            raise BundleFault("cosigned.consistency: missing")
        first, _, rest = growth.partition(b"\n")
        split = split_hashes(rest)
        if (len(growth) > LONGEST_REQUEST or first != b"old %d" % older[1] or split is None
                or split[1] != self.kept["checkpoint"]
                or not proves_growth(*older[1:], *self.checkpoint[1:], split[0])):
            raise BundleFault("cosigned.consistency: does not prove that the log only grew")

    def check_counts(self):
        found = [self.count, self.first, self.last, *self.checkpoint[1:]]
        if self.next_line(self.manifest_at) != b"],\n" or not self.count or self.claimed != found:
            raise BundleFault("manifest.json: says something else than the other members")

    def lines(self):
        whose = "trusted log key" if self.trusted else "log key of the bundle itself"
        seen = ""
        if self.policy:
            seen = (", but not cosigned as the policy asks" if self.lacks_quorum()
                    else f", {self.witnessed} of them witnessed")
        yield (f"{'UNANCHORED' if self.lacks_quorum() else 'OK'} ({self.count} records of {shown(self.origin)}, "
               f"{self.first} to {self.last}, each proven to be in the log of {self.checkpoint[1]} records{seen}, "
               f"{whose})")
        if self.not_covered:
            yield f"left out: {self.not_covered} records that no checkpoint covered then"


def verify_bundle(path, trusted, policy=None):
    """Lines for people, and the exit status."""
    try:
        with open(path, "rb") as file:
            bundle = Bundle(file, trusted, policy)
            return list(bundle.lines()), 2 if bundle.lacks_quorum() else 0
    except BundleFault as fault:
        return [f"VIOLATED ({fault})"], 1
    except OSError as error:
        return [f"UNREADABLE (no verdict: {error})"], 3


# ---- command line

class WrongFile(Exception):
    pass


def read_given(path):
    try:
        data = read_up_to(path, LONGEST_NOTE)
    except OSError as error:
        raise WrongFile(str(error)) from error
    if data is None or len(data) > LONGEST_NOTE:
        raise WrongFile(f"{path} is not there or too large")
    return data


def read_trusted(path):
    lines = [line for line in read_given(path).split(b"\n") if line and line[:1] != b"#"]
    keys = [parse_key(line) for line in lines]
    if not keys or None in keys:
        raise WrongFile(f"{path}: a line is no key of signed notes, or there is none")
    return keys


def read_anchor(path):
    note = parse_note(read_given(path))
    if not note or not parse_checkpoint(note.text):
        raise WrongFile(f"{path}: not the signed note of a checkpoint")
    return note, path


def read_policy(path):
    try:
        return Policy(read_given(path))
    except WrongPolicy as wrong:
        raise WrongFile(f"{path}: {wrong}") from wrong


class Arguments(argparse.ArgumentParser):
    def error(self, message):
        print(__doc__, message, sep="\n", file=sys.stderr)
        sys.exit(4)


def main():
    arguments = Arguments(usage="see above", add_help=False)
    arguments.add_argument("data_folder", nargs="?")
    arguments.add_argument("--bundle")
    arguments.add_argument("--trust")
    arguments.add_argument("--since", action="append", default=[])
    arguments.add_argument("--witness")
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--complete", action="store_true")
    given = arguments.parse_args()
    if (given.data_folder is None) == (given.bundle is None):
        arguments.error("one of DATA_FOLDER and --bundle is wanted")
    if given.json and given.complete:
        arguments.error("--json and --complete do not go together")
    if given.bundle is not None and (given.since or given.json or given.complete):
        arguments.error("--bundle goes with --trust and --witness only")
    sys.stdout.reconfigure(errors="surrogateescape")
    try:
        trusted = read_trusted(given.trust) if given.trust else []
        if given.bundle is not None:
            policy = read_policy(given.witness) if given.witness else None
            lines, status = verify_bundle(given.bundle, trusted, policy)
            print("\n".join(lines))
            return status
        anchors = [read_anchor(path) for path in given.since]
        policy = read_policy(given.witness) if given.witness else None
        ledger = Ledger(given.data_folder, trusted, anchors, policy)
    except WrongFile as wrong:
        print(f"audit_verify.py: {wrong}", file=sys.stderr)
        return 4
    if given.complete and ledger.status() in (0, 2):
        return print_with_completeness(ledger)
    print(ledger.document() if given.json else "\n".join(ledger.lines()))
    return ledger.status()


def print_with_completeness(ledger):
    try:
        complete = Completeness(ledger.folder)
    except OSError as error:
        print(f"audit_verify.py: {error}", file=sys.stderr)
        return 3
    parts = [ledger.lines(), complete.lines()]
    if not complete.is_complete():
        parts.reverse()  # what decides stands first
    print("\n".join(line for part in parts for line in part))
    return ledger.status() if complete.is_complete() else 1


if __name__ == "__main__":
    sys.exit(main())
