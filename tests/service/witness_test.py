"""`srasta serve witness` as a process: what it cosigns, what it refuses, and what it remembers after any end."""
import contextlib
import http.client
import os
import random
import signal
import socket
import ssl
import stat
import subprocess
import threading
import time

from harness import BIN, ENVIRONMENT, main, scratch, until
from transparency_log import Log, Signer, cosigned_at, openssl
from witness_address import witness_address

started = []


class Witness:
    def __init__(self, folder, *options, listen="127.0.0.1:0", wait=True):
        self.folder = folder
        self.options = options
        self.listen = listen
        self.log = folder.parent / (folder.name + ".log")
        self.start(wait)

    def start(self, wait=True):
        self.process = subprocess.Popen(
            [BIN / "srasta", "serve", "witness", "--dir", self.folder, "--listen", self.listen, *self.options],
            stdout=subprocess.PIPE, stderr=self.log.open("ab"), stdin=subprocess.DEVNULL, text=True, env=ENVIRONMENT)
        started.append(self.process)
        if not wait:
            return
        self.url, self.key = witness_address(self.process, self.log)
        self.port = int(self.url.rsplit(":", 1)[1])

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=30) == 0, self.log.read_text()

    def refusal(self):
        """Of a start: exit status and what was said."""
        self.process.wait(timeout=20)
        return self.process.returncode, self.log.read_text()

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def post(self, body, path="/add-checkpoint", method="POST"):
        connection = self.connection()
        with contextlib.closing(connection):
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, response.read(), response.getheader("content-type")

    def cosign(self, log, old, size, scratch_folder):
        status, answer, _ = self.post(log.request(old, size))
        assert status == 200, (status, answer)
        seconds = cosigned_at(scratch_folder, self.key, log.text(size), answer)
        assert abs(seconds - time.time()) < 60, seconds

    def size_of(self, log):
        """What the witness cosigned last, as it answers to a question that cannot be right."""
        status, answer, content_type = self.post(log.request(1, 1))
        if status == 200:
            return 1
        assert (status, content_type) == (409, "text/x.tlog.size"), (status, answer)
        return int(answer)


@contextlib.contextmanager
def watched(*options, origin="example.com/log"):
    with scratch() as folder:
        keys = folder / "keys"
        keys.mkdir()
        log = Log(Signer(keys, origin))
        witness = Witness(folder / "witness", "--watch", log.signer.vkey(), *options)
        yield folder, keys, log, witness
        if witness.process.poll() is None:
            witness.stop()


def cosigns_the_first_checkpoint_and_what_continues_it():
    with watched() as (_, keys, log, witness):
        last = 0
        for size in (1, 2, 3, 8, 21, 64):
            witness.cosign(log, last, size, keys)
            last = size
        witness.cosign(log, 64, 64, keys)  # a replay of the last one
        witness.stop()
        witness.start()
        assert witness.size_of(log) == 64
        witness.cosign(log, 64, 65, keys)


def refuses_what_does_not_continue_it():
    with watched() as (_, keys, log, witness):
        witness.cosign(log, 0, 5, keys)
        stranger, impostor = Log(Signer(keys, "example.com/other")), Log(Signer(keys, log.origin))
        proof = log.proof(5, 9)
        for what, body, expected in (
                ("unknown origin", stranger.request(0, 5), 404),
                ("wrong key", impostor.request(5, 9), 403),
                ("no signature of the log", log.request(5, 9).replace(b"\xe2\x80\x94 example.com/log ",
                                                                      b"\xe2\x80\x94 somebody "), 403),
                ("old replay", log.request(0, 5), 409),
                ("rollback", log.request(3, 4), 409),
                ("rollback to nothing", log.request(0, 0), 409),
                ("fork of this size", log.forked(3).request(5, 5), 409),
                ("fork that grew", log.forked(3).request(5, 9), 422),
                ("no proof", log.request(5, 9, []), 422),
                ("proof too long", log.request(5, 9, proof + [proof[0]]), 422),
                ("proof of another size", log.request(5, 9, log.proof(4, 9)), 422),
                ("old above new", log.request(9, 5), 400)):
            status, answer, content_type = witness.post(body)
            assert status == expected, (what, status, answer)
            sized = content_type == "text/x.tlog.size"
            assert sized == (status == 409 and what != "fork of this size"), (what, content_type)
            assert not sized or answer == b"5\n", (what, answer)
        witness.cosign(log, 5, 9, keys)


