"""Reads the case files of the tool gateway. The format is tests/cases/tools/README.md."""
import base64
import dataclasses
import json
import pathlib
import re
import zlib

CASES = pathlib.Path(__file__).resolve().parents[1] / "cases/tools"
CASE_KEYS = {"id", "as", "tool", "args", "http", "document", "tested_by", "own", "setup", "times", "expect", "asserts",
             "note"}
EXPECT_KEYS = {"decision", "reason", "status", "rpc", "each"}
DECISIONS = {"allow", "deny", "ask", "reject", "contain"}
# Steps that leave more than refs and objects behind, or that have to be there before the platform starts.
LASTING_STEPS = {"config", "hook", "git_file", "swap_folder", "policy", "host"}


class CaseError(Exception):
    """A case that cannot be understood."""


@dataclasses.dataclass
class Case:
    id: str
    caller: str = "P1"
    tool: str = ""
    args: object = None
    http: dict = None
    document: dict = None
    setup: tuple = ()
    times: int = 1
    expect: dict = dataclasses.field(default_factory=dict)
    asserts: tuple = ()
    own: bool = False
    tested_by: tuple = ()

    @property
    def alone(self):
        """Whether it needs a platform that no other case sees."""
        return self.own or any(set(step) & LASTING_STEPS for step in self.setup)


def case_of(spelled, where):
    unknown = set(spelled) - CASE_KEYS
    if unknown:
        raise CaseError(f"{where}: unknown keys {sorted(unknown)}")
    if "id" not in spelled:
        raise CaseError(f"{where}: no id")
    kinds = {"args", "http", "document", "tested_by"} & set(spelled)
    if len(kinds) != 1:
        raise CaseError(f"{where} {spelled['id']}: takes exactly one of args, http, document and tested_by")
    expect = spelled.get("expect", {})
    if set(expect) - EXPECT_KEYS:
        raise CaseError(f"{where} {spelled['id']}: unknown expectations {sorted(set(expect) - EXPECT_KEYS)}")
    if "tested_by" not in spelled and expect.get("decision") not in DECISIONS:
        raise CaseError(f"{where} {spelled['id']}: the decision is one of {sorted(DECISIONS)}")
    return Case(id=spelled["id"], caller=spelled.get("as", "P1"), tool=spelled.get("tool", ""),
                args=spelled.get("args"), http=spelled.get("http"), document=spelled.get("document"),
                setup=tuple(spelled.get("setup", ())), times=spelled.get("times", 1), expect=expect,
                asserts=tuple(spelled.get("asserts", ())), own=spelled.get("own", False),
                tested_by=tuple(spelled.get("tested_by", ())))


def load(path):
    cases = []
    for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
        where = f"{path}:{number}"
        if not line.strip():
            continue
        try:
            spelled = json.loads(line)
        except ValueError as wrong:
            raise CaseError(f"{where}: {wrong}") from None
        cases.append(case_of(spelled, where))
    return cases


def all_files():
    return sorted(CASES.glob("*.jsonl"))


def listed(path):
    """Ids and what they wait for."""
    lines = [line for line in pathlib.Path(path).read_text().splitlines() if line.strip()]
    return dict(line.split("\t", 1) for line in lines)


# ---- values

def git_binary(data):
    """A literal as `git diff --binary` prints it (gitformat-pack: deflated, in lines of base85)."""
    packed = zlib.compress(data, 9)
    lines = [f"literal {len(data)}\n"]
    for begin in range(0, len(packed), 52):
        piece = packed[begin:begin + 52]
        length = chr(ord("A") + len(piece) - 1) if len(piece) <= 26 else chr(ord("a") + len(piece) - 27)
        lines.append(length + base64.b85encode(piece + b"\0" * (-len(piece) % 4)).decode() + "\n")
    return "".join(lines) + "\n"


def text_of(piece, saved):
    if isinstance(piece, str):
        return re.sub(r"\$\{(\w+)\}", lambda match: saved_value(saved, match.group(1)), piece)
    if "repeat" in piece:
        return "".join(piece["repeat"].replace("{n}", str(number)) for number in range(piece["times"]))
    if "git_binary" in piece:
        return git_binary(text_of(piece["git_binary"], saved).encode())
    raise CaseError(f"no text: {piece}")


def saved_value(saved, name):
    if name not in saved:
        raise CaseError(f"nothing is saved as {name}")
    return saved[name]


def value_of(spelled, saved):
    """Spelled out: saved values are filled in, what generates text is text."""
    if isinstance(spelled, str):
        return text_of(spelled, saved)
    if isinstance(spelled, list):
        return [value_of(each, saved) for each in spelled]
    if isinstance(spelled, dict):
        if set(spelled) == {"$text"}:
            return "".join(text_of(piece, saved) for piece in spelled["$text"])
        if set(spelled) == {"$base64"}:
            return base64.b64encode(value_of(spelled["$base64"], saved).encode()).decode()
        return {name: value_of(each, saved) for name, each in spelled.items()}
    return spelled
