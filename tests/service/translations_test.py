"""Clients of chat before an engine that speaks only Messages, and of Ollama's interface before engines that do not."""
import json

import dialect_engines as engines
from client import ask
from dialect_engines import call_delta, delta, said_in_messages, streamed, whole
from dialect_rig import BUDGET, HI, Rig, data_of
from harness import main, until
from raw_client import RawClient, chat_request

CHAT = {"model": "general", "messages": HI}
ONLY_MESSAGES = {"/v1/messages": engines.MESSAGES}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}


def chunks_of(body):
    """Of a stream of chat: each line one event, the last of them [DONE]."""
    events = [line.removeprefix("data: ") for line in body.decode().split("\n\n") if line]
    return [json.loads(data) for data in events if data != "[DONE]"], events[-1] == "[DONE]"


def lines_of(body):
    return [json.loads(line) for line in body.splitlines()]


def chat_is_translated_for_an_engine_of_messages():
    with Rig(ONLY_MESSAGES, kind="anthropic") as rig:
        asked = CHAT | {"messages": [{"role": "system", "content": "Be brief."}] + HI, "stop": "END"}
        reply = rig.post("/v1/chat/completions", asked, {"openai-beta": "x"})
        assert reply.status == 200 and reply.fields["content-type"] == "application/json", reply.body
        answer = reply.json()
        assert answer["object"] == "chat.completion" and answer["model"] == "engine-model", answer
        assert answer["choices"][0]["message"]["content"] == "Hello", answer
        assert answer["choices"][0]["finish_reason"] == "stop" and answer["usage"]["total_tokens"] == 18, answer
        path, exchange, body = rig.engine.last()
        assert path == "/v1/messages" and body.pop("max_tokens") > 0, "an engine needs a limit"
        assert body == {"model": "m1", "system": "Be brief.", "messages": HI, "stop_sequences": ["END"]}, body
        assert exchange.field("anthropic-version") == "2023-06-01" and exchange.field("openai-beta") is None
        done = rig.record(reply, "inference.complete")
        assert (done["input_tokens"], done["output_tokens"]) == (11, 7), done
        rig.post("/v1/chat/completions", CHAT | {"max_completion_tokens": 9})
        assert rig.engine.last()[2]["max_tokens"] == 9, rig.engine.last()[2]

        reply = rig.post("/v1/chat/completions", CHAT | {"stream": True, "stream_options": {"include_usage": True}})
        assert reply.fields["content-type"] == "text/event-stream", reply.fields
        chunks, done = chunks_of(reply.body)
        assert done and chunks[0]["choices"][0]["delta"]["role"] == "assistant", chunks
        assert "".join(one["choices"][0]["delta"].get("content", "") for one in chunks[:-1]) == "Hello", chunks
        assert chunks[-1]["choices"] == [] and chunks[-1]["usage"]["completion_tokens"] == 7, chunks[-1]
        assert len({one["id"] for one in chunks}) == 1 and chunks[-2]["choices"][0]["finish_reason"] == "stop"
        assert rig.engine.last()[2]["stream"] is True and "stream_options" not in rig.engine.last()[2]
        reply = rig.post("/v1/chat/completions", CHAT | {"stream": True})
        assert b'"usage"' not in reply.body, reply.body
        # Counted all the same.
        done = rig.record(reply, "inference.complete")
        assert (done["input_tokens"], done["output_tokens"]) == (11, 7), done


