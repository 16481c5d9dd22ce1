"""Copies of the ledger with a real `srasta up`: what arrives, in what order, and what a sink that fails costs."""
import base64
import json
import os
import shutil
import signal
import subprocess
import time

from harness import BIN, ENVIRONMENT, Engine, Platform, engine_config, main, scratch, until
from log_receivers import Certificate, Rsyslog, SyslogReceiver, Webhook, check_message

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def stored(data, stream="gateway"):
    """The lines of the segments."""
    folder = data / f"audit/{stream}/seg"
    return [line for path in sorted(folder.iterdir()) for line in path.read_text().splitlines()]


def streams(data):
    return [path.name for path in (data / "audit").iterdir() if (path / "seg").is_dir()]


def of_stream(lines, stream):
    return [line for line in lines if f'"strm":"{stream}"' in line]


def has_all(receiver, data, stream="gateway", least=1):
    """What was in the log when we looked has arrived."""
    wanted = stored(data, stream)
    return len(wanted) >= least and set(wanted) <= set(of_stream(receiver.lines() if callable(receiver.lines) else
                                                                 list(receiver.lines), stream))


def first_arrivals(lines):
    return list(dict.fromkeys(lines))


def expect_copies(lines, data, twice_at_most=0):
    """Each record of what arrived is as stored, in order, without a hole; some may come again."""
    for stream in streams(data):
        got, wanted = of_stream(lines, stream), stored(data, stream)
        once = first_arrivals(got)
        assert once == wanted[:len(once)], (stream, len(once), len(wanted))
        assert len(got) - len(once) <= twice_at_most, (stream, len(got) - len(once))


def position(data, sink, stream="gateway"):
    """What the cursor file says is next."""
    for line in (data / f"forward/{sink}.cursor").read_text().splitlines()[1:]:
        name, next_seq, _ = line.split(" ")
        if name == stream:
            return int(next_seq)
    return 0


class Box:
    """A folder, an engine, and a platform with sinks."""

    def __init__(self, folder, *sinks):
        self.folder, self.engine = folder, Engine()
        secret = folder / "hook.secret"
        secret.write_text(SECRET + "\n")
        secret.chmod(0o600)
        listed = "".join(f"    - {{ {sink} }}\n" for sink in sinks)
        self.config = engine_config(self.engine) + "audit:\n  sinks:\n" + listed
        self.start()

    def start(self):
        self.platform = Platform(self.folder / "data", self.config)
        self.data = self.platform.data
        self.token = self.platform.token()
        until(lambda: self.platform.chat(self.token).status == 200, "the engine is known")

    def chat(self, times):
        for _ in range(times):
            assert self.platform.chat(self.token).status == 200

    def said(self, text):
        return text in self.platform.log.read_text()

    def sinks(self):
        run = subprocess.run([BIN / "srasta", "audit", "sinks", "--data", self.data, "--config", self.platform.config],
                             capture_output=True, text=True, env=ENVIRONMENT)
        assert run.returncode == 0, run.stderr
        return run.stdout

    def kill(self):
        gateway = self.platform.gateway_pid()
        self.platform.process.kill()
        self.platform.process.wait()
        until(lambda: not os.path.exists(f"/proc/{gateway}"), "the gateway to go with its supervisor")


def syslog_gets_every_record_in_rfc_5424():
    with scratch() as folder:
        own, client = Certificate(folder, "receiver"), Certificate(folder, "client")
        receiver = SyslogReceiver(own.server(clients=client))
        box = Box(folder, f'name: siem, url: "syslog+tls://127.0.0.1:{receiver.port}", ca_file: {own.cert}, '
                          f'cert_file: {client.cert}, key_file: {client.key}')
        box.chat(5)
        assert box.platform.request("GET", "/v1/models").status == 401
        for stream in ("gateway", "install"):
            until(lambda: has_all(receiver, box.data, stream, 3), f"the records of {stream}")
        for message in list(receiver.messages):
            check_message(message)
        assert any(b'"out":"deny"' in message for message in list(receiver.messages))
        until(lambda: " 0 behind" in box.sinks(), "the position to be shown")
        assert f"siem  syslog+tls://127.0.0.1:{receiver.port}" in box.sinks()
        box.platform.stop()
        expect_copies(receiver.lines(), box.data)


