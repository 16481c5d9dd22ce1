"""A gate between two TCP ends. Each connection follows a plan: what happens to the bytes of either direction."""
import asyncio
import dataclasses
import re
import threading
from typing import Callable

from streaming_engine import reset_on_close

BLOCK = 1 << 16


@dataclasses.dataclass
class Way:
    """One direction. Offsets count the bytes that the sender wrote."""
    cut_after: int | None = None      # end the connection behind this byte ...
    how: str = "reset"                # ... by "reset", "close" (both directions) or "half" (this direction only)
    stall_after: int | None = None    # read no further byte, but keep everything open
    step: int = 0                     # bytes per write, each sent on its own; 0 = as they come
    block: int = BLOCK                # a slow reader takes this much ...
    pause: float = 0                  # ... and waits this long
    before: bytes = b""               # sent in front of the first byte
    inject_at: int | None = None      # garbage at this offset
    inject: bytes = b""
    endless: bytes = b""              # instead of anything the sender wrote, again and again
    edit_head: Callable[[bytes], bytes] | None = None


@dataclasses.dataclass
class Plan:
    to_server: Way = dataclasses.field(default_factory=Way)
    to_client: Way = dataclasses.field(default_factory=Way)


def wrong_length(difference):
    """An edit of a head: its Content-Length is off by `difference`."""
    def edit(head):
        return re.sub(rb"(?i)(content-length: )(\d+)",
                      lambda found: found[1] + str(int(found[2]) + difference).encode(), head)
    return edit


class Ended(Exception):
    """A plan ended its connection."""


class Peeked:
    """A reader whose first bytes were looked at before."""

    def __init__(self, first, reader):
        self.first = first
        self.reader = reader

    async def read(self, size):
        if not self.first:
            return await self.reader.read(size)
        data, self.first = self.first[:size], self.first[size:]
        return data


class Gate:
    def __init__(self, port):
        self.target = port
        self.plan = Plan()
        self.accepted = 0
        self.open = 0
        self.to_server_bytes = 0
        self.to_client_bytes = 0
        self.tasks = set()
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(started,), daemon=True)
        self.thread.start()
        started.wait()
        self.url = f"http://127.0.0.1:{self.port}"

    def run(self, started):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(asyncio.start_server(self.pass_through, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()

    def use(self, plan):
        """`plan` for requests: a Plan for every connection, or a function of the connection's number that returns
        one. Connections from before end, so that none is reused with its old plan. The gateway's probes (GET) pass
        whatever the plan."""
        async def switch():
            self.plan = plan
            await self.end_all()

        asyncio.run_coroutine_threadsafe(switch(), self.loop).result(timeout=10)

    async def end_all(self):
        ending = list(self.tasks)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    async def pass_through(self, reader, writer):
        number = self.accepted
        self.accepted += 1
        self.open += 1
        ends = [writer]
        try:
            first = await reader.read(BLOCK)
            plan = Plan()
            if not first.startswith(b"GET "):
                self.tasks.add(asyncio.current_task())
                plan = self.plan if isinstance(self.plan, Plan) else self.plan(number)
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
            ends.append(server_writer)
            await asyncio.gather(self.carry(Peeked(first, reader), server_writer, plan.to_server, "to_server_bytes"),
                                 self.carry(server_reader, writer, plan.to_client, "to_client_bytes"))
        except (OSError, Ended, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            self.tasks.discard(asyncio.current_task())
            for end in ends:
                end.close()

    async def carry(self, reader, writer, way, counter):
        if way.endless:
            while True:
                await self.put(writer, way.endless, way, counter)
        writer.write(way.before)
        taken = 0
        while data := await reader.read(self.room(way, taken)):
            if taken == 0 and way.edit_head:
                data = way.edit_head(data)
            taken += len(data)
            await self.put(writer, self.injected(data, taken, way), way, counter)
            if way.pause:
                await asyncio.sleep(way.pause)
            if taken == way.cut_after:
                self.cut(writer, way.how)
                return
            if taken == way.stall_after:
                await asyncio.Event().wait()
        if writer.can_write_eof() and not writer.is_closing():
            writer.write_eof()

    @staticmethod
    def room(way, taken):
        """How many bytes may be read so that no offset of the plan is passed over."""
        marks = [mark - taken for mark in (way.cut_after, way.stall_after, way.inject_at)
                 if mark is not None and mark > taken]
        return min([way.block, *marks])

    @staticmethod
    def injected(data, taken, way):
        return data + way.inject if taken == way.inject_at else data

    async def put(self, writer, data, way, counter):
        step = way.step or max(len(data), 1)
        for start in range(0, len(data), step):
            writer.write(data[start:start + step])
            await writer.drain()
            if way.step:
                await asyncio.sleep(0)
        setattr(self, counter, getattr(self, counter) + len(data))

    @staticmethod
    def cut(writer, how):
        if how == "half":
            writer.write_eof()
            return
        if how == "reset":
            reset_on_close(writer.get_extra_info("socket"))
            writer.transport.abort()
        raise Ended

    def stop(self):
        async def end():
            self.server.close()
            await self.end_all()
            self.loop.stop()

        asyncio.run_coroutine_threadsafe(end(), self.loop)
        self.thread.join(timeout=10)
