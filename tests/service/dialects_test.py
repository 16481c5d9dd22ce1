"""Clients of Anthropic's, OpenAI's and Ollama's interfaces, and engines that speak them or something else."""
import json

import dialect_engines as engines
from client import ask
from dialect_engines import call_delta, delta, event, streamed, whole
from dialect_rig import BUDGET, HI, Rig, data_of
from harness import main, until
from raw_client import RawClient, chat_request

MESSAGES = {"model": "general", "max_tokens": 50, "messages": HI}
ANTHROPIC_TYPES = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error",
                   502: "api_error"}


def check_messages_grammar(events, whole=True):
    """Anthropic's: one block open at a time, indexes dense. What each block said."""
    assert events[0][0] == "message_start", events
    blocks, open_block = [], None
    for name, data in events[1:]:
        assert name == data["type"], (name, data)
        if name == "content_block_start":
            assert open_block is None and data["index"] == len(blocks), events
            open_block = data["index"]
            blocks.append({"type": data["content_block"]["type"], "said": "", **data["content_block"]})
        elif name == "content_block_delta":
            assert data["index"] == open_block, events
            kind = {"text": "text_delta", "thinking": "thinking_delta", "tool_use": "input_json_delta"}
            assert data["delta"]["type"] == kind[blocks[open_block]["type"]], events
            blocks[open_block]["said"] += list(data["delta"].values())[1]
        elif name == "content_block_stop":
            assert data["index"] == open_block, events
            open_block = None
    if whole:
        assert open_block is None and [name for name, _ in events[-2:]] == ["message_delta", "message_stop"], events
    return blocks


def messages_pass_untouched_where_the_engine_speaks_them():
    with Rig({"/v1/messages": engines.MESSAGES}, kind="vllm") as rig:
        reply = rig.post("/v1/messages", MESSAGES, {"anthropic-beta": "some-beta"})
        assert reply.status == 200 and reply.json() == engines.MESSAGES_ANSWER, reply.body
        path, exchange, body = rig.engine.last()
        assert path == "/v1/messages" and body == MESSAGES | {"model": "m1"}, body
        assert exchange.field("anthropic-version") == "2023-06-01" and exchange.field("anthropic-beta") == "some-beta"
        done = rig.record(reply, "inference.complete")
        assert (done["input_tokens"], done["output_tokens"]) == (11, 7), done

        reply = rig.post("/v1/messages", MESSAGES | {"stream": True}, {"anthropic-version": "2024-01-01"})
        assert reply.body == b"".join(engines.MESSAGES_STREAM), reply.body
        assert rig.engine.last()[1].field("anthropic-version") == "2024-01-01"
        done = rig.record(reply, "inference.complete")
        assert (done["input_tokens"], done["output_tokens"]) == (11, 7), done

        reply = rig.post("/v1/messages", {"model": "general", "messages": HI})
        assert rig.engine.last()[2]["max_tokens"] > 0, "an engine needs a limit"


def messages_are_translated_for_an_engine_of_chat():
    with Rig({"/v1/chat/completions": engines.CHAT}) as rig:
        asked = MESSAGES | {"system": [{"type": "text", "text": "Be brief."}]}
        reply = rig.post("/v1/messages", asked, {"anthropic-version": "2023-06-01", "anthropic-beta": "x"})
        assert reply.status == 200, reply.body
        answer = reply.json()
        assert answer["content"] == [{"type": "text", "text": "Hello"}] and answer["stop_reason"] == "end_turn", answer
        assert answer["usage"]["input_tokens"] == 11 and answer["model"] == "engine-model", answer
        path, exchange, body = rig.engine.last()
        assert path == "/v1/chat/completions" and body["model"] == "m1" and body["max_tokens"] == 50, body
        assert body["messages"] == [{"role": "system", "content": "Be brief."}] + HI, body
        assert exchange.field("anthropic-version") is None and exchange.field("anthropic-beta") is None
        done = rig.record(reply, "inference.complete")
        assert (done["input_tokens"], done["output_tokens"]) == (11, 7), done

        reply = rig.post("/v1/messages", MESSAGES | {"stream": True})
        assert reply.fields["content-type"] == "text/event-stream", reply.fields
        assert rig.engine.last()[2]["stream_options"] == {"include_usage": True}
        events = data_of(reply.body)
        blocks = check_messages_grammar(events)
        assert [block["said"] for block in blocks] == ["Hello"], blocks
        assert events[-2][1]["usage"]["output_tokens"] == 7, events
        done = rig.record(reply, "inference.complete")
        assert (done["input_tokens"], done["output_tokens"]) == (11, 7), done


def letters(index, text, **start):
    return [call_delta(index, "", **start)], [call_delta(index, letter) for letter in text]


