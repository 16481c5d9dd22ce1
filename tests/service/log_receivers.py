"""What takes copies of the audit log in tests: a syslog receiver over TLS, a webhook over https, and rsyslog."""
import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time

from harness import until
from transparency_log import openssl

HEADER = rb'<(\d+)>1 (\S+) (\S+) srasta - (\S+)'
DATA = rb'\[srasta@32473((?: \w+="(?:[^"\\\]]|\\.)*")+)\]'
MESSAGE = re.compile(HEADER + b" " + DATA + rb" (\{.*\})", re.S)


class Certificate:
    """Of a receiver on this address, and its own authority."""

    def __init__(self, folder, name, address="127.0.0.1"):
        self.cert, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                self.key, "-out", self.cert, "-days", "2", "-subj", f"/CN={name}", "-addext",
                f"subjectAltName=IP:{address}")

    def server(self, clients=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        if clients:
            context.load_verify_locations(clients.cert)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


class SyslogReceiver:
    """RFC 5425. While `deaf`, it takes a connection, reads nothing and lets it go when told to hear again."""

    def __init__(self, context):
        self.context = context
        self.messages = []
        self.deaf = False
        self.deaf_connections = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.take, args=(client,), daemon=True).start()

    def take(self, client):
        with contextlib.suppress(OSError, ssl.SSLError):
            connection = self.context.wrap_socket(client, server_side=True)
            if self.deaf:
                self.deaf_connections.append(connection)
                return
            self.read(connection)

    def read(self, connection):
        buffer = b""
        while chunk := connection.recv(65536):
            buffer += chunk
            while (space := buffer.find(b" ")) > 0 and len(buffer) > space + int(buffer[:space]):
                end = space + 1 + int(buffer[:space])
                self.messages.append(buffer[space + 1:end])
                buffer = buffer[end:]

    def hear(self):
        self.deaf = False
        for connection in self.deaf_connections:
            connection.close()  # with bytes that nobody read: a reset

    def lines(self):
        return [MESSAGE.fullmatch(message)[6].decode() for message in list(self.messages)]


def check_message(message):
    """The header says what the record says."""
    priority, when, host, act, params, line = MESSAGE.fullmatch(message).groups()
    record = json.loads(line)
    assert int(priority) == 13 * 8 + (4 if record["out"] in ("deny", "error") else 6), message
    assert (when.decode(), act.decode()) == (record["t"], record["act"]), message
    assert host.decode() == socket.gethostname(), message
    values = dict(re.findall(r'(\w+)="((?:[^"\\\]]|\\.)*)"', params.decode()))
    rid = record.get("corr", {}).get("rid")
    expected = {"h": record["h"], "seq": str(record["seq"]), "stream": record["strm"]} | ({"rid": rid} if rid else {})
    assert values == expected, message


class Webhook:
    """Accepts what is signed right; before that, does what `mood` says: 500, 404 or hang."""

    def __init__(self, context, secret, address="127.0.0.1"):
        self.key = base64.b64decode(secret.removeprefix("whsec_"))
        self.lines, self.ids, self.attempts, self.wrong = [], [], 0, []
        self.mood = "ok"
        self.released = threading.Event()
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                hook.attempts += 1
                if hook.mood == "hang":
                    hook.released.wait(60)
                    return
                body = self.rfile.read(int(self.headers["content-length"]))
                status = 204 if hook.mood == "ok" else int(hook.mood)
                if status == 204:
                    hook.accept(self.path, self.headers, body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """Connections that break are what the test is about."""

        self.server = Server((address, 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def accept(self, path, headers, body):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        right = "v1," + base64.b64encode(hmac.new(self.key, signed, hashlib.sha256).digest()).decode()
        recent = abs(int(headers["webhook-timestamp"]) - time.time()) < 60
        if headers["webhook-signature"] != right or not recent or path != "/srasta":
            self.wrong.append((path, dict(headers)))
        if headers["content-type"] != "application/jsonl" or not body.endswith(b"\n"):
            self.wrong.append((path, dict(headers)))
        self.ids.append(headers["webhook-id"])
        self.lines += body.decode().splitlines()


class Rsyslog:
    """rsyslogd as a receiver over TLS that writes each message to a file."""

    PROGRAM = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin")
    started = []

    def __init__(self, folder, certificate, port=0):
        self.folder, self.certificate = folder, certificate
        self.out = folder / "received.log"
        self.port = port or free_port()
        config = folder / "rsyslog.conf"
        config.write_text(f'''
global(workDirectory="{folder}" maxMessageSize="64k"
       defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="{certificate.cert}"
       defaultNetstreamDriverCertFile="{certificate.cert}" defaultNetstreamDriverKeyFile="{certificate.key}")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
template(name="raw" type="string" string="%hostname% %app-name% %msgid% %pri% %structured-data% %msg%\\n")
ruleset(name="all") {{ action(type="omfile" file="{self.out}" template="raw") }}
input(type="imtcp" port="{self.port}" address="127.0.0.1" ruleset="all")
''')
        self.log = folder / "rsyslog.out"
        self.process = subprocess.Popen(
            [self.PROGRAM, "-n", "-f", config, "-i", folder / "rsyslog.pid"], stdin=subprocess.DEVNULL,
            stdout=self.log.open("ab"), stderr=subprocess.STDOUT)
        self.started.append(self.process)
        until(self.listens, f"rsyslogd to listen\n{self.log.read_text()}")

    def listens(self):
        assert self.process.poll() is None, self.log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
            return True
        return False

    def lines(self):
        if not self.out.exists():
            return []
        return ["{" + line.split("] {", 1)[1] for line in self.out.read_text().splitlines() if "] {" in line]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)

    @classmethod
    def kill_what_a_failed_test_left(cls):
        for process in cls.started:
            if process.poll() is None:
                process.kill()
                process.wait()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
