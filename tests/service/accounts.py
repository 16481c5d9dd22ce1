"""A test that has the accounts of an installed host, in copies of /etc/passwd and /etc/group that nobody else sees."""
import os
import pathlib
import subprocess
import sys
import tempfile

INSIDE = "SRASTA_TEST_INSIDE_ACCOUNTS"
ROOT = os.geteuid() == 0
IDS = {"srasta": 64801, "srasta-engine": 64802}
RENDER = 64803


def enter():
    """As root, runs the calling script once more where the accounts exist, and ends with its status; returns there at
    once. Anybody else has no other accounts."""
    if not ROOT:
        return
    if INSIDE not in os.environ:
        done = subprocess.run(["unshare", "--mount", sys.executable, *sys.argv], env={**os.environ, INSIDE: "1"})
        sys.exit(done.returncode)
    del os.environ[INSIDE]
    people = "".join(f"{name}:x:{number}:{number}::/nowhere/{name}:/usr/sbin/nologin\n" for name, number in IDS.items())
    groups = "".join(f"{name}:x:{number}:\n" for name, number in IDS.items()) + f"render:x:{RENDER}:\n"
    lay_over("/etc/passwd", people)
    lay_over("/etc/group", groups)


def lay_over(path, lines):
    own = [line for line in pathlib.Path(path).read_text().splitlines(keepends=True)
           if line.split(":")[0] not in (*IDS, "render")]
    with tempfile.NamedTemporaryFile("w", delete=False) as copy:
        copy.write("".join(own) + lines)
    os.chmod(copy.name, 0o644)
    subprocess.run(["mount", "--bind", copy.name, path], check=True)
    os.unlink(copy.name)