def a_hard_stream_keeps_the_grammar_of_messages():
    """Reasoning, text, two parallel calls in deltas of one letter that interleave, a refusal."""
    first, second = '{"city": "Köln"}', '{"n": [1, {"x": "}"}]}'
    start_one, one = letters(0, first, id="call_a", name="weather")
    start_two, two = letters(1, second, id="call_b", name="count")
    mixed = [piece for pair in zip(one, two) for piece in pair] + one[len(two):] + two[len(one):]
    pieces = ([delta(reasoning_content="Let me"), delta(reasoning_content=" think."), delta("I will"), delta(" look.")]
              + start_one + start_two + mixed + [delta(refusal="Not that."), delta(finish="tool_calls")]
              + engines.CHAT_STREAM[-2:])
    with Rig({"/v1/chat/completions": streamed(pieces)}) as rig:
        reply = rig.post("/v1/messages", MESSAGES | {"stream": True})
        events = data_of(reply.body)
        blocks = check_messages_grammar(events)
        assert [block["type"] for block in blocks] == ["thinking", "text", "tool_use", "tool_use", "text"], blocks
        assert [block["said"] for block in blocks] == ["Let me think.", "I will look.", first, second, "Not that."]
        assert [block["id"] for block in blocks[2:4]] == ["call_a", "call_b"], blocks
        assert events[-2][1]["delta"]["stop_reason"] == "tool_use" and events[-2][1]["usage"]["output_tokens"] == 7


def an_engine_that_dies_is_not_finished_for_it():
    with Rig({"/v1/chat/completions": streamed([delta("Hel"), delta("lo")], ends=False)}) as rig:
        reply = rig.post("/v1/messages", MESSAGES | {"stream": True})
        events = data_of(reply.body)
        check_messages_grammar(events[:-1], whole=False)
        names = [name for name, _ in events]
        assert names == ["message_start", "content_block_start", "content_block_delta", "content_block_delta",
                         "error"], names
        assert events[-1][1]["error"]["type"] == "api_error" and events[-1][1]["request_id"], events
        assert rig.record(reply, "inference.error")["reason"] == "upstream_died"

    said = [delta("Hel"), event({"error": {"message": "out of memory"}}), event("[DONE]")]
    with Rig({"/v1/chat/completions": streamed(said)}) as rig:
        reply = rig.post("/v1/messages", MESSAGES | {"stream": True})
        last = data_of(reply.body)[-1]
        assert last[0] == "error" and last[1]["error"]["message"] == "out of memory", last
        assert rig.record(reply, "inference.error")["reason"] == "in_stream_error"


def an_engine_that_does_not_know_messages_is_asked_in_chat():
    with Rig({"/v1/chat/completions": engines.CHAT}, kind="vllm") as rig:
        for _ in range(3):
            reply = rig.post("/v1/messages", MESSAGES)
            assert reply.status == 200 and reply.json()["content"][0]["text"] == "Hello", reply.body
        # Each core of the gateway finds it out once.
        asked = rig.engine.asked()
        assert asked.count("/v1/chat/completions") == 3 and 1 <= asked.count("/v1/messages") <= 3, asked

    async def unknown_model(exchange):
        await whole({"error": {"message": "The model does not exist."}}, 404)(exchange)
    with Rig({"/v1/messages": unknown_model, "/v1/chat/completions": unknown_model}, kind="vllm") as rig:
        reply = rig.post("/v1/messages", MESSAGES)
        assert reply.status == 404 and reply.json()["error"] == {
            "type": "not_found_error", "message": "The model does not exist."}, reply.body


def errors_come_in_the_envelope_of_messages():
    with Rig({"/v1/chat/completions": whole({"error": {"message": "too long", "type": "x"}}, 400)}) as rig:
        replies = [(401, "credentials_missing", ask(rig.port, "POST", "/v1/messages", None, MESSAGES)),
                   (404, "model_not_found", rig.post("/v1/messages", MESSAGES | {"model": "no-such"})),
                   (400, "cannot_translate", rig.post("/v1/messages", MESSAGES | {"mcp_servers": [{}]})),
                   (404, "not_found", rig.post("/v1/messages/batches", MESSAGES)),
                   (400, None, rig.post("/v1/messages", MESSAGES))]
        for status, code, reply in replies:
            assert (reply.status, reply.code) == (status, code), (code, reply.status, reply.code, reply.body)
            answer = reply.json()
            assert answer["type"] == "error" and answer["error"]["type"] == ANTHROPIC_TYPES[status], answer
            assert answer["request_id"] == reply.fields["x-request-id"], answer
        assert replies[-1][2].json()["error"]["message"] == "too long"
        assert "mcp_servers" in replies[2][2].json()["error"]["message"]
        assert rig.record(replies[2][2], "inference.request")["reason"] == "not_translatable"
        # A request that streams is told before it streams.
        reply = rig.post("/v1/messages", MESSAGES | {"stream": True})
        assert reply.status == 400 and reply.fields["content-type"] == "application/json", reply.fields


