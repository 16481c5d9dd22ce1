"""SIGHUP: the whole new configuration or the old one; running streams end as they began; nothing is refused."""
import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import threading

from harness import BIN, CHAT, ENVIRONMENT, Engine, Platform, engine_config, main, scratch, until


class Installation(Platform):
    """A platform whose configuration lies in a folder of its own, as in /etc."""

    def __init__(self, folder, config):
        etc = folder / "etc"
        etc.mkdir(exist_ok=True)
        self.etc = etc
        self.file = etc / "srasta.yaml"
        self.file.write_text(config)
        self.data = folder / "data"
        self.log = folder / "srasta.log"
        self.process = subprocess.Popen(
            [BIN / "srasta", "up", "--config", self.file, "--data", self.data], stdout=subprocess.PIPE,
            stderr=self.log.open("ab"), text=True, env={**ENVIRONMENT, "SRASTA_LISTEN": "127.0.0.1:0"},
            stdin=subprocess.DEVNULL)
        line = self.process.stdout.readline()
        assert "ready on" in line, f"{line!r}\n{self.log.read_text()}"
        self.read_url()

    def replace(self, config):
        fresh = self.etc / "srasta.yaml.new"
        fresh.write_text(config)
        os.replace(fresh, self.file)

    def events(self, name):
        return [json.loads(line) for line in self.log.read_text().splitlines()
                if line.startswith("{") and f'"event":"{name}' in line]

    def reload(self, outcome="configuration in force"):
        """Asks `srasta up`, waits for the gateway's word, and returns it."""
        before = len(self.events(outcome))
        self.process.send_signal(signal.SIGHUP)
        return until(lambda: self.events(outcome)[before:], outcome)[0]

    def records(self, act):
        found = subprocess.run([BIN / "srasta", "audit", "search", "--data", self.data, "--act", act, "--json"],
                               capture_output=True, text=True, env=ENVIRONMENT)
        return [json.loads(line) for line in found.stdout.splitlines() if line.strip()]


def reloads_under_load_refuse_nothing():
    engine = Engine()
    with scratch() as folder:
        platform = Installation(folder, engine_config(engine))
        token = platform.token()
        stopping, answers = threading.Event(), []

        def load():
            while not stopping.is_set():
                answers.append(platform.chat(token).status)

        workers = [threading.Thread(target=load) for _ in range(4)]
        for worker in workers:
            worker.start()
        for number in range(10):
            platform.replace(engine_config(engine) + f"tenants: [default, t{number}]\n")
            platform.reload()
            seen = len(answers)
            until(lambda: len(answers) > seen + 10, "requests under the new configuration")
        stopping.set()
        for worker in workers:
            worker.join()
        assert set(answers) == {200}, {code: answers.count(code) for code in set(answers)}
        changes = platform.records("config.change.intent")
        assert len(changes) == 10, changes
        ended = until(lambda: (found := platform.records("config.change.outcome")) and len(found) == 10 and found,
                      "the outcome of each change")
        assert {record["out"] for record in ended} == {"ok"}, ended
        assert [record["corr"]["rid"] for record in ended] == [record["corr"]["rid"] for record in changes]
        platform.stop()
        assert platform.verify().returncode == 0, platform.verify().stdout
    engine.stop()


def a_bad_configuration_leaves_the_old_one_in_force():
    engine = Engine()
    with scratch() as folder:
        platform = Installation(folder, engine_config(engine))
        token = platform.token()
        bad = {
            "tenants: [default\n": "srasta.yaml",
            engine_config(engine) + "tenantz: [a]\n": "tenantz",
            engine_config(engine).replace("}", ", key_file: missing.key }", 1): "missing.key",
            engine_config(engine).replace("}", ", key_file: weak.key }", 1): "everybody can guess",
            engine_config(engine).replace("drain: 2s", "drain: 3s"): "drain",
        }
        (platform.etc / "weak.key").write_text("changeme\n")
        (platform.etc / "weak.key").chmod(0o600)
        for config, named in bad.items():
            platform.replace(config)
            said = platform.reload("configuration not reloaded")
            assert named in said["reason"] + said.get("detail", ""), said
            assert platform.chat(token).status == 200
        assert platform.records("config.change.intent") == []
        platform.stop()
    engine.stop()


