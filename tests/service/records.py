"""Compares the records of a ledger with what governance/{acts,reasons}.tsv say of their acts."""
import json
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from generate_vocabulary import Vocabulary  # noqa: E402

VOCABULARY = Vocabulary(ROOT)
ACTS = {row.act: row for row in VOCABULARY.acts}
REASONS = {row.reason for row in VOCABULARY.reasons}
LABEL = re.compile(r"[A-Za-z0-9._:/@-]{1,128}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def is_text(pattern):
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


IS_OF_KIND = {
    "digest": is_text(r"[0-9a-f]{64}"),
    "digests": is_text(r"([0-9a-f]{64})+"),
    "flag": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53,
    "label": is_text(LABEL),
    "reason": lambda value: value in REASONS and value != "unlisted",
    "time": is_text(TIME),
    "word": is_text(LABEL),
}


def problems_of(record):
    row = ACTS.get(record["act"])
    if row is None:
        return [f"the act {record['act']} is not in governance/acts.tsv"]
    found = []
    # What came of a change that has been made: it cannot wait any more.
    is_end = {"allow", "ok"} <= set(row.outs) and record["out"] in ("ok", "error", "unknown")
    if record["cls"] != ("should" if is_end else getattr(row, "class")):
        found.append(f"{row.place}: a record of {row.act} has the class {record['cls']}")
    if record["out"] not in row.outs:
        found.append(f"{row.place}: a record of {row.act} has the outcome {record['out']}")
    for name, value in record["data"].items():
        kind = row.members.get(name)
        if kind is None or not IS_OF_KIND[kind](value):
            found.append(f"{row.place}: a record of {row.act} has {name} {value!r}, which is no {kind or 'member'}")
    return found


def stored_records(data):
    """Of every stream; half-written lines are the verifier's business."""
    for path in sorted((pathlib.Path(data) / "audit").glob("*/seg/*.jsonl")):
        for line in path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"}\n"):
                yield json.loads(line)


def ledger_problems(data):
    """Each difference once, in the order in which they were met. Notes the acts that were compared, for
    scripts/check_acts_seen.py."""
    records = list(stored_records(data))
    if folder := os.environ.get("SRASTA_ACTS_SEEN"):
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        for act in {record["act"] for record in records}:
            (pathlib.Path(folder) / act).touch()
    return list(dict.fromkeys(problem for record in records for problem in problems_of(record)))
