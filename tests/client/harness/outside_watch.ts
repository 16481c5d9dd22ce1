import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The proxy for everything that is not on loopback: it lets nothing out and keeps what was wanted.
 * It sees what programs do that take a proxy from their environment.
 */
export class OutsideWatch {
  readonly wanted: string[] = [];
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      this.wanted.push(`${request.method} ${request.url}`);
      response.writeHead(502).end();
    });
    this.server.on("connect", (request, socket) => {
      this.wanted.push(`CONNECT ${request.url}`);
      socket.on("error", () => undefined);
      socket.end("HTTP/1.1 502 Closed\r\n\r\n");
    });
  }

  static async start(): Promise<OutsideWatch> {
    const watch = new OutsideWatch();
    await new Promise<void>((resolve) => watch.server.listen(0, "127.0.0.1", resolve));
    return watch;
  }

  get environment(): Record<string, string> {
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    const names = ["http_proxy", "https_proxy", "all_proxy"];
    const both = names.flatMap((name) => [name, name.toUpperCase()]);
    const loopback = { no_proxy: "127.0.0.1", NO_PROXY: "127.0.0.1" };
    return { ...Object.fromEntries(both.map((name) => [name, url])), ...loopback };
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}
