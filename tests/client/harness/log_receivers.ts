import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";

/** A webhook and a syslog receiver that keep every byte they get. */
export class LogReceivers {
  private readonly got: Record<"webhook" | "syslog", Buffer[]> = { webhook: [], syslog: [] };
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();
  webhookUrl = "";
  syslogUrl = "";

  static async start(): Promise<LogReceivers> {
    const receivers = new LogReceivers();
    receivers.webhookUrl = `http://${await receivers.listen(receivers.webhook())}/`;
    receivers.syslogUrl = `syslog+tcp://${await receivers.listen(receivers.syslog())}`;
    return receivers;
  }

  /** Heads and bodies, or messages, as they came. */
  bytes(kind: "webhook" | "syslog"): Buffer {
    return Buffer.concat(this.got[kind]);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.servers.map((server) => new Promise((end) => server.close(end))));
  }

  private webhook(): Server {
    return createHttpServer((request, answer) => {
      this.got.webhook.push(Buffer.from(request.rawHeaders.join("\n")));
      request.on("data", (data: Buffer) => this.got.webhook.push(data));
      request.on("end", () => answer.writeHead(204).end());
    });
  }

  private syslog(): Server {
    return createServer((socket) => {
      socket.on("data", (data: Buffer) => this.got.syslog.push(data));
      socket.on("error", () => undefined);
    });
  }

  private async listen(server: Server): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    this.servers.push(server);
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
}
