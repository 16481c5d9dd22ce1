#!/usr/bin/env python3
"""Plays case files of the tool gateway through a real platform: tests/cases/tools/README.md.

SRASTA_BIN=build/bin python3 tests/service/tool_cases.py [--policy FILE] [--only ID] [FILE ...]
"""
import argparse
import concurrent.futures
import http.client
import json
import pathlib
import subprocess
import sys
import tempfile
import threading

import tool_case_format
from client import Reply
from harness import BIN, ENVIRONMENT, until
from tool_case_checks import Checks
from tool_case_format import CaseError, value_of
from tool_case_rig import Rig
from tool_case_steps import Steps

LANES = 2  # platforms beside each other
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BEFORE_START = {"policy", "host"}


def edited(policy, case):
    """The policy that the platform starts with, whether it has one at all, and what its host lacks."""
    missing, host = False, None
    for step in case.setup:
        if step.get("policy") == "missing":
            missing = True
        elif "policy" in step:
            policy = replaced(policy, step["policy"])
        elif "host" in step:
            host = step["host"]
    return policy, missing, host


def replaced(text, replacements):
    """[old, new], the first one found; [old, new, "rest"] replaces what follows it, too."""
    for old, new, *rest in replacements:
        begin = text.find(old)
        if begin < 0:
            raise CaseError(f"the policy has no {old!r}")
        text = text[:begin] + value_of(new, {}) + ("" if rest else text[begin + len(old):])
    return text


# ---- one case

def send_http(rig, case, saved):
    """A request that is no call of the REST interface."""
    asked = value_of(case.http, saved)
    fields = dict(asked.get("fields", {}))
    token = rig.secrets.get(case.caller)
    body = asked.get("raw")
    if body is None and "body" in asked:
        body = json.dumps(asked["body"])
        fields.setdefault("Content-Type", "application/json")
    if token and "Authorization" not in fields:
        fields["Authorization"] = f"Bearer {token}"
    fields = {name: value for name, value in fields.items() if value is not None}
    connection = http.client.HTTPConnection("127.0.0.1", rig.port, timeout=20)
    try:
        data = body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body
        connection.putrequest(asked.get("method", "POST"), asked["path"], skip_host="Host" in fields,
                              skip_accept_encoding=True)
        for name, value in fields.items():
            connection.putheader(name, value)
        if data is not None:
            connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        return Reply(connection.getresponse())
    finally:
        connection.close()


def answers_of(rig, case, saved):
    if case.http:
        return [send_http(rig, case, saved)]
    arguments = rig.filled(case.tool, value_of(case.args, saved))
    if case.times == 1:
        return [rig.call(case.caller, case.tool, arguments)]
    ready = threading.Barrier(case.times)

    def at_once(_):
        ready.wait()
        return rig.call(case.caller, case.tool, arguments)
    with concurrent.futures.ThreadPoolExecutor(case.times) as pool:
        return list(pool.map(at_once, range(case.times)))


def play(rig, case, found):
    """Adds the checks of the case to `found`; its problems so far are theirs."""
    steps = Steps(rig)
    try:
        for step in case.setup:
            if not set(step) & BEFORE_START:
                steps.play(step)
        rig.hand_over()
        rig.masked_answer()
        before = rig.contents()
        checks = Checks(rig, case, answers_of(rig, case, steps.saved), steps, before)
        checks.run()
        found.append(checks)
        return []
    except Exception as failure:  # whatever it is, it is this case that failed, and others go on
        return [f"{type(failure).__name__}: {failure}"]


def outcomes(rig, found):
    """Of all that were played on the platform, which ends here."""
    reasons = rig.reasons()
    results = {}
    for checks in found:
        wrong = checks.reason_problem(reasons)
        results[checks.case.id] = checks.problems + ([wrong] if wrong else [])
    try:
        rig.stop()
    except AssertionError as failure:
        first, last = (found[0].case.id, found[-1].case.id) if found else ("-", "-")
        results[f"the platform of {first} to {last}"] = [str(failure)[-600:]]
    return results


# ---- documents

def refused_policies(rig):
    return [record for record in rig.records("--stream", "tools", "--act", "policy.load") if record["out"] == "deny"]


