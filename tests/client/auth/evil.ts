// A server that nobody may ever contact: http and https on ports of its own, counting connections.
import { once } from "node:events";
import { type RequestListener, type Server, createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { serverCredentials } from "./certificates.ts";
import { keyNamed } from "./keys.ts";

const kHost = "127.0.0.3";

export class Evil {
  hits = 0;
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();

  async start(issuer: () => string): Promise<void> {
    const answer: RequestListener = (request, response) => {
      const keys = { keys: [{ ...keyNamed("X.rsa").jwk, kid: "x" }, keyNamed("X.ec").jwk] };
      const document = { issuer: issuer(), jwks_uri: `https://${this.secure}/jwks` };
      response.end(JSON.stringify(request.url?.includes("well-known") ? document : keys));
    };
    this.servers.push(createServer(answer));
    // The gateway would trust it: only its rules keep it away.
    this.servers.push(createTlsServer(serverCredentials("a", "good"), answer) as unknown as Server);
    for (const server of this.servers) await this.listen(server);
  }

  get plain(): string {
    return this.address(0);
  }

  get secure(): string {
    return this.address(1);
  }

  async stop(): Promise<void> {
    for (const server of this.servers) {
      const closed = once(server, "close");
      server.close();
      for (const socket of this.sockets) socket.destroy();
      await closed;
    }
  }

  private async listen(server: Server): Promise<void> {
    server.on("connection", (socket: Socket) => {
      ++this.hits;
      this.sockets.add(socket);
    });
    server.listen(0, kHost);
    await once(server, "listening");
  }

  private address(index: number): string {
    return `${kHost}:${(this.servers[index]!.address() as AddressInfo).port}`;
  }
}