def thoughts_and_calls_of_messages_become_deltas_of_chat():
    blocks = [({"type": "thinking", "thinking": "", "signature": ""}, ["Let me", " think."]),
              ({"type": "text", "text": ""}, ["I will", " look."]),
              ({"type": "tool_use", "id": "toolu_a", "name": "weather", "input": {}}, list('{"city": "Köln"}')),
              ({"type": "tool_use", "id": "toolu_b", "name": "now", "input": {}}, [])]
    with Rig({"/v1/messages": streamed(said_in_messages(blocks, "tool_use"))}, kind="anthropic") as rig:
        reply = rig.post("/v1/chat/completions", CHAT | {"stream": True, "tools": [TOOL], "parallel_tool_calls": False})
        chunks, done = chunks_of(reply.body)
        deltas = [one["choices"][0]["delta"] for one in chunks]
        assert "".join(one.get("reasoning_content", "") for one in deltas) == "Let me think.", deltas
        assert "".join(one.get("content", "") for one in deltas) == "I will look.", deltas
        calls = {}
        for call in (call for one in deltas for call in one.get("tool_calls", [])):
            known = calls.setdefault(call["index"], {"id": call.get("id"), "arguments": ""})
            known["arguments"] += call["function"]["arguments"]
        assert calls == {0: {"id": "toolu_a", "arguments": '{"city": "Köln"}'},
                         1: {"id": "toolu_b", "arguments": "{}"}}, calls
        assert done and chunks[-1]["choices"][0]["finish_reason"] == "tool_calls", chunks[-1]
        asked = rig.engine.last()[2]
        assert asked["tools"] == [{"name": "weather", "input_schema": {"type": "object"}}], asked
        assert asked["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}, asked


def responses_reach_an_engine_of_messages_in_two_steps():
    asked = {"model": "general", "input": "hi", "instructions": "Be brief.", "max_output_tokens": 50}
    with Rig(ONLY_MESSAGES, kind="anthropic") as rig:
        reply = rig.post("/v1/responses", asked)
        answer = reply.json()
        assert answer["object"] == "response" and answer["output"][0]["content"][0]["text"] == "Hello", answer
        assert answer["usage"]["total_tokens"] == 18 and answer["instructions"] == "Be brief.", answer
        assert rig.engine.last()[2] == {"model": "m1", "system": "Be brief.", "messages": HI, "max_tokens": 50}
        reply = rig.post("/v1/responses", asked | {"stream": True})
        events = data_of(reply.body)
        assert [data["sequence_number"] for _, data in events] == list(range(len(events))), events
        assert "".join(data["delta"] for name, data in events if name == "response.output_text.delta") == "Hello"
        assert events[-1][1]["response"]["usage"]["input_tokens"] == 11, events[-1]
        done = rig.record(reply, "inference.complete")
        assert (done["input_tokens"], done["output_tokens"]) == (11, 7), done


def what_messages_cannot_say_is_refused_by_name():
    with Rig(ONLY_MESSAGES, kind="anthropic") as rig:
        for members, param in (({"temperature": 1.5}, "temperature"), ({"n": 2}, "n"), ({"own": 1}, "own"),
                               ({"response_format": {"type": "json_object"}}, "response_format")):
            reply = rig.post("/v1/chat/completions", CHAT | members)
            assert (reply.status, reply.code) == (400, "cannot_translate"), reply.body
            assert reply.json()["error"]["param"] == param, reply.body
        assert rig.record(reply, "inference.request")["reason"] == "not_translatable"
        for path in ("/v1/embeddings", "/v1/completions"):
            assert rig.post(path, {"model": "general", "input": "hi"}).code == "interface_unavailable", path
        reply = rig.post("/api/embed", {"model": "general", "input": "hi"})
        assert reply.code == "interface_unavailable" and list(reply.json()) == ["error"], reply.body
        assert rig.engine.calls == []
    too_long = {"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long"}}
    with Rig({"/v1/messages": whole(too_long, 400)}, kind="anthropic") as rig:
        reply = rig.post("/v1/chat/completions", CHAT | {"stream": True})
        assert reply.status == 400 and reply.json()["error"]["message"] == "prompt is too long", reply.body
        assert reply.json()["error"]["type"] == "invalid_request_error", reply.body


