"""A fresh install on its defaults sends no packet to an address outside the host.

Runs in a network namespace whose default route is a dummy interface: whatever leaves the host would be
counted there.
"""
import os
import pathlib
import subprocess
import sys

INSIDE = "SRASTA_TEST_INSIDE_NAMESPACE"

if INSIDE not in os.environ:
    done = subprocess.run(["unshare", "--net", sys.executable, __file__], env={**os.environ, INSIDE: "1"})
    sys.exit(done.returncode)

from harness import Platform, main, scratch  # noqa: E402


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def sent_packets():
    return int(pathlib.Path("/sys/class/net/outside/statistics/tx_packets").read_text())


def a_fresh_install_stays_on_the_host():
    pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
    ip("link", "set", "lo", "up")
    ip("link", "add", "outside", "type", "dummy")
    ip("addr", "add", "10.99.0.1/24", "dev", "outside")
    ip("link", "set", "outside", "up")
    ip("route", "add", "default", "via", "10.99.0.2")
    subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=False)
    before = sent_packets()
    subprocess.run([sys.executable, "-c",
                    "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))"],
                   check=True)
    control = sent_packets()
    assert control > before or arp_seen(), "the trap does not count"
    before = sent_packets()
    with scratch() as folder:
        platform = Platform(folder / "data")
        token = platform.token()
        assert platform.request("GET", "/v1/models", token).status == 200
        assert platform.chat(token).status == 503
        platform.stop()
    assert sent_packets() == before, f"{sent_packets() - before} packets left the host"


def arp_seen():
    return "10.99.0.2" in subprocess.check_output(["ip", "neigh"], text=True)


main(a_fresh_install_stays_on_the_host)
