"""Engines that `srasta up` starts: what they get, that they come back, and that nothing of them stays behind."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import urllib.request

import accounts
import harness
from harness import BIN, CHAT, Engine, Platform, engine_config, main, scratch, until

STAND_IN = pathlib.Path(__file__).with_name("standin_engine.py")
WHO_FOR_ENGINES = "srasta-engine"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def chat(model):
    return json.dumps({"model": model, "messages": [{"role": "user", "content": "hi"}]})


class Stand:
    """A platform with an engine of its own and one that is none of its business."""

    def __init__(self, folder, arguments=(), program=None, wait=True, **settings):
        os.chmod(folder, 0o755)  # other users start what lies in here
        self.program = folder / "engine"
        shutil.copy(STAND_IN, self.program)
        os.chmod(self.program, 0o755)
        self.other = Engine()
        self.port = free_port()
        self.settings = settings
        words = ", ".join(f'"{word}"' for word in arguments)
        self.engine = (f"    - {{ name: own, kind: llamacpp, program: {program or self.program}, model: /srv/m.gguf, "
                       f"port: {self.port}, arguments: [{words}], environment: [HF_HOME, GGML_NOT_SET]"
                       + "".join(f", {key}: {value}" for key, value in settings.items()) + " }\n")
        self.platform = Platform(folder / "data", self.config(), wait=wait)
        self.token = self.platform.token() if wait else None

    def config(self, engine=None):
        return engine_config(self.other).replace("  upstreams:\n",
                                                 "  engines:\n" + (engine or self.engine) + "  upstreams:\n")

    def report(self):
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/report", timeout=5) as answer:
                return json.load(answer)
        return None

    def running(self):
        return until(self.report, "the engine to answer")

    def ask(self, model):
        return self.platform.request("POST", "/v1/chat/completions", self.token, chat(model))

    def pid_that_answers(self):
        """The pid that the engine says through the gateway."""
        answer = self.ask("own-model")
        return int(json.loads(answer.body)["choices"][0]["message"]["content"]) if answer.status == 200 else None

    def past_the_gateway(self):
        """What somebody else on this host is answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("POST", "/v1/chat/completions", chat("own-model"))
        return connection.getresponse().status

    def served(self):
        return until(self.pid_that_answers, "the engine to be an upstream that answers")

    def keeper(self):
        children = pathlib.Path(f"/proc/{self.platform.process.pid}/task/{self.platform.process.pid}/children")
        for pid in children.read_text().split():
            if b"engine-keeper" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
        raise AssertionError("there is no keeper")

    def log(self):
        return self.platform.log.read_text()

    def acts(self, act):
        return self.platform.records("--stream", "install", "--act", act)

    def stop(self):
        self.platform.stop()
        self.other.stop()


