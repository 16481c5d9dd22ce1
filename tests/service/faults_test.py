"""What breaks around the platform: killed processes, full and read-only disks, bad configuration."""
import os
import signal
import subprocess
import threading

from harness import BIN, ENVIRONMENT, Engine, Platform, engine_config, main, scratch, until
from small_disk import data_on_a_small_disk, filled


def a_killed_gateway_comes_back_and_the_ledger_still_verifies():
    engine = Engine()
    with scratch() as folder:
        config = engine_config(engine) + "listen: 127.0.0.1:0\n"
        platform = Platform(folder / "data", config)
        token = platform.token()
        for _ in range(5):
            stopping = threading.Event()

            def load():
                while not stopping.is_set():
                    try:
                        platform.chat(token)
                    except OSError:
                        return

            workers = [threading.Thread(target=load) for _ in range(4)]
            for worker in workers:
                worker.start()
            victim = until(platform.gateway_pid, "a gateway process")
            os.kill(victim, signal.SIGKILL)
            stopping.set()
            for worker in workers:
                worker.join()
            until(lambda: platform.gateway_pid() not in (None, victim), "a new gateway")

            def answers():
                platform.read_url()
                try:
                    return platform.request("GET", "/readyz").status == 200
                except OSError:
                    return False

            until(answers, "ready again")
        token = platform.token()
        assert platform.chat(token).status == 200
        platform.stop()
        verdict = platform.verify()
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    engine.stop()


def a_killed_supervisor_leaves_nothing_behind():
    with scratch() as folder:
        platform = Platform(folder / "data")
        platform.process.kill()
        platform.process.wait()
        until(lambda: platform.gateway_pid() is None, "the gateway to end")
        again = Platform(folder / "data")
        assert again.request("GET", "/readyz").status == 200
        again.stop()
        assert again.verify().returncode == 0, again.verify().stdout


def a_full_disk_refuses_work_and_recovers():
    engine = Engine()
    with data_on_a_small_disk() as data:
        platform = Platform(data, engine_config(engine))
        token = platform.token()
        assert platform.chat(token).status == 200
        with filled(data / "filler"):
            refused = until(lambda: next((a for a in [platform.chat(token)] if a.status == 503), None),
                            "work to be refused")
            assert refused.code == "audit_unavailable", refused.code
            assert platform.request("GET", "/readyz").status == 503
            assert platform.request("GET", "/healthz").status == 200
        until(lambda: platform.chat(token).status == 200, "work to go on")
        assert platform.request("GET", "/readyz").status == 200
        platform.stop()
        verdict = platform.verify()
        assert verdict.returncode == 0, verdict.stdout
    engine.stop()


def strangers_are_counted_and_callers_recorded_while_space_is_scarce():
    engine = Engine()
    with data_on_a_small_disk() as data:
        platform = Platform(data, engine_config(engine))
        for _ in range(5):
            assert platform.request("GET", "/v1/models").status == 401
        assert platform.chat(platform.token()).status == 200
        # A window of counting ends after ten seconds.
        until(lambda: sum(flood["data"]["count"] for flood in platform.records("--act", "auth.flood")) == 5,
              "what was counted, by each core")
        assert {flood["data"]["reason"] for flood in platform.records("--act", "auth.flood")} == {"no_credential"}
        platform.stop()
        assert not platform.records("--act", "auth.fail")
        assert platform.records("--act", "inference.complete")
    engine.stop()


def a_read_only_data_folder_is_a_clear_error():
    with data_on_a_small_disk() as data:
        subprocess.run(["mount", "-o", "remount,ro", data], check=True)
        platform = Platform(data, wait=False)
        assert platform.process.wait(timeout=60) != 0
        log = platform.log.read_text()
        assert "Read-only file system" in log, log


def a_bad_configuration_names_file_line_and_key():
    with scratch() as folder:
        platform = Platform(folder / "data", "inference:\n  detekt: true\n", wait=False)
        assert platform.process.wait(timeout=60) == 2, platform.process.returncode
        log = platform.log.read_text()
        assert f"{platform.config}:2: inference.detekt" in log and "detect" in log, log


def plain_http_outside_loopback_is_refused():
    with scratch() as folder:
        done = subprocess.run([BIN / "srasta", "up", "--data", folder / "data", "--listen", "0.0.0.0:0"],
                              capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
        assert done.returncode == 2, done
        assert "tls" in done.stderr, done.stderr


main(a_killed_gateway_comes_back_and_the_ledger_still_verifies,
     a_killed_supervisor_leaves_nothing_behind,
     a_full_disk_refuses_work_and_recovers,
     strangers_are_counted_and_callers_recorded_while_space_is_scarce,
     a_read_only_data_folder_is_a_clear_error,
     a_bad_configuration_names_file_line_and_key,
     plain_http_outside_loopback_is_refused)
