"""The servers that are measured, and the engine behind them."""
import dataclasses
import http.client
import json
import pathlib
import resource

from rig import configs, tokens
from rig.processes import BIN, LOAD_CPU, ROOT, SERVER_CPU, Void, free_port, listens, until

NAMES = {"nginx": "nginx proxy_pass", "haproxy": "HAProxy", "haproxy_jwt": "HAProxy jwt_verify RS256",
         "plain": "ours, no gates", "governed": "ours, governed",
         "changing": "ours, governed, another caller each request", "uncached": "ours, governed, cache off",
         "portkey": "Portkey OSS", "relay": "bare epoll relay", "direct": "no proxy"}


@dataclasses.dataclass
class Server:
    key: str
    port: int
    pid: int = 0
    tokens: pathlib.Path | None = None
    headers: dict = dataclasses.field(default_factory=dict)
    note: str = ""
    hold: int = 1  # requests that a caller sends before the next one's turn

    @property
    def name(self):
        return NAMES[self.key]


class Engine:
    """The mock engine (bench/mock_upstream.cc)."""

    def __init__(self, workshop, *models):
        _, line = workshop.start_printing(LOAD_CPU, [BIN / "mock_upstream", 0, "bench", *models], "mock_upstream")
        self.port = int(line)

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def counters(self):
        return json.loads(self.get("/counters"))


def most_files():
    """As many descriptors as this machine gives, for this process and all that it starts."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def wait_for(workshop, server, name):
    process = workshop.processes[-1]
    until(lambda: listens(server.port) or process.poll() is not None, f"{name} listens")
    if process.poll() is not None:
        raise Void(f"{name} did not start: {workshop.log_of(name)}")
    return server


def nginx(workshop, engine, buffered=True):
    port = free_port()
    folder = workshop.folder / f"nginx-{port}"
    folder.mkdir()
    (folder / "nginx.conf").write_text(configs.NGINX.format(
        dir=folder, port=port, upstream=engine.port, files=most_files(),
        buffering="" if buffered else "proxy_buffering off;"))
    process = workshop.start(SERVER_CPU, ["nginx", "-c", folder / "nginx.conf", "-p", folder], "nginx")
    return wait_for(workshop, Server("nginx", port, process.pid), "nginx")


def haproxy(workshop, engine, jwt=False, streams=False):
    port = free_port()
    path = workshop.folder / f"haproxy-{port}.cfg"
    token_file, key = tokens.rs256(workshop.folder) if jwt else (None, None)
    path.write_text(configs.HAPROXY.format(
        port=port, upstream=engine.port, connections=most_files() // 2 - 100,
        # Without it frames wait for more to come, tens of milliseconds.
        delay="  option http-no-delay" if streams else "",
        checks=configs.HAPROXY_JWT.format(key=key) if jwt else ""))
    process = workshop.start(SERVER_CPU, ["haproxy", "-db", "-f", path], "haproxy")
    server = Server("haproxy_jwt" if jwt else "haproxy", port, process.pid, token_file)
    return wait_for(workshop, server, "haproxy")


def plain(workshop, engine):
    process, line = workshop.start_printing(SERVER_CPU, [BIN / "plain_proxy", engine.port], "plain_proxy")
    return Server("plain", int(line), process.pid)


def bare_relay(workshop, engine):
    process, line = workshop.start_printing(SERVER_CPU, [BIN / "bare_relay", engine.port], "bare_relay")
    return Server("relay", int(line), process.pid)


def direct(engine):
    return Server("direct", engine.port)


def portkey_node():
    for node in (ROOT / ".deps/portkey/node/bin/node", ROOT / ".deps/node/bin/node"):
        if node.exists():
            return node
    return None


def portkey(workshop, engine):
    port, node = free_port(), portkey_node()
    program = ROOT / ".deps/portkey/gateway/node_modules/@portkey-ai/gateway/build/start-server.js"
    process = workshop.start(SERVER_CPU, [node, program, f"--port={port}", "--headless"], "portkey")
    version = "Node 26" if "portkey/node" in str(node) else "Node 24"
    server = Server("portkey", port, process.pid, note=f"1.15.2, @hono/node-server 1.13.8, {version}", headers={
        "x-portkey-provider": "openai", "x-portkey-custom-host": f"http://127.0.0.1:{engine.port}/v1"})
    return wait_for(workshop, server, "portkey")
