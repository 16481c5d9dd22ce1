"""A person's key is erased: records stay and verify, nobody can tell whose they are, and nothing brings it back."""
import base64
import hashlib
import http.client
import json
import os
import signal
import sqlite3
import stat
import subprocess

from audit_walk import audit, both_verify
from client import ask, chat
from harness import BIN, CHAT, ENVIRONMENT, Engine, Platform, engine_config, main, scratch, until
from key_provider import KeyProvider

ADDRESS, TENANT = "alice.adams@example.com", "acme"
PERSON = ("--subject", ADDRESS, "--tenant", TENANT)


def config(engine, provider, more=""):
    return (engine_config(engine) + f"tenants: [{TENANT}, platform]\n"
            f"identity:\n  issuers:\n{provider.config()}" + more)


def started(folder, engine):
    """A platform that has the keys of its provider, and a maker of tokens."""
    provider = KeyProvider(folder, "idp")
    platform = Platform(folder / "data", config(engine, provider))
    until(lambda: chat(platform.port, provider.token("u-first")).status == 200, "the keys of the provider")
    return platform, provider, lambda subject=ADDRESS: provider.token(subject)


class Kept:
    """One connection, on which the gateway remembers its caller."""

    def __init__(self, port, token):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.fields = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def chat(self):
        self.connection.request("POST", "/v1/chat/completions", CHAT, self.fields)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status


def spellings(text):
    """What could give a person away: the address, and hashes of it that anybody can make."""
    digest = hashlib.sha256(text.encode()).digest()
    return [text.encode(), digest, digest.hex().encode(), digest.hex().upper().encode(),
            base64.b64encode(digest).rstrip(b"="), base64.urlsafe_b64encode(digest).rstrip(b"="),
            base64.b64encode(text.encode()).rstrip(b"=")]


def files_with(data, needles):
    return [(path, needle) for path in data.rglob("*") if path.is_file() and not path.is_symlink()
            for content in [path.read_bytes()] for needle in needles if needle in content]


def keys_of(data):
    with sqlite3.connect(f"file:{data}/audit/gateway/salts.db?mode=ro", uri=True) as database:
        return {row[0] for row in database.execute("SELECT key FROM salt")}


def actors(data, *options):
    status, text, problem = audit(data, "search", "--json", *options)
    assert status in (0, 1), problem
    return {json.loads(line)["actor"]["id"] for line in text.splitlines()}


def a_person_is_forgotten_while_the_platform_serves():
    engine = Engine()
    with scratch() as folder:
        platform, provider, token = started(folder, engine)
        data, alice, bob = platform.data, token(), token("bob@example.com")
        assert chat(platform.port, alice).status == 200 and chat(platform.port, bob).status == 200
        assert chat(platform.port, token("u-17")).status == 200
        mode = stat.S_IMODE((data / "audit/gateway/salts.db").stat().st_mode)
        assert mode == 0o600, oct(mode)
        until(lambda: "u-17" in actors(data), "the record of a plain id")
        status, first, problem = audit(data, "subject", *PERSON)
        first = first.strip()
        assert status == 0 and first.startswith("c1:") and len(first) == 67, (first, problem)
        assert actors(data, *PERSON) == {first}
        of_bob = audit(data, "subject", "--subject", "bob@example.com", "--tenant", TENANT)[1].strip()
        assert {first, of_bob, "u-17"} <= actors(data) and of_bob != first
        assert not files_with(data, spellings(ADDRESS)), files_with(data, spellings(ADDRESS))
        # His own receipt is still his.
        answer = chat(platform.port, alice)
        path = f"/srasta/v1/audit/receipts/{answer.fields['x-request-id']}"
        until(lambda: ask(platform.port, "GET", path, alice).status == 200, "a receipt of what one did oneself")
        assert ask(platform.port, "GET", path, bob).status == 404

        kept = Kept(platform.port, alice)
        assert kept.chat() == 200 and kept.chat() == 200

        bundle = folder / "evidence.tar"
        until(lambda: audit(data, "export", "--bundle", "--out", bundle)[0] == 0 or bundle.unlink(missing_ok=True),
              "a bundle of signed records")
        keys = keys_of(data)
        assert len(keys) == 2 and not any(key in bundle.read_bytes() for key in keys)
        assert b"salts.db" not in bundle.read_bytes()

        refused = subprocess.run([BIN / "srasta", "audit", "erase", *PERSON, "--data", data], input="no\n", text=True,
                                 capture_output=True, env=ENVIRONMENT)
        assert refused.returncode == 1 and "nothing was erased" in refused.stderr, refused
        assert audit(data, "hold", "--name", "case-7")[0] == 0
        status, _, problem = audit(data, "erase", *PERSON, "--yes")
        assert status == 1 and "case-7" in problem and keys_of(data) == keys, problem
        assert audit(data, "release", "--name", "case-7")[0] == 0
        status, text, problem = audit(data, "erase", *PERSON, "--yes")
        assert status == 0 and text.startswith("OK the key of this subject is erased"), (text, problem)

        # The next request, on the same connection, is somebody's whom nothing links to the one before.
        assert kept.chat() == 200
        gone = keys - keys_of(data)
        assert len(gone) == 1 and not files_with(data, gone), files_with(data, gone)
        second = audit(data, "subject", *PERSON)[1].strip()
        assert second.startswith("c1:") and second != first
        until(lambda: second in actors(data), "a record of the caller who came back")
        assert actors(data, *PERSON) == {second} and actors(data, "--actor", first) == {first}
        assert ask(platform.port, "GET", path, alice).status == 404, "the receipt is nobody's now"

        assert audit(data, "erase", *PERSON, "--yes")[0] == 0
        status, _, problem = audit(data, "erase", *PERSON, "--yes")
        assert status == 1 and "nothing was changed" in problem, problem
        assert audit(data, "subject", *PERSON)[0] == 1 and audit(data, "search", *PERSON)[0] == 1
        written = [json.loads(line) for line in
                   audit(data, "search", "--json", "--stream", "operator", "--act", "log.erased")[1].splitlines()]
        assert [record["data"] for record in written] == [
            {"stream": "gateway", "subjects": 1, "total": 1}, {"stream": "gateway", "subjects": 1, "total": 2}]
        platform.stop()
        assert both_verify(data)[0] == 0
        # Nobody needs the keys but who looks for a person.
        (data / "audit/gateway/salts.db").unlink()
        assert both_verify(data)[0] == 0
        assert audit(data, "export", "--bundle", "--out", folder / "later.tar")[0] == 0
        assert not files_with(data, spellings(ADDRESS)), files_with(data, spellings(ADDRESS))


