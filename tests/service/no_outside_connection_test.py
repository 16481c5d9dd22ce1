"""A fresh install on its defaults sends no packet to an address outside the host.

Runs in a network namespace whose default route is one end of a virtual cable: whatever leaves the host is
counted there.
"""
import json
import pathlib
import socket
import subprocess

import network_namespace
from harness import Platform, main, scratch, until
from network_namespace import ip


def sent_packets():
    shown = subprocess.check_output(["ip", "-j", "-s", "link", "show", "outside"], text=True)
    return json.loads(shown)[0]["stats64"]["tx"]["packets"]


def lay_the_trap():
    pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
    ip("link", "add", "outside", "type", "veth", "peer", "name", "far")
    ip("addr", "add", "10.99.0.1/24", "dev", "outside")
    ip("link", "set", "far", "up")
    ip("link", "set", "outside", "up")
    # A known neighbour, so that a first packet is sent and counted instead of waiting for an answer.
    ip("neigh", "add", "10.99.0.2", "lladdr", "02:00:00:00:00:02", "dev", "outside")
    ip("route", "add", "default", "via", "10.99.0.2")


def the_trap_counts_a_packet_that_leaves():
    lay_the_trap()
    before = sent_packets()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.sendto(b"x", ("192.0.2.1", 9))
    until(lambda: sent_packets() > before, "the control packet to be counted", 5)


def a_fresh_install_stays_on_the_host():
    before = sent_packets()
    with scratch() as folder:
        platform = Platform(folder / "data")
        token = platform.token()
        assert platform.request("GET", "/v1/models", token).status == 200
        assert platform.chat(token).status == 503
        platform.stop()
    assert sent_packets() == before, f"{sent_packets() - before} packets left the host"


network_namespace.enter()
main(the_trap_counts_a_packet_that_leaves, a_fresh_install_stays_on_the_host)