def tokens_are_counted_by_the_engine_or_estimated():
    body = {"model": "general", "messages": [{"role": "user", "content": "x" * 400}]}
    with Rig({"/v1/messages/count_tokens": whole({"input_tokens": 123})}, kind="llamacpp") as rig:
        reply = rig.post("/v1/messages/count_tokens", body)
        assert reply.json() == {"input_tokens": 123} and "x-srasta-estimated" not in reply.fields, reply.body
        assert rig.engine.last()[2] == body | {"model": "m1"}
    for kind in ("vllm", "openai"):  # the one is asked and does not know, the other is not asked
        with Rig({}, kind=kind) as rig:
            reply = rig.post("/v1/messages/count_tokens", body)
            assert reply.status == 200 and reply.fields["x-srasta-estimated"] == "input_tokens", reply.fields
            assert 100 <= reply.json()["input_tokens"] <= 120, reply.body
            assert len(rig.engine.calls) == (1 if kind == "vllm" else 0)
            rig.record(reply, "inference.complete")


def a_client_that_goes_closes_the_engine():
    with Rig({"/v1/chat/completions": streamed([delta("Hel")], holds=True)}) as rig:
        body = json.dumps(MESSAGES | {"stream": True}).encode()
        with RawClient(rig.port) as client:
            client.send(chat_request(rig.token, body, path="/v1/messages"))
            assert client.read_head() == 200
            until(lambda: rig.engine.engine.running == 1, "the engine works")
        until(lambda: rig.engine.engine.running == 0, "the engine was let go", seconds=2)


ASKED = {"model": "general", "input": "hi", "max_output_tokens": 50}


def responses_pass_where_they_are_spoken_and_are_translated_elsewhere():
    with Rig({"/v1/responses": engines.RESPONSES}) as rig:
        reply = rig.post("/v1/responses", ASKED)
        assert reply.json() == engines.RESPONSES_ANSWER and rig.engine.last()[2] == ASKED | {"model": "m1"}, reply.body
        assert rig.record(reply, "inference.complete")["output_tokens"] == 7
        reply = rig.post("/v1/responses", ASKED | {"stream": True})
        assert reply.body == b"".join(engines.RESPONSES_STREAM), reply.body
        done = rig.record(reply, "inference.complete")
        assert (done["input_tokens"], done["output_tokens"]) == (11, 7), done
        reply = rig.post("/v1/responses", ASKED | {"background": True})
        assert reply.status == 400 and reply.json()["error"]["param"] == "background", reply.body

    # The engine answers 404 to the one path, and is asked at the other.
    with Rig({"/v1/chat/completions": engines.CHAT}) as rig:
        reply = rig.post("/v1/responses", ASKED)
        answer = reply.json()
        assert answer["object"] == "response" and answer["output"][0]["content"][0]["text"] == "Hello", answer
        assert answer["usage"]["total_tokens"] == 18 and answer["max_output_tokens"] == 50, answer
        assert rig.record(reply, "inference.complete")["output_tokens"] == 7
        reply = rig.post("/v1/responses", ASKED | {"stream": True})
        events = data_of(reply.body)
        assert [data["sequence_number"] for _, data in events] == list(range(len(events))), events
        assert "".join(data["delta"] for name, data in events if name == "response.output_text.delta") == "Hello"
        assert events[-1][0] == "response.completed" and events[-1][1]["response"]["usage"]["output_tokens"] == 7
        reply = rig.post("/v1/responses", ASKED | {"previous_response_id": "resp_1"})
        assert reply.status == 400 and reply.code == "cannot_translate", reply.body
        assert reply.json()["error"]["param"] == "previous_response_id", reply.body

    with Rig({"/v1/chat/completions": streamed([delta("Hel")], ends=False)}) as rig:
        events = data_of(rig.post("/v1/responses", ASKED | {"stream": True}).body)
        assert events[-1][0] == "error" and events[-1][1]["code"] == "upstream_died", events[-1]
        assert events[-2][0] == "response.output_text.delta", events[-2]


