#!/usr/bin/env python3
"""Check that every #include obeys cmake/layers.txt, and that a source file includes its own header first:
so it is shown by each build that the header compiles alone.

Usage: check_layers.py [SOURCE_ROOT]. Exit 1 lists each offending line.
layers.txt has two kinds of lines:
  module: allowed modules            (a module may always include itself)
  third-party PREFIX: owners         (files or folders under src/ that may include <PREFIX...>)
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def read_rules(path):
    modules, owners = {}, {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        name, separator, rest = line.partition(":")
        if not separator:
            sys.exit(f"{path}:{number}: expected 'name: ...'")
        if name.startswith("third-party "):
            owners[name.removeprefix("third-party ").strip()] = rest.split()
        else:
            modules[name.strip()] = set(rest.split())
    return modules, owners


def find_cycle(modules):
    state = {}

    def visit(name, trail):
        if state.get(name) == "done":
            return None
        if name in trail:
            return trail[trail.index(name):] + [name]
        for dependency in sorted(modules.get(name, ())):
            cycle = visit(dependency, trail + [name])
            if cycle:
                return cycle
        state[name] = "done"
        return None

    for name in modules:
        cycle = visit(name, [])
        if cycle:
            return cycle
    return None


def check_file(path, module, relative, modules, owners):
    is_test = path.stem.endswith("_test")
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        ours, theirs = match.groups()
        if ours and "/" in ours:
            target = ours.split("/")[0]
            if target not in modules:
                yield f"{relative}:{number}: unknown module '{target}'"
            elif target != module and target not in modules[module]:
                if not (is_test and target == "testing"):
                    yield f"{relative}:{number}: {module} may not include {target}"
        elif theirs:
            for prefix, allowed in owners.items():
                if theirs.startswith(prefix) and not any(
                        str(relative).startswith(owner) for owner in allowed):
                    yield f"{relative}:{number}: <{theirs}> belongs to {', '.join(allowed)}"
                if theirs.startswith(prefix) and path.suffix == ".h":
                    yield f"{relative}:{number}: no third-party header in a header"


def own_header_first(path, relative):
    own = relative.with_suffix(".h")
    if path.suffix != ".cc" or not path.with_suffix(".h").exists():
        return
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            if match.group(1) != str(own):
                yield f'{relative}:{number}: the first include is "{own}", so that it is seen to compile alone'
            return
    yield f'{relative}: must include "{own}"'


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1])
    modules, owners = read_rules(root / "cmake/layers.txt")
    problems = []
    cycle = find_cycle(modules)
    if cycle:
        problems.append("cycle in layers.txt: " + " -> ".join(cycle))
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        relative = path.relative_to(root / "src")
        module = relative.parts[0]
        if module not in modules:
            problems.append(f"{relative}: folder '{module}' is not in layers.txt")
            continue
        problems.extend(check_file(path, module, relative, modules, owners))
        problems.extend(own_header_first(path, relative))
    print("\n".join(problems) if problems else "layers: ok")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