def an_engine_is_an_upstream_and_gets_nothing_but_its_own():
    given = {"HF_HOME": "/srv/hf", "CUDA_VISIBLE_DEVICES": "1", "HF_TOKEN": "secret", "VLLM_API_KEY": "secret",
             "OLLAMA_MODELS": "not named", "LD_LIBRARY_PATH": "/srv"}
    with scratch() as folder:
        harness.ENVIRONMENT.update(given)
        stand = Stand(folder, arguments=("-c", "4096"))
        for name in given:
            del harness.ENVIRONMENT[name]
        report = stand.running()
        assert stand.served() == report["pid"]
        assert stand.ask("m1").status == 200
        environment = report["environment"]
        assert {name: environment.get(name) for name in ("HF_HOME", "CUDA_VISIBLE_DEVICES")} == {
            "HF_HOME": "/srv/hf", "CUDA_VISIBLE_DEVICES": "1"}, environment
        # The interpreter of the stand-in adds what the locale is.
        assert set(environment) - {"LC_CTYPE"} <= {"HF_HOME", "CUDA_VISIBLE_DEVICES", "PATH", "HOME",
                                                      "LLAMA_API_KEY"}, environment
        assert report["descriptors"] == [0, 1, 2], report["descriptors"]
        assert report["arguments"] == ["--host", "127.0.0.1", "--port", str(stand.port), "--model", "/srv/m.gguf",
                                       "-c", "4096"]
        assert (report["cwd"], report["umask"], report["no_new_privileges"]) == ("/", "0077", "1"), report
        assert report["own_group"]
        if accounts.ROOT:
            engine = accounts.IDS[WHO_FOR_ENGINES]
            assert (report["uid"], report["gid"]) == (engine, engine), report
            assert accounts.RENDER in report["groups"] and 0 not in report["groups"], report["groups"]
            assert int(report["capabilities"], 16) == 0, report["capabilities"]
            assert environment["HOME"] == f"/nowhere/{WHO_FOR_ENGINES}"
        key = stand.platform.data / "run/engine.key"
        assert key.read_text() == environment["LLAMA_API_KEY"] and len(key.read_text()) == 64
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert stand.past_the_gateway() == 401
        log = stand.platform.data / "logs/engine-own.log"
        until(lambda: log.exists() and "the engine says hello" in log.read_text() and "and complains" in log.read_text(),
              "what the engine wrote")
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
        assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700
        assert log.stat().st_uid == (accounts.IDS["srasta"] if accounts.ROOT else os.getuid())
        last = subprocess.check_output([BIN / "srasta", "models", "logs", "own", "-n", "1", "--data",
                                        stand.platform.data], text=True, env=harness.ENVIRONMENT)
        assert last == "and complains ?[2J\n", last
        shown = until(lambda: engines_of(stand).get("own"), "the engine to be shown")
        assert f"process {report['pid']}" in shown, shown
        assert "process" not in engines_of(stand)["up1"]
        stand.stop()
        assert not alive(report["pid"])
        assert not key.exists() and not (stand.platform.data / "run/engines").exists()


def engines_of(stand):
    text = subprocess.check_output([BIN / "srasta", "models", "engines", "--data", stand.platform.data], text=True,
                                   env=harness.ENVIRONMENT)
    return {line.split()[0]: line for line in text.splitlines()}


def a_killed_engine_comes_back_and_others_do_not_notice():
    with scratch() as folder:
        stand = Stand(folder)
        first = stand.served()
        os.kill(first, signal.SIGKILL)
        while (report := stand.report()) is None or report["pid"] == first:
            assert stand.ask("m1").status == 200
        assert until(lambda: stand.pid_that_answers(), "the engine to serve again") == report["pid"]
        assert "engines: own: was killed by signal 9 (Killed); starting again in" in stand.log()
        ends = until(lambda: stand.acts("engine.end"), "the record of the end")
        assert [(end["out"], end["data"]) for end in ends] == [
            ("error", {"signal": 9, "status": 0, "upstream": "own"})], ends
        starts = until(lambda: len(found := stand.acts("engine.start")) == 2 and found, "both records of starts")
        assert {start["data"]["process"] for start in starts} == {first, report["pid"]}, starts
        stand.stop()
        ended = stand.acts("engine.end")
        assert len(ended) == 2, ended


