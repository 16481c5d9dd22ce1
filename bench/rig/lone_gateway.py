"""The gateway without its supervisor, so that a tool can be put around it."""
import shutil

from rig import configs, tokens
from rig.governed import ask, chat
from rig.processes import BIN, SERVER_CPU, Void, free_port, until
from rig.servers import Engine, Server


class LoneGateway:
    """Starts from a configuration, keys and an installation id that a first start of the platform made."""

    def __init__(self, workshop, *models):
        self.workshop, self.engine = workshop, Engine(workshop, *models)
        self.config, self.made = workshop.folder / "srasta.yaml", workshop.folder / "data"
        self.config.write_text(configs.srasta(self.engine.port))
        process, line = workshop.start_printing(
            SERVER_CPU, [BIN / "srasta", "up", "--config", self.config, "--data", self.made, "--listen",
                         "127.0.0.1:0"], "srasta")
        if "ready on" not in line:
            raise Void(f"the platform did not start: {line}\n{workshop.log_of('srasta')}")
        workshop.stop(process)

    def new_data(self, name):
        """A data folder without a ledger: an old one would be read at start."""
        data = self.workshop.folder / name
        shutil.copytree(self.made, data)
        shutil.rmtree(data / "audit")
        (data / "run/gateway.url").unlink()  # it would look like readiness
        return data

    def start(self, data, callers, around, program=BIN / "srasta-api"):
        """The process and the server; it has seen the engine's models. `around`: the tool and its options."""
        port = free_port()
        process = self.workshop.start(SERVER_CPU, [*around, program, "--config", self.config, "--data", data,
                                                   "--listen", f"127.0.0.1:{port}"], "gateway")
        until((data / "run/gateway.url").exists, "the gateway is ready", 60)
        minted = tokens.mint(data, f"http://127.0.0.1:{port}", callers, data / "tokens")
        server = Server("governed", port, process.pid, minted)
        first = minted.read_text().split("\n")[0]
        until(lambda: ask(port, first, chat()) == 200, "the gateway has seen the engine's models", 60)
        return process, server
