#!/usr/bin/env python3
"""Check that both verifiers say the same about many damaged ledgers.

Usage: agree.py AUDIT_VERDICT_CASES (the program that makes them). Exit 1 lists each difference.
"""
import collections
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import audit_verify  # noqa: E402

NOTES = {"RECOVERED_TORN_TAIL", "CLOCK_STEP", "RESTORED", "PRUNED_AUTHORISED", "UNCHECKED"}


def verdict_of(lines, status):
    """The word that a case is counted under: its first violation, or how the sentence begins."""
    violations = [line.split(": ", 1)[1].split()[0] for line in lines[1:] if ": " in line]
    violations = [word for word in violations if not word.startswith("OK") and word not in NOTES]
    return violations[0] if status == 1 else lines[0].split()[0]


def verified(case):
    """What the verifier in Python says, with what the case knows from outside."""
    trust = case / "trust"
    trusted = audit_verify.read_trusted(str(trust)) if trust.exists() else []
    anchors = [(audit_verify.read_anchor(str(path))[0], path.name)
               for path in sorted(case.glob("since-*"))]
    policy = case / "witness"
    policy = audit_verify.read_policy(str(policy)) if policy.exists() else None
    ledger = audit_verify.Ledger(str(case), trusted, anchors, policy)
    lines = ledger.lines()
    if (case / "complete").exists():
        lines += audit_verify.Completeness(str(case / "audit")).lines()
    return lines, ledger.status()


def main():
    differences, verdicts = [], collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder], check=True, stdout=subprocess.DEVNULL)
        cases = sorted(pathlib.Path(folder).iterdir())
        for case in cases:
            expected = case.joinpath("expected").read_text(errors="surrogateescape").splitlines()
            if (case / "complete").exists():
                expected += case.joinpath("complete").read_text().splitlines()
            status = int(case.joinpath("status").read_text())
            lines, got = verified(case)
            verdicts[verdict_of(lines, got)] += 1
            # Reasons of an operating system differ in wording.
            if status == 3 and got == 3:
                continue
            if (lines, got) != (expected, status):
                differences.append(f"{case.name}: {expected} {status}\n      {lines} {got}")
    for verdict, count in sorted(verdicts.items()):
        print(f"{verdict:<19} {count:>4}")
    print("\n".join(differences) or f"verifiers agree on {len(cases)} ledgers")
    return 1 if differences or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
