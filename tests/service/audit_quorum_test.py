"""What a real witness cosigns of a real platform's log, asked for by a policy, with both verifiers."""
import base64
import contextlib
import hashlib
import re
import shutil
import subprocess
import sys

from audit_walk import VERIFIER, audit, both_check, both_verify, checkpoint_size, lived
from client import chat
from harness import BIN, ENVIRONMENT, Engine, Platform, engine_config, main, scratch, until
from witness_address import witness_address

STREAMS = ("admin", "gateway", "install")


@contextlib.contextmanager
def witness(folder, name, log_key):
    """Url and key of a witness of this log."""
    watched = [word for stream in STREAMS for word in ("--stream", stream)]
    with subprocess.Popen([BIN / "srasta", "serve", "witness", "--dir", folder / name, "--listen", "127.0.0.1:0",
                           "--name", f"{name}.example/witness", "--watch", log_key, *watched],
                          stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=ENVIRONMENT) as process:
        try:
            yield witness_address(process)
        finally:
            process.terminate()


def cosigned_size(data, stream):
    path = data / f"audit/{stream}/cosigned"
    return int(path.read_text().split("\n")[1]) if path.exists() else 0


def a_quorum_is_asked_for_and_found():
    engine = Engine()
    with scratch() as folder, contextlib.ExitStack() as stack:
        data = lived(folder, engine)
        log_key = (data / "audit/keys/log.pub").read_text().strip()
        witnesses = [stack.enter_context(witness(folder, name, log_key)) for name in ("one", "two")]
        config = engine_config(engine) + "audit:\n  witnesses:\n" + "".join(
            f'    - {{ url: "{url}", key: "{key}" }}\n' for url, key in witnesses)
        before = {stream: checkpoint_size(data, stream) for stream in STREAMS}
        platform = Platform(data, config)
        assert chat(platform.port, platform.token()).status == 200
        for stream in STREAMS:
            until(lambda: cosigned_size(data, stream) > before[stream], f"{stream} is cosigned")
            until(lambda: all(key.split("+")[0] in (data / f"audit/{stream}/cosigned").read_text()
                              for _, key in witnesses), f"both have cosigned {stream}")
        platform.stop()
        policy, trusted = folder / "policy", folder / "log.pub"
        shutil.copy(data / "audit/keys/log.pub", trusted)
        names = "".join(f"witness w{i} {key}\n" for i, (_, key) in enumerate(witnesses))

        def verified(rest):
            policy.write_text(names + rest)
            return both_verify(data, "--trust", trusted, "--witness", policy)

        for rest in ("group all all w0 w1\nquorum all\n", "quorum w1\n", f"log {log_key}\nquorum w0\n"):
            status, text = verified(rest)
            assert status == 0 and " witnessed)\n" in text and "gateway: WITNESSED " in text, (rest, text)
        assert audit(data, "verify", "--witness", folder / "none")[0] == 4
        bundle, cosigned = folder / "evidence.tar", data / "audit/gateway/cosigned"

        def bundled(rest):
            policy.write_text(names + rest)
            bundle.unlink(missing_ok=True)
            assert audit(data, "export", "--bundle", "--act", "log.genesis", "--out", bundle)[0] == 0
            return both_check(bundle, "--trust", trusted, "--witness", policy)

        for rest in ("group all all w0 w1\nquorum all\n", f"log {log_key}\nquorum w0\n"):
            status, text = bundled(rest)
            assert status == 0 and text.startswith("OK (1 records of ") and " of them witnessed, trusted" in text, text
        whole = cosigned.read_text()
        for lines, expected in (
                (lambda line: "two.example" not in line, (2, "UNANCHORED (1 records of ")),
                (lambda line: True, (1, "VIOLATED (c"))):
            kept_lines = [line for line in whole.splitlines(keepends=True) if lines(line)]
            if expected[0] == 1:  # the time of the last one is another
                head, space, signature = kept_lines[-1].rpartition(" ")
                signature = bytearray(base64.b64decode(signature))
                signature[11] ^= 1
                kept_lines[-1] = head + space + base64.b64encode(signature).decode() + "\n"
            cosigned.write_text("".join(kept_lines))
            status, text = bundled("group all all w0 w1\nquorum all\n")
            assert status == expected[0] and text.startswith(expected[1]), (expected, text)
        # The member is `checkpoint` where the newest one was cosigned.
        assert re.fullmatch(r"VIOLATED \((cosigned|checkpoint): a cosignature is wrong\)\n", text), text
        cosigned.write_text(whole)
        assert audit(data, "check-bundle", bundle, "--witness", folder / "none")[0] == 4
        kept = (data / "audit/gateway/cosigned-2").read_text()
        (data / "audit/gateway/cosigned-2").unlink()
        (data / "audit/gateway/cosigned").write_text(
            "".join(line for line in kept.splitlines(keepends=True) if "two.example" not in line))
        status, text = verified("group both 2 w0 w1\nquorum both\n")
        assert status == 2 and "not cosigned as the policy asks in gateway)" in text, text
        assert verified("group one any w0 w1\nquorum one\n")[0] == 0
        (data / "audit/gateway/cosigned").unlink()
        assert verified("quorum w0\n")[0] == 2
        # Where it was kept elsewhere, it counts as well.
        copy = folder / "kept"
        copy.write_text(kept)
        assert both_verify(data, "--witness", policy, "--since", copy)[0] == 0


