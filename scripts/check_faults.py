#!/usr/bin/env python3
"""Check that each row of tests/cases/audit/faults.tsv names tests that exist, and none twice.

Usage: check_faults.py BUILD_FOLDER [TABLE]
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
TABLE = ROOT / "tests/cases/audit/faults.tsv"
COLUMNS = ["fault", "injected by", "oracle", "tests"]


class KnownTests:
    def __init__(self, build):
        listing = subprocess.check_output(["ctest", "--test-dir", build, "-N"], text=True)
        self.names = re.findall(r"Test +#\d+: (\S+)", listing)
        self.cases = "".join(path.read_text() for path in sorted((ROOT / "src/audit").glob("*_cases_test.cc")))

    def has(self, test):
        program, _, part = test.partition(": ")
        kind, _, name = program.partition("/")
        if kind == "service" and part:
            return program in self.names and self.runs(ROOT / f"tests/service/{name}_test.py", part)
        if kind == "client" and part:
            source = ROOT / f"tests/client/{name}.test.ts"
            return source.exists() and f'it("{part}"' in source.read_text()
        name, of_a_case, case = test.partition("#")
        # A test of many values is one name and what is behind its slash.
        known = name in self.names or ("." in name and any(each.startswith(name + "/") for each in self.names))
        if not of_a_case:
            return known
        return known and case != "" and re.search(rf'\w\("{re.escape(case)}"', self.cases) is not None

    @staticmethod
    def runs(source, function):
        """Whether the test is defined and one of those that `main` is given."""
        text = source.read_text()
        given = text[text.rindex("main("):]
        return f"\ndef {function}(" in text and re.search(rf"\b{re.escape(function)}\b", given) is not None


def problems_of(table, known):
    lines = [line for line in table.read_text().splitlines() if line and not line.startswith("#")]
    if not lines or lines[0].split("\t") != COLUMNS:
        return [f"{table}: the columns are not {COLUMNS}"]
    found, faults = [], set()
    for line in lines[1:]:
        cells = line.split("\t")
        if len(cells) != len(COLUMNS) or not all(cells):
            found.append(f"not {len(COLUMNS)} cells: {line}")
            continue
        if cells[0] in faults:
            found.append(f"{cells[0]}: stands twice")
        faults.add(cells[0])
        found += [f"{cells[0]}: no test is called {test}" for test in cells[3].split("; ") if not known.has(test)]
    return found


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    table = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else TABLE
    problems = problems_of(table, KnownTests(sys.argv[1]))
    print("\n".join(problems) if problems else "faults: every named test exists")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
