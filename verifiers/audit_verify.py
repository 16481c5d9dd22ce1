#!/usr/bin/env python3
"""Verify a Srasta audit ledger. Stand-alone: Python 3 and its standard library.

Usage: audit_verify.py DATA_FOLDER

Written from docs/formats/audit-log.md, not from the program that writes the ledger, so that the
two check each other. Prints what `srasta audit verify` prints; exit status 0 intact, 1 violated,
3 unreadable, 4 wrong usage.
"""
import hashlib
import os
import re
import sys
import time

LARGEST_LINE = 8192 - 1 + 73  # with LF
SUFFIX = re.compile(rb',"h":"([0-9a-f]{64})"}\Z')
SEGMENT = re.compile(r"([0-9]{20})\.jsonl\Z")
STREAM = re.compile(r"[a-z0-9-]{1,32}\Z")
FOLDERS_BESIDE_STREAMS = {"origin", "keys"}
CLOSING = "OK (chain intact; no checkpoints in this version: a cut tail cannot be seen)"


class Violation(Exception):
    def __init__(self, verdict, seq, where):
        super().__init__(verdict)
        self.verdict, self.seq, self.where = verdict, seq, where


class Record:
    def __init__(self, seq, prev, leaf, recovered_from):
        self.seq, self.prev, self.leaf, self.recovered_from = seq, prev, leaf, recovered_from


def number(text):
    """A decimal number below 2^64 without leading zeros, or None."""
    if not re.fullmatch(rb"0|[1-9][0-9]{0,19}", text) or int(text) >= 1 << 64:
        return None
    return int(text)


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
    if not suffix or len(line) >= LARGEST_LINE:
        return None
    body = line[:suffix.start()]
    leaf = hashlib.sha256(b"\0" + body + b"}").hexdigest()
    if leaf.encode() != suffix.group(1):
        return None
    if not body.startswith(b'{"act":"') or not body.endswith(b',"v":1'):
        return None
    prev = value_after(body, b',"prev":"', body.rfind(b',"prev":"'))
    seq = number(value_after(body, b',"seq":', body.rfind(b',"seq":')))
    if seq is None or len(prev) != 64:
        return None
    recovered_from = None
    if body.startswith(b'{"act":"log.recovered",'):
        start = number(value_after(body, b'"from_seq":', body.find(b'"from_seq":')))
        recovered_from = seq if start is None else start
    return Record(seq, prev.decode("latin-1"), leaf, recovered_from)


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
            if len(rest) >= LARGEST_LINE:
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


class Stream:
    def __init__(self, folder, install_id, name):
        self.name = name
        self.folder = os.path.join(folder, name, "seg")
        root = f"srasta-audit-log/1\n{install_id}/{name}\n-\n"
        self.prev = hashlib.sha256(root.encode("utf-8", "surrogateescape")).hexdigest()
        self.records, self.notes, self.violation = 0, [], None

    def verify(self):
        try:
            self.verify_segments()
        except Violation as violation:
            self.violation = violation
        except OSError as error:
            self.violation = Violation("UNREADABLE", self.records, str(error))

    def verify_segments(self):
        names = sorted(name for name in os.listdir(self.folder) if SEGMENT.match(name))
        if not names:
            raise Violation("SEGMENT_MISSING", 0, "seg")
        for index, name in enumerate(names):
            first = int(name[:20])
            if first > self.records:
                raise Violation("SEGMENT_MISSING", self.records, name)
            if first < self.records:
                raise Violation("DUPLICATE_SEQ", first, name)
            self.verify_lines(names, index)
        if self.records == 0:
            raise Violation("TRUNCATED", 0, names[-1])

    def verify_lines(self, names, index):
        name = names[index]
        rest = lines_of(os.path.join(self.folder, name), index + 1 == len(names))
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
            if record.prev != self.prev:
                raise Violation("MODIFIED", max(self.records - 1, 0), name)
            if record.recovered_from is not None:
                self.notes.append(Violation("RECOVERED_TORN_TAIL", record.recovered_from, name))
            self.prev = record.leaf
            self.records += 1

    def occurs_later(self, rest, names):
        sources = [rest] + [lines_of(os.path.join(self.folder, name), False) for name in names]
        for source in sources:
            for line in source:
                record = read_record(line) if line is not None else None
                if record and record.seq == self.records:
                    return True
        return False

    def report(self):
        for note in self.notes:
            yield f"{self.name}: {note.verdict} {note.seq} ({note.where})"
        if self.records:
            yield f"{self.name}: OK 0-{self.records - 1} head {self.prev}"
        if self.violation:
            found = self.violation
            yield f"{self.name}: {found.verdict} {found.seq} ({found.where})"


def verify(data_folder):
    """The lines of the report and the exit status."""
    folder = os.path.join(data_folder, "audit")
    try:
        with open(os.path.join(folder, "origin"), "rb") as file:
            install_id = file.read(1025).split(b"\n")[0].decode("utf-8", "surrogateescape")
        names = sorted(os.listdir(folder))
    except OSError as error:
        return [f"UNREADABLE: {error}"], 3
    streams = [Stream(folder, install_id, name) for name in names
               if STREAM.match(name) and name not in FOLDERS_BESIDE_STREAMS]
    for stream in streams:
        stream.verify()
    lines = [line for stream in streams for line in stream.report()]
    if not streams:
        return [f"UNREADABLE: {folder} holds no stream"], 3
    verdicts = {stream.violation.verdict for stream in streams if stream.violation}
    if verdicts - {"UNREADABLE"}:
        return lines, 1
    if verdicts:
        return lines, 3
    return lines + [CLOSING], 0


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 4
    lines, status = verify(sys.argv[1])
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