def check_document(case, policy):
    """A document that `srasta policy lint` and the running platform refuse, which keeps the one before."""
    document = replaced(policy, case.document.get("replace", []))
    if "text" in case.document:
        document = value_of(case.document["text"], {})
    document = replaced(document, [["version: 42", "version: 43"]]) if "version: 42" in document else document
    with tempfile.TemporaryDirectory(prefix="srasta-test-") as folder:
        file = pathlib.Path(folder) / "policy.yaml"
        file.write_text(document)
        linted = subprocess.run([BIN / "srasta", "policy", "lint", file], capture_output=True, text=True,
                                env=ENVIRONMENT)
        problems = [] if linted.returncode == 2 else [f"lint says {linted.returncode}: {linted.stdout}{linted.stderr}"]
        wanted = case.document.get("says", "")
        if wanted not in linted.stderr:
            problems.append(f"lint does not say {wanted!r}: {linted.stderr[:300]}")
        rig = Rig(pathlib.Path(folder) / "rig", policy)
        rig.sign_anyway(document)
        rig.reload_policy()
        refused = until(lambda: refused_policies(rig), "the record of a policy that was not taken")
        if refused[-1]["pol"]["why"] != case.expect["reason"]:
            problems.append(f"expected {case.expect['reason']}, the record says {refused[-1]['pol']['why']}")
        answer = rig.call("P3", "file_read", {"repo": "payments-api", "ref": "main", "path": "src/main.cc"})
        if answer.status != 200 or answer.json()["policyVersion"] == 43:
            problems.append(f"the policy before is not in force: {answer.status} {answer.body[:200]}")
        rig.stop()
        return problems


def check_named_tests(case):
    """`FILE WORD`: the file is there, and the word in it."""
    problems = []
    for named in case.tested_by:
        file, _, word = named.partition(" ")
        path = REPOSITORY / file
        if not path.is_file() or (word and word not in path.read_text()):
            problems.append(f"{named} is not there")
    return problems


# ---- many cases

def run_shared(cases, policy):
    """All on one platform after the other, as long as a policy's rate lets them."""
    results, waiting = {}, list(cases)
    while waiting:
        with tempfile.TemporaryDirectory(prefix="srasta-test-") as folder:
            rig, found = Rig(pathlib.Path(folder) / "rig", policy), []
            played = 0
            while waiting and (played == 0 or rig.has_calls_for(waiting[0])):
                case = waiting.pop(0)
                played += 1
                failed = play(rig, case, found)
                if failed:
                    results[case.id] = failed
                rig.put_back()
            results.update(outcomes(rig, found))
    return results


def run_alone(case, policy):
    with tempfile.TemporaryDirectory(prefix="srasta-test-") as folder:
        start, missing, host = edited(policy, case)
        rig, found = Rig(pathlib.Path(folder) / "rig", start, missing, host), []
        failed = play(rig, case, found)
        results = outcomes(rig, found)
        if failed:
            results[case.id] = failed
        return results


def run_one(case, policy):
    if case.tested_by:
        return {case.id: check_named_tests(case)}
    if case.document is not None:
        return {case.id: check_document(case, policy)}
    return run_alone(case, policy)


def guarded(work, cases):
    try:
        return work()
    except Exception as failure:  # a platform that does not start fails its cases
        return {case.id: [f"{type(failure).__name__}: {str(failure)[-600:]}"] for case in cases}


def run(cases, policy):
    """Problems by id; empty lists are cases that came out as expected."""
    single = [case for case in cases if case.alone or case.tested_by or case.document is not None]
    shared = [case for case in cases if case not in single]
    lanes = [shared[start::LANES] for start in range(LANES)]
    results = {}
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        jobs = [pool.submit(guarded, lambda lane=lane: run_shared(lane, policy), lane) for lane in lanes if lane]
        jobs += [pool.submit(guarded, lambda case=case: run_one(case, policy), [case]) for case in single]
        for job in jobs:
            results.update(job.result())
    return results


def main(words):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=pathlib.Path, help="case files; all committed ones without any")
    parser.add_argument("--policy", type=pathlib.Path, default=tool_case_format.CASES / "policy.yaml")
    parser.add_argument("--only", action="append", help="id of a case, or how ids begin that end with *")
    asked = parser.parse_args(words)
    cases = [case for file in asked.files or tool_case_format.all_files() for case in tool_case_format.load(file)]
    if asked.only:
        cases = [case for case in cases if any(case.id == one or (one.endswith("*") and case.id.startswith(one[:-1]))
                                               for one in asked.only)]
    results = run(cases, asked.policy.read_text())
    failed = {id_: problems for id_, problems in results.items() if problems}
    for id_, problems in sorted(failed.items()):
        for problem in problems:
            print(f"{id_}: {problem}")
    print(f"{len(results)} cases, {len(failed)} not as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