def an_engine_of_messages_that_dies_is_not_finished_for_it():
    begun = engines.MESSAGES_STREAM[:3]
    with Rig({"/v1/messages": streamed(begun, ends=False)}, kind="anthropic") as rig:
        reply = rig.post("/v1/chat/completions", CHAT | {"stream": True})
        chunks, done = chunks_of(reply.body)
        assert not done and chunks[-2]["choices"][0]["delta"]["content"] == "Hello", chunks
        assert chunks[-1]["error"]["code"] == "upstream_died", chunks[-1]
        assert rig.record(reply, "inference.error")["reason"] == "upstream_died"
        lines = lines_of(rig.post("/api/chat", CHAT).body)
        assert lines[-2]["message"]["content"] == "Hello" and list(lines[-1]) == ["error"], lines
    failed = begun + [engines.event({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
                                    "error")]
    with Rig({"/v1/messages": streamed(failed)}, kind="anthropic") as rig:
        reply = rig.post("/v1/chat/completions", CHAT | {"stream": True})
        assert chunks_of(reply.body)[0][-1]["error"]["message"] == "Overloaded", reply.body
        assert rig.record(reply, "inference.error")["reason"] == "in_stream_error"


def use_that_an_engine_of_messages_counts_is_charged():
    """The cache's tokens are counted apart by the engine, and charged like the rest."""
    answer = engines.MESSAGES_ANSWER | {"usage": engines.MESSAGES_CACHED}
    said = said_in_messages([({"type": "text", "text": ""}, ["Hello"])])
    with Rig({"/v1/messages": engines.as_asked(answer, said)}, kind="anthropic", more=BUDGET) as rig:
        for members in ({}, {"stream": True}):
            reply = rig.post("/v1/chat/completions", CHAT | {"max_tokens": 20} | members)
            done = rig.record(reply, "inference.complete")
            assert (done["input_tokens"], done["output_tokens"]) == (131, 7), done
            assert (done["charged"], done["estimated"]) == (138, False), done
        usage = rig.post("/v1/chat/completions", CHAT | {"max_tokens": 20}).json()["usage"]
        assert usage["prompt_tokens"] == 131 and usage["prompt_tokens_details"] == {"cached_tokens": 100}, usage
        assert rig.post("/v1/chat/completions", CHAT | {"max_tokens": 20}).code == "budget_exhausted"
    # Nobody counts what a broken stream took: what was relayed bounds it.
    begun = said[:1] + [engines.event({"type": "content_block_start", "index": 0,
                                       "content_block": {"type": "text", "text": ""}})]
    with Rig({"/v1/messages": streamed(begun, ends=False)}, kind="anthropic", more=BUDGET) as rig:
        done = rig.record(rig.post("/v1/chat/completions", CHAT | {"max_tokens": 20, "stream": True}), "inference.error")
        assert done["charged"] > 0, done


def ollamas_clients_are_translated_for_an_engine_of_chat():
    with Rig({"/v1/chat/completions": engines.CHAT}) as rig:
        body = CHAT | {"options": {"num_predict": 9, "temperature": 0.5, "num_ctx": 99}, "keep_alive": "5m"}
        reply = rig.post("/api/chat", body)  # a stream, since nothing else is said
        assert reply.fields["content-type"] == "application/x-ndjson", reply.fields
        lines = lines_of(reply.body)
        assert "".join(line["message"]["content"] for line in lines) == "Hello", lines
        last = lines[-1]
        assert [line["done"] for line in lines[:-1]] == [False] * (len(lines) - 1) and last["done"], lines
        assert (last["done_reason"], last["prompt_eval_count"], last["eval_count"]) == ("stop", 11, 7), last
        path, _, asked = rig.engine.last()
        assert path == "/v1/chat/completions" and asked == {
            "model": "m1", "messages": HI, "max_tokens": 9, "temperature": 0.5, "stream": True,
            "stream_options": {"include_usage": True}}, asked
        done = rig.record(reply, "inference.complete")
        assert (done["input_tokens"], done["output_tokens"]) == (11, 7), done

        reply = rig.post("/api/generate", {"model": "general", "prompt": "hi", "stream": False})
        answer = reply.json()
        assert answer["response"] == "Hello" and answer["done"] and answer["model"] == "engine-model", answer
        assert rig.engine.last()[2] == {"model": "m1", "messages": HI, "stream": False}, rig.engine.last()[2]
        lines = lines_of(rig.post("/api/generate", {"model": "general", "prompt": "hi"}).body)
        assert "".join(line["response"] for line in lines) == "Hello" and lines[-1]["eval_count"] == 7, lines

        for path, members, param in (("/api/chat", CHAT | {"options": {"own": 1}}, "options.own"),
                                     ("/api/generate", {"model": "general", "prompt": "a", "raw": True}, "raw"),
                                     ("/api/chat", {"model": "general", "messages": []}, "messages")):
            reply = rig.post(path, members)
            assert (reply.status, reply.code) == (400, "cannot_translate"), reply.body
            assert list(reply.json()) == ["error"] and param in reply.json()["error"], reply.body


def calls_reach_ollamas_clients_whole():
    pieces = ([call_delta(0, "", id="call_a", name="weather"), call_delta(1, "", id="call_b", name="now")]
              + [call_delta(0, letter) for letter in '{"city": "Köln"}'] + [call_delta(1, "{}")]
              + [delta(finish="tool_calls")] + engines.CHAT_STREAM[-2:])
    with Rig({"/v1/chat/completions": streamed(pieces)}) as rig:
        lines = lines_of(rig.post("/api/chat", CHAT | {"tools": [TOOL]}).body)
        calls = [call["function"] for line in lines for call in line["message"].get("tool_calls", [])]
        assert [(call["name"], call["arguments"]) for call in calls] == [("weather", {"city": "Köln"}), ("now", {})]
        assert rig.engine.last()[2]["tools"] == [TOOL], rig.engine.last()[2]
        # The client sends them back without ids.
        told = [{"role": "assistant", "content": "", "tool_calls": [{"function": call} for call in calls]},
                {"role": "tool", "tool_name": "now", "content": "noon"},
                {"role": "tool", "tool_name": "weather", "content": "rain"}]
        rig.post("/api/chat", CHAT | {"messages": HI + told})
        messages = rig.engine.last()[2]["messages"]
        ids = [call["id"] for call in messages[1]["tool_calls"]]
        assert [message["tool_call_id"] for message in messages[2:]] == ids[::-1], messages


def ollamas_embeddings_are_those_of_v1_embeddings():
    vectors = b'{"object":"list","model":"e1","data":[{"index":0,"embedding":[0.10,-2e-3]}],"usage":{"prompt_tokens":4}}'

    async def embed(exchange):
        await exchange.send(engines.answer_head(framing="length", length=len(vectors)), vectors)
    with Rig({"/v1/embeddings": embed}) as rig:
        reply = rig.post("/api/embed", {"model": "general", "input": ["hi"], "truncate": True})
        assert b"[[0.10,-2e-3]]" in reply.body and reply.json()["prompt_eval_count"] == 4, reply.body
        path, _, asked = rig.engine.last()
        assert path == "/v1/embeddings", path
        assert asked == {"model": "m1", "input": ["hi"], "encoding_format": "float"}, asked
        assert rig.record(reply, "inference.complete")["input_tokens"] == 4
    # A stream is no answer to that, whoever says so.
    with Rig({"/v1/embeddings": streamed(engines.CHAT_STREAM)}) as rig:
        reply = rig.post("/api/embed", {"model": "general", "input": "hi"})
        assert (reply.status, reply.code) == (502, "upstream_bad_response"), reply.body


def ollamas_clients_reach_an_engine_of_messages_in_two_steps():
    with Rig(ONLY_MESSAGES, kind="anthropic") as rig:
        lines = lines_of(rig.post("/api/chat", CHAT | {"options": {"num_predict": 9}}).body)
        assert "".join(line["message"]["content"] for line in lines) == "Hello", lines
        assert (lines[-1]["prompt_eval_count"], lines[-1]["eval_count"]) == (11, 7), lines[-1]
        assert rig.engine.last()[2] == {"model": "m1", "messages": HI, "max_tokens": 9, "stream": True}
        answer = rig.post("/api/generate", {"model": "general", "prompt": "hi", "stream": False}).json()
        assert answer["response"] == "Hello", answer


def streams_of_ollamas_clients_end_with_an_error():
    with Rig({"/v1/chat/completions": streamed([delta("Hel")], ends=False)}) as rig:
        reply = rig.post("/api/chat", CHAT)
        lines = lines_of(reply.body)
        assert lines[0]["message"]["content"] == "Hel" and list(lines[1]) == ["error"] and len(lines) == 2, lines
        assert rig.record(reply, "inference.error")["reason"] == "upstream_died"
    many = [delta(f"w{index} ") for index in range(600)]
    with Rig({"/v1/chat/completions": streamed(many, holds=True)}, more=BUDGET) as rig:
        reply = rig.post("/api/generate", {"model": "general", "prompt": "hi"})
        assert list(lines_of(reply.body)[-1]) == ["error"], reply.body[-300:]
        assert rig.record(reply, "inference.abort")["reason"] == "budget_cap"
        assert rig.engine.last()[2]["max_tokens"] < 400, rig.engine.last()[2]
        reply = rig.post("/api/chat", CHAT)
        assert reply.code == "budget_exhausted" and list(reply.json()) == ["error"], reply.body


def a_client_that_goes_closes_an_engine_of_messages():
    with Rig({"/v1/messages": streamed(engines.MESSAGES_STREAM[:3], holds=True)}, kind="anthropic") as rig:
        body = json.dumps(CHAT | {"stream": True}).encode()
        with RawClient(rig.port) as client:
            client.send(chat_request(rig.token, body))
            assert client.read_head() == 200
            until(lambda: rig.engine.engine.running == 1, "the engine works")
        until(lambda: rig.engine.engine.running == 0, "the engine was let go", seconds=2)


def every_model_is_listed_for_ollamas_clients():
    with Rig(ONLY_MESSAGES, kind="anthropic") as rig:
        tags = ask(rig.port, "GET", "/api/tags", rig.token).json()["models"]
        assert {"name": "m1", "model": "m1"} in tags, tags


if __name__ == "__main__":
    main(chat_is_translated_for_an_engine_of_messages,
         thoughts_and_calls_of_messages_become_deltas_of_chat,
         responses_reach_an_engine_of_messages_in_two_steps,
         what_messages_cannot_say_is_refused_by_name,
         an_engine_of_messages_that_dies_is_not_finished_for_it,
         use_that_an_engine_of_messages_counts_is_charged,
         ollamas_clients_are_translated_for_an_engine_of_chat,
         calls_reach_ollamas_clients_whole,
         ollamas_embeddings_are_those_of_v1_embeddings,
         ollamas_clients_reach_an_engine_of_messages_in_two_steps,
         streams_of_ollamas_clients_end_with_an_error,
         a_client_that_goes_closes_an_engine_of_messages,
         every_model_is_listed_for_ollamas_clients)
