"""What is looked at after the call of a case: its expectation, what holds for every call, and its asserts."""
import json
import pathlib
import re
import time

from tool_case_format import CaseError, value_of
from tool_case_rig import MASKED, WRITES
from tool_case_steps import member_of

STATUS = {"allow": {200}, "contain": {200}, "ask": {202}, "deny": {403, 404, 429, 503},
          "reject": {400, 401, 403, 404, 405, 406, 408, 413, 415, 422}}
CANARY = b"canary-of-"


def fits(one, wanted):
    """Equal, or an object that has all that is wanted of it."""
    if not (isinstance(one, dict) and isinstance(wanted, dict)):
        return one == wanted
    return all(one.get(key) == value for key, value in wanted.items())


class Checks:
    """Of one case, after its answers came. Problems are texts."""

    def __init__(self, rig, case, answers, steps, before):
        self.rig, self.case, self.answers, self.before = rig, case, answers, before
        self.steps, self.problems = steps, []
        self.answer = answers[0]

    def run(self):
        self.check_decisions()
        if any(CANARY in answer.body for answer in self.answers):
            self.problem("the answer holds what nobody may read")
        changes = self.case.tool in WRITES and any(self.rig.decision_of(answer) == "allow" for answer in self.answers)
        after = self.rig.contents()
        if not changes and after != self.before:
            changed = {path for path in set(after) | set(self.before) if after.get(path) != self.before.get(path)}
            self.problem(f"files of a repository changed: {sorted(changed)[:5]}")
        for spelled in self.case.asserts:
            self.check_assert(value_of(spelled, self.steps.saved))
        return self.problems

    def problem(self, text):
        self.problems.append(text)

    # ---- the answer

    def check_decisions(self):
        wanted = self.case.expect.get("each", [self.case.expect] * len(self.answers))
        rest = list(self.answers)
        for one in wanted:
            problems = [self.mismatch(answer, one) for answer in rest]
            if None in problems:
                rest.pop(problems.index(None))
            else:
                self.problem(problems[0] if problems else f"no answer is left for {one}")

    def mismatch(self, answer, wanted):
        decision = self.rig.decision_of(answer)
        shown = f"{answer.status} {answer.body[:300].decode(errors='replace')}"
        expected = {"contain": {"allow"}, "reject": {"reject", "deny"}}.get(wanted["decision"], {wanted["decision"]})
        if decision not in expected:
            return f"expected {wanted['decision']} {wanted.get('reason', '')}, found {decision}: {shown}"
        statuses = {wanted["status"]} if "status" in wanted else STATUS[wanted["decision"]]
        if answer.status not in statuses:
            return f"expected status {sorted(statuses)}, found {shown}"
        return self.wrong_code(answer, wanted, shown)

    def wrong_code(self, answer, wanted, shown):
        reason = wanted.get("reason")
        if self.case.http:
            return self.wrong_http_code(answer, wanted, shown)
        if wanted["decision"] not in ("deny", "ask") or not reason:
            return None
        if reason in MASKED or wanted.get("status") == 404:
            same = self.rig.plain(answer) == self.rig.masked_answer()
            return None if same else f"{reason} can be told from what does not exist: {shown}"
        code = json.loads(answer.body).get("code")
        return None if code in (reason, "permission_denied") else f"expected code {reason}, found {code}: {shown}"

    def wrong_http_code(self, answer, wanted, shown):
        told = answer.body.decode(errors="replace")
        if "rpc" in wanted and not re.search(rf'"code"\s*:\s*{wanted["rpc"]}\b', told):
            return f"expected the code {wanted['rpc']}, found {shown}"
        reason = wanted.get("reason")
        known = f"{answer.code} {told}".upper()
        return None if not reason or reason in MASKED or reason in known else f"expected {reason}, found {shown}"

    def reason_problem(self, reasons):
        """Of the record; when all cases of a platform have run."""
        if self.case.expect["decision"] not in ("allow", "deny", "ask") or self.case.http:
            return None
        wanted = self.case.expect.get("reason", "ALLOW")
        found = reasons.get(self.rig.id_of(self.answer))
        return None if found == wanted else f"expected reason {wanted}, the record says {found}"

    # ---- asserts

    def check_assert(self, spelled):
        [(name, wanted)] = spelled.items()
        check = getattr(self, "assert_" + name, None)
        if check is None:
            raise CaseError(f"{self.case.id}: no assert {name}")
        found = check(wanted)
        if found is not None:
            self.problem(f"{name} {json.dumps(wanted, ensure_ascii=False)[:200]}: {str(found)[:300]}")

    def result(self):
        told = self.answer.json()
        return told.get("result", told)

    def member(self, path):
        try:
            return member_of(self.result(), path)
        except (KeyError, IndexError, TypeError, ValueError):
            return None

    def assert_result(self, wanted):
        wrong = {path: self.member(path) for path, value in wanted.items() if self.member(path) != value}
        return wrong or None

    def assert_length(self, wanted):
        wrong = {path: len(self.member(path) or []) for path, count in wanted.items()
                 if len(self.member(path) or []) != count}
        return wrong or None

    def assert_has(self, wanted):
        path, member = wanted
        listed = self.member(path) or []
        return None if any(fits(one, member) for one in listed) else listed

    def assert_lacks(self, wanted):
        return None if self.assert_has(wanted) is not None else "it has it"

    def assert_text_has(self, wanted):
        body = self.answer.body.decode(errors="replace")
        return None if wanted in body else body

    def assert_text_lacks(self, wanted):
        return None if wanted not in self.answer.body.decode(errors="replace") else "it is there"

    def assert_text_matches(self, wanted):
        body = self.answer.body.decode(errors="replace")
        return None if re.search(wanted, body) else body

    def assert_field(self, wanted):
        wrong = {name: self.answer.fields.get(name) for name, pattern in wanted.items()
                 if not re.search(pattern, self.answer.fields.get(name, ""))}
        return wrong or None

    def assert_file(self, wanted):
        """[branch, path, text]; null: it is not there."""
        branch, path, text = wanted
        repository = self.rig.repositories[(self.case.args or {}).get("repo", "payments-api")]
        listed = repository.git("ls-tree", "-r", f"refs/heads/{branch}", "--", path)
        found = repository.git("cat-file", "blob", f"refs/heads/{branch}:{path}") if listed else None
        return None if found == (text.strip() if text is not None else None) else f"found {found!r}"

    def assert_mode(self, wanted):
        branch, path, mode = wanted
        repository = self.rig.repositories["payments-api"]
        found = repository.git("ls-tree", f"refs/heads/{branch}", "--", path)
        return None if found.startswith(mode) else found

    def assert_ref(self, wanted):
        """[full name, revision]; null: there is none of the name."""
        name, revision = wanted
        repository = self.rig.repositories["payments-api"]
        found = repository.git("for-each-ref", "--format=%(objectname)", name)
        at = repository.git("rev-parse", f"{revision}^{{commit}}") if revision else ""
        return None if found == at else found

    def assert_commit(self, wanted):
        """One commit onto what the branch was at, made by the gateway."""
        repository = self.rig.repositories[self.case.args.get("repo", "payments-api")]
        branch = f"refs/heads/{wanted['branch']}"
        author = repository.git("log", "-1", "--format=%an <%ae>", branch)
        message = repository.git("log", "-1", "--format=%B", branch)
        parents = repository.git("log", "-1", "--format=%P", branch)
        wrong = [f"author {author}"] if not re.search(wanted.get("author", ""), author) else []
        made = [answer for answer in self.answers if self.rig.decision_of(answer) == "allow"]
        wrong += [] if any(self.rig.id_of(answer) in message for answer in made) else [f"no decision in {message}"]
        if "parent" in wanted and parents != repository.git("rev-parse", wanted["parent"]):
            wrong.append(f"parents {parents}")
        return wrong or None

    def assert_no_marker(self, _):
        return "it is there" if self.rig.marker.exists() else None

    def assert_no_host_file(self, wanted):
        return "it is there" if pathlib.Path(wanted).exists() else None

    def assert_no_process(self, word):
        """No process of the host has the word in its command line; those of cases that run beside this one end."""
        deadline = time.monotonic() + 30
        while (found := self.processes_with(word)) and time.monotonic() < deadline:
            time.sleep(0.1)
        return found or None

    @staticmethod
    def processes_with(word):
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if word.encode() in (process / "cmdline").read_bytes():
                    found.append(process.name)
            except OSError:
                continue
        return found