def a_changed_listener_is_refused_with_a_hint():
    with scratch() as folder:
        config = folder / "etc"
        config.mkdir()
        file = config / "srasta.yaml"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        file.write_text(f"listen: 127.0.0.1:{port}\n")
        log = folder / "log"
        process = subprocess.Popen([BIN / "srasta", "up", "--config", file, "--data", folder / "data"],
                                   stdout=subprocess.PIPE, stderr=log.open("ab"), text=True, env=ENVIRONMENT,
                                   stdin=subprocess.DEVNULL)
        assert "ready on" in process.stdout.readline()
        file.write_text(f"listen: 127.0.0.1:{port + 1 if port < 65535 else 1024}\n")
        process.send_signal(signal.SIGHUP)
        until(lambda: "listen: cannot change while the gateway runs; restart to change it" in log.read_text(), "hint")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def a_removed_engine_finishes_its_stream_and_takes_no_new_one():
    with scratch() as folder, contextlib.closing(StreamingEngine()) as old:
        new = Engine()
        platform = Installation(folder, engine_config(old))
        token = platform.token()
        connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=20)
        body = json.dumps({"model": "general", "stream": True, "messages": []})
        connection.request("POST", "/v1/chat/completions", body,
                           {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200 and answer.readline() == b"data: first\n"
        platform.replace(engine_config(new))
        platform.reload()
        until(lambda: platform.chat(token).status == 200, "the new engine")
        asked = old.requests
        assert platform.chat(token).status == 200 and old.requests == asked
        old.go_on.set()
        assert answer.read().endswith(b"data: [DONE]\n\n")
        platform.stop()
        new.stop()


class StreamingEngine:
    """Begins a stream and ends it when it is told to."""

    def __init__(self):
        self.go_on, self.requests = threading.Event(), 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.serve, args=[self.listener.accept()[0]], daemon=True).start()

    def serve(self, connection):
        with connection, contextlib.suppress(OSError):
            head = connection.recv(65536)
            if head.startswith(b"GET"):
                models = b'{"data":[{"id":"m0"}]}'
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                                   b"Content-Length: %d\r\n\r\n%s" % (len(models), models))
                return
            self.requests += 1
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                               b"data: first\n\n")
            self.go_on.wait(20)
            connection.sendall(b"data: [DONE]\n\n")

    def close(self):
        self.go_on.set()
        self.listener.close()


def certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-days", "1", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    os.chmod(folder / "key.pem", 0o600)


def name_in_certificate(port):
    context = ssl._create_unverified_context()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        with context.wrap_socket(raw) as connection:
            der = connection.getpeercert(binary_form=True)
    text = subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-subject"], input=der, capture_output=True,
                          check=True).stdout.decode()
    return text.strip().rsplit("=", 1)[1].strip()


def version_below_1_2(port):
    """The one that the listener speaks, if any."""
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        context = ssl._create_unverified_context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as raw, context.wrap_socket(raw) as secured:
                return secured.version()
        except (ssl.SSLError, ConnectionResetError):
            pass
    return None


