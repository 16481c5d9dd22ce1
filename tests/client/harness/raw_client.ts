import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { until } from "./wait.ts";

export type Wish = {
  method?: string;
  token?: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
};

/** An answer as it arrives, byte for byte, without an SDK's opinion about it. */
export class RawAnswer {
  /** "complete" only when the framing said so; a cut connection is "cut". */
  end: "open" | "complete" | "cut" = "open";
  private parts: Buffer[] = [];

  constructor(
    private readonly call: ClientRequest,
    private readonly message: IncomingMessage,
  ) {
    message.on("data", (data: Buffer) => this.parts.push(data));
    message.on("close", () => (this.end = message.complete ? "complete" : "cut"));
    message.on("error", () => undefined);
  }

  get status(): number {
    return this.message.statusCode!;
  }

  get body(): Buffer {
    return Buffer.concat(this.parts);
  }

  get text(): string {
    return this.body.toString("utf8");
  }

  /** Head and body, for searching. */
  get whole(): Buffer {
    return Buffer.concat([Buffer.from(this.message.rawHeaders.join("\n")), this.body]);
  }

  get requestId(): string {
    return this.header("x-request-id") ?? "";
  }

  /** The code of the x-srasta-error header. */
  get errorCode(): string | undefined {
    return this.header("x-srasta-error");
  }

  get headerNames(): string[] {
    return Object.keys(this.message.headers);
  }

  header(name: string): string | undefined {
    const value = this.message.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  async receives(count: number): Promise<void> {
    await until(`${count} bytes of the answer`, () => this.body.length >= count);
  }

  async ended(): Promise<this> {
    await until("the end of the answer", () => this.end !== "open", 30_000);
    return this;
  }

  /** Gives up, as a closed browser tab does. */
  abort(): void {
    this.call.destroy();
  }
}

/** Sends one request on its own connection and returns when the head of the answer is there. */
export async function open(url: string, wish: Wish = {}): Promise<RawAnswer> {
  const body = wish.body === undefined ? undefined : Buffer.from(wish.body);
  const headers: Record<string, string> = {
    ...(wish.token && { authorization: `Bearer ${wish.token}` }),
    ...(body && { "content-type": "application/json", "content-length": String(body.length) }),
    ...wish.headers,
  };
  const method = wish.method ?? (body ? "POST" : "GET");
  return new Promise((resolve, reject) => {
    const call = httpRequest(url, { method, headers, agent: false });
    call.once("response", (message) => resolve(new RawAnswer(call, message)));
    call.on("error", reject);
    call.end(body);
  });
}

/** The same, when the whole answer is there. */
export async function exchange(url: string, wish: Wish = {}): Promise<RawAnswer> {
  return (await open(url, wish)).ended();
}
