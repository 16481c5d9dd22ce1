"""The audit log over HTTP: pages, live records, receipts; nothing of another tenant, nothing that was changed."""
import base64
import csv
import hashlib
import http.client
import io
import json
import os
import random
import socket
import threading
import time
import urllib.parse

from access_test import Governed
from client import Stream, ask, chat
from harness import main, scratch, until
from patient_engine import PatientEngine

RECORDS, STREAM = "/srasta/v1/audit/records", "/srasta/v1/audit/stream"
TENANTS = "tenants: [acme, globex, platform]\n"


class Log(Governed):
    """A platform with people who may read its log."""

    def __init__(self, folder, rules=TENANTS):
        super().__init__(folder, PatientEngine(), rules)
        self.owner = self.token_of("u-root", "owner", tenant="platform")
        self.auditor = self.token_of("u-audit", "auditor", tenant="acme")
        self.user = self.token_of("u-alice", "user")

    def page(self, token, fields=(), **parameters):
        query = urllib.parse.urlencode(parameters)
        return ask(self.port, "GET", f"{RECORDS}?{query}", token, fields=fields)

    def pages(self, token, **parameters):
        """All records that a query gives, page by page."""
        found, cursor = [], None
        while True:
            answer = self.page(token, **parameters, **({"cursor": cursor} if cursor else {}))
            assert answer.status == 200, answer.body
            page = answer.json()
            found += page["records"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def fill(self, count, token=None):
        """Requests that leave one record each."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        for _ in range(count):
            connection.request("GET", "/v1/models", headers={"Authorization": f"Bearer {token or self.user}"})
            answer = connection.getresponse()
            answer.read()
        connection.close()
        self.last = answer.getheader("x-request-id")

    def settle(self):
        """Waits for the last record of `fill`: what is not on disk yet is not shown."""
        until(lambda: self.page(self.owner, request=self.last).json()["records"], "the record is on disk")

    def stored(self):
        for path in sorted((self.data / "audit/gateway/seg").iterdir()):
            yield from path.read_bytes().splitlines()

    def receipt(self, request, token):
        return ask(self.port, "GET", f"/srasta/v1/audit/receipts/{request}", token)

    def index(self):
        return self.data / "evidence/gateway.index"

    def wait_for_index(self, blocks=1):
        def grown():
            self.page(self.owner, limit=1)    # the index grows once somebody asks
            return self.index().exists() and self.index().stat().st_size > blocks * 51_000
        until(grown, "the index is there")


class Listener(Stream):
    """Server-sent events of records."""

    def __init__(self, port, token, query="", last=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        fields = {"Authorization": f"Bearer {token}", **({"Last-Event-ID": last} if last else {})}
        self.connection.request("GET", STREAM + query, headers=fields)
        response = self.connection.getresponse()
        self.status, self.code = response.status, response.getheader("x-srasta-error")
        self.data, self.ended = b"", None
        self.reader = threading.Thread(target=self.read, args=(response,), daemon=True)
        self.reader.start()

    def whole(self):
        """Events that have come to their end, as (id, record)."""
        for event in self.data.decode().split("\n\n")[:-1]:
            if event.startswith("id: "):
                name, data = event.split("\n")
                yield name[4:], json.loads(data.removeprefix("data: "))

    def close(self):
        # The thread that reads holds the socket open.
        self.connection.sock.shutdown(socket.SHUT_RDWR)
        super().close()

    def ids(self):
        return [name for name, _ in self.whole()]


def pages_lose_and_repeat_nothing_while_the_log_grows():
    with scratch() as folder:
        log = Log(folder)
        log.fill(1500)
        log.settle()
        stop = threading.Event()

        def write():
            while not stop.is_set():
                log.fill(20)

        writer = threading.Thread(target=write)
        writer.start()
        for order, limit in (("asc", 1000), ("desc", 1000), ("asc", 97), ("desc", 97), ("asc", 1)):
            filters = {"until": "2026-01-01"} if limit == 1 else {}
            seqs = [record["seq"] for record in log.pages(log.owner, order=order, limit=limit, **filters)]
            seqs = seqs if order == "asc" else seqs[::-1]
            if not filters:
                assert len(seqs) >= 1500 and seqs == list(range(len(seqs))), (order, limit, len(seqs))
        stop.set()
        writer.join()
        answer = log.page(log.owner, limit=7, order="desc")
        stored = list(log.stored())
        last = json.loads(stored[-1])["seq"]
        assert all(json.dumps(record, separators=(",", ":")).encode() in stored for record in answer.json()["records"])
        one = [record["seq"] for record in log.pages(log.owner, limit=1, act="log.")]
        assert one == [0], one
        assert last > 1500
        log.stop()


def each_filter_finds_what_the_command_finds():
    with scratch() as folder:
        log = Log(folder)
        log.fill(30)
        assert chat(log.port, log.user).status == 200
        assert chat(log.port, log.auditor).code == "permission_denied"
        log.saw("authz.deny", reason="permission")
        log.saw("inference.complete")
        moment = log.records()[10]["t"]
        request = log.records("--act", "inference.request")[0]["corr"]["rid"]
        for parameter, option, value in (
                ("act", "--act", "inference."), ("act", "--act", "authz.deny"), ("actor", "--actor", "u-alice"),
                ("tenant", "--tenant", "acme"), ("out", "--out", "deny"), ("request", "--request", request),
                ("since", "--since", moment), ("until", "--until", moment)):
            wanted = [record["seq"] for record in log.records(option, value)]
            # The questions are records as well.
            found = [record["seq"] for record in log.pages(log.owner, **{parameter: value})]
            assert found[:len(wanted)] == wanted and wanted, (parameter, value, found, wanted)
        mixed = log.pages(log.owner, act="inference.", actor="u-alice", out="ok", since=moment[:16])
        assert {record["act"] for record in mixed} <= {"inference.list", "inference.complete"}
        log.stop()


def csv_and_lines_leave_with_the_right_to_export():
    with scratch() as folder:
        log = Log(folder, TENANTS + "access:\n  roles: { reader: [audit.read] }\n")
        log.fill(5)
        log.settle()
        answer = log.page(log.owner, fields={"Accept": "text/csv"})
        assert answer.status == 200 and answer.fields["content-type"].startswith("text/csv"), answer.fields
        rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
        assert [int(row["seq"]) for row in rows] == list(range(len(rows))) and rows[0]["act"] == "log.genesis"
        assert json.loads(rows[0]["data"])["origin"].endswith("/gateway")
        lines = log.page(log.owner, format="jsonl", limit=3)
        assert lines.body.splitlines() == list(log.stored())[:3]
        cursor = lines.fields["x-srasta-next-cursor"]
        assert log.page(log.owner, format="jsonl", cursor=cursor).body.splitlines()[0] == list(log.stored())[3]
        reader = log.token_of("u-reader", "reader")
        assert log.page(reader).status == 200
        for fields, parameters in (({"Accept": "text/csv"}, {}), ({}, {"format": "csv"}), ({}, {"format": "jsonl"})):
            assert log.page(reader, fields, **parameters).code == "permission_denied"
        log.saw("audit.export", stream="gateway", records=3)
        log.stop()


def a_tenant_sees_its_own_records_only():
    with scratch() as folder:
        log = Log(folder)
        bob = log.token_of("u-bob", "user", tenant="globex")
        log.fill(10)
        log.fill(10, bob)
        assert ask(log.port, "GET", "/v1/models").code == "credentials_missing"
        until(lambda: len(log.pages(log.owner, actor="u-bob")) >= 10, "the records can be read")
        until(lambda: {"-", "acme", "globex", "platform"} <= {record["actor"]["ten"] for record in log.pages(log.owner)},
              "records of everybody")
        assert {record["actor"]["ten"] for record in log.pages(log.auditor)} == {"acme"}
        for parameters in ({"tenant": "globex"}, {"actor": "u-bob"}, {"act": "log."}, {"tenant": "-"}):
            assert log.pages(log.auditor, **parameters) == [], parameters
        theirs = log.pages(log.owner, actor="u-bob")[0]
        assert log.pages(log.auditor, request=theirs["corr"]["rid"]) == []
        cursor = log.page(log.owner, limit=1).json()["next_cursor"]
        assert log.page(log.auditor, limit=1, cursor=cursor).code == "invalid_parameter", "a cursor is of one scope"
        assert log.page(log.user).code == "permission_denied"
        listener = Listener(log.port, log.auditor, last="gateway:0")
        log.fill(3, bob)
        log.fill(1)
        until(lambda: len(listener.ids()) >= 12, "events of the own tenant")
        assert {record["actor"]["ten"] for _, record in listener.whole()} == {"acme"}
        listener.close()
        log.stop()


def receipts_are_for_who_made_the_request():
    with scratch() as folder:
        log = Log(folder)
        bob = log.token_of("u-bob", "user", tenant="globex")
        same_name = log.token_of("u-alice", "user", tenant="globex")
        other_auditor = log.token_of("u-audit", "auditor", tenant="globex")
        request = chat(log.port, log.user).fields["x-request-id"]
        until(lambda: any(record["corr"]["rid"] == request
                          for record in log.records("--act", "inference.complete")), "it is recorded")
        own = log.receipt(request, log.user)
        assert own.status == 200, own.body
        records = own.json()["records"]
        # The first request of a caller also leaves auth.ok.
        assert [one["record"]["act"] for one in records][-2:] == ["inference.request", "inference.complete"], records
        for one in records:
            assert one["h"] == one["record"]["h"] and one["seq"] == one["record"]["seq"] and one["stream"] == "gateway"
        for token in (log.owner, log.auditor):
            assert log.receipt(request, token).json()["records"] == records
        answers = [log.receipt(request, token) for token in (bob, same_name, other_auditor)]
        answers += [log.receipt(unknown, log.user) for unknown in ("nobody-made-this", "a%20b", "-", "x" * 300)]
        assert {(answer.status, answer.code) for answer in answers} == {(404, "not_found")}
        bodies = [{**answer.json(), "request_id": 0} for answer in answers]
        assert all(body == bodies[0] for body in bodies), "nothing tells a foreign request from none"
        assert log.receipt(request, None).code == "credentials_missing"
        log.stop()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_by_proof(index, size, leaf, path):
    """RFC 9162 section 2.1.3.2."""
    number, last, result = index, size - 1, leaf
    for sibling in path:
        assert last > 0
        if number & 1 or number == last:
            result = node(sibling, result)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            result = node(result, sibling)
        number, last = number >> 1, last >> 1
    assert last == 0
    return result


def a_receipt_can_be_checked_without_the_platform():
    with scratch() as folder:
        log = Log(folder)
        log.fill(300)
        log.settle()
        request = log.records("--act", "inference.list")[120]["corr"]["rid"]
        one = until(lambda: next((one for one in log.receipt(request, log.user).json()["records"][-1:] if one["proof"]),
                                 None), "a checkpoint covers the record")
        head, _, note = one["proof"].partition("\n\n")
        form, index, *path = head.split("\n")
        assert (form, index) == ("c2sp.org/tlog-proof@v1", f"index {one['seq']}"), one["proof"]
        origin, size, root = note.split("\n")[:3]
        assert origin == json.loads(next(log.stored()))["data"]["origin"] and note.count("\u2014 ") == 2, note
        body = json.dumps({name: value for name, value in one["record"].items() if name != "h"}, separators=(",", ":"))
        leaf = hashlib.sha256(b"\0" + body.encode()).digest()
        assert leaf.hex() == one["h"]
        proven = root_by_proof(one["seq"], int(size), leaf, [base64.b64decode(line) for line in path])
        assert proven == base64.b64decode(root)
        answer = ask(log.port, "GET", "/srasta/v1/audit/checkpoint/gateway", log.owner).body.decode()
        assert answer.startswith(origin + "\n") and answer.count("\u2014 ") == 2, answer
        log.saw("audit.receipt", proofs=1)
        log.stop()


def a_listener_resumes_without_loss():
    with scratch() as folder:
        log = Log(folder)
        first = Listener(log.port, log.owner)
        until(lambda: b": listening" in first.data, "it listens")
        log.fill(40)
        until(lambda: len(first.ids()) >= 20, "events")
        first.close()
        seen = first.ids()
        log.fill(1200)
        log.wait_for_index()
        second = Listener(log.port, log.owner, last=seen[-1])
        log.fill(40)
        total = int(seen[0].split(":")[1]) + 1280
        until(lambda: second.ids() and int(second.ids()[-1].split(":")[1]) >= total, "the rest")
        ids = seen + second.ids()
        numbers = [int(name.split(":")[1]) for name in ids]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "none is lost, none comes twice"
        filtered = Listener(log.port, log.owner, "?act=log.&out=ok", last="gateway:0")
        until(lambda: b": listening" in filtered.data, "it listens")
        assert filtered.ids() == []
        for last, query, blamed in (("gateway:99999999", "", "Last-Event-ID"), ("admin:1", "", "Last-Event-ID"),
                                    ("x", "", "Last-Event-ID"), (None, "?limit=3", "limit"),
                                    (None, "?stream=none", "stream")):
            refused = Listener(log.port, log.owner, query, last)
            refused.wait()
            assert refused.status == 400 and json.loads(refused.data)["param"] == blamed, refused.data
        log.stop()
        for listener in (second, filtered):
            listener.wait()
            assert b": ended: draining\n\n" in listener.data, listener.data[-200:]


def a_listener_hears_a_heartbeat_and_ends_with_the_right():
    with scratch() as folder:
        log = Log(folder)
        listener, other = Listener(log.port, log.auditor, "?act=log."), Listener(log.port, log.owner, "?act=log.")
        began = time.monotonic()
        until(lambda: b": heartbeat" in listener.data, "a heartbeat")
        assert 14 < time.monotonic() - began < 17
        began = time.monotonic()
        log.apply(TENANTS + "access:\n  users:\n    - { issuer: local, tenant: acme, subject: u-audit, "
                            "deny_roles: [auditor] }\n")
        listener.wait()
        assert listener.ended - began < 1.5, "the command's own start included"
        assert b": ended: role_removed\n\n" in listener.data and not other.ended
        log.saw("audit.stream.end", reason="role_removed")
        other.close()
        log.saw("audit.stream.end", reason="client_gone")
        places = [Listener(log.port, log.owner, "?act=log.") for _ in range(32)]
        assert {one.status for one in places} == {200}
        assert Listener(log.port, log.owner).code == "overloaded"
        places[0].close()
        assert until(lambda: Listener(log.port, log.owner).status == 200, "a place is given back")
        log.stop()


def a_reader_that_takes_nothing_is_cut():
    with scratch() as folder:
        log = Log(folder)
        connection = http.client.HTTPConnection("127.0.0.1", log.port, timeout=60)
        connection.connect()
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        log.fill(9000)
        connection.request("GET", STREAM, headers={"Authorization": f"Bearer {log.owner}", "Last-Event-ID": "gateway:0"})
        log.saw("audit.stream.end", reason="client_stalled")
        connection.close()
        assert chat(log.port, log.user).status == 200
        log.stop()


def the_index_may_be_deleted_or_damaged_at_any_time():
    with scratch() as folder:
        log = Log(folder)
        log.fill(2500)
        log.settle()
        log.wait_for_index(2)

        def all_is_there():
            seqs = [record["seq"] for record in log.pages(log.owner, limit=1000)]
            assert seqs == list(range(len(seqs))) and len(seqs) > 2500
            assert len(log.pages(log.owner, actor="u-alice", order="desc", limit=1000)) >= 2500

        all_is_there()
        log.index().unlink()
        all_is_there()
        log.wait_for_index(2)
        content = bytearray(log.index().read_bytes())
        for at in (0, 60, 3000, len(content) - 5):
            with log.index().open("r+b") as file:
                file.seek(at)
                file.write(bytes([content[at] ^ 0xFF]))
            all_is_there()
        log.index().write_bytes(b"")
        all_is_there()
        log.wait_for_index(2)
        log.stop()
        for damage in (b"", os.urandom(200_000), bytes(content[:60_000]), None):
            log.index().unlink()
            if damage is not None:
                log.index().write_bytes(damage)
            log = Log(folder)
            all_is_there()
            log.wait_for_index(2)
            all_is_there()
            log.stop()


def an_index_that_cannot_be_written_stops_nothing():
    with scratch() as folder:
        log = Log(folder)
        log.fill(100)
        log.index().unlink(missing_ok=True)
        log.index().mkdir()  # nothing can be written there, not even by root
        log.fill(2500)
        log.settle()
        until(lambda: "the index of the audit log is not kept up" in log.log.read_text(), "the operator hears of it")
        assert len(log.pages(log.owner, actor="u-alice", limit=1000)) >= 2500
        assert chat(log.port, log.user).status == 200
        assert ask(log.port, "GET", "/readyz").status == 200
        log.index().rmdir()
        log.wait_for_index(2)
        log.stop()


def a_record_that_was_changed_does_not_leave():
    with scratch() as folder:
        log = Log(folder)
        log.fill(1500)
        log.settle()
        log.wait_for_index()
        segment = next((log.data / "audit/gateway/seg").iterdir())
        content = segment.read_bytes()
        victim = json.loads(content.splitlines()[500])
        begin = sum(len(line) + 1 for line in content.splitlines()[:500])
        changed = content.index(b'"out":"ok"', begin)
        with segment.open("r+b") as file:
            file.seek(changed)
            file.write(b'"out":"no"')
        answer = log.page(log.owner, limit=1000)
        assert (answer.status, answer.code) == (500, "evidence_damaged"), answer.body
        assert b"u-alice" not in answer.body
        assert log.page(log.owner, limit=400).status == 200
        assert log.receipt(victim["corr"]["rid"], log.owner).code == "evidence_damaged"
        log.saw("audit.read", reason="damaged")
        listener = Listener(log.port, log.owner, last="gateway:450")
        listener.wait()
        assert b": ended: damaged\n\n" in listener.data
        assert chat(log.port, log.user).status == 200
        with segment.open("r+b") as file:
            file.seek(changed)
            file.write(b'"out":"ok"')
        assert log.page(log.owner, limit=1000).status == 200
        log.stop()


def hostile_filters_get_an_answer():
    """10,000 of them, from a fixed seed: 200 or 400, and nothing of them in any record."""
    dice = random.Random(7)
    names = ["stream", "since", "until", "actor", "tenant", "act", "out", "request", "limit", "order", "cursor",
             "format", "offset", "", "since[]", "%00", "\u00e9"]
    pieces = ["'", '"', "\\", "\0", "\n", "\r\n", "%", "%2", "%zz", "%00", "..", "/", "{}", "[", "$", "`", "=", "+", "-1",
              "0", "1", "1e9", "18446744073709551616", "asc", "gateway", "auth.", "2026-11-24", "T25", "Z", "' OR 1=1--",
              "<script>", "\u202e", "\U0001f600", "a" * 300, "AAAA", "_-", "log.genesis", "platform", "u-canary-hostile"]
    with scratch() as folder:
        log = Log(folder)
        connection = http.client.HTTPConnection("127.0.0.1", log.port, timeout=20)
        statuses = {}
        for number in range(10_000):
            pairs = []
            for _ in range(dice.randint(1, 3)):
                value = "".join(dice.choice(pieces) for _ in range(dice.randint(0, 3)))
                raw = dice.random() < 0.3
                pairs.append(urllib.parse.quote(dice.choice(names), safe="[]%") + "="
                             + urllib.parse.quote(value, safe="%+'$" if raw else ""))
            path = STREAM if number % 50 == 0 else RECORDS
            # A stream that is accepted would go on.
            connection.request("HEAD" if path == STREAM else "GET", f"{path}?{'&'.join(pairs)}",
                               headers={"Authorization": f"Bearer {log.owner}"})
            answer = connection.getresponse()
            answer.read()
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
            assert answer.status in (200, 400), (answer.status, pairs)
        assert statuses[200] > 50 and statuses[400] > 5000, statuses
        connection.close()
        log.stop()
        stored = b"".join(path.read_bytes() for path in log.data.rglob("*") if path.is_file())
        assert b"canary-hostile" not in stored + log.log.read_bytes()


if __name__ == "__main__":
    main(pages_lose_and_repeat_nothing_while_the_log_grows,
         each_filter_finds_what_the_command_finds,
         csv_and_lines_leave_with_the_right_to_export,
         a_tenant_sees_its_own_records_only,
         receipts_are_for_who_made_the_request,
         a_receipt_can_be_checked_without_the_platform,
         a_listener_resumes_without_loss,
         a_listener_hears_a_heartbeat_and_ends_with_the_right,
         a_reader_that_takes_nothing_is_cut,
         the_index_may_be_deleted_or_damaged_at_any_time,
         an_index_that_cannot_be_written_stops_nothing,
         a_record_that_was_changed_does_not_leave,
         hostile_filters_get_an_answer)
