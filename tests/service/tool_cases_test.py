"""Every case of the tool gateway comes out as expected or waits for a reason; wrong expectations are noticed."""
import dataclasses
import sys

import tool_case_format
import tool_cases

PENDING = tool_case_format.CASES / "pending.txt"
UNTRIED = "cannot be tried"


def all_cases():
    return [case for file in tool_case_format.all_files() for case in tool_case_format.load(file)]


def ids_are_unique_and_pending_ones_exist(cases, pending):
    ids = [case.id for case in cases]
    twice = {id_ for id_ in ids if ids.count(id_) > 1}
    assert not twice, f"twice: {sorted(twice)}"
    assert not set(pending) - set(ids), f"pending, but no case: {sorted(set(pending) - set(ids))}"


def wrong_expectations_are_noticed(cases, policy):
    """The same calls with an expectation that cannot hold."""
    wrong = []
    for case in cases:
        if case.id in ("OK-002", "OK-011"):
            wrong.append(dataclasses.replace(case, expect={"decision": "deny", "reason": "PATH_DENIED"}))
        if case.id in ("PATH-021", "REF-003"):
            wrong.append(dataclasses.replace(case, expect={"decision": "allow"}))
        if case.id in ("PATH-020", "PATH-002"):
            wrong.append(dataclasses.replace(case, expect={"decision": "deny", "reason": "PATH_DENIED"}))
        if case.id == "OK-003":
            wrong.append(dataclasses.replace(case, asserts=({"result": {"text": "another text"}},)))
    assert len(wrong) == 7, [case.id for case in wrong]
    missed = [id_ for id_, problems in tool_cases.run(wrong, policy).items() if not problems]
    assert not missed, f"not noticed: {missed}"


def main():
    cases, pending = all_cases(), tool_case_format.listed(PENDING)
    policy = (tool_case_format.CASES / "policy.yaml").read_text()
    ids_are_unique_and_pending_ones_exist(cases, pending)
    wrong_expectations_are_noticed(cases, policy)
    tried = [case for case in cases if not pending.get(case.id, "").startswith(UNTRIED)]
    results = tool_cases.run(tried, policy)
    failed = {id_: problems for id_, problems in results.items() if problems and id_ not in pending}
    done = [id_ for id_ in pending if results.get(id_) == []]
    for id_, problems in sorted(failed.items()):
        print("\n".join(f"{id_}: {problem}" for problem in problems))
    for id_ in done:
        print(f"{id_}: pending ({pending[id_]}), but it comes out as expected")
    print(f"{len(cases)} cases, {len(pending)} pending, {len(failed)} not as expected, {len(done)} pending without need")
    return 1 if failed or done else 0


if __name__ == "__main__":
    sys.exit(main())
