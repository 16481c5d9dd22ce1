"""Runs one variant on a lane and says every difference between what happened and what its case expects."""
import threading
import time

import case_format
import http_checks as checks
from http_lane import INSTRUMENTED
from http_properties import PROPERTIES
from http_run import Player, answers_of


class RssWatch(threading.Thread):
    def __init__(self, lane):
        super().__init__(daemon=True)
        self.lane, self.first, self.most, self.over = lane, lane.rss_kib(), 0, threading.Event()

    def run(self):
        while not self.over.wait(0.005):
            try:
                self.most = max(self.most, self.lane.rss_kib())
            except OSError:
                return

    def growth(self):
        self.over.set()
        self.join()
        return self.most - self.first


def run_variant(lane, variant):
    """Differences between what happened and what the case expects."""
    if variant.check:
        return PROPERTIES["check"](lane, variant)
    lane.use(variant.config)
    if variant.property:
        return run_property(lane, variant)
    measured = "rss_growth_kib" in variant.expect and not INSTRUMENTED
    if measured:
        lane.warm_up(8)
    lane.hang_up()
    for engine, script in zip(lane.engines, (variant.upstream, variant.upstream2)):
        engine.begin(script)
    variant.body = variant.body.replace(b"{UP2}", b"http://127.0.0.1:%d" % lane.engines[1].port)
    player = Player(lane, variant)
    watch = RssWatch(lane) if measured else None
    if watch:
        watch.start()
    results = player.run()
    problems = wire_problems(results, variant, lane)
    if "exit" in variant.expect:
        status = lane.platform.process.wait(timeout=40)
        if status != variant.expect["exit"]:
            problems.append(f"exit expected {variant.expect['exit']}, got {status}")
        return problems + checks.check_records(lane.terminals(player.since), variant.expect, variant.connections)
    problems += record_problems(lane, variant, player)
    problems += engine_problems(lane, variant, results)
    if watch and (growth := watch.growth()) > variant.expect["rss_growth_kib"]:
        problems.append(f"RSS grew by {growth} KiB, at most {variant.expect['rss_growth_kib']}")
    return problems + aftermath(lane, variant)


def run_patiently(lane, variant, times=3):
    """A bound in milliseconds holds when one of three runs keeps it; anything else counts at once."""
    for _ in range(times):
        problems = run_variant(lane, variant)
        if not problems or not all(isinstance(problem, checks.Late) for problem in problems):
            break
    return problems


def run_property(lane, variant):
    problems = PROPERTIES[variant.property](lane, variant) + aftermath(lane, variant)
    if lane.alive():
        lane.fence()                 # its records are not the next case's
    return problems


def wire_problems(results, variant, lane):
    expect, problems = variant.expect, []
    wanted = answers_of(expect)
    calls = lane.engines[0].calls + lane.engines[1].calls
    for seen in results:
        problems += checks.check_connection(seen, expect)
        if len(seen.answers) != len(wanted) and not seen.problem:
            problems.append(f"{len(wanted)} answers expected, got {len(seen.answers)}: {seen.answers[-3:]}")
        for number, (answer, want) in enumerate(zip(seen.answers, wanted), 1):
            problems += checks.check_answer(number, answer, want, calls[:1] if len(wanted) == 1 else calls)
    return list(dict.fromkeys(problems))


def record_problems(lane, variant, player):
    wanted = checks.expected_records(variant.expect, variant.connections)
    deadline = time.monotonic() + 3
    while len(lane.terminals(player.since)) < wanted and time.monotonic() < deadline and lane.alive():
        time.sleep(0.002)
    if not lane.alive():
        return []
    fence = lane.fence()
    return checks.check_records(lane.terminals(player.since, {fence}), variant.expect, variant.connections)


def engine_problems(lane, variant, results):
    problems = []
    for engine, name in zip(lane.engines, ("upstream", "upstream2")):
        wanted = variant.expect.get(name)
        if wanted is not None and engine.count() not in checks.as_list(wanted):
            problems.append(f"{name}: {wanted} calls expected, got {engine.count()}")
    calls = lane.engines[0].calls + lane.engines[1].calls
    received = checks.as_list(variant.expect.get("received", []))
    for number, want in enumerate(received):
        if number >= len(calls):
            problems.append(f"call {number + 1} of the engine did not happen")
        else:
            problems += checks.check_received(calls[number], want, variant)
    if "upstream_closed_ms" in variant.expect:
        problems += closing_problems(calls, results, variant.expect["upstream_closed_ms"])
    most = variant.expect.get("upstream_sent_most")
    if most is not None and (sent := max((call.sent_bytes for call in calls), default=0)) > most:
        problems.append(f"the engine could send {sent} bytes, at most {most}")
    return problems


def closing_problems(calls, results, most):
    deadline = time.monotonic() + 3
    while any(call.closed_at is None for call in calls) and time.monotonic() < deadline:
        time.sleep(0.001)
    if not calls:
        return ["the engine was not called"]
    problems = []
    for call, seen in zip(calls, results):
        if call.closed_at is None:
            problems.append("the engine's connection stays open")
        elif seen.left_at and (took := (call.closed_at - seen.left_at) * 1000) > most:
            problems.append(checks.Late(f"the engine's connection was closed after {took:.0f} ms, at most {most}"))
    return problems


def aftermath(lane, variant):
    """No crash, no leaked descriptor, no word that must not be in the log."""
    if lane.platform is None:
        return []                    # the case itself has ended it
    if not lane.alive():
        return ["THE GATEWAY DIED: " + lane.log_text()[-1500:]]
    lane.hang_up()
    leaked = lane.wait_descriptors()
    out = [f"{leaked} descriptors leaked"] if leaked else []
    for text in checks.as_list(variant.expect.get("log_lacks", [])):
        if case_format.expand(text).decode("utf-8", "replace") in lane.log_text():
            out.append(f"the log contains {text!r}")
    for text in checks.as_list(variant.expect.get("log_has", [])):
        if text not in lane.log_text():
            out.append(f"the log lacks {text!r}")
    return out
