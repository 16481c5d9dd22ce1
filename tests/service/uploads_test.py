"""Multipart forms: relayed byte for byte but for the model's name, bounded, and refused where readers differ."""
import hashlib
import http.client
import http.server
import json
import threading

from harness import Engine, Platform, main, scratch, until
from processes import ResourceUse

ROUTES = ("/v1/audio/transcriptions", "/v1/audio/translations", "/v1/images/edits", "/v1/images/variations")
TYPE = "multipart/form-data; boundary=b0undary"


class Listener(Engine):
    """Remembers what it was sent, by its digest."""

    class Handler(Engine.Handler):
        def do_GET(self):
            self.answer({"object": "list", "data": [{"id": "whisper-1", "object": "model"}]})

        def do_POST(self):
            digest, left = hashlib.sha256(), int(self.headers["content-length"])
            while left:
                block = self.rfile.read(min(left, 1 << 20))
                digest.update(block)
                left -= len(block)
            self.server.engine.seen.append((self.path, self.headers["content-type"], digest.hexdigest()))
            if self.server.engine.streams:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                self.wfile.write(b'data: {"type":"transcript.text.delta","delta":"hello"}\n\n')
                self.close_connection = True
                return
            self.answer({"text": "hello", "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 2}})

    def __init__(self):
        self.seen, self.streams = [], False
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.Handler)
        self.server.engine = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def part(head, value):
    return b"--b0undary\r\n" + head.encode() + b"\r\n\r\n" + value + b"\r\n"


def field(name, value):
    return part(f'Content-Disposition: form-data; name="{name}"', value.encode())


def sound(size):
    return part('Content-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav',
                (b"RIFF\r\n--b0undar\r\n" * (size // 16 + 1))[:size])


END = b"--b0undary--\r\n"


class Rig:
    def __init__(self, folder, more=""):
        self.engine = Listener()
        self.platform = Platform(folder / "data", (
            "inference:\n  detect: false\n  upstreams:\n"
            f'    - {{ name: up1, kind: openai, url: "{self.engine.url}" }}\n'
            "  aliases:\n    general: { routes: [ { upstream: up1, model: whisper-1 } ] }\n"
            f"drain: 2s\n{more}"))
        self.token = self.platform.token()

    def send(self, body, path=ROUTES[0], kind=TYPE, pieces=None, length=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.platform.port, timeout=60)
        try:
            connection.putrequest("POST", path)
            connection.putheader("Authorization", f"Bearer {self.token}")
            connection.putheader("Content-Type", kind)
            connection.putheader("Content-Length", str(length or len(body)))
            connection.endheaders()
            try:
                for piece in pieces or [body]:
                    connection.send(piece)
            except OSError:
                pass  # refused before all of it was sent
            answer = connection.getresponse()
            return answer.status, answer.getheader("x-srasta-error"), answer.read()
        finally:
            connection.close()

    def refused(self, body, status, code, kind=TYPE):
        before = len(self.engine.seen)
        got = self.send(body, kind=kind)
        assert got[:2] == (status, code), (got, body[:200])
        assert len(self.engine.seen) == before, "the engine saw it"


def a_form_keeps_its_bytes_but_for_the_models_name():
    with scratch() as folder:
        rig = Rig(folder)
        for path in ROUTES:
            for body in (field("model", "general") + sound(100_000) + field("language", "de") + END,
                         sound(100_000) + field("model", "general") + END):
                status, _, answer = rig.send(body, path)
                assert status == 200 and json.loads(answer)["text"] == "hello", (status, answer)
                wanted = body.replace(b"\r\n\r\ngeneral\r\n", b"\r\n\r\nwhisper-1\r\n")
                assert rig.engine.seen[-1] == (path, TYPE, hashlib.sha256(wanted).hexdigest())
        status, _, _ = rig.send(field("model", "whisper-1") + sound(10) + END)
        assert status == 200
        done = until(lambda: rig.platform.records("--act", "inference.complete"), "records")
        assert done[-1]["data"]["input_tokens"] == 14, done[-1]
        rig.engine.streams = True
        status, _, answer = rig.send(field("model", "general") + field("stream", "true") + sound(10) + END)
        assert status == 200 and b"transcript.text.delta" in answer
        rig.platform.stop()
        assert rig.platform.verify().returncode == 0


def what_readers_could_take_for_different_forms_is_refused():
    with scratch() as folder:
        rig = Rig(folder)
        good = field("model", "general") + sound(10)
        rig.refused(field("model", "general") + field("model", "other") + END, 400, "duplicate_key")
        rig.refused(sound(10) + END, 400, "model_required")
        for body in (good, good + b"--b0undary", b"x" + good + END, good + END + b"more", b"",
                     part("Content-Type: text/plain", b"x") + good + END,
                     part('Content-Disposition: form-data; name="model"\r\nContent-Transfer-Encoding: base64', b"Zw==") + END):
            rig.refused(body, 400, "bad_multipart")
        for kind in ("multipart/form-data", "multipart/form-data; boundary=" + "b" * 71,
                     "multipart/form-data; boundary=b0undary; boundary=b0undary"):
            rig.refused(good + END, 400, "bad_multipart", kind)
        rig.refused(good + END, 415, "unsupported_media_type", "application/json")
        rig.refused(field("model", "general") + field("a", "b") * 10_000 + END, 413, "body_too_large")
        rig.refused(part("Content-Disposition: form-data; name=a\r\nX: " + "x" * 65_536, b"v") + good + END,
                    431, "head_too_large")
        rig.refused(field("model", "nothing") + END, 404, "model_not_found")
        until(lambda: [r for r in rig.platform.records("--act", "http.reject") if r["data"].get("reason") == "multipart"],
              "a record of a refused form")
        rig.platform.stop()


def a_form_waits_on_disk_and_not_in_memory():
    with scratch() as folder:
        rig = Rig(folder, "limits: { multipart_body: 200MiB }\n")
        usage = ResourceUse(rig.platform.gateway_pid())
        before = usage.resident()
        block, head, tail = b"\0" * (1 << 20), field("model", "whisper-1") + sound(0)[:-2], b"\r\n" + END
        size = (200 << 20) - len(head) - len(tail)
        digest = hashlib.sha256(head)

        def pieces():
            yield head
            left = size
            while left:
                piece = block[:min(left, len(block))]
                left -= len(piece)
                digest.update(piece)
                yield piece
            yield tail

        status, _, _ = rig.send(b"", pieces=pieces(), length=200 << 20)
        digest.update(tail)
        assert status == 200 and rig.engine.seen[-1][2] == digest.hexdigest()
        # What is mapped counts while it is read, but it is the disk's and not held.
        until(lambda: usage.resident() - before < usage.allowance(40 << 20), "memory as before")
        status, code, _ = rig.send(b"x", length=(200 << 20) + 1)
        assert (status, code) == (413, "body_too_large"), (status, code)
        # An upload that breaks off leaves nothing.
        connection = http.client.HTTPConnection("127.0.0.1", rig.platform.port, timeout=20)
        connection.putrequest("POST", ROUTES[0])
        connection.putheader("Authorization", f"Bearer {rig.token}")
        connection.putheader("Content-Type", TYPE)
        connection.putheader("Content-Length", "1000000")
        connection.endheaders()
        connection.send(head)
        connection.close()
        until(lambda: [r for r in rig.platform.records("--act", "http.reject") if r["data"].get("reason") == "body_truncated"],
              "a record of it")
        assert len(rig.engine.seen) == 1
        rig.platform.stop()
        assert rig.platform.verify().returncode == 0


main(a_form_keeps_its_bytes_but_for_the_models_name,
     what_readers_could_take_for_different_forms_is_refused,
     a_form_waits_on_disk_and_not_in_memory)
