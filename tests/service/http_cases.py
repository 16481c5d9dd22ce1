#!/usr/bin/env python3
"""Runs HTTP case files (tests/cases/http/*.toml) through a real platform.

    SRASTA_BIN=build/bin python3 tests/service/http_cases.py [FILE.toml ...] [--only ID] [--lanes N]

One line per case; exit 1 when any fails."""
import argparse
import collections
import os
import pathlib
import queue
import sys
import threading
import time
import traceback

import case_format
from http_lane import Lane
from http_variant import run_patiently


class Run:
    """Variants over lanes: those of one configuration stay together, the delicate ones run last and alone."""

    def __init__(self, variants, lanes):
        order = sorted(variants, key=lambda variant: (variant.config, "exit" in variant.expect))
        self.left = collections.Counter(variant.case for variant in variants)
        self.total = dict(self.left)
        self.problems = collections.defaultdict(list)
        self.seconds = collections.Counter()
        self.lock = threading.Lock()
        self.failed = []
        self.crowd = queue.Queue()
        self.alone = queue.Queue()
        for variant in order:
            (self.alone if variant.alone else self.crowd).put(variant)
        self.lanes = min(lanes, max(1, self.crowd.qsize()))

    def work(self, jobs):
        lane = Lane()
        while True:
            try:
                variant = jobs.get_nowait()
            except queue.Empty:
                break
            began = time.monotonic()
            try:
                problems = run_patiently(lane, variant)
            except Exception as error:  # noqa: BLE001 - a broken case must not end the others
                where = traceback.extract_tb(error.__traceback__)[-1]
                problems = [f"{type(error).__name__} at {pathlib.Path(where.filename).name}:{where.lineno}: {error}"]
                lane.stop()
            self.done(variant, problems, time.monotonic() - began)
        problem = lane.stop()
        if problem:
            self.done_badly(problem)

    def done(self, variant, problems, seconds):
        with self.lock:
            self.left[variant.case] -= 1
            self.seconds[variant.case] += seconds
            if problems:
                self.problems[variant.case].append((variant, problems))
            if self.left[variant.case] == 0:
                self.report(variant.case)

    def done_badly(self, problem):
        with self.lock:
            self.failed.append("end")
            print(f"FAIL end of a lane\n    {problem}", flush=True)

    def report(self, case):
        bad = self.problems[case]
        total = self.total[case]
        verdict = "FAIL" if bad else "ok  "
        print(f"{verdict} {case} ({total - len(bad)}/{total}, {self.seconds[case]:.1f} s)", flush=True)
        for variant, problems in bad[:8]:
            for problem in problems[:6]:
                print(f"    {variant.name} {variant.label[:60]!r}: {problem[:400]}", flush=True)
        if bad:
            self.failed.append(case)

    def run(self):
        threads = [threading.Thread(target=self.work, args=(self.crowd,)) for _ in range(self.lanes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.alone.qsize():
            self.work(self.alone)
        return self.failed


def main(arguments=None):
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("files", nargs="*", type=pathlib.Path)
    options.add_argument("--only", action="append", help="an id; may be repeated")
    options.add_argument("--lanes", type=int, default=int(os.environ.get("SRASTA_CASE_LANES", "6")))
    chosen = options.parse_args(arguments)
    variants = [variant for path in chosen.files or case_format.all_files() for variant in case_format.load(path)]
    if chosen.only:
        variants = [variant for variant in variants if variant.case in chosen.only or variant.name in chosen.only]
    if not variants:
        print("no such case")
        return 1
    began = time.monotonic()
    failed = Run(variants, chosen.lanes).run()
    cases = len({variant.case for variant in variants})
    print(f"{cases - len(set(failed))} of {cases} cases, {len(variants)} variants, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
