"""Traces at an OTLP/HTTP receiver: what stands in them, what never does, and what a receiver's troubles cost."""
import http.client
import json
import re
import subprocess

from harness import BIN, ENVIRONMENT, Platform, main, scratch, until
from log_receivers import Certificate
from otlp_receiver import CLIENT, SERVER, OtlpReceiver
from stepping_engine import SteppingEngine, read_stream

CANARY = "Canary-7f3a-never-in-a-trace"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SERVER_KEYS = {"http.request.method", "http.route", "http.response.status_code", "srasta.request_id",
               "srasta.tenant", "error.type"}
CLIENT_KEYS = {"gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "server.address",
               "srasta.request_id", "srasta.alias", "gen_ai.request.max_tokens", "http.response.status_code",
               "gen_ai.response.time_to_first_chunk", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens",
               "error.type"}


def config(one, two, otlp, more=""):
    return ("inference:\n  detect: false\n  upstreams:\n"
            f'    - {{ name: up1, kind: vllm, url: "{one.url}" }}\n'
            f'    - {{ name: up2, kind: openai, url: "{two.url}" }}\n'
            "  aliases:\n"
            '    general: { routes: [ { upstream: up1, model: "m1" } ] }\n'
            '    broken: { routes: [ { upstream: up2, model: "bad" } ] }\n'
            '    fast: { routes: [ { upstream: up1, model: "busy" }, { upstream: up2, model: "m1" } ] }\n'
            f"telemetry: {{ otlp: {{ {otlp} }} }}\n{more}drain: 2s\n")


class Client:
    def __init__(self, platform, token, canary=CANARY):
        self.platform, self.token, self.canary = platform, token, canary

    def ask(self, model="general", path="/v1/chat/completions", stream=None, headers=None, **more):
        """The status and the request's id."""
        connection = http.client.HTTPConnection("127.0.0.1", self.platform.port, timeout=30)
        body = {"model": model, "messages": [{"role": "user", "content": self.canary}], "user": self.canary, **more}
        if stream:
            body["stream"] = True
        connection.request("POST", path, json.dumps(body), {
            "Authorization": f"Bearer {self.token}", "Content-Type": "application/json",
            "idempotency-key": self.canary, **(headers or {})})
        response = connection.getresponse()
        if stream:
            read_stream(stream, response)
        else:
            response.read()
        connection.close()
        return response.status, response.getheader("x-request-id")


def spans_of(receiver, request_id, count):
    found = until(lambda: len(receiver.of_request(request_id)) >= count and receiver.of_request(request_id),
                  f"{count} spans of {request_id}")
    assert len(found) == count, [span.name for span in found]
    return found


def server_and_clients(spans):
    """Checks what holds for every request: one root of ours, the rest its children within it."""
    (server,) = [span for span in spans if span.kind == SERVER]
    clients = sorted((span for span in spans if span.kind == CLIENT), key=lambda span: span.start)
    assert len({span.id for span in spans}) == len(spans)
    assert set(server.attributes) <= SERVER_KEYS, set(server.attributes) - SERVER_KEYS
    for span in clients:
        assert set(span.attributes) <= CLIENT_KEYS, set(span.attributes) - CLIENT_KEYS
        assert (span.trace, span.parent) == (server.trace, server.id)
        assert server.start <= span.start <= span.end <= server.end, (server.__dict__, span.__dict__)
    return server, clients


def log_line(platform, request_id):
    return until(lambda: [json.loads(line) for line in platform.log.read_text().splitlines()
                          if line.startswith("{") and request_id in line and '"route"' in line], "the log line")[0]


