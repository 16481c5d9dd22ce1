"""What is done before the call of a case: steps on the repositories on disk, and earlier calls."""
import os

from tool_case_format import CaseError, value_of


def entry_of(content, mode):
    """(mode, bytes) of what a step says a file is; None removes."""
    if content is None:
        return None
    if isinstance(content, str):
        return mode, content.encode()
    if "link" in content:
        return "120000", content["link"].encode()
    if "gitlink" in content:
        return "160000", content["gitlink"]
    if "hex" in content:
        return content.get("mode", mode), bytes.fromhex(content["hex"])
    return content.get("mode", mode), content["content"].encode()


def many_files(many):
    return {many["path"].replace("{n}", str(number)): many["content"].replace("{n}", str(number))
            for number in range(many["count"])}


class Steps:
    """Plays the steps of one case. `saved` are the values that later texts name."""

    def __init__(self, rig):
        self.rig, self.saved = rig, {}

    def play(self, step):
        step = value_of(step, self.saved)
        names = [name for name in step if hasattr(self, "do_" + name)]
        if len(names) != 1:
            raise CaseError(f"a step takes exactly one of its verbs: {sorted(step)}")
        made = getattr(self, "do_" + names[0])(step[names[0]], step)
        if isinstance(step.get("save"), str):
            self.saved[step["save"]] = made

    def repository(self, step):
        return self.rig.repositories[step.get("repo", "payments-api")]

    def tree_of(self, repository, base, files):
        index = {"GIT_INDEX_FILE": str(repository.folder / "case-index")}
        repository.git("read-tree", *([base] if base else ["--empty"]), env=index)
        lines = []
        for path, content in files.items():
            entry = entry_of(content, "100644")
            if entry is None:
                lines.append(f"0 {'0' * 40}\t{path}")
                continue
            mode, data = entry
            oid = data if mode == "160000" else repository.git("hash-object", "-w", "--stdin", stdin=data)
            lines.append(f"{mode} {oid}\t{path}")
        repository.git("update-index", "-z", "--index-info", stdin="".join(line + "\0" for line in lines).encode(),
                       env=index)
        tree = repository.git("write-tree", env=index)
        (repository.folder / "case-index").unlink()
        return tree

    def commit_of(self, repository, base, change):
        files = {**change.get("files", {}), **(many_files(change["many"]) if "many" in change else {})}
        tree = self.tree_of(repository, base, files)
        return repository.git("commit-tree", tree, "-m", change.get("message", "change"),
                              *(["-p", base] if base else []))

    def do_commit(self, change, step):
        repository = self.repository(step)
        commit = self.commit_of(repository, repository.tip(change["branch"]), change)
        repository.git("update-ref", f"refs/heads/{change['branch']}", commit)
        return commit

    def do_dangling(self, change, step):
        """A commit that no ref leads to."""
        repository = self.repository(step)
        return self.commit_of(repository, repository.tip(change.get("onto", "main")), change)

    def do_branch(self, name, step):
        repository = self.repository(step)
        repository.git("update-ref", f"refs/heads/{name}", repository.git("rev-parse", step.get("at", "main")))
        return repository.tip(name)

    def do_ref(self, name, step):
        repository = self.repository(step)
        repository.git("update-ref", name, repository.git("rev-parse", step.get("at", "main")))

    def do_symbolic_ref(self, name, step):
        self.repository(step).git("symbolic-ref", name, step["to"])

    def do_replace(self, name, step):
        repository = self.repository(step)
        original = repository.git("rev-parse", name)
        repository.git("update-ref", f"refs/replace/{original}", repository.git("rev-parse", step["by"]))

    def do_rev(self, name, step):
        return self.repository(step).git("rev-parse", name)

    def do_config(self, setting, step):
        self.repository(step).git("config", *setting)

    def do_hook(self, name, step):
        self.do_git_file("hooks/" + name, {**step, "content": "#!/bin/sh\ntouch " + str(self.rig.marker) + "\n"})
        (self.repository(step).folder / "hooks" / name).chmod(0o755)

    def do_git_file(self, name, step):
        path = self.repository(step).folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step["content"])

    def do_swap_folder(self, _, step):
        """The repository's folder becomes a link to where it was moved."""
        folder = self.repository(step).folder
        moved = folder.with_name(folder.name + "-moved")
        folder.rename(moved)
        os.symlink(moved, folder)

    def do_call(self, call, step):
        for _ in range(step.get("times", 1) - 1):
            self.rig.call(call.get("as", "P1"), call["tool"], self.rig.filled(call["tool"], call["args"]))
        answer = self.rig.call(call.get("as", "P1"), call["tool"], self.rig.filled(call["tool"], call["args"]))
        wanted = step.get("expect", "allow")
        found = self.rig.decision_of(answer)
        if wanted not in ("any", found):
            raise AssertionError(f"the call of {call['tool']} before came out as {found}: {answer.body[:300]}")
        for name, path in step.get("save_from", {}).items():
            self.saved[name] = member_of(answer.json(), path)

    def do_approve(self, approval, step):
        answer = self.rig.decide(step.get("as", "P4"), approval, "approve")
        wanted = step.get("status", 200)
        if answer.status != wanted:
            raise AssertionError(f"approving came out as {answer.status}: {answer.body[:300]}")


def member_of(value, path):
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value