def what_a_syslog_receiver_never_read_is_sent_again():
    with scratch() as folder:
        own = Certificate(folder, "receiver")
        receiver = SyslogReceiver(own.server())
        receiver.deaf = True
        box = Box(folder, f'name: siem, url: "syslog+tls://127.0.0.1:{receiver.port}", ca_file: {own.cert}, '
                          'streams: [gateway]')
        until(lambda: (box.data / "forward/siem.cursor").exists(), "a batch that the receiver's host acknowledged")
        receiver.hear()
        box.chat(3)
        until(lambda: has_all(receiver, box.data), "all records, those that were lost in the receiver, too")
        box.platform.stop()
        expect_copies(receiver.lines(), box.data, twice_at_most=50)


def a_receiver_with_another_certificate_gets_nothing():
    with scratch() as folder:
        own, other = Certificate(folder, "receiver"), Certificate(folder, "other")
        receiver = SyslogReceiver(own.server())
        box = Box(folder, f'name: siem, url: "syslog+tls://127.0.0.1:{receiver.port}", ca_file: {other.cert}',
                  'name: hook, url: "https://127.0.0.1:9/x", secret_file: nowhere')
        until(lambda: box.said("sink siem: is not reached: no connection (TLS handshake failed"), "the reason")
        until(lambda: box.said("sink hook gets nothing"), "the missing secret")
        assert box.platform.chat(box.token).status == 200
        box.platform.stop()
        assert not receiver.messages


def a_webhook_that_fails_hangs_and_returns_misses_nothing():
    with scratch() as folder:
        own = Certificate(folder, "receiver")
        hook = Webhook(own.server(), SECRET)
        hook.mood = "500"
        box = Box(folder, f'name: hook, url: "https://127.0.0.1:{hook.port}/srasta", ca_file: {own.cert}, '
                          'secret_file: hook.secret, lag_after: 2s')
        until(lambda: hook.attempts >= 2 and box.said("sink hook: is not reached: status 500"), "attempts")
        hook.mood = "hang"
        seen = hook.attempts
        until(lambda: hook.attempts > seen, "an attempt that hangs")
        slowest = 0
        for _ in range(50):
            began = time.monotonic()
            assert box.platform.chat(box.token).status == 200
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < 2, f"a request took {slowest:.2f} s while the sink hung"
        until(lambda: box.platform.records("--stream", "install", "--act", "log.sink.lag"), "the record of the lag")
        lag = box.platform.records("--stream", "install", "--act", "log.sink.lag")[0]
        assert (lag["out"], lag["data"]["sink"]) == ("error", "hook") and lag["data"]["behind"] > 0, lag
        assert not hook.lines
        hook.mood = "ok"
        hook.released.set()
        until(lambda: has_all(hook, box.data, "gateway", 50), "all records")
        until(lambda: any(record["out"] == "ok" for record in
                          box.platform.records("--stream", "install", "--act", "log.sink.lag")), "the end of the lag")
        assert box.said("sink hook takes records again") and SECRET[6:] not in box.platform.log.read_text()
        box.platform.stop()
        assert not hook.wrong, hook.wrong[0]
        assert len(set(hook.ids)) == len(hook.ids), "a batch that was accepted came again"
        expect_copies(hook.lines, box.data)


