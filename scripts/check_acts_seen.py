#!/usr/bin/env python3
"""Check that a test saw a record of every act of governance/acts.tsv: a service test, or where only a disk or a clock
under control brings it about, a unit test.

Usage: check_acts_seen.py FOLDER, which has a file for each act that was seen (tests/service/records.py).
Exit 1 lists the acts that no real service produced.
"""
import pathlib
import sys

# The unit test that sees it, as its source spells it.
UNIT = {"log.clock.step": "TEST(Clock, ThatWasSetIsInTheLog)",
        "log.gap": "TEST(Ledger, SaysItsLastWordsOnAFullDiskAndHealsByItself)",
        "log.verify": "TEST_F(CheckpointerTest, SignsNoOtherRecordsThanThoseItSaw)"}

sys.dont_write_bytecode = True
from generate_vocabulary import Vocabulary  # noqa: E402


def main():
    root = pathlib.Path(__file__).parents[1]
    seen = {path.name for path in pathlib.Path(sys.argv[1]).iterdir()}
    tests = "".join(path.read_text() for path in (root / "src/audit").glob("*_test.cc"))
    seen |= {act for act, test in UNIT.items() if test in tests}
    # An act without outcomes leaves no record.
    missing = [row.act for row in Vocabulary(root).acts if row.outs and row.act not in seen]
    print("\n".join(f"no test saw a record of {act}" for act in missing) or f"acts seen: all of {len(seen)}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
