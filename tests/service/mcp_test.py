"""The Model Context Protocol: the tools of REST under the same policy, in both revisions, for clients of both."""
from client import ask
from harness import main, scratch, until
from tooled import Tooled

CURRENT = "2026-07-28"
OLDER = "2025-11-25"
BOTH = "application/json, text/event-stream"
READ = {"repo": "payments-api", "ref": "main", "path": "src/a.cc"}


def send(platform, who, method, params=None, version=CURRENT, fields=(), **message):
    """One request of that revision, as its clients send it."""
    params, sent = dict(params or {}), {"Accept": BOTH, "MCP-Protocol-Version": version}
    if version == CURRENT:
        params["_meta"] = {"io.modelcontextprotocol/protocolVersion": version,
                           "io.modelcontextprotocol/clientCapabilities": {}}
        sent["Mcp-Method"] = method
        if "name" in params:
            sent["Mcp-Name"] = params["name"]
    sent.update(fields)
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params, **message}
    return ask(platform.port, "POST", "/mcp", platform.secrets.get(who), body, sent)


def call(platform, who, tool, arguments, version=CURRENT):
    answer = send(platform, who, "tools/call", {"name": tool, "arguments": arguments}, version)
    assert answer.status == 200, (answer.status, answer.body)
    return answer.json()["result"]


def without_ids(refused):
    return {key: value for key, value in refused["structuredContent"].items() if key != "decisionId"}


def both_revisions_have_the_tools_of_rest():
    with scratch() as folder:
        platform = Tooled(folder)
        found = send(platform, "P1", "server/discover").json()["result"]
        assert found["supportedVersions"][0] == CURRENT and found["capabilities"] == {"tools": {}}, found
        opened = send(platform, "P1", "initialize", {"protocolVersion": OLDER, "capabilities": {}}, OLDER)
        assert opened.json()["result"]["protocolVersion"] == OLDER and "mcp-session-id" not in opened.fields
        note = ask(platform.port, "POST", "/mcp", platform.secrets["P1"],
                   {"jsonrpc": "2.0", "method": "notifications/initialized"},
                   {"Accept": BOTH, "MCP-Protocol-Version": OLDER})
        assert (note.status, note.body) == (202, b""), (note.status, note.body)
        assert send(platform, "P1", "ping", version=OLDER).json()["result"] == {}

        for who in ("P1", "P3"):
            rest = ask(platform.port, "GET", "/srasta/v1/tools", platform.secrets[who]).json()["tools"]
            current = send(platform, who, "tools/list").json()["result"]
            older = send(platform, who, "tools/list", version=OLDER).json()["result"]
            assert current["tools"] == older["tools"] == rest and rest, who
            names = [tool["name"] for tool in rest]
            assert names == sorted(names), names
            assert current["resultType"] == "complete" and current["cacheScope"] == "private", current
        for version in (CURRENT, OLDER):
            read = call(platform, "P3", "file_read", READ, version)
            assert read["structuredContent"] == platform.result("P3", "file_read", **READ), read
            assert not read["isError"] and '"text":"int a()' in read["content"][0]["text"], read
        platform.stop()


def refusals_are_told_as_rest_tells_them():
    with scratch() as folder:
        platform = Tooled(folder)
        hidden = call(platform, "P3", "file_read", {**READ, "path": "secrets/prod.env"})
        absent = call(platform, "P3", "file_read", {**READ, "path": "no/such/file"})
        unknown = call(platform, "P3", "no_such_tool", {})
        foreign = call(platform, "P3", "patch_apply", {"repo": "payments-api"})
        assert hidden["isError"] and hidden["structuredContent"]["decision"] == "deny", hidden
        told = [without_ids(each) for each in (hidden, absent, unknown, foreign)]
        assert all(each == told[0] for each in told) and told[0]["reason"] == "NOT_FOUND", told
        decision = hidden["structuredContent"]["decisionId"]
        recorded = until(lambda: platform.records("--stream", "tools", "--request", decision), "its record")
        assert [record["pol"]["why"] for record in recorded if record["act"] == "tool.read"] == ["PATH_DENIED"], recorded

        wrong = call(platform, "P1", "file_read", {**READ, "more": 1})
        assert wrong["structuredContent"]["reason"] == "ARG_UNKNOWN_FIELD", wrong
        before = platform.repositories["payments-api"].tip("agent/x")
        made = call(platform, "P1", "file_edit", {
            "repo": "payments-api", "branch": "agent/x", "expectedHead": before, "message": "change",
            "edits": [{"op": "put", "path": "src/new.cc", "content": "int n;\n"}]})
        assert made["structuredContent"]["commit"] == platform.repositories["payments-api"].tip("agent/x") != before, made

        faulty = send(platform, "P1", "tools/list", fields={"Mcp-Method": "tools/call"})
        assert (faulty.status, faulty.json()["error"]["code"]) == (400, -32020), faulty.body
        found = until(lambda: platform.records("--stream", "tools", "--act", "http.reject"), "the record of the fault")
        assert found[-1]["data"]["reason"] == "mcp_message", found
        platform.stop()
        assert platform.verify().returncode == 0


def strangers_are_told_where_to_get_a_token():
    with scratch() as folder:
        platform = Tooled(folder)
        refused = send(platform, "nobody", "tools/list")
        where = f"http://127.0.0.1:{platform.port}/.well-known/oauth-protected-resource/mcp"
        challenge = refused.fields["www-authenticate"]
        assert refused.status == 401 and f'resource_metadata="{where}"' in challenge, challenge
        assert 'scope="srasta:tools.read srasta:tools.write srasta:tools.run"' in challenge, challenge
        described = ask(platform.port, "GET", "/.well-known/oauth-protected-resource/mcp").json()
        assert described["resource"] == f"http://127.0.0.1:{platform.port}/mcp", described
        assert described["authorization_servers"] and "srasta:tools.read" in described["scopes_supported"], described
        # P6 has the role, and no persona: nothing is left to him.
        poor = send(platform, "P6", "tools/list")
        assert poor.status == 403 and 'error="insufficient_scope"' in poor.fields["www-authenticate"], poor.fields

        for method in ("GET", "DELETE"):
            answer = ask(platform.port, method, "/mcp", platform.secrets["P1"])
            assert (answer.status, answer.fields["allow"]) == (405, "POST"), (method, answer.status, answer.fields)
        own = {"Origin": f"http://127.0.0.1:{platform.port}"}
        assert send(platform, "P1", "tools/list", fields=own).status == 200
        other = send(platform, "P1", "tools/list", fields={"Origin": "http://localhost.evil.example"})
        assert (other.status, other.code) == (403, "origin_denied"), (other.status, other.code)
        found = until(lambda: [record for record in platform.records("--act", "http.reject")
                               if record["data"]["reason"] == "origin"], "the record of the origin")
        assert found, "nothing is recorded"
        platform.stop()


main(both_revisions_have_the_tools_of_rest, refusals_are_told_as_rest_tells_them,
     strangers_are_told_where_to_get_a_token)