def the_position_survives_kills():
    with scratch() as folder:
        own = Certificate(folder, "receiver")
        hook = Webhook(own.server(), SECRET)
        box = Box(folder, f'name: hook, url: "https://127.0.0.1:{hook.port}/srasta", ca_file: {own.cert}, '
                          'secret_file: hook.secret')
        killed = []
        for _ in range(3):
            before = len(hook.lines)
            box.chat(10)
            until(lambda: len(hook.lines) > before, "some records to arrive")
            box.kill()
            killed.append((position(box.data, "hook"), len(hook.lines)))
            box.start()
        until(lambda: has_all(hook, box.data, "gateway", 30), "all records")
        box.platform.stop()
        for next_seq, arrived in killed:
            assert next_seq > 0
            later = [json.loads(line)["seq"] for line in of_stream(hook.lines[arrived:], "gateway")]
            assert min(later) >= next_seq, (next_seq, later[:3])
        # Killed between the sink's answer and the cursor, a batch comes again.
        expect_copies(hook.lines, box.data, twice_at_most=len(killed) * 20)
        shutil.rmtree(box.data / "audit/gateway")  # the log of another life
        box.start()
        until(lambda: box.said("sink hook: gateway stops: record"), "the replaced log to be noticed")
        box.platform.stop()


def rsyslog_writes_the_same_records():
    assert Rsyslog.PROGRAM, "rsyslogd is missing: scripts/install_packages.sh --with-tests"
    with scratch() as folder:
        own = Certificate(folder, "receiver")
        receiver = Rsyslog(folder, own)
        box = Box(folder, f'name: siem, url: "syslog+tls://127.0.0.1:{receiver.port}", ca_file: {own.cert}')
        box.chat(20)
        for stream in ("gateway", "install"):
            until(lambda: has_all(receiver, box.data, stream, 3), f"the records of {stream}")
        receiver.stop()
        box.chat(5)
        until(lambda: box.said("sink siem: is not reached"), "the receiver to be missed")
        again = Rsyslog(folder, own, receiver.port)
        until(lambda: has_all(again, box.data, "gateway", 25), "what was written meanwhile")
        box.platform.stop()
        again.stop()
        assert " srasta " in receiver.out.read_text().splitlines()[0]
        expect_copies(again.lines(), box.data, twice_at_most=2 * 256)


def the_last_words_are_sent_before_the_end_and_a_reload_says_what_it_leaves():
    with scratch() as folder:
        own = Certificate(folder, "receiver")
        hook = Webhook(own.server(), SECRET)
        box = Box(folder, f'name: hook, url: "https://127.0.0.1:{hook.port}/srasta", ca_file: {own.cert}, '
                          'secret_file: hook.secret')
        until(lambda: has_all(hook, box.data), "the first records")
        said = "audit.sinks: changed in the file, but not in force"
        box.platform.process.send_signal(signal.SIGHUP)
        until(lambda: box.said("configuration reloaded: files read again"), "a reload without a change")
        assert not box.said(said)
        box.platform.config.write_text(box.config.replace("name: hook", "name: other"))
        box.platform.process.send_signal(signal.SIGHUP)
        until(lambda: box.said(said) and box.said("configuration in force"), "the word of the supervisor")
        box.chat(3)
        box.platform.stop()
        # Not waited for: it is there. The checkpointer ends later, so the stream install has more to come.
        assert has_all(hook, box.data), "the last words"
        assert json.loads(of_stream(hook.lines, "gateway")[-1])["act"] == "log.close"
        assert not (box.data / "forward/other.cursor").exists()


if __name__ == "__main__":
    try:
        main(syslog_gets_every_record_in_rfc_5424,
             what_a_syslog_receiver_never_read_is_sent_again,
             a_receiver_with_another_certificate_gets_nothing,
             a_webhook_that_fails_hangs_and_returns_misses_nothing,
             the_position_survives_kills,
             the_last_words_are_sent_before_the_end_and_a_reload_says_what_it_leaves,
             rsyslog_writes_the_same_records)
    finally:
        Rsyslog.kill_what_a_failed_test_left()
