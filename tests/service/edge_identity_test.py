"""Fields of the platform that come from outside, or from an engine: they are removed, counted and never believed."""
import json
import os
import socket

from harness import CHAT, Platform, main, scratch, until
from mock_engine import ORDINARY, MockEngine
from records import stored_records
from signing import Sender

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
SPELLINGS = ("x-srasta-principal", "X-SRASTA-PRINCIPAL", "x-SrAsTa-pRiNcIpAl", "X-Srasta-Anything-New", "X-Srasta-",
             "X_Srasta_Principal", "X-Srasta_Principal", "X_SRASTA_PRINCIPAL", "HTTP_X_SRASTA_PRINCIPAL",
             "http-x-srasta-principal")


class Edge:
    def __init__(self, folder):
        self.engine = MockEngine()
        self.platform = Platform(folder / "data", (
            "inference:\n  detect: false\n  upstreams:\n"
            f'    - {{ name: up1, kind: openai, url: "http://127.0.0.1:{self.engine.port}" }}\ndrain: 2s\n'))
        self.token = self.platform.token("developer")
        until(lambda: self.platform.request("GET", "/readyz/inference").status == 200, "the engine")

    def raw(self, text, source="127.0.0.1"):
        with socket.socket() as connection:
            connection.settimeout(20)
            connection.bind((source, 0))
            connection.connect(("127.0.0.1", self.platform.port))
            connection.sendall(text)
            answer = b""
            while block := connection.recv(65536):
                answer += block
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), head.decode("latin-1").lower(), body

    def chat(self, fields=(), connection="close", framing=None, source="127.0.0.1"):
        """A chat as a developer; the calls that the engine saw follow the answer."""
        body = CHAT.encode()
        head = ["POST /v1/chat/completions HTTP/1.1", "Host: gw.test", f"Authorization: Bearer {self.token}",
                "Content-Type: application/json", f"Connection: {connection}"]
        head += [f"{name}: {value}" for name, value in fields]
        head.append("Transfer-Encoding: chunked" if framing else f"Content-Length: {len(body)}")
        payload = framing(body) if framing else body
        before = self.engine.count()
        status, answer, text = self.raw(("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + payload, source)
        return status, answer, text, self.engine.calls[before:]

    def records(self, act):
        """Oldest first; what is stored says it, as a search that finds nothing fails."""
        return [record for record in stored_records(self.platform.data) if record["act"] == act]

    def strips(self):
        return [record["data"]["count"] for record in self.records("http.strip")]

    def expect_strips(self, counts):
        until(lambda: self.strips() == counts, f"http.strip {counts}")


def platform_fields(call):
    return [name for name, _ in call.fields if "srasta-" in name.replace("_", "-") or "srasta%2d" in name]


def fw_01_a_whole_set_from_outside_is_removed():
    with scratch() as folder:
        edge = Edge(folder)
        forged = Sender(b"\x07" * 31 + b"\x08", "k1", "gateway").fields("POST", "/v1/chat/completions")
        status, _, _, calls = edge.chat(forged.items())
        assert status == 200 and len(calls) == 1 and platform_fields(calls[0]) == [], (status, calls[0].fields)
        edge.expect_strips([8])
        record = edge.records("http.strip")[0]
        assert record["out"] == "ok" and record["cls"] == "should" and record["actor"]["kind"] == "user", record
        started = edge.records("inference.request")[-1]
        assert record["actor"] == started["actor"] and record["corr"]["rid"] == started["corr"]["rid"], started
        edge.platform.stop()


def fw_02_and_03_every_spelling_is_removed():
    with scratch() as folder:
        edge = Edge(folder)
        for name in SPELLINGS:
            status, _, _, calls = edge.chat([(name, "forged")])
            assert status == 200 and platform_fields(calls[0]) == [], (name, calls[0].fields)
        status, _, _, calls = edge.chat([(name, value) for name in SPELLINGS for value in ("a", "b")])
        assert status == 200 and platform_fields(calls[0]) == [], calls[0].fields
        # "%" is a legal character of names: an unknown field as any other, which no engine sees either.
        status, _, _, calls = edge.chat([("X-Srasta%2dPrincipal", "forged")])
        assert status == 200 and platform_fields(calls[0]) == [], calls[0].fields
        before = edge.engine.count()
        status, head, _, _ = edge.chat([("X-Srasta-Principal ", "forged")])
        assert status == 400 and "x-srasta-error: bad_header" in head and edge.engine.count() == before, head
        edge.expect_strips([1] * len(SPELLINGS) + [2 * len(SPELLINGS)])
        rejected = edge.records("http.reject")
        assert rejected[-1]["data"]["reason"] == "head_syntax", rejected
        edge.platform.stop()


def fw_04_trailers_never_become_fields():
    with scratch() as folder:
        edge = Edge(folder)
        status, _, _, calls = edge.chat(framing=lambda body: (
            b"%x\r\n%s\r\n0\r\nX-Srasta-Principal: e30\r\nX-Srasta-Signature: 00\r\nX-Srasta-Body-Mac: 00\r\n\r\n"
            % (len(body), body)))
        assert status == 200 and platform_fields(calls[0]) == [], calls[0].fields
        assert edge.strips() == []
        edge.platform.stop()


def fw_05_connection_names_no_field_of_the_platform():
    with scratch() as folder:
        edge = Edge(folder)
        options = ("close, X-Srasta-Signature", "X-Srasta-Principal", "X-Srasta-Nonce, keep-alive", "x_srasta_nonce",
                   "HTTP_X_SRASTA_NONCE")
        for option in options:
            status, head, _, calls = edge.chat([("X-Srasta-Nonce", "1")], connection=option)
            assert status == 400 and "x-srasta-error: bad_header" in head and not calls, (option, head)
        until(lambda: [record["data"]["reason"] for record in edge.records("http.reject")]
              == ["connection_option"] * len(options), "records of the refusals")
        edge.platform.stop()


def fw_08_an_engine_sets_no_field_of_the_platform():
    forged = ("X-Srasta-Audit: gateway:1:" + "0" * 32 + "\r\nX-Srasta-Error: x\r\nX_Srasta_Error: x\r\n"
              "Set-Cookie: __Host-srasta_session=evil\r\nWWW-Authenticate: Bearer\r\nServer: evil\r\n"
              "Strict-Transport-Security: max-age=1\r\nX-Srasta-Principal: e30\r\n")
    with scratch() as folder:
        edge = Edge(folder)
        edge.engine.begin([{"json": ORDINARY, "headers": forged}])
        for _ in range(2):
            status, head, body, _ = edge.chat()
            assert status == 200 and json.loads(body)["object"] == "chat.completion", (status, body)
            for word in ("srasta-audit", "srasta-error", "srasta_error", "srasta-principal", "set-cookie",
                         "www-authenticate", "server:", "strict-transport-security"):
                assert word not in head, (word, head)
        edge.platform.stop()


def ok_fw_02_ids_are_the_gateways_own_and_the_trace_goes_on():
    with scratch() as folder:
        edge = Edge(folder)
        status, head, _, calls = edge.chat([("X-Request-Id", "abc-123"), ("traceparent", TRACE)])
        assert status == 200 and calls[0].field("traceparent") == [TRACE], calls[0].fields
        assert calls[0].field("x-request-id") == [] and "x-request-id: abc-123" not in head, head
        for act in ("inference.request", "inference.complete"):
            [record] = until(lambda act=act: edge.records(act), act)
            assert (record["corr"]["trace"], record["corr"]["span"]) == tuple(TRACE.split("-")[1:3]), record
        assert edge.strips() == []
        edge.platform.stop()


def fw_10_choices_of_a_client_do_not_pass_raw():
    with scratch() as folder:
        edge = Edge(folder)
        _, _, _, calls = edge.chat([("Srasta-Collections", "c1"), ("Srasta-Memory", "m1")])
        assert all(not name.startswith("srasta-") for name, _ in calls[0].fields), calls[0].fields
        assert edge.strips() == []
        edge.platform.stop()


def fw_41_a_signed_set_opens_nothing_at_a_tcp_port():
    with scratch() as folder:
        edge = Edge(folder)
        fields = Sender(bytes(range(32))).fields("GET", "/v1/models")
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        for target, expected in (("/v1/models", 401), ("/internal/health", 404), ("/internal/drain", 404)):
            status, _, _ = edge.raw(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{lines}\r\n".encode())
            assert status == expected, (target, status)
        edge.platform.stop()


def strangers_cannot_fill_the_ledger_with_removed_fields():
    with scratch() as folder:
        edge = Edge(folder)
        sent = 300
        for _ in range(sent):
            status, _, _ = edge.raw(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Srasta-A: 1\r\n\r\n",
                                    source="127.9.9.9")
            assert status == 200, status
        edge.platform.stop()
        single = len(edge.strips())
        assert single <= 20 * os.cpu_count(), single  # each core counts for itself
        counted = [record["data"] for record in edge.records("auth.flood")]
        assert {flood["reason"] for flood in counted} == {"platform_fields"}, counted
        assert single + sum(flood["count"] for flood in counted) == sent, (single, counted)


main(fw_01_a_whole_set_from_outside_is_removed, fw_02_and_03_every_spelling_is_removed,
     fw_04_trailers_never_become_fields, fw_05_connection_names_no_field_of_the_platform,
     fw_08_an_engine_sets_no_field_of_the_platform, ok_fw_02_ids_are_the_gateways_own_and_the_trace_goes_on,
     fw_10_choices_of_a_client_do_not_pass_raw, fw_41_a_signed_set_opens_nothing_at_a_tcp_port,
     strangers_cannot_fill_the_ledger_with_removed_fields)
