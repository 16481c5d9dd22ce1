"""A network that swallows what is sent to a client: no FIN, no RST. What the client had is let go within the time that
docs/http.md names, and its end is recorded."""
import network_namespace
from harness import Platform, engine_config, main, scratch, until
from network_namespace import ip
from raw_client import RawClient, chat_body, chat_request
from streaming_engine import StreamingEngine, chunk, content_event, stream_head

CLIENT = "127.0.0.5"  # another address of loopback, so that packets to it can be dropped alone
WRITE_IDLE = 1
GRACE = 5  # what docs/http.md adds to limits.write_idle
EVENT = chunk(content_event("hello"))


async def endless_answer(exchange):
    await exchange.send(stream_head())
    while True:
        await exchange.send(EVENT)
        await exchange.pause(0.02)


def a_client_that_vanishes_without_a_word_is_let_go():
    with scratch() as folder:
        engine = StreamingEngine(endless_answer)
        platform = Platform(folder / "data", engine_config(engine) + f"limits: {{ write_idle: {WRITE_IDLE}s }}\n")
        token = platform.token()
        with RawClient(platform.port, source=CLIENT) as cut, RawClient(platform.port) as other:
            for client in (cut, other):
                client.send(chat_request(token, chat_body(stream=True)))
                assert client.read_head() == 200
                client.at_least(1000)
            assert engine.running == 2
            ip("route", "add", "blackhole", CLIENT, "table", "local")
            until(lambda: engine.running == 1, "the engine to be let go", seconds=WRITE_IDLE + GRACE + 10)
            assert len(other.file.read(10_000)) == 10_000
            assert engine.running == 1, "a stream of somebody else ended"
        until(lambda: engine.running == 0, "an idle engine")
        platform.stop()
        aborts = [record["data"]["reason"] for record in platform.records() if record["act"] == "inference.abort"]
        assert aborts == ["client_gone"] * 2, aborts
        engine.stop()


network_namespace.enter()
main(a_client_that_vanishes_without_a_word_is_let_go)
