"""One event loop that stands still in the middle of its work: the connections of the others do not notice, the log says
which loop it is, and what waited is answered afterwards."""
import json
import threading
import time

from harness import Platform, main, scratch, until
from held_thread import held
from raw_client import RawClient

CLIENTS = 24
ATTEMPTS = 30
PAUSE = 1.2  # the watchdog looks every half second for what has lasted half a second
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: gw.test\r\n\r\n"


class Busy:
    """Clients that ask all the time: so a loop is likely to be stopped while it works."""

    def __init__(self, port):
        self.clients = [RawClient(port, timeout=20) for _ in range(CLIENTS)]
        self.answered, self.problems = [0] * CLIENTS, []
        self.ending = False
        self.threads = [threading.Thread(target=self.ask, args=[number]) for number in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def ask(self, number):
        client = self.clients[number]
        try:
            while not self.ending:
                client.send(REQUEST)
                assert client.read_head() == 200 and client.body()
                self.answered[number] += 1
        except Exception as problem:  # shown by the thread that judges
            self.problems.append(problem)

    def end(self):
        self.ending = True
        for thread in self.threads:
            thread.join(timeout=30)
            assert not thread.is_alive(), "a client got no answer"
        for client in self.clients:
            client.close()
        assert not self.problems, self.problems


def stalls(platform):
    lines = (json.loads(line) for line in platform.log.read_text().splitlines() if line.startswith("{"))
    return [line for line in lines if line["event"] == "loop stalled"]


def the_other_loop_goes_on_and_the_log_names_the_one_that_stands():
    with scratch() as folder:
        platform = Platform(folder / "data", "log: { level: warn }\n")
        busy = Busy(platform.port)
        until(lambda: all(busy.answered), "an answer for each client")
        for _ in range(ATTEMPTS):
            known = len(stalls(platform))
            with held(platform.gateway_pid()):  # its first thread is its first loop
                time.sleep(0.05)
                before = list(busy.answered)
                time.sleep(PAUSE)
                went_on = sum(now > then for now, then in zip(busy.answered, before))
            standing = {line["loop"] for line in stalls(platform)[known:]}
            # A thread that is stopped while it holds a lock of both (an allocator's) stops the other too.
            if standing == {0} and went_on:
                break
        assert standing == {0}, stalls(platform)
        assert 0 < went_on < CLIENTS, f"{went_on} of {CLIENTS} were answered"
        before = list(busy.answered)
        until(lambda: all(now > then for now, then in zip(busy.answered, before)), "answers of both loops")
        busy.end()
        platform.stop()


main(the_other_loop_goes_on_and_the_log_names_the_one_that_stands)