def a_generation_is_two_spans():
    one, two, receiver = SteppingEngine(CANARY), SteppingEngine(CANARY), OtlpReceiver()
    with scratch() as folder:
        platform = Platform(folder / "data", config(one, two, f'endpoint: "{receiver.url}"'))
        client = Client(platform, platform.token())

        status, plain = client.ask(max_tokens=77)
        assert status == 200
        server, (span,) = server_and_clients(spans_of(receiver, plain, 2))
        assert server.name == "POST /v1/chat/completions" and server.parent is None and not server.failed
        assert server.attributes == {"http.request.method": "POST", "http.route": "/v1/chat/completions",
                                     "http.response.status_code": 200, "srasta.request_id": plain,
                                     "srasta.tenant": "default"}, server.attributes
        assert span.name == "chat m1" and not span.failed
        assert span.attributes == {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "vllm", "gen_ai.request.model": "m1",
            "gen_ai.request.max_tokens": 77, "server.address": "up1", "srasta.request_id": plain,
            "srasta.alias": "general", "http.response.status_code": 200, "gen_ai.usage.input_tokens": 3,
            "gen_ai.usage.output_tokens": 5}, span.attributes
        assert server.resource["service.name"] == "srasta-api" and server.resource["service.version"]
        assert server.resource["service.instance.id"] == (platform.data / "install.id").read_text().strip()
        # The engine is told of our span, and the log and the records lead to the trace.
        assert one.heads[-1]["traceparent"] == f"00-{span.trace}-{span.id}-01"
        assert log_line(platform, plain)["trace"] == server.trace
        correlations = [record.get("corr", {}) for record in platform.records()]
        traces = {corr.get("trace") for corr in correlations if corr.get("rid") == plain}
        assert traces == {server.trace}, traces

        status, streamed = client.ask("m1", stream=one)
        assert status == 200
        server, (span,) = server_and_clients(spans_of(receiver, streamed, 2))
        first = span.attributes["gen_ai.response.time_to_first_chunk"]
        assert 0 <= first <= (span.end - span.start) / 1e9, first
        assert "srasta.alias" not in span.attributes
        assert span.attributes["gen_ai.usage.output_tokens"] == 5

        status, embedded = client.ask(path="/v1/embeddings", input=CANARY)
        assert status == 200
        _, (span,) = server_and_clients(spans_of(receiver, embedded, 2))
        assert span.name == "embeddings m1" and span.attributes["gen_ai.operation.name"] == "embeddings"
        platform.stop()
        check_clean(receiver, platform, client)
    receiver.stop()


def check_clean(receiver, platform, client):
    """Nothing of what went through is in what left."""
    assert len(receiver.bodies) > 0
    sent = b"\n".join(receiver.bodies)
    for secret in (CANARY, client.token, client.token.split(".")[1], str(platform.port)):
        assert secret.encode() not in sent, secret


def a_trace_of_the_caller_goes_on():
    one, two, receiver = SteppingEngine(), SteppingEngine(), OtlpReceiver()
    with scratch() as folder:
        platform = Platform(folder / "data", config(one, two, f'endpoint: "{receiver.url}", sample: 0'))
        client = Client(platform, platform.token())
        sampled = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": f"vendor={CANARY}"}
        _, request = client.ask(headers=sampled)
        server, (span,) = server_and_clients(spans_of(receiver, request, 2))
        assert (server.trace, server.parent) == (TRACE, PARENT)
        assert one.heads[-1]["traceparent"] == f"00-{TRACE}-{span.id}-01"
        assert one.heads[-1]["tracestate"] == f"vendor={CANARY}"

        # Not recorded by the caller, and none at all with a share of zero: passed on as it came.
        unsampled = f"00-{TRACE}-{PARENT}-00"
        _, quiet = client.ask(headers={"traceparent": unsampled})
        assert one.heads[-1]["traceparent"] == unsampled
        _, silent = client.ask()
        assert "traceparent" not in one.heads[-1]
        malformed = f"00-{TRACE}-{'0' * 16}-01"
        client.ask(headers={"traceparent": malformed})
        assert "traceparent" not in one.heads[-1]
        # A stranger's flag fills no store of traces.
        Client(platform, "not-a-token").ask(headers=sampled)
        _, last = client.ask(headers=sampled)
        spans_of(receiver, last, 2)
        platform.stop()
        assert {span.attributes["srasta.request_id"] for span in receiver.spans} == {request, last}
        assert not receiver.of_request(quiet) and not receiver.of_request(silent)
        check_clean(receiver, platform, client)
    receiver.stop()


