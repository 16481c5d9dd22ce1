"""The TLS edge: what is negotiated, and how connections end."""
import shutil
import socket
import ssl
import subprocess
import time

from case_format import expand
from harness import Platform, scratch, until
from http_checks import Late
from http_lane import CONFIGS, Ledger
from mock_engine import MockEngine

STREAM = [{"sse": b'data: {"n":"x"}\n\n' * 500, "each_event": True, "every_ms": 20}]
BODY = b'{"model":"general","messages":[],"stream":true}'


class TlsPlatform:
    """A platform with a certificate of its own, made on the spot."""

    def __init__(self, folder):
        self.engine = MockEngine()
        self.engine.begin(STREAM)
        cert, key = folder / "cert.pem", folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=gw.test"],
                       check=True, capture_output=True)
        key.chmod(0o600)
        config = (CONFIGS / "default.yaml").read_text().replace("{UP1}", f"http://127.0.0.1:{self.engine.port}")
        self.platform = Platform(folder / "data", config + f"tls: {{ cert_file: {cert}, key_file: {key} }}\n")
        self.ledger = Ledger(self.platform.data)
        self.token = self.platform.token().encode()

    def connect(self, protocols=()):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if protocols:
            context.set_alpn_protocols(list(protocols))
        plain = socket.create_connection(("127.0.0.1", self.platform.port))
        return context.wrap_socket(plain, server_hostname="gw.test")

    def stream(self, secured):
        secured.sendall(expand("{POST}Content-Length: {CL}\r\n\r\n{body}", BODY, token=self.token))
        text = b""
        while text.count(b"\n\n") < 5:
            text += secured.recv(4096)

    def records(self, act):
        return [record for record in self.ledger.read() if record["act"] == act]

    def stop(self):
        self.engine.hang_up()
        self.platform.stop()


def tls_alpn(_lane, _variant):
    """A client that speaks h2 only is refused in the handshake or gets HTTP/1.1, and it is recorded."""
    if not shutil.which("openssl"):
        return ["openssl makes the certificate and is not installed"]
    problems = []
    with scratch() as folder:
        edge = TlsPlatform(folder)
        try:
            secured = edge.connect(["h2"])
            if secured.selected_alpn_protocol() is not None:
                problems.append(f"negotiated {secured.selected_alpn_protocol()}")
            secured.sendall(b"GET /healthz HTTP/1.1\r\nHost: gw.test\r\n\r\n")
            if not secured.recv(4096).startswith(b"HTTP/1.1 200"):
                problems.append("bytes of another protocol")
        except ssl.SSLError as error:
            if "no application protocol" not in str(error).lower().replace("_", " "):
                problems.append(f"the handshake ended with {error}")
            try:
                until(lambda: [record for record in edge.records("http.reject")
                               if record["data"].get("reason") == "alpn"], "http.reject alpn", 3)
            except AssertionError as missing:
                problems.append(f"{missing}; recorded: {[r['data'] for r in edge.records('http.reject')]}")
        edge.stop()
    return problems


def tls_endings(_lane, _variant):
    """close_notify without FIN, and FIN without close_notify, both mean that the client is gone."""
    if not shutil.which("openssl"):
        return ["openssl makes the certificate and is not installed"]
    problems = []
    with scratch() as folder:
        edge = TlsPlatform(folder)
        for number, ending in enumerate((close_notify_only, fin_only), 1):
            secured = edge.connect()
            edge.stream(secured)
            left, keep = time.monotonic(), ending(secured)
            call = edge.engine.calls[-1]
            try:
                until(lambda: call.closed_at, "the end of the upstream request", 2)
                if (took := (call.closed_at - left) * 1000) > 10:
                    problems.append(Late(f"{ending.__name__}: upstream closed after {took:.0f} ms, at most 10"))
                until(lambda: len(edge.records("inference.abort")) == number, "a record inference.abort", 2)
            except AssertionError as error:
                problems.append(f"{ending.__name__}: {error}")
            if keep:
                keep.close()
        if sum('"level":"error"' in line for line in edge.platform.log.read_text().splitlines()):
            problems.append("errors in the log")
        edge.stop()
    return problems


def close_notify_only(secured):
    try:
        secured.setblocking(False)
        secured.unwrap()
    except (ssl.SSLWantReadError, BlockingIOError, OSError):
        pass                         # sent; the answer is not awaited
    return secured


def fin_only(secured):
    plain = socket.socket(fileno=secured.detach())
    plain.shutdown(socket.SHUT_WR)
    return plain


PROPERTIES = {each.__name__: each for each in (tls_alpn, tls_endings)}
