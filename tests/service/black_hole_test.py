"""A network that swallows what is sent to a sink: no refusal, no reset, nothing. The gateway does not notice, the log tells
of the lag, and everything arrives once the network is back."""
import contextlib
import subprocess

import network_namespace
from client import chat
from forwarding_test import SECRET, Box, expect_copies, has_all
from harness import BIN, ENVIRONMENT, main, scratch, until
from log_receivers import Certificate, Webhook
from network_namespace import ip

SINK = "10.9.0.2"
WAIT = {"Srasta-Receipt": "wait"}


def lay_the_wire():
    """Packets to the sink leave through a cable to nowhere, unless the sink's address is one of this host."""
    ip("link", "add", "near", "type", "veth", "peer", "name", "far")
    for end in ("near", "far"):
        ip("link", "set", end, "up")
    ip("address", "add", "10.9.0.1/24", "dev", "near")
    ip("neighbour", "add", SINK, "lladdr", "02:00:00:00:00:01", "dev", "near")


@contextlib.contextmanager
def within_reach():
    ip("address", "add", f"{SINK}/32", "dev", "lo")
    try:
        yield
    finally:
        ip("address", "del", f"{SINK}/32", "dev", "lo")


def box_with_a_hook(folder, more=""):
    """While the sink is within reach."""
    own = Certificate(folder, "receiver", SINK)
    hook = Webhook(own.server(), SECRET, SINK)
    box = Box(folder, f'name: hook, url: "https://{SINK}:{hook.port}/srasta", ca_file: {own.cert}, '
                      f'secret_file: hook.secret{more}')
    until(lambda: has_all(hook, box.data), "the first records")
    return box, hook


def doctor(box):
    run = subprocess.run([BIN / "srasta", "doctor", "--data", box.data, "--config", box.platform.config],
                         capture_output=True, text=True, env=ENVIRONMENT)
    return next(line for line in run.stdout.splitlines() if " sink hook " in line)


def lags(box, stream="gateway"):
    return [record["out"] for record in box.platform.records("--stream", "install", "--act", "log.sink.lag")
            if record["data"]["stream"] == stream]


def a_sink_in_a_black_hole_slows_nobody_and_catches_up():
    with scratch() as folder:
        with within_reach():
            box, hook = box_with_a_hook(folder, ", lag_after: 2s")
            until(lambda: doctor(box).startswith("ok ") and "answers; has everything" in doctor(box), "doctor to say so")
        until(lambda: doctor(box).startswith("warn "), "doctor to see the black hole")
        seen, behind = len(hook.lines), 0
        while not lags(box):
            # Each of these records is on disk within the 250 ms in which the platform answers at all.
            answers = [chat(box.platform.port, box.token, fields=WAIT).status for _ in range(20)]
            assert set(answers) == {200}, answers
            behind += len(answers)
            assert box.platform.request("GET", "/readyz").status == 200
            assert behind < 100_000, "no record of the lag"
        assert lags(box) == ["error"], lags(box)
        assert len(hook.lines) == seen, hook.lines[seen:]
        assert "does not answer; " in doctor(box) and " records behind" in doctor(box), doctor(box)
        with within_reach():
            until(lambda: has_all(hook, box.data, "gateway", behind), "all that was written meanwhile", seconds=120)
            until(lambda: lags(box) == ["error", "ok"], "the end of the lag")
            box.platform.stop()
        assert not hook.wrong, hook.wrong[0]
        expect_copies(hook.lines, box.data, twice_at_most=256)


def the_end_does_not_wait_for_a_black_hole():
    with scratch() as folder:
        with within_reach():
            box, hook = box_with_a_hook(folder)
        box.chat(3)
        box.platform.stop()
        assert box.said("a sink took too long for the last records; the next start goes on there")
        with within_reach():
            box.start()
            until(lambda: has_all(hook, box.data), "what was left")
            box.platform.stop()
        expect_copies(hook.lines, box.data, twice_at_most=256)


network_namespace.enter()
lay_the_wire()
main(a_sink_in_a_black_hole_slows_nobody_and_catches_up, the_end_does_not_wait_for_a_black_hole)
