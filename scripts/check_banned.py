#!/usr/bin/env python3
"""Refuse patterns that this code base has decided against. Exit 1 lists each line.

Each rule: (regular expression, where it is allowed, the reason shown).
"""
import pathlib
import re
import sys

RULES = [
    (r"\bstd::regex\b", (), "std::regex is slow and recursive: write the parser"),
    (r"\bstd::cout\b|\bstd::cerr\b", (), "print through fmt in cli/ and app/, log elsewhere"),
    (r"\busing namespace\b", (), "name what you use"),
    (r"\bsleep_for\b|\bsleep_until\b|\busleep\(|[^_]\bsleep\(", ("process/", "testing/"),
     "wait for a condition, with a deadline"),
    (r"\brand\(|\bsrand\(", (), "use base::Entropy"),
    (r"\bstd::sto[a-z]+\(|\bato[if]\(", (), "use base::parse_* (from_chars)"),
    (r"\bgetenv\(", ("app/",), "environment is read in main only"),
    (r"\bsystem\(|\bpopen\(", (), "use process::Child"),
    (r"\bnew [A-Za-z_:]+[({]|\bdelete [a-z]", (), "std::make_unique"),
    (r"catch \(\.\.\.\)", ("net/", "app/"), "only around a connection and in main"),
    (r"\bshared_from_this\b", (), "name one owner"),
    (r"\bTODO\b(?!\(#\d+\))|\bFIXME\b|\bXXX\b", (), "file an issue and name it: TODO(#12)"),
    (r"\breinterpret_cast<", ("base/", "crypto/", "net/", "process/", "testing/"),
     "only where bytes meet an operating system or library interface"),
]


USING = re.compile(r"^\s*using (?:[A-Za-z_0-9]+::)+([A-Za-z_0-9]+);")


def unused_names(text):
    """Number and line of each using-declaration of a file whose name stands nowhere else in it."""
    for number, line in enumerate(text.splitlines(), 1):
        match = USING.match(line)
        if match and len(re.findall(rf"\b{match.group(1)}\b", text)) == 1:
            yield number, line


def main():
    root = pathlib.Path(__file__).parents[1]
    problems = []
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        relative = str(path.relative_to(root / "src"))
        text = path.read_text(errors="replace")
        for number, line in unused_names(text) if path.suffix == ".cc" else ():
            problems.append(f"src/{relative}:{number}: names what the file does not use\n    {line.strip()}")
        for number, line in enumerate(text.splitlines(), 1):
            code = line.split("//", 1)[0] if "TODO" not in line else line
            for pattern, allowed, reason in RULES:
                if re.search(pattern, code) and not relative.startswith(tuple(allowed) or ("\0",)):
                    problems.append(f"src/{relative}:{number}: {reason}\n    {line.strip()}")
    print("\n".join(problems) if problems else "banned patterns: none")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
