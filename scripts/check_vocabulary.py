#!/usr/bin/env python3
"""Check that governance/{acts,codes,reasons}.tsv and the sources say the same. Exit 1 lists each difference.

usage: check_vocabulary.py [ROOT]

- Each folder that an act's row names names the act, or a code that leaves it; no other folder names it.
- Each code is answered somewhere. Each folder that a reason's row names gives the reason.
- Each member of `data` in a row is added somewhere; each member that is added is in a row; and where a function is
  about one act, in the row of that act. What only a running program shows, tests/service/records.py checks.
"""
import collections
import pathlib
import re
import sys

import generate_vocabulary

LISTS = ("audit/act.", "audit/reason.", "service/code.")
TEST_PROGRAMS = ("audit/crash_writer.cc", "service/journal_records.cc")
ADDED = re.compile(r'\.add\("([^"]*)"')
NAMED_ACT = re.compile(r"\bAct::(\w+)")
ENUMERATOR = re.compile(r"\b(?:Act|ErrorCode|Reason)::\w+")


class Sources:
    """What src/ says without tests, comments and the lists themselves."""

    def __init__(self, root):
        self.files = {}
        self.enumerators = collections.defaultdict(set)  # by area: `Act::AuthOk`, ...
        self.texts = collections.defaultdict(str)  # by area
        for path in sorted((root / "src").rglob("*")):
            name = path.relative_to(root / "src").as_posix()
            is_test = path.stem.endswith("_test") or name.startswith("testing/") or name in TEST_PROGRAMS
            if path.suffix in (".h", ".cc") and not is_test and not name.startswith(LISTS):
                self.files[name] = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
        for name, text in self.files.items():
            area = name.split("/")[0]
            self.enumerators[area].update(ENUMERATOR.findall(text))
            self.texts[area] += text


def check_acts(vocabulary, sources):
    for row in vocabulary.acts:
        act = f"Act::{row.enumerator}"
        ways = {act} | {f"ErrorCode::{code.enumerator}" for code in vocabulary.codes if code.act == row.act}
        for area in row.areas:
            if not ways & sources.enumerators[area]:
                yield f"{row.place}: nothing in src/{area} produces {row.act}"
        for area, enumerators in sources.enumerators.items():
            if area not in row.areas and act in enumerators:
                yield f"{row.place}: src/{area} names {row.act}, but the row does not name src/{area}"


def check_codes(vocabulary, sources):
    answered = set().union(*sources.enumerators.values())
    for row in vocabulary.codes:
        if f"ErrorCode::{row.enumerator}" not in answered:
            yield f"{row.place}: nothing answers {row.code}"


def check_reasons(vocabulary, sources):
    for row in vocabulary.reasons:
        for area in row.areas:
            if f'"{row.reason}"' not in sources.texts[area] and f"Reason::{row.enumerator}" not in sources.enumerators[area]:
                yield f"{row.place}: nothing in src/{area} gives the reason {row.reason}"


def check_members(vocabulary, sources):
    acts = {row.enumerator: row for row in vocabulary.acts}
    declared = {member for row in vocabulary.acts for member in row.members}
    added = set()
    for name, text in sources.files.items():
        for function in re.split(r"(?m)^}", text):
            members = set(ADDED.findall(function))
            added |= members
            for member in sorted(members - declared):
                yield f"src/{name}: no act in governance/acts.tsv has a member {member}"
            about = set(NAMED_ACT.findall(function)) & acts.keys()
            if len(about) == 1:
                row = acts[about.pop()]
                for member in sorted(members & declared - row.members.keys()):
                    yield f"{row.place}: src/{name} adds {member} to {row.act}"
    for row in vocabulary.acts:
        for member in row.members.keys() - added:
            yield f"{row.place}: nothing adds {member}"


def main():
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[1]
    try:
        vocabulary = generate_vocabulary.Vocabulary(root)
    except generate_vocabulary.Defect as defect:
        sys.exit(str(defect))
    sources = Sources(root)
    problems = [problem for check in (check_acts, check_codes, check_reasons, check_members)
                for problem in check(vocabulary, sources)]
    print("\n".join(problems) if problems else "vocabulary: every row has its producers")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
