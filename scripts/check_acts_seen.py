#!/usr/bin/env python3
"""Check that the service tests compared a record of every act of governance/acts.tsv.

Usage: check_acts_seen.py FOLDER, which has a file for each act that was seen (tests/service/records.py).
Exit 1 lists the acts that no real service produced.
"""
import pathlib
import sys

sys.dont_write_bytecode = True
from generate_vocabulary import Vocabulary  # noqa: E402


def main():
    seen = {path.name for path in pathlib.Path(sys.argv[1]).iterdir()}
    # An act without outcomes leaves no record.
    missing = [row.act for row in Vocabulary(pathlib.Path(__file__).parents[1]).acts if row.outs and row.act not in seen]
    print("\n".join(f"no service test saw a record of {act}" for act in missing) or f"acts seen: all of {len(seen)}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
