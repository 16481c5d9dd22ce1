"""Every id of the HTTP cases is run or waits for a reason; then all of them are run."""
import sys

import case_format
import http_cases

PENDING = case_format.CASES.parent / "pending.txt"


def listed(path):
    return [line.split("\t")[0] for line in path.read_text().splitlines() if line.strip()]


def every_id_is_a_case_or_pending():
    ids = listed(case_format.CASES / "ids.txt")
    cases = [case for path in case_format.all_files() for case in case_format.ids_of(path)]
    pending = listed(PENDING)
    for name, each in (("ids.txt", ids), ("case files", cases), ("pending.txt", pending)):
        twice = {one for one in each if each.count(one) > 1}
        assert not twice, f"twice in {name}: {sorted(twice)}"
    both = set(cases) & set(pending)
    assert not both, f"a case and pending: {sorted(both)}"
    unknown = (set(cases) | set(pending)) - set(ids)
    assert not unknown, f"not in ids.txt: {sorted(unknown)}"
    missing = set(ids) - set(cases) - set(pending)
    assert not missing, f"neither a case nor pending: {sorted(missing)}"
    assert all("\t" in line for line in PENDING.read_text().splitlines()), "a pending id without a reason"


if __name__ == "__main__":
    every_id_is_a_case_or_pending()
    sys.exit(http_cases.main([]))
