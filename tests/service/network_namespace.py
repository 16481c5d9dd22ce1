"""A test with a network of its own: loopback alone, until it lays more."""
import os
import subprocess
import sys

INSIDE = "SRASTA_TEST_INSIDE_NAMESPACE"


def enter():
    """Runs the calling script once more inside, and ends with its status; returns there at once."""
    if INSIDE not in os.environ:
        done = subprocess.run(["unshare", "--net", sys.executable, *sys.argv], env={**os.environ, INSIDE: "1"})
        sys.exit(done.returncode)
    ip("link", "set", "lo", "up")


def ip(*words):
    subprocess.run(["ip", *words], check=True)
