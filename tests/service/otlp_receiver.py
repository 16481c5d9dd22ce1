"""An OTLP/HTTP receiver that takes nothing that the protocol does not say."""
import http.server
import json
import re
import threading

HEX = re.compile(r"[0-9a-f]+")
NUMBER = re.compile(r"0|[1-9][0-9]*")
SPAN_KEYS = {"traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano",
             "attributes", "status"}
SERVER, CLIENT = 2, 3


def value_of(value):
    assert len(value) == 1, value
    kind, content = next(iter(value.items()))
    if kind == "stringValue":
        assert isinstance(content, str), value
        return content
    if kind == "intValue":
        assert isinstance(content, str) and NUMBER.fullmatch(content), value
        return int(content)
    assert kind == "doubleValue" and isinstance(content, (int, float)) and not isinstance(content, bool), value
    return float(content)


def attributes_of(entries):
    found = {}
    for entry in entries:
        assert set(entry) == {"key", "value"}, entry
        assert entry["key"] not in found, f"{entry['key']} twice"
        found[entry["key"]] = value_of(entry["value"])
    return found


def is_id(text, digits):
    return isinstance(text, str) and len(text) == digits and HEX.fullmatch(text) and set(text) != {"0"}


class Span:
    def __init__(self, entry, resource):
        assert set(entry) <= SPAN_KEYS, set(entry) - SPAN_KEYS
        assert is_id(entry["traceId"], 32) and is_id(entry["spanId"], 16), entry
        assert "parentSpanId" not in entry or is_id(entry["parentSpanId"], 16), entry
        self.trace, self.id, self.parent = entry["traceId"], entry["spanId"], entry.get("parentSpanId")
        self.name, self.kind = entry["name"], entry["kind"]
        assert self.kind in (SERVER, CLIENT) and self.name, entry
        for moment in ("startTimeUnixNano", "endTimeUnixNano"):
            assert isinstance(entry[moment], str) and re.fullmatch(r"[1-9][0-9]{18}", entry[moment]), entry[moment]
        self.start, self.end = int(entry["startTimeUnixNano"]), int(entry["endTimeUnixNano"])
        assert self.start <= self.end, entry
        self.attributes = attributes_of(entry["attributes"])
        assert entry["status"] in ({}, {"code": 2}), entry
        self.failed = bool(entry["status"])
        self.resource = resource


class OtlpReceiver:
    """Answers what `answers` says, then 200. `context`: for https."""

    def __init__(self, context=None, address="127.0.0.1"):
        self.spans, self.wrong, self.heads, self.bodies, self.answers = [], [], [], [], []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.heads.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                status = receiver.answers.pop(0) if receiver.answers else 200
                if status == 200:
                    receiver.take(body, self.path, self.headers)
                answer = b'{"partialSuccess":{}}' if status == 200 else b"{}"
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "https" if context else "http"
        self.url = f"{scheme}://{address}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, body, path, headers):
        self.bodies.append(body)
        try:
            assert path == "/v1/traces", path
            assert headers["content-type"] == "application/json", headers["content-type"]
            request = json.loads(body)
            assert set(request) == {"resourceSpans"}, set(request)
            for of_resource in request["resourceSpans"]:
                assert set(of_resource) == {"resource", "scopeSpans"}, set(of_resource)
                assert set(of_resource["resource"]) == {"attributes"}, of_resource["resource"]
                resource = attributes_of(of_resource["resource"]["attributes"])
                for of_scope in of_resource["scopeSpans"]:
                    assert set(of_scope) == {"scope", "spans"} and of_scope["scope"]["name"] == "srasta", of_scope
                    self.spans += [Span(entry, resource) for entry in of_scope["spans"]]
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            self.wrong.append(repr(error))

    def of_request(self, request_id):
        return [span for span in list(self.spans) if span.attributes.get("srasta.request_id") == request_id]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        assert not self.wrong, self.wrong
