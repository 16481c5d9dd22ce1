"""Every id of the HTTP cases is run or waits for a reason; wrong expectations are noticed; then all cases are run."""
import concurrent.futures
import sys

import case_format
import http_cases
from http_lane import INSTRUMENTED, Lane
from http_variant import run_variant

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
    unknown = {case for case in set(cases) | set(pending) if not case.startswith("MORE-")} - set(ids)
    assert not unknown, f"not in ids.txt: {sorted(unknown)}"
    missing = set(ids) - set(cases) - set(pending)
    assert not missing, f"neither a case nor pending: {sorted(missing)}"
    assert all("\t" in line for line in PENDING.read_text().splitlines()), "a pending id without a reason"


def not_noticed(variants):
    lane, missed = Lane(), []
    for variant in variants:
        unmeasured = "rss_growth_kib" in variant.expect and INSTRUMENTED
        if not run_variant(lane, variant) and not unmeasured:
            missed.append(f"{variant.name} expected {variant.expect}")
    lane.stop()
    return missed


def wrong_expectations_are_noticed():
    wrong = case_format.load(case_format.CASES / "wrong/expectations.toml")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        missed = sum(pool.map(not_noticed, [wrong[start::4] for start in range(4)]), [])
    assert not missed, "not noticed: " + "\n".join(missed)


if __name__ == "__main__":
    every_id_is_a_case_or_pending()
    wrong_expectations_are_noticed()
    sys.exit(http_cases.main([]))
