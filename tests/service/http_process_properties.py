"""Statements about the processes: descriptors, signals, crashes."""
import os
import resource
import signal
import subprocess
import threading
import time

from case_format import expand
from harness import BIN, ENVIRONMENT, Platform, scratch, until
from http_lane import INSTRUMENTED
from http_wire import Wire, source_address

STREAM = [{"sse": b'data: {"n":"x"}\n\n' * 100 + b"data: [DONE]\n\n", "each_event": True, "every_ms": 20}]
BODY = b'{"model":"general","messages":[],"stream":true}'


def stream_request(token):
    return expand("{POST}Content-Length: %d\r\n\r\n" % len(BODY), token=token.encode()) + BODY


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors_exhausted(lane, _variant):
    """Out of descriptors: no busy loop, running streams untouched, service comes back."""
    if INSTRUMENTED:
        return []                    # the sanitizers' own checks of memory need descriptors
    token, problems = lane.token(), []
    lane.engines[0].begin(STREAM)
    streaming = Wire(lane.platform.port, source_address())
    streaming.send(stream_request(token))
    streaming.peek_events(2, time.monotonic() + 5)
    before = resource.prlimit(lane.pid, resource.RLIMIT_NOFILE)
    log_before = len(lane.log_text())
    resource.prlimit(lane.pid, resource.RLIMIT_NOFILE, (lane.descriptor_count() + 20, before[1]))
    crowd = [Wire(lane.platform.port, source_address()) for _ in range(100)]
    for wire in crowd:
        wire.send(b"G")
    used = cpu_seconds(lane.pid)
    time.sleep(0.6)                  # a share of processor time has no condition to wait for
    share = (cpu_seconds(lane.pid) - used) / 0.6
    if share > 0.05:
        problems.append(f"{share:.0%} of a processor while no descriptor is free")
    for wire in crowd:
        wire.reset()
    resource.prlimit(lane.pid, resource.RLIMIT_NOFILE, before)
    answer = streaming.read_answer()
    if answer.body != STREAM[0]["sse"]:
        problems.append(f"the running stream suffered: {answer}")
    streaming.close()
    lane.fence()
    lines = [line for line in lane.log_text()[log_before:].splitlines() if "descriptor" in line or "accept" in line]
    if len(lines) != 1:
        problems.append(f"one log line a minute says so, got {len(lines)}")
    return problems


def killed_and_restarted(lane, _variant):
    """SIGTERM, then SIGKILL in the middle of a stream: the next start recovers the ledger and serves."""
    problems, token = [], lane.token()
    lane.engines[0].begin(STREAM)
    wire = Wire(lane.platform.port, source_address())
    wire.send(stream_request(token))
    wire.peek_events(2, time.monotonic() + 5)
    lane.platform.process.send_signal(signal.SIGTERM)
    until(lambda: '"draining"' in lane.log_text(), "the drain")
    lane.platform.process.kill()
    lane.platform.process.wait()
    until(lambda: lane.platform.gateway_pid() is None, "the end of the gateway with its supervisor")
    wire.close()
    platform, lane.platform = lane.platform, None
    config = platform.config.read_text()
    again = Platform(platform.data, config)
    token = again.token()
    lane.engines[0].begin(None)
    if again.chat(token).status != 200:
        problems.append("no service after the restart")
    again.stop()
    if (verdict := again.verify()).returncode != 0:
        problems.append(f"the ledger does not verify: {verdict.stdout}{verdict.stderr}")
    lane.stack.close()
    return problems


def stopped_while_starting(_lane, _variant):
    """SIGTERM at any moment of the start ends it cleanly."""
    problems = []
    for milliseconds in (1, 5, 15, 30, 60, 120):
        with scratch() as folder:
            platform = Platform(folder / "data", "inference: { detect: false }\n", wait=False)
            time.sleep(milliseconds / 1000)
            platform.process.send_signal(signal.SIGTERM)
            try:
                status = platform.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                platform.process.kill()
                problems.append(f"SIGTERM after {milliseconds} ms: still running after 20 s")
                continue
            # Before the program has installed its handler the signal itself ends it.
            if status not in (0, -signal.SIGTERM):
                problems.append(f"SIGTERM after {milliseconds} ms: exit {status}")
            if platform.gateway_pid() is not None:
                problems.append(f"SIGTERM after {milliseconds} ms: the gateway was left behind")
            if (platform.data / "audit").exists():
                verdict = subprocess.run([BIN / "srasta", "audit", "verify", "--data", platform.data],
                                         capture_output=True, text=True, env=ENVIRONMENT)
                if verdict.returncode == 1:
                    problems.append(f"SIGTERM after {milliseconds} ms: {verdict.stdout}")
    return problems


def killed_under_load(lane, _variant):
    """kill -9 of the gateway with running streams: it is back at once, and the ledger says what is true."""
    problems, token, ended, since = [], lane.token(), [], len(lane.ledger.read())
    lane.engines[0].begin(STREAM)

    def watch():
        wire = Wire(lane.platform.port, source_address())
        wire.send(stream_request(token))
        ended.append(wire.read_answer())
        wire.close()
    threads = [threading.Thread(target=watch) for _ in range(50)]
    for thread in threads:
        thread.start()
    until(lambda: lane.engines[0].count() == 50, "50 streams")
    victim = lane.pid
    os.kill(victim, signal.SIGKILL)
    for thread in threads:
        thread.join()
    if any(answer.end == "complete" for answer in ended):
        problems.append("a stream of a killed gateway looks whole")
    started = until(lambda: lane.platform.gateway_pid() not in (None, victim) and time.monotonic(), "a new gateway")
    first = until(lambda: first_success(lane), "the first answer")
    if first - started > 0.150 and not INSTRUMENTED:
        problems.append(f"first 200 {(first - started) * 1000:.0f} ms after the start, at most 150")
    calls = lane.engines[0].count()
    records = [record for record in lane.ledger.read()[since:] if record["act"] == "inference.request"]
    if len(records) > calls:
        problems.append(f"{len(records)} requests in the ledger, {calls} at the engine")
    verdict = lane.platform.verify()
    if verdict.returncode not in (0, 2) and "RECOVERED_TORN_TAIL" not in verdict.stdout:
        problems.append(f"the ledger does not verify: {verdict.stdout}{verdict.stderr}")
    lane.stop()
    return problems


def first_success(lane):
    try:
        lane.platform.read_url()
        wire = Wire(lane.platform.port)
        wire.send(b"GET /healthz HTTP/1.1\r\nHost: gw.test\r\n\r\n")
        status = wire.read_answer(2).status
        wire.close()
    except (OSError, ValueError, TimeoutError):
        return None
    return time.monotonic() if status == 200 else None


PROPERTIES = {each.__name__: each for each in (
    descriptors_exhausted, killed_and_restarted, stopped_while_starting, killed_under_load)}
