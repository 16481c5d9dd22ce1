"""An inference server whose answers a test writes byte by byte. It counts what is connected and what is running, so
that a test can tell what the gateway left behind."""
import asyncio
import json
import socket
import struct
import threading

LAST_CHUNK = b"0\r\n\r\n"
MODELS = json.dumps({"object": "list", "data": [{"id": "m1", "object": "model"}]}).encode()
PLAIN = json.dumps({"choices": [{"message": {"role": "assistant", "content": "hello"}}],
                    "usage": {"prompt_tokens": 3, "completion_tokens": 5}}).encode()
USAGE_EVENT = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}\n\n'
DONE = b"data: [DONE]\n\n"


def answer_head(kind="application/json", framing="chunked", length=None, version="1.1"):
    """`framing`: chunked, length or close."""
    lines = [f"HTTP/{version} 200 OK", f"Content-Type: {kind}"]
    if framing == "chunked":
        lines.append("Transfer-Encoding: chunked")
    if framing == "length":
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def stream_head(framing="chunked", length=None):
    return answer_head("text/event-stream", framing, length)


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


def content_event(text):
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}).encode() + b"\n\n"


def reset_on_close(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Exchange:
    """One request, and the way to answer it."""

    def __init__(self, head, body, writer):
        self.head = head
        self.body = body
        self.writer = writer
        self.key = self.field("idempotency-key") or ""

    def field(self, name):
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name.encode():
                return value.strip().decode()
        return None

    async def send(self, *parts):
        await self.send_pieces([b"".join(parts)])

    async def send_pieces(self, pieces):
        """Each piece is a write of its own."""
        for piece in pieces:
            if self.writer.is_closing():
                raise ConnectionResetError
            self.writer.write(piece)
            if self.writer.transport.get_write_buffer_size():
                await self.writer.drain()

    def finish(self):
        """A close-delimited answer ends here."""
        self.writer.close()

    def reset(self):
        reset_on_close(self.writer.get_extra_info("socket"))
        self.writer.transport.abort()

    @staticmethod
    async def pause(seconds):
        """Engines think between tokens."""
        await asyncio.sleep(seconds)

    @staticmethod
    async def forever():
        await asyncio.Event().wait()


async def plain_answer(exchange):
    await exchange.send(answer_head(framing="length", length=len(PLAIN)), PLAIN)


class StreamingEngine:
    """`answer` is a coroutine function of an Exchange. It is cancelled when the gateway closes the connection."""

    def __init__(self, answer=plain_answer, port=0):
        self.answer = answer
        self.open = 0
        self.running = 0
        self.requests = 0
        self.cancelled = 0
        self.arrived = {}
        self.failures = []
        self.tasks = set()
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(port, started), daemon=True)
        self.thread.start()
        started.wait()
        self.url = f"http://127.0.0.1:{self.port}"

    def run(self, port, started):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(
            asyncio.start_server(self.serve, "127.0.0.1", port, limit=64 << 20, backlog=4096))
        self.port = self.server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()

    def arrival(self, key):
        """An event that is set when a request with this Idempotency-Key is whole."""
        return self.arrived.setdefault(key, threading.Event())

    async def serve(self, reader, writer):
        self.open += 1
        self.tasks.add(asyncio.current_task())
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            early = b""
            while early is not None:
                early = await self.serve_one(early, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            self.tasks.discard(asyncio.current_task())
            writer.close()

    async def serve_one(self, early, reader, writer):
        """`early`: what the wait for the gateway's close has read of this request. Returns that of the next one,
        None when there is none."""
        head = early + await reader.readuntil(b"\r\n\r\n")
        exchange = Exchange(head, b"", writer)
        exchange.body = await reader.readexactly(int(exchange.field("content-length") or 0))
        if head.startswith(b"GET"):
            await exchange.send(answer_head(framing="length", length=len(MODELS)), MODELS)
            return b""
        self.requests += 1
        self.running += 1
        try:
            return await self.answer_while_wanted(exchange, reader)
        finally:
            self.running -= 1

    async def answer_while_wanted(self, exchange, reader):
        if exchange.key:
            self.arrival(exchange.key).set()
        answering = asyncio.ensure_future(self.answer(exchange))
        gone = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({answering, gone}, return_when=asyncio.FIRST_COMPLETED)
            # The answer may have reached its reader, and the next request come, before this task knew.
            if gone.done() and not gone.exception() and gone.result():
                await answering
        finally:
            self.cancelled += answering.cancel()
            gone.cancel()
            broken, early = await asyncio.gather(answering, gone, return_exceptions=True)
        if isinstance(broken, Exception) and not isinstance(broken, OSError):
            self.failures.append(broken)
        if broken is not None or early == b"" or exchange.writer.is_closing():
            return None
        return early if isinstance(early, bytes) else b""

    def stop(self):
        """Closes the listener and resets every connection."""
        async def end():
            self.server.close()
            for task in list(self.tasks):
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)
            self.loop.stop()

        asyncio.run_coroutine_threadsafe(end(), self.loop)
        self.thread.join(timeout=10)
        if not self.loop.is_running():
            self.loop.close()
