#!/usr/bin/env python3
"""Check that every test that governance/controls.yaml and ARCHITECTURE.md name exists.

usage: check_controls.py BUILD_FOLDER. A name is a file of the tree, a fuzz target, or the beginning of a
ctest name.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]


def named_tests():
    text = (ROOT / "governance/controls.yaml").read_text()
    for row in re.findall(r"tests: \[([^\]]+)\]", text):
        yield from (("controls.yaml", name.strip()) for name in row.split(","))
    table = (ROOT / "ARCHITECTURE.md").read_text().split("## Invariants", 1)[1]
    for line in table.splitlines():
        cells = line.split("|")
        if len(cells) == 4:
            yield from (("ARCHITECTURE.md", name) for name in re.findall(r"`([^`]+)`", cells[2]))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    listing = subprocess.check_output(["ctest", "--test-dir", sys.argv[1], "-N"], text=True)
    known = re.findall(r"Test +#\d+: (\S+)", listing)
    problems = []
    for where, name in named_tests():
        plain = name.removesuffix(".*").removesuffix("*")
        exists = ((ROOT / plain).exists() or (ROOT / f"{plain}.cc").exists() or
                  any(test.startswith(plain) or f"/{plain.split('/', 1)[-1]}" in test for test in known))
        if not exists:
            problems.append(f"{where}: no test is called {name}")
    print("\n".join(problems) if problems else "controls: every named test exists")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
