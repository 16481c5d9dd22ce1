#!/usr/bin/env python3
"""Kill a writer of an audit log again and again, and see that nothing it acknowledged is gone.

Usage: kills.py AUDIT_CRASH_WRITER [--kills N] [--seed N] [--folder DIR]

32 producers write (src/audit/crash_writer.cc); SIGKILL comes after a random number of their lines. After each kill the
log is opened as a writer opens it; then the verdict must be clean, and every acknowledged record must be there. At the
end of each log both verifiers must say the same. Exit 1 at the first kill after which that is not so, and if too few
kills met records that had been accepted and not yet acknowledged.
"""
import argparse
import pathlib
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import audit_verify  # noqa: E402

MOST_LINES = 4000  # that a writer may print before it is killed
KILLS_OF_A_LOG = 10  # then another one begins, so that reading all of it stays short
MUST_BE_IN_FLIGHT = 0.95  # of the kills


class Kill:
    """What one writer had printed when it was killed."""

    def __init__(self, writer, audit, lines):
        with subprocess.Popen([writer, audit], stdout=subprocess.PIPE) as process:
            printed, seen = [], 0
            while block := process.stdout.read1(1 << 16):
                printed.append(block)
                seen += block.count(b"\n")
                if seen >= lines:
                    process.kill()
        assert process.returncode == -9, f"the writer ended by itself: {process.returncode}"
        whole = b"".join(printed).split(b"\n")[:-1]
        self.acknowledged = {line for line in whole if len(line) == 64}
        # `+` comes when `append_durable` has returned, perhaps behind the hash: in doubt, fewer.
        self.in_flight = whole.count(b"+") - len(self.acknowledged) - whole.count(b"!")


def hashes_on_disk(audit):
    """Of whole lines, and whether the last one is torn."""
    texts = [path.read_bytes() for path in sorted((audit / "gateway/seg").iterdir())]
    return set(re.findall(rb',"h":"([0-9a-f]{64})"}\n', b"".join(texts))), texts[-1][-1:] not in (b"\n", b"")


def check(writer, audit, acknowledged, last):
    """Why the log is not as it should be, or None."""
    checked = subprocess.run([writer, "--check", audit], capture_output=True, text=True)
    if checked.returncode != 0:
        return f"{checked.stdout}{checked.stderr}"
    missing = acknowledged - hashes_on_disk(audit)[0]
    if missing:
        return f"{len(missing)} acknowledged records are gone"
    said = audit_verify.Ledger(str(audit.parent)).lines() if last else None
    if last and said != checked.stdout.splitlines()[:-1]:
        return f"the verifiers differ:\n{checked.stdout}" + "\n".join(said)
    return None


def run(writer, folder, kills, dice):
    in_flight = written = torn = total = 0
    for number in range(kills):
        if number % KILLS_OF_A_LOG == 0:
            audit = pathlib.Path(folder) / f"{number}/audit"
            audit.parent.mkdir()
            acknowledged = set()
        kill = Kill(writer, audit, dice.randrange(1, MOST_LINES))
        in_flight += kill.in_flight > 0
        acknowledged |= kill.acknowledged
        total += len(kill.acknowledged)
        on_disk, is_torn = hashes_on_disk(audit)
        torn += is_torn
        written += bool(on_disk - acknowledged)
        last = number == kills - 1 or number % KILLS_OF_A_LOG == KILLS_OF_A_LOG - 1
        problem = check(writer, audit, acknowledged, last)
        if problem:
            sys.exit(f"kill {number}, {audit}: {problem}")
    print(f"{kills} kills: {total} acknowledged records, all there; {in_flight} kills met records in flight, {written} "
          f"left some on disk that nobody was told of, {torn} tore a line; no false verdict")
    return in_flight >= MUST_BE_IN_FLIGHT * kills


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("writer")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--folder", help="on the disk to be tried; the default is that of temporary files")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="srasta-kills-", dir=given.folder) as folder:
        return 0 if run(given.writer, folder, given.kills, random.Random(given.seed)) else 1


if __name__ == "__main__":
    sys.exit(main())
