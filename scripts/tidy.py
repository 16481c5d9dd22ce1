#!/usr/bin/env python3
"""clang-tidy's short list (.clang-tidy) over every source, with the flags of the dev build.

Nearly all of the time goes into headers, so the files of a module are read together, as one translation unit
that includes them. Files that cannot stand in one (two anonymous namespaces with the same name in them) go into
different units, which a pass of the compiler finds out. Usage: tidy.py [FILE...]: only these files' modules."""

import collections
import concurrent.futures
import json
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/dev"
UNITS = BUILD / "tidy"
# What a diagnostic of the compiler names: "FILE:LINE:COLUMN: error|note: TEXT".
DIAGNOSTIC = re.compile(r"^(?P<file>[^:\n]+\.\w+):\d+:\d+: (?P<kind>fatal error|error|note): (?P<text>.*)")


def modules():
    """Folder -> (its sources, in order; the flags they are compiled with)."""
    files, flags = collections.defaultdict(list), {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if not path.is_relative_to(ROOT / "src") or path.name.endswith("_test.cc") or path in files[path.parent]:
            continue
        files[path.parent].append(path)
        flags.setdefault(path.parent, []).append(without_outputs(shlex.split(entry["command"])))
    return {folder: (sorted(paths), union(flags[folder])) for folder, paths in files.items() if paths}


def without_outputs(command):
    """The flags of a compile command that say how a file is read."""
    kept = []
    words = iter(command)
    for word in words:
        if word in ("-o", "-MF", "-MT", "-c"):
            next(words, None)
        elif word == "-Xclang":
            next(words)  # only precompiled headers are passed so
        elif re.match(r"-(I|isystem|D|std=|f)", word):
            kept.append((word, next(words)) if word == "-isystem" else (word,))
    return kept


def union(commands):
    seen = dict.fromkeys(flag for command in commands for flag in command)
    return [word for flag in seen for word in flag]


def write_unit(folder, number, sources):
    unit = UNITS / f"{folder.name}_{number}.cc"
    unit.write_text("".join(f'#include "{source}"\n' for source in sources))
    return unit


def conflicts(output, sources):
    """Pairs of sources that errors of one text name. A source that such errors name alone is paired with all."""
    named, text = collections.defaultdict(set), ""
    for match in filter(None, map(DIAGNOSTIC.match, output.splitlines())):
        if match["kind"] != "note":
            text = match["text"]
        if pathlib.Path(match["file"]) in sources:
            named[text].add(pathlib.Path(match["file"]))
    pairs = set()
    for files in named.values():
        others = files if len(files) > 1 else sources
        pairs |= {frozenset((one, other)) for one in files for other in others if one != other}
    return pairs


def separated(sources, pairs):
    units = []
    for source in sources:
        for unit in units:
            if not any(frozenset((source, other)) in pairs for other in unit):
                unit.append(source)
                break
        else:
            units.append([source])
    return units


def units_of(module):
    folder, (sources, flags) = module
    pairs = set()
    while True:
        units = separated(sources, pairs)
        found = set()
        for number, unit in enumerate(units):
            path = write_unit(folder, number, unit)
            read = subprocess.run(["clang++-19", *flags, "-w", "-fsyntax-only", "-ferror-limit=0", path],
                                  capture_output=True, text=True)
            found |= conflicts(read.stderr, unit)
        # An error hides others: once apart, two files may show what keeps each from a third.
        if not found:
            return [(UNITS / f"{folder.name}_{number}.cc", flags) for number in range(len(units))]
        pairs |= found


def findings(unit):
    path, flags = unit
    tidied = subprocess.run(["clang-tidy-19", "--quiet", f"--config-file={ROOT / '.clang-tidy'}", path, "--", *flags],
                            capture_output=True, text=True)
    return tidied.returncode, tidied.stdout


def main():
    UNITS.mkdir(exist_ok=True)
    wanted = {pathlib.Path(name).resolve().parent for name in sys.argv[1:]}
    chosen = {folder: module for folder, module in modules().items() if not wanted or folder in wanted}
    failed = False
    with concurrent.futures.ThreadPoolExecutor(2) as both:
        # The longest first, so that no core waits for the other at the end.
        longest_first = sorted(chosen.items(), key=lambda module: -len(module[1][0]))
        units = [unit for units in both.map(units_of, longest_first) for unit in units]
        units.sort(key=lambda unit: -unit[0].stat().st_size)
        for code, output in both.map(findings, units):
            if code:
                failed = True
                print(output)
    files = sum(len(sources) for sources, _ in chosen.values())
    print(f"clang-tidy: {'FAILED' if failed else 'ok'} ({files} files in {len(units)} units)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
