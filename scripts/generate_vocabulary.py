#!/usr/bin/env python3
"""Reads governance/{acts,codes,reasons}.tsv, which are the only place where audit acts, error codes and audit
reasons are listed, and writes what follows from them.

usage: generate_vocabulary.py --tables FOLDER   the C++ lists that src/audit and src/service include (the build's step)
       generate_vocabulary.py --docs            docs/audit-events.md and docs/errors.md (to be committed)
       generate_vocabulary.py --check           exit 1 if these pages are not what --docs would write
       --root FOLDER                            another tree than the one of this script

A file is left alone when its content would be the same, so that nothing is compiled again for a changed sentence.
"""
import argparse
import pathlib
import re
import sys

ACT_NAME = re.compile(r"[a-z]+(\.[a-z]+){1,2}")
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
MEMBER = re.compile(r"[a-z0-9_]{1,24}")  # audit::Field
AREA = re.compile(r"[a-z]+")
SENTENCE = re.compile(r"[A-Za-z][ !#-\[\]-{}~]*\.")  # what C++ string literals and Markdown tables take as it is
CLASSES = ("must", "should", "may")
OUTCOMES = ("allow", "deny", "error", "ok", "unknown")
KINDS = {
    "digest": "64 hexadecimal digits",
    "digests": "one digest or more, one behind the other",
    "flag": "`true` or `false`",
    "integer": "a whole number within ±(2^53 - 1)",
    "label": "1 to 128 of `A-Z a-z 0-9 . _ : / @ -`; what is no label is recorded as `-`",
    "reason": "one of the reasons below",
    "time": "`YYYY-MM-DDThh:mm:ss.uuuuuuZ`",
    "word": "a label that is written in the program's source",
}


class Defect(Exception):
    """What is wrong with a file, with its place."""


class Row:
    """One line: its cells are attributes named by the columns."""

    def __init__(self, path, number, columns, cells):
        self.place = f"{path}:{number}"
        self.__dict__.update(zip(columns, cells))

    def fail(self, what):
        raise Defect(f"{self.place}: {what}")

    def words(self, column):
        """The cell's words, which are separated by one space; "-" is none."""
        cell = getattr(self, column)
        words = [] if cell == "-" else cell.split(" ")
        if "" in words or len(set(words)) != len(words):
            self.fail(f"{column} is '-' or different words with one space between them")
        return words


def enumerator(name):
    """`auth.keys.fail` -> AuthKeysFail, `upstream_5xx` -> Upstream5xx."""
    return "".join(word[0].upper() + word[1:] for word in re.split(r"[._]", name))


def read_rows(root, name, columns):
    path = f"governance/{name}"
    try:
        text = (root / path).read_text(encoding="ascii")
    except (OSError, UnicodeError) as error:
        raise Defect(f"{path}: {error}") from None
    rows, header, seen = [], None, {"None": f"{path} (reserved)"}
    for number, line in enumerate(text.split("\n")[:-1], 1):
        if line.startswith("#") and header is None:
            continue
        cells = line.split("\t")
        if header is None:
            header = cells
            if cells != columns:
                raise Defect(f"{path}:{number}: the columns are {' '.join(columns)}, not {' '.join(cells)}")
            continue
        if len(cells) != len(columns):
            raise Defect(f"{path}:{number}: {len(columns)} cells expected, got {len(cells)}")
        row = Row(path, number, columns, cells)
        if "" in cells or any(cell != cell.strip(" ") for cell in cells):
            row.fail("a cell is empty ('-' says nothing) or begins or ends with a space")
        row.name = cells[0]
        if NAME.fullmatch(row.name.replace(".", "_")):  # others are refused by their own rule
            row.enumerator = enumerator(row.name)
            if row.enumerator in seen:
                row.fail(f"{row.name} is already in {seen[row.enumerator]}")
            seen[row.enumerator] = row.place
        rows.append(row)
    if not rows or not text.endswith("\n"):
        raise Defect(f"{path}: no row, or the last line has no end")
    if len(rows) > 255:
        raise Defect(f"{path}: more rows than the enumeration can hold")
    return rows


def check_sorted(row, what, words, order=None):
    if words != sorted(words, key=order):
        row.fail(f"{what} must be in the order {' '.join(sorted(words, key=order))}")


def check_sentence(row, column):
    text = getattr(row, column)
    if not SENTENCE.fullmatch(text) or "  " in text:
        row.fail(f"{column} is a sentence in ASCII without quote, backslash and bar, with a full stop: {text!r}")


