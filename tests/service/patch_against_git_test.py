"""The planner beside `git apply`: whatever patch is accepted here, git applies, too, and to the same tree. The other way
round does not hold: git forgives what is refused here."""
import os
import random
import subprocess

from harness import main, scratch
from tooled import CASES, GIT, Tooled

CASES_PER_RUN = int(os.environ.get("SRASTA_PATCHES", "400"))
SEED = int(os.environ.get("SRASTA_SEED", "20261201"))


def text_of(random_source, lines):
    return "".join(f"line {random_source.randrange(40)}\n" for _ in range(lines)) + random_source.choice(["", "", "end"])


def some_change(random_source, files):
    """Files after some additions, deletions, renames and edits of lines."""
    after = dict(files)
    for _ in range(random_source.randrange(1, 4)):
        path = random_source.choice(sorted(after))
        kind = random_source.randrange(5)
        if kind == 0:
            after[f"src/new{random_source.randrange(9)}.txt"] = text_of(random_source, random_source.randrange(1, 6))
        elif kind == 1 and len(after) > 2:
            del after[path]
        elif kind == 2:
            after[path + ".moved"] = after.pop(path)
        else:
            lines = after[path].splitlines(keepends=True)
            at = random_source.randrange(len(lines) + 1)
            lines[at:at + random_source.randrange(2)] = [f"changed {random_source.randrange(99)}\n"]
            after[path] = "".join(lines)
    return after


def spoiled(random_source, patch):
    """The patch with a few bytes or lines that are not what git printed."""
    lines = patch.splitlines(keepends=True)
    for _ in range(random_source.randrange(1, 3)):
        at = random_source.randrange(len(lines))
        kind = random_source.randrange(6)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, random_source.choice(lines))
        elif kind == 2:
            other = random_source.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            lines[at] = lines[at].replace(str(random_source.randrange(10)), str(random_source.randrange(10)))
        elif kind == 4:
            lines[at] = random_source.choice([" ", "+", "-", "\\ ", "@@ ", "diff --git "]) + lines[at]
        else:
            line = list(lines[at])
            line[random_source.randrange(len(line))] = random_source.choice("ab/+- @\t\r\n0")
            lines[at] = "".join(line)
        lines = "".join(lines).splitlines(keepends=True) or ["\n"]
    return "".join(lines)


def applied_by_git(repository, head, patch):
    """The tree; empty when git refuses."""
    index = {**GIT, "GIT_INDEX_FILE": str(repository.folder / "apply-index")}
    subprocess.run(["git", "read-tree", head], cwd=repository.folder, env=index, check=True)
    done = subprocess.run(["git", "apply", "--cached", "-"], cwd=repository.folder, env=index, input=patch.encode(),
                          capture_output=True)
    if done.returncode != 0:
        return ""
    tree = subprocess.run(["git", "write-tree"], cwd=repository.folder, env=index, check=True, capture_output=True)
    return tree.stdout.decode().strip()


def what_is_accepted_here_git_applies_to_the_same_tree():
    source = random.Random(SEED)
    with scratch() as folder:
        policy = (CASES / "policy.yaml").read_text().replace("perPrincipalPerMin: 120", "perPrincipalPerMin: 100000")
        platform = Tooled(folder, policy)
        repository = platform.repositories["docs-site"]
        accepted = refused = 0
        files = {f"src/f{number}.txt": text_of(source, 8) for number in range(4)}
        head = repository.commit("agent/base", {**files, "README.md": None, "content/index.md": None})
        for number in range(CASES_PER_RUN):
            after = some_change(source, files)
            changed = {**{path: None for path in files if path not in after}, **after}
            repository.git("update-ref", "refs/heads/agent/after", head)
            tip = repository.commit("agent/after", changed)
            patch = repository.git("diff", "-M", "--no-ext-diff", head, tip) + "\n"
            if patch == "\n":
                continue
            if number % 4:
                patch = spoiled(source, patch)
            answer = platform.call("P1", "patch_check", {"repo": "docs-site", "base": head, "patch": patch})
            assert answer.status == 200, (number, answer.body)
            tree = answer.json()["result"].get("tree")
            if tree is None:
                refused += 1
                assert number % 4 or answer.json()["result"]["reason"] == "PATCH_NO_APPLY", (number, answer.body, patch)
                continue
            accepted += 1
            assert applied_by_git(repository, head, patch) == tree, (number, answer.body, patch)
        assert accepted > CASES_PER_RUN // 5 and refused > CASES_PER_RUN // 5, (accepted, refused)
        platform.stop()


main(what_is_accepted_here_git_applies_to_the_same_tree)
