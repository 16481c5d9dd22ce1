"""What /metrics says of generations: names from the configuration only, and counts that follow what happened."""
import http.client
import json
import re

from harness import Platform, main, scratch
from stepping_engine import SteppingEngine, read_stream

ALIASES = ('    general: { routes: [ { upstream: up1, model: "m1" } ] }\n'
           '    broken: { routes: [ { upstream: up2, model: "bad" } ] }\n')
SAMPLE = re.compile(r'(srasta_\w+)(?:\{(.*)\})? (\S+)')


def config(one, two):
    return ("inference:\n  detect: false\n  upstreams:\n"
            f'    - {{ name: up1, kind: vllm, url: "{one.url}" }}\n'
            f'    - {{ name: up2, kind: openai, url: "{two.url}" }}\n'
            "  aliases:\n" + ALIASES + "drain: 2s\n")


def samples(platform, token):
    """Value by name and labels."""
    page = platform.request("GET", "/metrics", token).body.decode()
    found = {}
    for line in page.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        found[name, frozenset(re.findall(r'(\w+)="([^"]*)"', labels or ""))] = float(value)
    return found


def value(found, name, **labels):
    return found.get((name, frozenset(labels.items())), 0)


def ask(platform, token, model, **more):
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hi"}], **more})
    return platform.request("POST", "/v1/chat/completions", token, body)


def stream(platform, token, engine):
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=30)
    body = json.dumps({"model": "general", "stream": True, "messages": [{"role": "user", "content": "hi"}]})
    connection.request("POST", "/v1/chat/completions", body,
                       {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    response = connection.getresponse()
    assert response.status == 200
    read = read_stream(engine, response)
    connection.close()
    assert read.endswith(b"data: [DONE]\n\n"), read


def generations_are_counted_by_alias_and_upstream():
    one, two = SteppingEngine(events=5), SteppingEngine()
    with scratch() as folder:
        platform = Platform(folder / "data", config(one, two))
        user, operator = platform.token(), platform.token("operator")
        assert ask(platform, user, "general").status == 200
        assert ask(platform, user, "m1").status == 200
        assert ask(platform, user, "broken").status == 502
        stream(platform, user, one)
        two.stop()
        two.server.server_close()
        assert ask(platform, user, "broken").status in (502, 504)
        assert ask(platform, user, "no-such-model-of-a-client").status == 404

        found = samples(platform, operator)
        general = {"alias": "general", "upstream": "up1"}
        assert value(found, "srasta_generations_total", **general, outcome="complete") == 2
        assert value(found, "srasta_generations_total", alias="-", upstream="up1", outcome="complete") == 1
        assert value(found, "srasta_generations_total", alias="broken", upstream="up2", outcome="error") == 2
        errors = {labels: count for (name, labels), count in found.items() if name == "srasta_upstream_errors_total"}
        assert sum(errors.values()) == 2 and len(errors) == 2, errors
        assert value(found, "srasta_upstream_errors_total", alias="broken", upstream="up2", reason="upstream_5xx") == 1
        assert value(found, "srasta_upstream_errors_total", alias="broken", upstream="up2", reason="connect") == 1
        # A plain answer and a stream, whose usage the gateway asked for itself.
        assert value(found, "srasta_tokens_total", **general, direction="input") == 6
        assert value(found, "srasta_tokens_total", **general, direction="output") == 10
        assert value(found, "srasta_time_to_first_token_seconds_count", **general) == 1
        assert value(found, "srasta_inter_token_gap_seconds_count", **general) >= one.events - 1
        assert value(found, "srasta_inter_token_gap_seconds_bucket", **general, le="+Inf") == \
            value(found, "srasta_inter_token_gap_seconds_count", **general)
        names = {label for _, labels in found for label in labels if label[0] in ("alias", "upstream")}
        assert names == {("alias", "general"), ("alias", "broken"), ("alias", "-"), ("upstream", "up1"),
                         ("upstream", "up2")}, names
        platform.stop()
    one.stop()


main(generations_are_counted_by_alias_and_upstream)
