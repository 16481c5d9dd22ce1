"""The commands and tables of a page, so that a test runs what readers are told to run."""
import re
import subprocess

from records import ROOT


class Page:
    def __init__(self, path):
        self.path = path
        self.sections = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", (ROOT / path).read_text(), re.M | re.S))

    def commands(self, section):
        """Pairs of an indented line and the exit status that a comment behind it names."""
        for line in re.findall(r"^ {4}(.*)$", self.sections[section], re.M):
            command, _, comment = line.partition("    # ")
            yield command, int(comment) if comment.isdigit() else 0

    def rows(self, section):
        """Of its table, without the head: what stands between backquotes, else the text, of each cell."""
        lines = re.findall(r"^\| (.*) \|$", self.sections[section], re.M)
        for line in lines[1:]:
            yield [quoted[0] if (quoted := re.findall(r"`([^`]+)`", cell)) else cell for cell in line.split(" | ")]


def run_commands(commands, environment):
    """One after another in one shell, as a reader would. Raises unless each ends as it says."""
    commands = list(commands)
    script = "".join(f"{command}\nprintf '\\n<%s>\\n' $?\n" for command, _ in commands)
    run = subprocess.run(["bash", "-c", script], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    ends = re.findall(r"(.*?)\n<(\d+)>\n", run.stdout, re.S)
    assert len(ends) == len(commands), run.stdout
    for (command, expected), (said, status) in zip(commands, ends):
        assert int(status) == expected, f"{command}\nended with {status}, not {expected}:\n{said}"


def says(text, shown):
    """Whether `shown` of a page stands in the text; `n` in it is any number."""
    return re.search(re.sub(r"\bn\b", r"\\d+", re.escape(shown)), text) is not None