def check_areas(root, row):
    row.areas = row.words("area")
    check_sorted(row, "area", row.areas)
    for area in row.areas:
        if not AREA.fullmatch(area) or not (root / "src" / area).is_dir():
            row.fail(f"there is no folder src/{area}")


def read_acts(root):
    rows = read_rows(root, "acts.tsv", ["act", "class", "outcomes", "data", "area", "meaning"])
    nouns = []
    for row in rows:
        if not ACT_NAME.fullmatch(row.act):
            row.fail(f"an act is noun.verb[.phase] of a-z: {row.act!r}")
        noun = row.act.split(".")[0]
        if noun in nouns[:-1]:
            row.fail(f"the rows of {noun} stand together")
        if noun not in nouns:
            nouns.append(noun)
        if getattr(row, "class") not in CLASSES:
            row.fail(f"class is one of {' '.join(CLASSES)}")
        row.outs = row.words("outcomes")
        for out in row.outs:
            if out not in OUTCOMES:
                row.fail(f"an outcome is one of {' '.join(OUTCOMES)}, not {out!r}")
        check_sorted(row, "outcomes", row.outs)
        row.members = {}
        for member in row.words("data"):
            name, _, kind = member.partition(":")
            if not MEMBER.fullmatch(name) or kind not in KINDS or name in row.members:
                row.fail(f"data is name:kind with different names, a kind one of {' '.join(KINDS)}: {member!r}")
            row.members[name] = kind
        check_sorted(row, "data", list(row.members))
        check_areas(root, row)
        if not row.areas:
            row.fail("an act has an area that produces it")
        check_sentence(row, "meaning")
    check_intents(rows)
    return rows


def check_intents(rows):
    """What begins on disk before it is done has an end for every way in which it can end."""
    known = {row.act: row for row in rows}
    for row in rows:
        if not row.act.endswith(".intent"):
            continue
        end = known.get(row.act.removesuffix("intent") + "outcome")
        if getattr(row, "class") != "must" or row.outs != ["allow"]:
            row.fail("an intent is of class must and has the outcome allow")
        if end is None or not {"error", "ok", "unknown"} <= set(end.outs) or "begun_seq" not in end.members:
            row.fail(f"{row.act} has an .outcome with error, ok, unknown and begun_seq")


def read_reasons(root):
    rows = read_rows(root, "reasons.tsv", ["reason", "area", "meaning"])
    for row in rows:
        if not NAME.fullmatch(row.reason):
            row.fail(f"a reason is words of a-z and 0-9 with _ between them: {row.reason!r}")
        check_areas(root, row)
        check_sentence(row, "meaning")
    for before, row in zip(rows, rows[1:]):
        if before.reason > row.reason:
            row.fail(f"the rows are sorted: {row.reason} belongs before {before.reason}")
    return rows


def read_codes(root, acts):
    rows = read_rows(root, "codes.tsv", ["code", "status", "act", "message", "hint"])
    known = {act.act: act for act in acts}
    for row in rows:
        if not NAME.fullmatch(row.code):
            row.fail(f"a code is words of a-z and 0-9 with _ between them: {row.code!r}")
        if not re.fullmatch(r"[45][0-9][0-9]", row.status):
            row.fail(f"status is 400 to 599: {row.status!r}")
        if row.act != "-" and row.act not in known:
            row.fail(f"{row.act} is not in governance/acts.tsv")
        if row.act != "-" and not {"deny", "error"} & set(known[row.act].outs):
            row.fail(f"{row.act} has neither the outcome deny nor error")
        check_sentence(row, "message")
        if row.hint != "-":
            check_sentence(row, "hint")
    return rows


class Vocabulary:
    def __init__(self, root):
        self.acts = read_acts(root)
        self.reasons = read_reasons(root)
        self.codes = read_codes(root, self.acts)


