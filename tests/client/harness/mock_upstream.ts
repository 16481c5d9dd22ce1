import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { type RawRequest, RequestReader } from "./raw_request.ts";

export const kReset = Symbol("RST");
export const kClose = Symbol("FIN");

/** What the mock does on the wire, in order. A handler that has to wait is an async generator. */
export type Step = Buffer | string | typeof kReset | typeof kClose;
export type Handler = (
  request: RawRequest,
  exchange: Exchange,
) => Iterable<Step> | AsyncIterable<Step>;

/** One request as it runs; `gone` resolves when the other side gives the connection up. */
export type Exchange = { readonly gone: Promise<void> };

/**
 * A scripted inference engine that controls every byte it sends. It knows one model and answers the
 * model list and health probes itself; everything else goes to the handler of the test.
 */
export class MockUpstream {
  readonly requests: RawRequest[] = [];
  open = 0;
  private handler: Handler = () => [json(500, { error: { message: "the test set no handler" } })];
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  readonly model: string;

  constructor(model = "mock-model") {
    this.model = model;
  }

  static async start(port = 0): Promise<MockUpstream> {
    const mock = new MockUpstream();
    await mock.listen(port);
    return mock;
  }

  async listen(port = 0): Promise<void> {
    const server = createServer((socket) => this.accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    this.server = server;
  }

  get port(): number {
    return (this.server!.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Sets the answer for inference requests and forgets the requests seen so far. */
  answer(handler: Handler): void {
    this.requests.length = 0;
    this.script(handler);
  }

  /** The same, without forgetting. */
  script(handler: Handler): void {
    this.handler = handler;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server!.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    this.open += 1;
    socket.setNoDelay(true);
    const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    void gone.then(() => {
      this.open -= 1;
      this.sockets.delete(socket);
    });
    // A peer that resets is part of the tests; "close" follows and is what they look at.
    socket.on("error", () => undefined);
    const reader = new RequestReader((request) => void this.serve(request, socket, { gone }));
    socket.on("data", (data) => reader.feed(data));
  }

  private async serve(request: RawRequest, socket: Socket, exchange: Exchange): Promise<void> {
    if (request.method === "GET") return void socket.write(this.probeAnswer(request));
    this.requests.push(request);
    for await (const step of this.handler(request, exchange)) {
      if (step === kReset) return void socket.resetAndDestroy();
      if (step === kClose) return void socket.end();
      if (socket.destroyed) return;
      await new Promise((resolve) => socket.write(step, resolve));
      // Lets the bytes leave on their own before the next ones are written.
      await new Promise(setImmediate);
    }
  }

  private probeAnswer(request: RawRequest): Buffer {
    const models = {
      object: "list",
      data: [{ id: this.model, object: "model", created: 0, owned_by: "mock" }],
    };
    const known = ["/v1/models", "/health"].includes(request.target);
    return known ? json(200, models) : json(404, { error: { message: "no such path" } });
  }
}

/** A whole answer with Content-Length. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Buffer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const extra = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  return Buffer.from(
    `HTTP/1.1 ${status} Status\r\nContent-Type: application/json\r\n${extra}` +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}

/** The head of a chunked event stream. */
export function streamHead(headers: Record<string, string> = {}): string {
  const extra = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  return (
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" +
    `Transfer-Encoding: chunked\r\n${extra}\r\n`
  );
}

export function chunk(data: Buffer | string): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from("\r\n"),
  ]);
}

export const kLastChunk = "0\r\n\r\n";