def every_caller_is_a_commitment_where_the_configuration_says_so():
    engine = Engine()
    with scratch() as folder:
        platform, provider, token = started(folder, engine)
        plain = token("u-17")
        assert chat(platform.port, plain).status == 200
        platform.config.write_text(config(engine, provider, "audit: { identifiers: committed }\n"))
        platform.process.send_signal(signal.SIGHUP)
        until(lambda: "configuration in force" in platform.log.read_text(), "the new configuration")
        assert chat(platform.port, plain).status == 200
        commitment = audit(platform.data, "subject", "--subject", "u-17", "--tenant", TENANT)[1].strip()
        assert commitment.startswith("c1:")
        until(lambda: {"u-17", commitment} <= actors(platform.data), "both names")
        platform.stop()


def without_a_key_nobody_is_let_in_unseen():
    engine = Engine()
    with scratch() as folder:
        platform, provider, token = started(folder, engine)
        assert chat(platform.port, token("u-17")).status == 200
        holder = sqlite3.connect(platform.data / "audit/gateway/salts.db", isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        reply = chat(platform.port, token())
        assert reply.status == 503, (reply.status, reply.body)
        assert chat(platform.port, token("u-17")).status == 200, "who needs no key"
        holder.execute("COMMIT")
        holder.close()
        until(lambda: chat(platform.port, token()).status == 200, "the key that could be made now")
        until(lambda: any(record["data"].get("reason") == "salts_unavailable"
                          for record in platform.records("--act", "auth.")), "the refusal's record")
        platform.stop()


def an_erasure_that_is_killed_anywhere_is_counted_once():
    engine = Engine()
    with scratch() as folder:
        platform, provider, token = started(folder, engine)
        people = [f"person{index}@example.com" for index in range(12)]
        assert all(chat(platform.port, token(person)).status == 200 for person in people)
        platform.stop()
        data, keys = platform.data, keys_of(platform.data)
        assert len(keys) == len(people)
        for index, person in enumerate(people):
            words = [BIN / "srasta", "audit", "erase", "--subject", person, "--tenant", TENANT, "--yes", "--data", data]
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
            try:
                process.wait(timeout=0.04 * (index + 1))
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
            again = subprocess.run(words, capture_output=True, text=True, env=ENVIRONMENT)
            assert again.returncode in (0, 1), again
            assert audit(data, "subject", "--subject", person, "--tenant", TENANT)[0] == 1
        assert not keys_of(data) and not files_with(data, keys)
        written = [json.loads(line)["data"] for line in
                   audit(data, "search", "--json", "--stream", "operator", "--act", "log.erased")[1].splitlines()]
        assert sum(record["subjects"] for record in written) == len(people), written
        assert written[-1]["total"] == len(people), written
        platform = Platform(data, config(engine, provider))
        platform.stop()
        assert both_verify(data)[0] == 0


def who_acts_for_somebody_is_named_as_callers_are():
    engine = Engine()
    with scratch() as folder:
        platform, provider, _ = started(folder, engine)
        data = platform.data
        token = provider.token("u-17", act={"sub": ADDRESS, "act": {"sub": "u-agent"}})
        kept = Kept(platform.port, token)

        def via():
            lines = audit(data, "search", "--json", "--actor", "u-17")[1].splitlines()
            return [json.loads(line)["actor"].get("via") for line in lines]

        # Twice on one connection: what the gateway remembers names them, too.
        assert kept.chat() == 200 and kept.chat() == 200 and chat(platform.port, provider.token("u-17")).status == 200
        until(lambda: len(via()) == 8, "the records of three requests and two first uses of tokens")
        first = audit(data, "subject", *PERSON)[1].strip()
        assert first.startswith("c1:") and sorted(map(str, via())) == sorted(
            [str([first, "u-agent"])] * 5 + ["None"] * 3), via()
        assert not files_with(data, spellings(ADDRESS)), files_with(data, spellings(ADDRESS))
        assert audit(data, "erase", *PERSON, "--yes")[0] == 0
        assert kept.chat() == 200
        until(lambda: len(via()) == 10, "the records of one more")
        second = audit(data, "subject", *PERSON)[1].strip()
        assert second.startswith("c1:") and second != first and [second, "u-agent"] in via()
        platform.stop()


main(a_person_is_forgotten_while_the_platform_serves, who_acts_for_somebody_is_named_as_callers_are,
     every_caller_is_a_commitment_where_the_configuration_says_so, without_a_key_nobody_is_let_in_unseen,
     an_erasure_that_is_killed_anywhere_is_counted_once)