def tables(vocabulary):
    """The C++ lists by file name. The enumerators stand alone, so that only a new name touches many sources."""

    def listing(source, lines):
        return f"// From governance/{source} by scripts/generate_vocabulary.py.\n" + "".join(f"{line},\n" for line in lines)

    def facts(row):
        act = "std::nullopt" if row.act == "-" else f"audit::Act::{enumerator(row.act)}"
        hint = "" if row.hint == "-" else row.hint
        return f'{{"{row.code}", {row.status}, "{row.message}", "{hint}", {act}}}'

    files = {}
    for name, rows in (("act", vocabulary.acts), ("code", vocabulary.codes), ("reason", vocabulary.reasons)):
        files[f"{name}_enumerators.inc"] = listing(f"{name}s.tsv", (row.enumerator for row in rows))
    files["act_names.inc"] = listing("acts.tsv", (f'"{row.act}"' for row in vocabulary.acts))
    files["reason_names.inc"] = listing("reasons.tsv", (f'"{row.reason}"' for row in vocabulary.reasons))
    files["code_facts.inc"] = listing("codes.tsv", map(facts, vocabulary.codes))
    return files


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def named(words):
    return ", ".join(f"`{word}`" for word in words) if words else "-"


NOTE = "<!-- Written by scripts/generate_vocabulary.py --docs from governance/{}. -->\n"


def audit_events_page(vocabulary):
    acts = table(["act", "class", "`out`", "`data`", "meaning", "produced in"],
                 ([f"`{row.act}`", getattr(row, "class"), named(row.outs),
                   ", ".join(f"`{name}` {kind}" for name, kind in row.members.items()) or "-",
                   row.meaning, named(f"src/{area}" for area in row.areas)] for row in vocabulary.acts))
    reasons = table(["reason", "meaning", "given in"],
                    ([f"`{row.reason}`", row.meaning, named(f"src/{area}" for area in row.areas)]
                     for row in vocabulary.reasons))
    kinds = table(["kind", "value"], ([kind, value] for kind, value in KINDS.items()))
    return (NOTE.format("acts.tsv and reasons.tsv") + f"""# Audit events

Every kind of record that this version writes, and every reason that one can give. The form of a record is in
[formats/audit-log.md](formats/audit-log.md), what the log promises in [audit.md](audit.md).

`class` says what the producer waits for: `must`: until the record is on disk, or nothing is done; `should`: not, while
the backlog is within its bounds; `may`: never. Of an act with `allow` and `ok` it is that of the record with `allow`; the
one of what came of it is `should`. A member of `data` whose value says nothing is left out; others than
those listed do not occur.

## Acts

{acts}
## Kinds of values

{kinds}
## Reasons

The value of `reason`. The list is closed, so that no text of a request can become one. A reason that is given nowhere
(`-`) is kept for work that has not arrived.

{reasons}""")


def errors_page(vocabulary):
    rows = sorted(vocabulary.codes, key=lambda row: row.status)
    codes = table(["status", "code", "what happened", "what to do", "audit act"],
                  ([row.status, f"`{row.code}`", row.message, row.hint, "-" if row.act == "-" else f"`{row.act}`"]
                   for row in rows))
    return (NOTE.format("codes.tsv") + f"""# Errors

Every code that a client can meet. Codes are stable: match on them, not on texts. A code is in the header
`x-srasta-error` of every error answer; under `/v1/` also in `error.code` of OpenAI's envelope, elsewhere in `code` of
problem details (RFC 9457). An answer that already streams ends with an error event that carries it.

`invalid_request` is 422 on the platform's own routes, `/srasta/...` and `/metrics`: there what is malformed (400) and what
is well-formed and wrong (422) are told apart.

The act is that of the refusal's record ([audit-events.md](audit-events.md)) unless a more fitting one is known; its
`data.reason` says more than a client is told. `-`: the refusal itself leaves no record.

{codes}""")


def pages(vocabulary):
    return {"docs/audit-events.md": audit_events_page(vocabulary), "docs/errors.md": errors_page(vocabulary)}


def write_changed(path, text):
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def stale_pages(root, vocabulary):
    for name, text in pages(vocabulary).items():
        path = root / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield f"{name} is not what governance/ says: scripts/generate_vocabulary.py --docs"


def run(options):
    vocabulary = Vocabulary(options.root)
    if options.check:
        problems = list(stale_pages(options.root, vocabulary))
        print("\n".join(problems) if problems else "vocabulary pages: as governance/ says")
        return 1 if problems else 0
    folder, files = (options.root, pages(vocabulary)) if options.docs else (options.tables, tables(vocabulary))
    for name, text in files.items():
        write_changed(folder / name, text)
    return 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--tables", type=pathlib.Path)
    mode.add_argument("--docs", action="store_true")
    mode.add_argument("--check", action="store_true")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[1])
    try:
        return run(parser.parse_args())
    except Defect as defect:
        print(defect, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