def certificates_change_under_load_without_a_failure():
    with scratch() as folder:
        etc, renewed = folder / "etc", folder / "renewed"
        etc.mkdir()
        renewed.mkdir()
        certificate(etc, "cert-0")
        platform = Installation(folder, "tls: { cert_file: cert.pem, key_file: key.pem }\n")
        assert version_below_1_2(platform.port) is None
        stopping, failures, served = threading.Event(), [], []

        def load():
            context = ssl._create_unverified_context()
            while not stopping.is_set():
                connection = http.client.HTTPSConnection("127.0.0.1", platform.port, timeout=20, context=context)
                try:
                    connection.request("GET", "/healthz")
                    served.append(connection.getresponse().status)
                except OSError as error:
                    failures.append(error)
                finally:
                    connection.close()

        workers = [threading.Thread(target=load) for _ in range(4)]
        for worker in workers:
            worker.start()
        for number in range(1, 6):
            certificate(renewed, f"cert-{number}")
            for name in ("key.pem", "cert.pem"):
                os.replace(renewed / name, etc / name)
            platform.reload("configuration reloaded: files read again")
            until(lambda name=f"cert-{number}": name_in_certificate(platform.port) == name, "the new certificate")
        stopping.set()
        for worker in workers:
            worker.join()
        assert not failures, failures[:3]
        assert len(served) > 50 and set(served) == {200}, served[-3:]
        platform.stop()


def a_renewed_certificate_is_used_after_a_reload():
    with scratch() as folder:
        (folder / "etc").mkdir()
        certificate(folder / "etc", "first")
        etc = folder / "etc"
        file = etc / "srasta.yaml"
        file.write_text("listen: 127.0.0.1:0\ntls: { cert_file: cert.pem, key_file: key.pem }\n")
        log = folder / "log"
        process = subprocess.Popen([BIN / "srasta", "up", "--config", file, "--data", folder / "data"],
                                   stdout=subprocess.PIPE, stderr=log.open("ab"), text=True, env=ENVIRONMENT,
                                   stdin=subprocess.DEVNULL)
        line = process.stdout.readline()
        assert "ready on https://" in line, line + log.read_text()
        port = int(line.strip().rsplit(":", 1)[1])
        assert name_in_certificate(port) == "first"
        renewed = folder / "renewed"
        renewed.mkdir()
        certificate(renewed, "second")
        for name in ("key.pem", "cert.pem"):
            os.replace(renewed / name, etc / name)
        process.send_signal(signal.SIGHUP)
        until(lambda: name_in_certificate(port) == "second", "the renewed certificate")
        # A key that others may read, or a certificate that is none, keeps those in use.
        (etc / "key.pem").chmod(0o644)
        process.send_signal(signal.SIGHUP)
        until(lambda: "chmod 0600" in log.read_text(), "the refusal of a readable key")
        (etc / "key.pem").chmod(0o600)
        refused = log.read_text().count("configuration not reloaded")
        (etc / "cert.pem").write_text("no certificate")
        process.send_signal(signal.SIGHUP)
        until(lambda: log.read_text().count("configuration not reloaded") > refused, "the refusal")
        assert name_in_certificate(port) == "second"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def a_file_is_taken_whole_however_it_was_replaced():
    with scratch() as folder:
        platform = Installation(folder, "tenants: [default]\n")
        platform.replace("tenants: [default, renamed]\n")
        platform.reload()
        platform.file.write_text("tenants: [default, rewr")
        platform.reload("configuration not reloaded")
        platform.file.write_text("tenants: [default, rewritten]\n")
        platform.reload()
        for name in ("one", "two"):
            (platform.etc / name).write_text(f"tenants: [default, {name}]\n")
        platform.file.unlink()
        platform.file.symlink_to("one")
        platform.reload()
        platform.file.unlink()
        platform.file.symlink_to("two")
        platform.reload()
        platform.reload("configuration reloaded: files read again")
        changes = platform.records("config.change.intent")
        assert len(changes) == 4, changes
        pairs = [(change["data"]["before"], change["data"]["after"]) for change in changes]
        assert all(pairs[i][1] == pairs[i + 1][0] for i in range(3)), pairs
        platform.stop()


main(reloads_under_load_refuse_nothing,
     a_bad_configuration_leaves_the_old_one_in_force,
     a_changed_listener_is_refused_with_a_hint,
     a_removed_engine_finishes_its_stream_and_takes_no_new_one,
     certificates_change_under_load_without_a_failure,
     a_renewed_certificate_is_used_after_a_reload,
     a_file_is_taken_whole_however_it_was_replaced)
