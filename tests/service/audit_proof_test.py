"""The walk of docs/audit-proof.md as it is written there: its commands and tables, with real processes."""
import contextlib
import os
import shlex
import shutil
import signal
import subprocess

from audit_walk import audit, both_verify, checkpoint_size, lived, remembered, segment
from client import chat
from harness import BIN, ENVIRONMENT, Engine, Platform, engine_config, main, scratch, until
from page_commands import Page, run_commands, says
from records import ROOT
from witness_address import witness_address

PAGE = Page("docs/audit-proof.md")


class Walk:
    """The folders that the page speaks of, and a platform with a witness elsewhere that has lived and was stopped."""

    def __init__(self, folder, engine, stack):
        self.folder, self.copies = folder, 0
        self.data, self.older, self.elsewhere, self.work = (folder / name for name in ("data", "older", "elsewhere",
                                                                                      "work"))
        self.elsewhere.mkdir()
        self.work.mkdir()
        lived(folder, engine)
        shutil.copytree(self.data, self.older)
        witness, *self.before = PAGE.commands("Before")
        self.url, key = stack.enter_context(self.witness(witness[0]))
        self.config = engine_config(engine) + f'audit:\n  witnesses:\n    - {{ url: "{self.url}", key: "{key}" }}\n'
        with self.platform(self.data) as platform:
            token = platform.token()
            assert all(chat(platform.port, token).status == 200 for _ in range(5))
            until(lambda: chat(platform.port, token).status == 200 and remembered(self.data, "gateway", "install"),
                  "the gateway remembers the stream of the supervisor")
            until(lambda: self.cosigned() >= checkpoint_size(self.older) + 10, "the witness has seen the requests")
        run_commands(self.before, self.environment())

    @contextlib.contextmanager
    def witness(self, command):
        """The page's command, on a free port."""
        with subprocess.Popen(["bash", "-c", f"exec {command} --listen 127.0.0.1:0"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=(self.folder / "witness.log").open("ab"), text=True,
                              env=self.environment()) as process:
            try:
                yield witness_address(process, self.folder / "witness.log")
            finally:
                process.terminate()

    @contextlib.contextmanager
    def platform(self, data):
        platform = Platform(data, self.config)
        yield platform
        platform.stop()

    def environment(self, copy=None):
        folders = {"DATA": self.data, "OLDER": self.older, "ELSEWHERE": self.elsewhere, "WORK": self.work,
                   "COPY": copy or "", "WITNESS": getattr(self, "url", ""), "PYTHONDONTWRITEBYTECODE": "1"}
        return {**ENVIRONMENT, "PATH": f"{BIN}:{os.environ['PATH']}", **{name: str(of) for name, of in folders.items()}}

    def kept(self):
        """What the page calls $ELSE."""
        return [self.elsewhere / "gateway.checkpoint", *(self.elsewhere / "witness/state").glob("*gateway")]

    def cosigned(self):
        return max((int(path.read_text().split("\n")[1]) for path in self.kept()[1:]), default=0)

    def cosignatures(self, data):
        """All that the witness has given, here and there."""
        return {path: path.read_bytes() for path in (*self.kept(), *data.glob("audit/gateway/cosigned*"))}

    def copy(self, do):
        """A copy to which a line of a table has been done."""
        self.copies += 1
        copy = self.folder / f"copy{self.copies}"
        shutil.copytree(self.data, copy)
        run_commands([(do, 0)], self.environment(copy))
        return copy

    def expect(self, copy, what, alone, anchored):
        """What both verifiers say of it: by itself, and with each of what was kept."""
        for options, expected in (((), alone), *((("--since", kept), anchored) for kept in self.kept())):
            status, text = both_verify(copy, *options)
            assert says(text, expected), (what, options, expected, text)
            assert status == {"OK": 0, "UNREADABLE": 3}.get(expected, 1), (what, options, text)


@contextlib.contextmanager
def walk():
    engine = Engine()
    with scratch() as folder, contextlib.ExitStack() as stack:
        yield Walk(folder, engine, stack)
    engine.stop()


def its_commands_prove_what_it_says():
    with walk() as made:
        assert len(made.kept()) == 2, made.kept()
        run_commands(PAGE.commands("Verify"), made.environment())
        with made.platform(made.data):
            run_commands(PAGE.commands("One request"), made.environment())
        run_commands(PAGE.commands("Take it away"), made.environment())
        assert both_verify(made.data)[0] == 0


def each_of_its_attacks_is_caught_by_what_it_names():
    with walk() as made:
        rows = list(PAGE.rows("Break it"))
        assert len(rows) >= 8, rows
        for do, alone, anchored, _ in rows:
            made.expect(made.copy(do), do, alone, anchored)


def a_platform_that_goes_on_with_another_log_is_refused_or_gets_no_cosignature():
    with walk() as made:
        rows = list(PAGE.rows("Go on with it"))
        assert len(rows) >= 4, rows
        for do, said, alone, anchored in rows:
            copy = made.copy(do)
            before = made.cosignatures(copy)
            platform = Platform(copy, made.config, wait=said != "INTEGRITY")
            until(lambda: says(platform.log.read_text(), said), f"{do}: {said}\n{platform.log.read_text()}")
            if said == "INTEGRITY":
                assert platform.process.wait(timeout=60) != 0
            else:
                platform.stop()
            assert made.cosignatures(copy) == before, do
            made.expect(copy, do, alone, anchored)
        copy = made.copy("true")
        run_commands(PAGE.commands("Go on with it"), made.environment(copy))
        policy = made.work / "policy"
        witness = (made.elsewhere / "witness/witness.pub").read_text().strip()
        policy.write_text(f"witness w {witness}\nquorum w\n")
        status, text = both_verify(copy, "--witness", policy)
        assert status == 2 and "not cosigned as the policy asks in gateway" in text, text


def the_commands_of_the_page_are_those_that_run():
    """No part of the page has commands that the tests above leave out."""
    ran = {"Before", "Verify", "One request", "Take it away", "Break it", "Go on with it"}
    assert set(PAGE.sections) == ran, set(PAGE.sections) ^ ran
    assert not list(PAGE.commands("Break it"))
    for section in ran:
        for command, _ in PAGE.commands(section):
            for word in shlex.split(command, comments=True):
                if word.endswith(".py"):
                    assert (ROOT / word).exists(), command


def a_receipt_is_given_only_to_who_asks_and_only_for_what_was_written():
    engine = Engine()
    with scratch() as folder:
        platform = Platform(folder / "data", engine_config(engine))
        token, data = platform.token(), platform.data
        until(lambda: chat(platform.port, token).status == 200, "the engine is known")
        assert "x-srasta-audit" not in chat(platform.port, token).fields
        answer = chat(platform.port, token, fields={"Srasta-Receipt": "wait"})
        assert answer.status == 200, answer.body
        stream, seq, _ = answer.fields["x-srasta-audit"].split(":")
        assert stream == "gateway"
        refused = chat(platform.port, token, fields={"Srasta-Receipt": "soon"})
        assert (refused.status, refused.code) == (400, "invalid_request"), refused.body
        until(lambda: checkpoint_size(data) > int(seq), "a checkpoint covers the receipt")
        status, text, problem = audit(data, "check-receipt", answer.fields["x-srasta-audit"])
        assert status == 0 and text.startswith("OK record") and answer.fields["x-request-id"] in text, (text, problem)
        assert audit(data, "check-receipt", "gateway:x:00")[0] == 4
        proof = folder / "proof"
        assert audit(data, "prove", "--seq", seq, "--out", proof)[0] == 0
        proof.write_text(proof.read_text().replace(f"index {seq}\n", f"index {int(seq) + 1}\n"))
        assert audit(folder / "nowhere", "check-proof", proof, "--trust", data / "audit/keys/log.pub")[0] == 1
        platform.stop()


def a_checkpoint_on_demand_binds_what_is_there():
    engine = Engine()
    with scratch() as folder:
        platform = Platform(folder / "data", engine_config(engine))
        token, data = platform.token(), platform.data
        until(lambda: chat(platform.port, token).status == 200, "the engine is known")
        answer = chat(platform.port, token, fields={"Srasta-Receipt": "wait"})
        seq = int(answer.fields["x-srasta-audit"].split(":")[1])
        status, note, problem = audit(data, "checkpoint")
        assert status == 0 and int(note.split("\n")[1]) > seq, (status, note, problem)
        kept = folder / "kept"
        kept.write_text(note)
        assert audit(data, "checkpoint", "--stream", "nobody")[0] == 3
        platform.stop()
        assert both_verify(data, "--since", kept)[0] == 0
        # Without a checkpointer there is none of the newest records.
        def begun(*words):
            return subprocess.Popen([BIN / "srasta", *words, "--data", data], env=ENVIRONMENT,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        alone = begun("serve", "api", "--listen", "127.0.0.1:0")
        until(lambda: b"log.close" not in segment(data).read_bytes().splitlines()[-1], "it has begun")
        status, note, problem = audit(data, "checkpoint", "--within", "0")
        assert (status, note) == (2, "") and "does `srasta up` run" in problem, (status, note, problem)
        checkpointer = begun("audit", "checkpointer")
        assert audit(data, "checkpoint", "--within", "60")[0] == 0
        for process in (alone, checkpointer):
            process.terminate()
            assert process.wait(timeout=60) == 0
        assert audit(data, "checkpoint", "--within", "0")[0] == 0
        assert both_verify(data, "--since", kept)[0] == 0


def a_platform_that_is_killed_accuses_nobody():
    engine = Engine()
    with scratch() as folder:
        for _ in range(3):
            platform = Platform(folder / "data", engine_config(engine))
            token = platform.token()
            until(lambda: chat(platform.port, token).status == 200, "the engine is known")
            for _ in range(20):
                assert chat(platform.port, token).status == 200
            os.kill(platform.gateway_pid(), signal.SIGKILL)
            platform.process.kill()
            platform.process.wait()
            until(lambda: platform.gateway_pid() is None, "the gateway is gone")
        platform = Platform(folder / "data", engine_config(engine))
        platform.stop()
        status, text = both_verify(platform.data)
        assert status == 0, text
        assert audit(platform.data, "complete")[0] == 0


main(the_commands_of_the_page_are_those_that_run, its_commands_prove_what_it_says,
     each_of_its_attacks_is_caught_by_what_it_names,
     a_platform_that_goes_on_with_another_log_is_refused_or_gets_no_cosignature,
     a_receipt_is_given_only_to_who_asks_and_only_for_what_was_written,
     a_checkpoint_on_demand_binds_what_is_there, a_platform_that_is_killed_accuses_nobody)