def failures_and_refusals_say_why():
    one, two, receiver = SteppingEngine(), SteppingEngine(), OtlpReceiver()
    with scratch() as folder:
        limits = "limits:\n  rates: [ { name: r, per: principal, roles: [developer], burst: 1, every: 1h } ]\n"
        platform = Platform(folder / "data", config(one, two, f'endpoint: "{receiver.url}"', limits))
        client = Client(platform, platform.token())

        status, failed = client.ask("broken")
        assert status == 502
        server, (span,) = server_and_clients(spans_of(receiver, failed, 2))
        assert span.failed and span.attributes["error.type"] == "upstream_5xx"
        assert server.failed and server.attributes["error.type"] == "upstream_error", server.attributes

        status, unknown = client.ask(CANARY)
        assert status == 404
        server, _ = server_and_clients(spans_of(receiver, unknown, 1))
        assert not server.failed and server.attributes["error.type"] == "model_not_found"

        limited = Client(platform, platform.token("developer"))
        limited.ask()
        status, over = limited.ask()
        assert status == 429
        server, _ = server_and_clients(spans_of(receiver, over, 1))
        assert server.attributes["error.type"] == "rate_limited" and not server.failed

        # An engine that has no time, and another one that answers: an attempt each.
        status, moved = client.ask("fast")
        assert status == 200
        server, clients = server_and_clients(spans_of(receiver, moved, 3))
        assert [span.attributes["server.address"] for span in clients] == ["up1", "up2"]
        assert [span.failed for span in clients] == [True, False]
        assert clients[0].attributes["error.type"] == "upstream_5xx"
        assert not server.failed and "error.type" not in server.attributes
        assert one.heads[-1]["traceparent"] == f"00-{server.trace}-{clients[0].id}-01"
        assert two.heads[-1]["traceparent"] == f"00-{server.trace}-{clients[1].id}-01"
        platform.stop()
        check_clean(receiver, platform, client)
    receiver.stop()


def metric(platform, token, name):
    page = platform.request("GET", "/metrics", token).body.decode()
    return {labels or "": int(value) for labels, value in re.findall(rf"^{name}({{.*}})? (\d+)$", page, re.M)}


def a_receiver_in_trouble_costs_no_request():
    one, two, receiver = SteppingEngine(), SteppingEngine(), OtlpReceiver()
    with scratch() as folder:
        receiver.answers += [503, 429]
        platform = Platform(folder / "data", config(one, two, f'endpoint: "{receiver.url}"'))
        client, operator = Client(platform, platform.token()), platform.token("operator")
        _, first = client.ask()
        spans_of(receiver, first, 2)  # after two refusals
        assert '"event":"traces not delivered"' in platform.log.read_text()
        receiver.answers += [400]
        client.ask()
        dropped = "srasta_trace_spans_dropped_total"
        until(lambda: metric(platform, operator, dropped).get('{reason="refused"}', 0) >= 2, "drops are counted")
        assert metric(platform, operator, "srasta_trace_spans_sent_total")[""] >= 2
        receiver.stop()
        for _ in range(5):
            assert client.ask()[0] == 200
        platform.stop()  # within its time, though nobody takes what is left


def the_end_sends_what_is_left():
    one, two, receiver = SteppingEngine(), SteppingEngine(), OtlpReceiver()
    with scratch() as folder:
        platform = Platform(folder / "data", config(one, two, f'endpoint: "{receiver.url}"'))
        client = Client(platform, platform.token())
        requests = [client.ask()[1] for _ in range(20)]
        platform.stop()
        assert all(len(receiver.of_request(request)) == 2 for request in requests)
    receiver.stop()


def over_tls_with_a_secret_of_the_operator():
    one, two = SteppingEngine(), SteppingEngine()
    with scratch() as folder:
        certificate = Certificate(folder, "collector")
        receiver = OtlpReceiver(certificate.server())
        headers = folder / "otlp.headers"
        headers.write_text(f"# for the collector\nx-tenant: Bearer {CANARY}\n")
        headers.chmod(0o600)
        otlp = (f'endpoint: "{receiver.url}/v1/traces", ca_file: {certificate.cert}, headers_file: {headers}')
        platform = Platform(folder / "data", config(one, two, otlp))
        client = Client(platform, platform.token())
        _, request = client.ask()
        spans_of(receiver, request, 2)
        assert receiver.heads[-1][1]["x-tenant"] == f"Bearer {CANARY}"
        platform.stop()
        assert CANARY not in platform.log.read_text()
        assert not any(CANARY.encode() in body for body in receiver.bodies)
        receiver.stop()

        headers.write_text("Host: elsewhere\n")
        refused = subprocess.run([BIN / "srasta-api", "--config", platform.config, "--data", platform.data,
                                  "--listen", "127.0.0.1:0"], env=ENVIRONMENT, capture_output=True, text=True,
                                 stdin=subprocess.DEVNULL)
        assert refused.returncode != 0 and "headers_file" in refused.stderr, refused.stderr


main(a_generation_is_two_spans, a_trace_of_the_caller_goes_on, failures_and_refusals_say_why,
     a_receiver_in_trouble_costs_no_request, the_end_sends_what_is_left, over_tls_with_a_secret_of_the_operator)
