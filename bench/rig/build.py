"""The release binaries that are measured and those that measure."""
import subprocess
import sys

from rig.processes import ROOT

PLATFORM = ["srasta", "srasta-api", "srasta-admin"]
TOOLS = ["bare_relay", "load", "mint_tokens", "mock_upstream", "plain_proxy"]


def build(targets=(*PLATFORM, *TOOLS), preset="release"):
    folder = ROOT / "build" / preset
    if not (folder / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", preset], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    made = subprocess.run(["ninja", "-C", folder, *targets], capture_output=True, text=True)
    if made.returncode != 0:
        sys.exit(f"{made.stdout[-3000:]}\nthe {preset} build failed")