def ollama_passes_line_by_line():
    paths = {"/api/chat": engines.OLLAMA, "/api/generate": engines.OLLAMA,
             "/api/embed": whole({"embeddings": [[0.1]], "prompt_eval_count": 4})}
    with Rig(paths, kind="ollama") as rig:
        body = {"model": "general", "messages": HI}
        reply = rig.post("/api/chat", body)  # a stream, since nothing else is said
        assert reply.body == b"".join(engines.OLLAMA_STREAM), reply.body
        assert reply.fields["content-type"] == "application/x-ndjson" and rig.engine.last()[2] == body | {"model": "m1"}
        done = rig.record(reply, "inference.complete")
        assert (done["input_tokens"], done["output_tokens"]) == (11, 7), done
        reply = rig.post("/api/generate", {"model": "general", "prompt": "hi", "stream": False})
        assert reply.json() == engines.OLLAMA_ANSWER, reply.body
        done = rig.record(reply, "inference.complete")
        assert (done["input_tokens"], done["output_tokens"]) == (11, 7), done
        reply = rig.post("/api/embed", {"model": "general", "input": "hi"})
        assert rig.record(reply, "inference.complete")["input_tokens"] == 4
        tags = ask(rig.port, "GET", "/api/tags", rig.token).json()["models"]
        assert {"name": "m1", "model": "m1"} in tags, tags
        reply = ask(rig.port, "POST", "/api/chat", None, body)
        assert reply.status == 401 and list(reply.json()) == ["error"] and reply.code == "credentials_missing"

    cut = streamed(engines.OLLAMA_STREAM[:1] + [b'{"model":"m'], "application/x-ndjson", ends=False)
    with Rig({"/api/chat": cut}, kind="ollama") as rig:
        lines = rig.post("/api/chat", {"model": "general", "messages": HI}).body.splitlines()
        assert list(json.loads(lines[-1])) == ["error"], lines


def the_rest_of_openais_interface_is_relayed():
    paths = ("/v1/rerank", "/v1/moderations", "/v1/audio/speech", "/v1/images/generations")
    with Rig({path: whole({"of": path, "usage": {"prompt_tokens": 3}}) for path in paths}) as rig:
        for path in paths:
            body = {"model": "general", "input": "hi", "own": 1.50}
            reply = rig.post(path, body)
            assert reply.json()["of"] == path and rig.engine.last()[2] == body | {"model": "m1"}, reply.body
            assert rig.record(reply, "inference.complete")["input_tokens"] == 3
    with Rig({}, kind="anthropic") as rig:
        assert rig.post("/v1/rerank", {"model": "general", "query": "x"}).code == "interface_unavailable"


def models_are_listed_as_the_client_knows_them():
    with Rig({}) as rig:
        listed = ask(rig.port, "GET", "/v1/models", rig.token, fields={"anthropic-version": "2023-06-01"}).json()
        assert listed["has_more"] is False and "m1" in [model["id"] for model in listed["data"]], listed
        assert listed["first_id"] == listed["data"][0]["id"] and listed["last_id"] == listed["data"][-1]["id"], listed
        assert ask(rig.port, "GET", "/v1/models", rig.token).json()["object"] == "list"
        # Their credential comes in a field of its own.
        reply = ask(rig.port, "GET", "/v1/models", None, fields={"x-api-key": rig.token})
        assert reply.status in (200, 401), reply.status


def a_stream_past_its_budget_ends_with_the_dialects_error():
    many = [delta(f"w{index} ") for index in range(200)]
    lines = [json.dumps({"model": "m", "message": {"role": "assistant", "content": "w "}, "done": False}).encode() + b"\n"
             for _ in range(600)]
    with Rig({"/v1/chat/completions": streamed(many, holds=True)}, more=BUDGET) as rig:
        reply = rig.post("/v1/messages", MESSAGES | {"stream": True})
        assert reply.status == 200, reply.body
        last = data_of(reply.body)[-1]
        assert last[0] == "error" and last[1]["error"]["type"] == "rate_limit_error", last
        assert rig.record(reply, "inference.abort")["reason"] == "budget_cap"
    with Rig({"/api/chat": streamed(lines, "application/x-ndjson", holds=True)}, kind="ollama", more=BUDGET) as rig:
        reply = rig.post("/api/chat", {"model": "general", "messages": HI})
        assert list(json.loads(reply.body.splitlines()[-1])) == ["error"], reply.body[-300:]
        assert rig.record(reply, "inference.abort")["reason"] == "budget_cap"
        assert rig.engine.last()[2]["options"]["num_predict"] < 400, rig.engine.last()[2]


if __name__ == "__main__":
    main(messages_pass_untouched_where_the_engine_speaks_them,
         messages_are_translated_for_an_engine_of_chat,
         a_hard_stream_keeps_the_grammar_of_messages,
         an_engine_that_dies_is_not_finished_for_it,
         an_engine_that_does_not_know_messages_is_asked_in_chat,
         errors_come_in_the_envelope_of_messages,
         tokens_are_counted_by_the_engine_or_estimated,
         a_client_that_goes_closes_the_engine,
         responses_pass_where_they_are_spoken_and_are_translated_elsewhere,
         ollama_passes_line_by_line,
         the_rest_of_openais_interface_is_relayed,
         models_are_listed_as_the_client_knows_them,
         a_stream_past_its_budget_ends_with_the_dialects_error)