def both_refuse_what_is_no_policy():
    with scratch() as folder:
        key = "witness.example.com/w1+a0059f11+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
        log = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        witness_line = f"witness a {key}\n"
        wrong = ["", "quorum none", "quorum none\r\n", "quorum none\0\n", "quorum a\n", "quorum\n", "Quorum none\n",
                 "quorum none none\n", "quorum none\nquorum none\n", f"log {key}\nquorum none\n",
                 f"log {log}\nlog {log}\nquorum none\n", f"log {log} u v\nquorum none\n", "log\nquorum none\n",
                 f"witness a {log}\nquorum a\n", f"witness none {key}\nquorum none\n", f"quorum a\n{witness_line}",
                 witness_line * 2 + "quorum a\n", witness_line + f"witness b {key}\nquorum a\n",
                 witness_line + "group a any a\nquorum a\n", witness_line + "group g 0 a\nquorum g\n",
                 witness_line + "group g 2 a\nquorum g\n", witness_line + "group g 01 a\nquorum g\n",
                 witness_line + "group g +1 a\nquorum g\n", witness_line + "group g any g\nquorum g\n",
                 witness_line + "group g any a a\nquorum g\n", witness_line + "group g any\nquorum a\n",
                 witness_line + "group g any none\nquorum a\n",
                 witness_line + "group g any a\ngroup h any a\nquorum g\n", "#" * (256 << 10) + "\nquorum none\n"]
        right = [" \t# x \xff\n\tquorum\tnone \n", f"log {log} https://log\n{witness_line}quorum a\n",
                 witness_line + "group g all a\ngroup h 1 g\nquorum h\n", "#\x80\nquorum none\n"]
        data, policy = folder / "nothing", folder / "policy"
        for expected, texts in ((4, wrong), (3, right)):  # 3: a policy, but no ledger
            for text in texts:
                policy.write_bytes(text.encode("latin-1"))
                both_say(expected, data, "--witness", policy)


def both_say(expected, data, *options):
    first = audit(data, "verify", *options)
    second = subprocess.run([sys.executable, VERIFIER, data, *map(str, options)], capture_output=True, text=True)
    assert first[0] == expected and second.returncode == expected, (options, options[-1].read_bytes()[:400], first, second)


def both_keep_to_the_bounds_of_keys_and_checkpoints():
    """What the page of the format calls no key and no checkpoint is wrong usage, what is just within is not."""
    with scratch() as folder:
        given, data = folder / "given", folder / "nothing"

        def key(name, kind=b"\1", size=32):
            name, kind = name.encode("utf-8", "surrogateescape"), kind + b"k" * size
            identity = hashlib.sha256(name + b"\n" + kind).digest()[:4]
            return name + b"+" + identity.hex().encode() + b"+" + base64.b64encode(kind) + b"\n"

        def note(origin, size, signatures=1, name="w"):
            return (f"{origin}\n{size}\n{base64.b64encode(bytes(32)).decode()}\n\n"
                    + "".join(f"\u2014 {name} {base64.b64encode(bytes(68)).decode()}\n" for _ in range(signatures))).encode()

        good, spaced = key("k" * 255), [key(f"k{space}k") for space in " \t\x85\xa0\u1680\u2000\u2009\u200a\u2028\u3000"]
        for option, wrong, right in (
                ("--trust", [key("k" * 256), key("k" * 600), key("k", b"\2"), key("k", size=31), key("k", size=33), key(""),
                             key("k\udcff"), good[:-2] + b"\n", b" " + good, b"# none\n", b"",
                             *spaced], [good, good[:-1], key("k\x7f\u2060"), key("k", b"\4"), b"#\xff\n\n" + good]),
                ("--since", [note("o" * 256, 3), note("", 3), note("o", 1 << 63), note("o", "03"), note("o", "+3"),
                             note("o", 3, 0), note("o", 3, 101), note("o", 3, name="w\u00a0w"), note("o\t", 3),
                             note("o", "3\n"), note("o", 3)[:-1], note("o", 3, name="w" * 1_000_000)],
                 [note("o" * 255, 3), note("o", (1 << 63) - 1), note("o", 3, 100), note("o", 3, name="w" * 256)])):
            for expected, texts in ((4, wrong), (3, right)):  # 3: good options, but no ledger
                for text in texts:
                    given.write_bytes(text)
                    both_say(expected, data, option, given)


main(both_refuse_what_is_no_policy, both_keep_to_the_bounds_of_keys_and_checkpoints, a_quorum_is_asked_for_and_found)
