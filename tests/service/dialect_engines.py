"""Inference servers that speak what a test lets them speak, and remember what they were asked."""
import json

from streaming_engine import LAST_CHUNK, StreamingEngine, answer_head, chunk


def event(data, name=None):
    head = f"event: {name}\n" if name else ""
    return (head + "data: " + (data if isinstance(data, str) else json.dumps(data)) + "\n\n").encode()


def delta(content=None, finish=None, **more):
    fields = ({"content": content} if content is not None else {}) | more
    return event({"id": "chatcmpl-1", "model": "engine-model",
                  "choices": [{"index": 0, "delta": fields, "finish_reason": finish}]})


def call_delta(index, arguments, **start):
    function = {"arguments": arguments} | ({"name": start["name"]} if "name" in start else {})
    call = {"index": index, "function": function} | ({"id": start["id"], "type": "function"} if "id" in start else {})
    return delta(tool_calls=[call])


CHAT_USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
CHAT_STREAM = [delta("Hel"), delta("lo"), delta(finish="stop"),
               event({"id": "chatcmpl-1", "model": "engine-model", "choices": [], "usage": CHAT_USAGE}),
               event("[DONE]")]
CHAT_ANSWER = {"id": "chatcmpl-1", "object": "chat.completion", "model": "engine-model", "created": 5,
               "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"},
                            "finish_reason": "stop"}], "usage": CHAT_USAGE}

MESSAGES_ANSWER = {"id": "msg_1", "type": "message", "role": "assistant", "model": "engine-model",
                   "content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn", "stop_sequence": None,
                   "usage": {"input_tokens": 11, "output_tokens": 7}}
MESSAGES_STREAM = [
    event({"type": "message_start", "message": MESSAGES_ANSWER | {
        "content": [], "stop_reason": None, "usage": {"input_tokens": 11, "output_tokens": 1}}}, "message_start"),
    event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
          "content_block_start"),
    event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
          "content_block_delta"),
    event({"type": "content_block_stop", "index": 0}, "content_block_stop"),
    event({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
           "usage": {"output_tokens": 7}}, "message_delta"),
    event({"type": "message_stop"}, "message_stop")]

# What caches wrote and read is counted apart.
MESSAGES_CACHED = {"input_tokens": 11, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 100,
                   "output_tokens": 7}


def said_in_messages(blocks, stop_reason="end_turn", usage=None):
    """The events of a stream of Messages: each block with the pieces that it comes in."""
    usage = usage or MESSAGES_CACHED
    started = MESSAGES_ANSWER | {"content": [], "stop_reason": None, "usage": usage | {"output_tokens": 1}}
    kinds = {"text": "text_delta", "thinking": "thinking_delta", "tool_use": "input_json_delta"}
    pieces = [event({"type": "message_start", "message": started}, "message_start"), event({"type": "ping"}, "ping")]
    for index, (block, parts) in enumerate(blocks):
        kind = kinds[block["type"]]
        name = "partial_json" if kind == "input_json_delta" else block["type"]
        pieces.append(event({"type": "content_block_start", "index": index, "content_block": block},
                            "content_block_start"))
        pieces += [event({"type": "content_block_delta", "index": index, "delta": {"type": kind, name: part}},
                         "content_block_delta") for part in parts]
        pieces.append(event({"type": "content_block_stop", "index": index}, "content_block_stop"))
    return pieces + [
        event({"type": "message_delta", "delta": {"stop_reason": stop_reason, "stop_sequence": None},
               "usage": {"output_tokens": usage["output_tokens"]}}, "message_delta"),
        event({"type": "message_stop"}, "message_stop")]


RESPONSES_USAGE = {"input_tokens": 11, "output_tokens": 7, "total_tokens": 18}
RESPONSES_ANSWER = {"id": "resp_1", "object": "response", "status": "completed", "model": "engine-model",
                    "output": [{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                                "content": [{"type": "output_text", "text": "Hello", "annotations": []}]}],
                    "usage": RESPONSES_USAGE}
RESPONSES_STREAM = [
    event({"type": "response.created", "sequence_number": 0,
           "response": RESPONSES_ANSWER | {"status": "in_progress", "output": [], "usage": None}}, "response.created"),
    event({"type": "response.output_text.delta", "sequence_number": 1, "item_id": "msg_1", "output_index": 0,
           "content_index": 0, "delta": "Hello"}, "response.output_text.delta"),
    event({"type": "response.completed", "sequence_number": 2, "response": RESPONSES_ANSWER}, "response.completed")]

OLLAMA_ANSWER = {"model": "engine-model", "created_at": "2026-01-01T00:00:00Z",
                 "message": {"role": "assistant", "content": "Hello"}, "done": True, "done_reason": "stop",
                 "prompt_eval_count": 11, "eval_count": 7}
OLLAMA_STREAM = [
    json.dumps(OLLAMA_ANSWER | {"done": False, "message": {"role": "assistant", "content": "Hello"}}).encode() + b"\n",
    json.dumps(OLLAMA_ANSWER | {"message": {"role": "assistant", "content": ""}}).encode()]


class DialectEngine:
    """`paths`: what each POST path does with an exchange; all others are 404."""

    def __init__(self, paths):
        self.paths = paths
        self.calls = []
        self.engine = StreamingEngine(self.answer)
        self.url = self.engine.url

    async def answer(self, exchange):
        path = exchange.head.split(b" ")[1].decode()
        self.calls.append((path, exchange, json.loads(exchange.body)))
        if path in self.paths:
            await self.paths[path](exchange)
        else:
            await whole({"detail": "Not Found"}, 404)(exchange)

    def last(self):
        return self.calls[-1]

    def asked(self):
        return [path for path, _, _ in self.calls]

    def stop(self):
        assert self.engine.failures == [], self.engine.failures
        self.engine.stop()


def whole(answer, status=200):
    body = json.dumps(answer).encode()

    async def send(exchange):
        head = answer_head(framing="length", length=len(body))
        await exchange.send(head.replace(b"200 OK", b"%d Said" % status), body)
    return send


def streamed(pieces, kind="text/event-stream", ends=True, holds=False):
    """`ends`: with the last chunk; else the connection breaks."""
    async def send(exchange):
        await exchange.send(answer_head(kind))
        for piece in pieces:
            await exchange.send(chunk(piece))
        if holds:
            await exchange.forever()
        if ends:
            await exchange.send(LAST_CHUNK)
        else:
            exchange.finish()
    return send


def as_asked(answer, pieces, kind="text/event-stream", by_default=False):
    async def send(exchange):
        asked = json.loads(exchange.body).get("stream", by_default)
        await (streamed(pieces, kind) if asked else whole(answer))(exchange)
    return send


CHAT = as_asked(CHAT_ANSWER, CHAT_STREAM)
MESSAGES = as_asked(MESSAGES_ANSWER, MESSAGES_STREAM)
RESPONSES = as_asked(RESPONSES_ANSWER, RESPONSES_STREAM)
OLLAMA = as_asked(OLLAMA_ANSWER, OLLAMA_STREAM, "application/x-ndjson", by_default=True)