def answers_garbage_and_lives():
    with watched() as (_, keys, log, witness):
        good = log.request(0, 5)
        dice = random.Random(7)
        bodies = [b"", b"\0" * 100, b"old 0\n", b"old -1\n\n" + good[7:], b"old 00\n\n" + good[7:],
                  b"old 99999999999999999999\n\n" + good[7:], good[:-1], good + b"\n", good.replace(b"\n", b"\r\n"),
                  b"old 0\n" + b"AAAA\n" * 3 + good[6:], b"old 0\n" + b64_line() * 64 + good[6:], good * 2,
                  *(good[:cut] for cut in range(0, len(good), 7)),
                  *(dice.randbytes(dice.randrange(2000)) for _ in range(30))]
        for body in bodies:
            status, answer, _ = witness.post(body)
            assert status == 400, (status, answer, body)
        assert witness.post(b"x" * (600 << 10))[0] == 413
        assert witness.post(good, "/")[0] == 404 and witness.post(good, "/add-checkpoint?x")[0] == 404
        assert witness.post(None, method="GET")[0] == 405
        raw(witness, b"\x16\x03\x01 TLS to a plain port\r\n\r\n", b"400")
        raw(witness, b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400")
        raw(witness, b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n" + b"X: y\r\n" * 60 + b"\r\n", b"431")
        witness.cosign(log, 0, 5, keys)


def b64_line():
    return b"A" * 43 + b"=\n"


def raw(witness, request, expected):
    with socket.create_connection(("127.0.0.1", witness.port), timeout=20) as client:
        client.sendall(request)
        answer = client.recv(4096)
        assert answer.startswith(b"HTTP/1.1 " + expected), answer


def bounds_what_one_address_takes():
    with watched() as (_, _, log, witness):
        statuses = [witness.post(b"garbage")[0] for _ in range(400)]
        assert set(statuses) == {400, 429}, set(statuses)
        open_ones = [socket.create_connection(("127.0.0.1", witness.port), timeout=20) for _ in range(32)]
        with socket.create_connection(("127.0.0.1", witness.port), timeout=20) as refused:
            with contextlib.suppress(ConnectionError):
                refused.sendall(b"GET / HTTP/1.1\r\nHost: w\r\n\r\n")
                assert refused.recv(100) == b"", "the 33rd connection was served"
        for each in open_ones:
            each.close()
        until(lambda: status_of(witness, log.request(0, 5)) == 200, "the address to be served again")


def status_of(witness, body):
    try:
        return witness.post(body)[0]
    except (ConnectionError, http.client.HTTPException):
        return None


def state_is_never_behind_what_was_cosigned():
    """Killed as soon as the state is there, most often before the answer: the next start knows of it."""
    with watched() as (folder, keys, log, witness):
        witness.cosign(log, 0, 1, keys)
        last, unanswered = 1, 0
        state = folder / "witness/state/example.com%2flog"
        for _ in range(25):
            body = log.request(last, last + 3)
            before = state.stat().st_ino
            with socket.create_connection(("127.0.0.1", witness.port), timeout=20) as client:
                client.sendall(head_of(body) + body)
                deadline = time.monotonic() + 20
                while state.stat().st_ino == before:  # without a pause: the answer follows within a millisecond
                    assert time.monotonic() < deadline, "the state is not written"
                witness.kill()
                try:
                    unanswered += not client.recv(4096)
                except ConnectionError:
                    unanswered += 1
            witness.start()
            assert witness.size_of(log) == last + 3
            fork = log.forked(last).request(last + 3, last + 3)
            assert witness.post(fork)[0] == 409, "another history was cosigned after a crash"
            witness.cosign(log, last + 3, last + 3, keys)
            last += 3
        print(f"[{unanswered} of 25 killed before the answer] ", end="")


def survives_kills_at_any_moment():
    with watched() as (_, keys, log, witness):
        dice, highest = random.Random(11), 0
        requests = {size: log.request(size, size + 1) for size in range(80)}
        for _ in range(15):
            threading.Timer(dice.uniform(0.01, 0.12), witness.process.kill).start()
            with contextlib.suppress(OSError, http.client.HTTPException):
                size = witness.size_of(log) if highest else 0
                while size in requests:
                    status, answer, _ = witness.post(requests[size])
                    if status == 429:
                        continue
                    assert status == 200, (status, answer)
                    size += 1
                    highest = size
            witness.process.wait()
            witness.start()
            if highest:
                assert witness.size_of(log) >= highest
        assert highest > 0


def one_of_two_histories_wins():
    with watched() as (_, keys, log, witness):
        witness.cosign(log, 0, 5, keys)
        winner, last, wins = log, 5, [0, 0]
        for number in range(15):
            both = [winner, winner.forked(last, f"rival{number}")]
            statuses = post_at_once(witness, [each.request(last, last + 2) for each in both])
            assert sorted(statuses) == [200, 409], statuses
            last += 2
            wins[statuses.index(200)] += 1
            winner, loser = both[statuses.index(200)], both[statuses.index(409)]
            assert witness.post(loser.request(last, last + 1))[0] == 422
            assert witness.size_of(winner) == last
        print(f"[{wins[0]} : {wins[1]}] ", end="")


def head_of(body):
    return b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: %d\r\n\r\n" % len(body)


def post_at_once(witness, bodies):
    """Statuses of requests whose last bytes come together, in either order."""
    clients = [socket.create_connection(("127.0.0.1", witness.port), timeout=20) for _ in bodies]
    for client, body in zip(clients, bodies):
        client.sendall(head_of(body) + body[:-1])
    threads = [threading.Thread(target=client.sendall, args=(body[-1:],)) for client, body in zip(clients, bodies)]
    random.shuffle(threads)
    for thread in threads:
        thread.start()
    statuses = [int(client.recv(4096).split()[1]) for client in clients]
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    return statuses


def one_process_has_the_folder():
    with watched() as (folder, keys, log, witness):
        second = Witness(folder / "witness", wait=False)
        status, said = second.refusal()
        assert status == 1 and "another witness runs on" in said, (status, said)
        witness.cosign(log, 0, 5, keys)
        witness.kill()
        witness.start()  # a lock of a dead process holds nobody up


def keeps_its_key_and_its_name():
    with watched("--name", "w1.example.com/eu") as (folder, keys, log, witness):
        assert witness.key.startswith("w1.example.com/eu+"), witness.key
        key_file = folder / "witness/witness.key"
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
        assert (folder / "witness/witness.pub").read_text() == witness.key + "\n"
        witness.cosign(log, 0, 5, keys)
        first = witness.key
        witness.stop()
        witness.options = ()
        witness.start()  # watches what it watched
        assert witness.key == first
        witness.cosign(log, 5, 6, keys)
        witness.stop()
        secret = key_file.read_text().strip().rsplit("+", 1)[1]
        for spoil, expected in ((lambda: key_file.chmod(0o640), "chmod 0600"),
                                (lambda: (key_file.chmod(0o600), key_file.write_text("nonsense\n")), "damaged"),
                                (key_file.unlink, "missing although")):
            spoil()
            witness.start(wait=False)
            status, said = witness.refusal()
            assert status != 0 and expected in said.splitlines()[-1], said
        assert secret not in witness.log.read_text(), "the key is in the log"


def reads_its_logs_again():
    with watched() as (folder, keys, log, witness):
        other = Log(Signer(keys, "example.com/other"))
        assert witness.post(other.request(0, 3))[0] == 404
        (folder / "witness/logs/other").write_text(other.signer.vkey() + "\n")
        witness.process.send_signal(signal.SIGHUP)
        until(lambda: witness.post(other.request(0, 3))[0] == 200, "the new log to be watched")
        witness.cosign(log, 0, 5, keys)
        (folder / "witness/logs/other").write_text("nonsense\n")
        witness.process.send_signal(signal.SIGHUP)
        until(lambda: "nothing was read again" in witness.log.read_text(), "the complaint")
        witness.cosign(other, 3, 4, keys)
        (folder / "witness/logs/other").unlink()
        witness.process.send_signal(signal.SIGHUP)
        until(lambda: witness.post(other.request(4, 5))[0] == 404, "the log to be left alone")


def watches_the_streams_of_an_installation():
    with scratch() as folder:
        keys = folder / "keys"
        keys.mkdir()
        signer = Signer(keys, "01JINSTALL")
        witness = Witness(folder / "witness", "--watch", signer.vkey(), "--stream", "gateway", "--stream", "install")
        for stream in ("gateway", "install"):
            signer.name = f"01JINSTALL/{stream}"
            witness.cosign(Log(signer), 0, 5, keys)
        signer.name = "01JINSTALL"
        assert witness.post(Log(signer).request(0, 5))[0] == 404
        witness.stop()


def drains_and_ends():
    with watched() as (_, keys, log, witness):
        body = log.request(0, 5)
        idle = witness.connection()
        idle.connect()
        with socket.create_connection(("127.0.0.1", witness.port), timeout=20) as client:
            client.sendall(head_of(body) + body[:9])
            until(lambda: status_of(witness, b"") == 400, "an answer")
            witness.process.send_signal(signal.SIGTERM)
            until(lambda: not accepts(witness.port), "the listener to close")
            client.sendall(body[9:])
            answer = client.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200 "), answer
        assert witness.process.wait(timeout=20) == 0
        idle.close()


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return True
    except OSError:
        return False


def speaks_tls_or_stays_on_loopback():
    with scratch() as folder:
        cert, key = folder / "cert.pem", folder / "key.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                "-out", cert, "-days", "2", "-subj", "/CN=w", "-addext", "subjectAltName=IP:127.0.0.1")
        refused = Witness(folder / "refused", listen="0.0.0.0:0", wait=False)
        status, said = refused.refusal()
        assert status == 2 and "plain HTTP" in said and "--behind-tls-proxy" in said, (status, said)
        half = Witness(folder / "half", "--tls-cert", str(cert), wait=False)
        assert half.refusal()[0] == 2
        proxied = Witness(folder / "proxied", "--behind-tls-proxy", listen="0.0.0.0:0")
        assert proxied.post(b"")[0] == 400
        proxied.stop()
        keys = folder / "keys"
        keys.mkdir()
        log = Log(Signer(keys, "example.com/log"))
        witness = Witness(folder / "witness", "--watch", log.signer.vkey(), "--tls-cert", str(cert), "--tls-key",
                          str(key), listen="0.0.0.0:0")
        assert witness.url.startswith("https://"), witness.url
        trust = ssl.create_default_context(cafile=cert)
        witness.connection = lambda: http.client.HTTPSConnection("127.0.0.1", witness.port, timeout=20, context=trust)
        witness.cosign(log, 0, 5, keys)
        witness.stop()


def kill_what_a_failed_test_left():
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


try:
    main(cosigns_the_first_checkpoint_and_what_continues_it,
         refuses_what_does_not_continue_it,
         answers_garbage_and_lives,
         bounds_what_one_address_takes,
         state_is_never_behind_what_was_cosigned,
         survives_kills_at_any_moment,
         one_of_two_histories_wins,
         one_process_has_the_folder,
         keeps_its_key_and_its_name,
         reads_its_logs_again,
         watches_the_streams_of_an_installation,
         drains_and_ends,
         speaks_tls_or_stays_on_loopback)
finally:
    kill_what_a_failed_test_left()