def streams_finish_before_their_engine_is_stopped():
    with scratch() as folder:
        stand = Stand(folder)
        pid = stand.served()
        connection = http.client.HTTPConnection("127.0.0.1", stand.platform.port, timeout=20)
        body = json.dumps({**json.loads(chat("own-model")), "stream": True})
        connection.request("POST", "/v1/chat/completions", body,
                           {"Authorization": f"Bearer {stand.token}", "Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200
        first = answer.readline()
        stand.platform.process.send_signal(signal.SIGTERM)
        rest = answer.read()
        assert b"data: [DONE]" in first + rest and b"error" not in rest, rest[-300:]
        assert stand.platform.process.wait(timeout=30) == 0
        assert not alive(pid)
        log = stand.log()
        assert log.index("api: exited with status 0") < log.index("engines: stopping"), log


def a_platform_that_is_killed_takes_its_engines_with_it():
    with scratch() as folder:
        stand = Stand(folder, arguments=("--child",))
        stand.served()
        report, keeper = stand.running(), stand.keeper()
        stand.platform.process.kill()
        stand.platform.process.wait()
        for pid in (report["pid"], keeper, report["child"]):
            until(lambda: not alive(pid), f"the end of {pid}")


def engines_end_with_their_keeper_and_the_platform_lives():
    with scratch() as folder:
        stand = Stand(folder)
        pid = stand.served()
        os.kill(stand.keeper(), signal.SIGKILL)
        until(lambda: not alive(pid), "the end of the engine")
        until(lambda: "engines: their keeper was killed by signal 9" in stand.log(), "the line that says so")
        assert stand.ask("m1").status == 200
        assert stand.ask("own-model").status in (404, 502, 503)
        stand.stop()


def a_platform_stops_though_a_process_of_a_dead_keeper_may_not_be_killed():
    with scratch() as folder:
        stand = Stand(folder, arguments=("--child",))
        stand.served()
        child = stand.running()["child"]
        os.kill(stand.keeper(), signal.SIGKILL)
        until(lambda: "engines: their keeper was killed" in stand.log(), "the line that says so")
        stand.stop()
        # As one user, nothing is left; another user's process is no business of the platform's.
        assert alive(child) == accounts.ROOT
        if accounts.ROOT:
            os.kill(child, signal.SIGKILL)


def an_engine_that_always_ends_holds_up_nothing():
    with scratch() as folder:
        stand = Stand(folder, arguments=("--ends", "3"))
        assert stand.ask("m1").status == 200
        waits = until(lambda: len(found := [int(wait) for wait in re.findall(
            r"engines: own: exited with status 3; starting again in (\d+) ms", stand.log())]) > 3 and found,
            "four restarts")
        assert waits[:4] == [100, 200, 400, 800], waits
        stand.stop()


def a_program_that_is_not_there_is_told_and_holds_up_nothing():
    with scratch() as folder:
        stand = Stand(folder, program=folder / "nothing")
        assert stand.ask("m1").status == 200
        until(lambda: f"engines: own: start {folder}/nothing: exec: No such file or directory; trying again" in
              stand.log(), "the line that says so")
        stand.stop()


def an_engine_that_never_listens_is_started_again():
    with scratch() as folder:
        silent = folder / "silent"
        silent.write_text("#!/bin/sh\nexec sleep 600\n")
        silent.chmod(0o755)
        stand = Stand(folder, program=silent, ready_within="1s")
        until(lambda: "engines: own: not ready after 1000 ms, killed" in stand.log(), "the end of patience")
        until(lambda: stand.log().count("engines: own: started") > 1, "another start")
        stand.stop()


def other_engines_in_the_file_wait_for_the_next_start():
    with scratch() as folder:
        stand = Stand(folder)
        pid = stand.served()
        stand.platform.config.write_text(stand.config(stand.engine.replace("/srv/m.gguf", "/srv/other.gguf")))
        stand.platform.process.send_signal(signal.SIGHUP)
        until(lambda: "inference.engines: changed in the file, but engines run as they were started" in stand.log(),
              "the line that says so")
        assert stand.served() == pid
        stand.stop()


def a_second_platform_on_the_folder_leaves_the_engines_of_the_first_alone():
    with scratch() as folder:
        stand = Stand(folder)
        pid = stand.served()
        second = subprocess.run([BIN / "srasta", "up", "--config", stand.platform.config, "--data", stand.platform.data,
                                 "--listen", "127.0.0.1:0"], capture_output=True, text=True, env=harness.ENVIRONMENT,
                                timeout=60)
        assert second.returncode == 1 and "another `srasta up` runs on" in second.stderr, second
        assert "engines: own: started" not in second.stderr, second
        assert (stand.platform.data / "run/engine.key").exists()
        stand.platform.process.send_signal(signal.SIGHUP)
        assert stand.served() == pid
        stand.stop()


def an_account_that_is_not_there_or_not_the_files_to_give_ends_the_start():
    if not accounts.ROOT:
        return
    for who, owner, said in (
            ("gpu-people", 0, "there is no user gpu-people; create it with: useradd --system"),
            ("daemon", accounts.IDS["srasta"], "may not say which account a program runs as")):
        with scratch() as folder:
            stand = Stand(folder, wait=False, user=who)
            os.chown(stand.platform.config, owner, 0)
            refused = subprocess.run([BIN / "srasta", "up", "--config", stand.platform.config, "--data",
                                      folder / "other", "--listen", "127.0.0.1:0"], capture_output=True, text=True,
                                     env=harness.ENVIRONMENT, timeout=60)
            stand.platform.process.kill()
            stand.platform.process.wait()
            assert refused.returncode == 2 and said in refused.stderr, refused
            stand.other.stop()


def doctor_of(stand):
    text = subprocess.run([BIN / "srasta", "doctor", "--config", stand.platform.config, "--data", stand.platform.data,
                           "--listen", "127.0.0.1:0"], capture_output=True, text=True, env=harness.ENVIRONMENT).stdout
    return [line.split(None, 3) for line in text.splitlines() if line.split()[1:3] == ["engine", "own"]]


def a_doctor_says_what_an_engine_lacks():
    with scratch() as folder:
        model = folder / "m.gguf"
        model.touch()
        stand = Stand(folder)
        stand.platform.config.write_text(stand.config(stand.engine.replace("/srv/m.gguf", str(model))))
        stand.served()
        found = doctor_of(stand)
        assert all(line[0] == "ok" or not accounts.ROOT for line in found), found
        assert any(f"answers on port {stand.port}" in line[3] for line in found), found
        assert any("engine-own.log" in line[3] for line in found), found
        assert any("runs as srasta-engine" in line[3] if accounts.ROOT else "whose files it may read" in line[3]
                   for line in found), found
        stand.stop()
        taken = socket.create_server(("127.0.0.1", stand.port))
        stand.platform.config.write_text(stand.config(stand.engine.replace(str(stand.program), "/nowhere/engine")))
        failed = [line[3] for line in doctor_of(stand) if line[0] == "fail"]
        taken.close()
        for said in ("/nowhere/engine: No such file", "/srv/m.gguf: No such file",
                     f"something else answers on port {stand.port}"):
            assert any(said in line for line in failed), (said, failed)


def only_the_platform_starts_a_keeper():
    done = subprocess.run([BIN / "srasta", "engine-keeper"], capture_output=True, text=True, env=harness.ENVIRONMENT)
    assert (done.returncode, done.stderr) == (2, "srasta: only `srasta up` starts this\n"), done
    assert "engine-keeper" not in subprocess.check_output([BIN / "srasta", "--help"], text=True)


accounts.enter()
main(an_engine_is_an_upstream_and_gets_nothing_but_its_own,
     a_killed_engine_comes_back_and_others_do_not_notice,
     streams_finish_before_their_engine_is_stopped,
     a_platform_that_is_killed_takes_its_engines_with_it,
     engines_end_with_their_keeper_and_the_platform_lives,
     a_platform_stops_though_a_process_of_a_dead_keeper_may_not_be_killed,
     an_engine_that_always_ends_holds_up_nothing,
     a_program_that_is_not_there_is_told_and_holds_up_nothing,
     an_engine_that_never_listens_is_started_again,
     other_engines_in_the_file_wait_for_the_next_start,
     a_second_platform_on_the_folder_leaves_the_engines_of_the_first_alone,
     an_account_that_is_not_there_or_not_the_files_to_give_ends_the_start,
     a_doctor_says_what_an_engine_lacks,
     only_the_platform_starts_a_keeper)
