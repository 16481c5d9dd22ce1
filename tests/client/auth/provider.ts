// An OpenID provider that does what a case tells it to do, and counts what it is asked.
import { once } from "node:events";
import {
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
  createServer,
} from "node:http";
import { type Server as HttpsServer, createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { serverCredentials } from "./certificates.ts";
import { type KeyWish, keyNamed } from "./keys.ts";
import { CaseError, type Lookup, expand, wireBytes } from "./text.ts";

/** An answer that differs from the honest one in what is given here. */
export type Document = {
  status?: number;
  body?: string;
  set?: Record<string, unknown>;
  without?: string[];
  headers?: Record<string, string | string[]>;
  redirect?: string;
  cut?: boolean;
  gzip?: boolean;
  delay_ms?: number;
};
export type Behaviour = {
  keys?: string[];
  also?: string[];
  discovery?: Document;
  jwks?: Document;
  tls?: string;
  down?: boolean;
};
export const kBehaviourKeys = new Set(["keys", "also", "discovery", "jwks", "tls", "down"]);

const kWellKnown = "/.well-known/openid-configuration";

/** Who the provider is, its keys by name, and what placeholders of its answers stand for. */
export type Facts = {
  authority: string;
  host: string;
  published: string[];
  own: Record<string, KeyWish>;
  lookup: Lookup;
};

export class Provider {
  /** Paths asked for, in order. */
  readonly requests: string[] = [];
  /** Issuer URLs by the path of their discovery document, when not the plain one. */
  issuers: Record<string, string> = {};
  private behaviour: Behaviour = {};
  private server: HttpServer | HttpsServer | undefined;
  private readonly sockets = new Set<Socket>();
  port = 0;

  private readonly facts: Facts;

  constructor(facts: Facts) {
    this.facts = facts;
  }

  get issuer(): string {
    return `https://${this.facts.host}:${this.port}`;
  }

  async start(behaviour: Behaviour): Promise<void> {
    this.behaviour = behaviour;
    await this.listen();
    if (behaviour.down) await this.stop();
  }

  /** From now on; what is not named goes on as before. */
  async behave(change: Behaviour): Promise<void> {
    const listenAgain = "tls" in change || "down" in change;
    this.behaviour = { ...this.behaviour, ...change };
    if (!listenAgain) return;
    await this.stop();
    if (!this.behaviour.down) await this.listen();
  }

  fetches(path = "/jwks"): number {
    return this.requests.filter((each) => each === path).length;
  }

  async stop(): Promise<void> {
    if (!this.server) return;
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
    this.server = undefined;
  }

  private async listen(): Promise<void> {
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      void this.answer(request, response);
    this.server = this.makeServer(answer);
    this.server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
    this.server.listen(this.port, this.facts.host === "localhost" ? "127.0.0.1" : this.facts.host);
    await once(this.server, "listening");
    this.port = (this.server.address() as AddressInfo).port;
  }

  private makeServer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    const kind = this.behaviour.tls ?? "good";
    if (kind === "plain") return createServer(answer);
    const kinds = "good other-host other-ca other-issuer-ca expired tls1.0 tls1.1".split(" ");
    if (!kinds.includes(kind)) throw new CaseError(`no tls ${kind}; there are plain ${kinds}`);
    const old = kind.startsWith("tls") && {
      minVersion: kind === "tls1.0" ? ("TLSv1" as const) : ("TLSv1.1" as const),
      maxVersion: kind === "tls1.0" ? ("TLSv1" as const) : ("TLSv1.1" as const),
      ciphers: "DEFAULT@SECLEVEL=0",
    };
    return createTlsServer({ ...serverCredentials(this.facts.authority, kind), ...old }, answer);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url!.split("?")[0]!;
    this.requests.push(request.url!);
    if (path.endsWith(kWellKnown)) {
      const honest = path === `/honest${kWellKnown}`;
      const prefix = path.slice(0, -kWellKnown.length);
      const document = this.discoveryDocument(honest ? "" : prefix);
      return this.send(response, document, honest ? undefined : this.behaviour.discovery);
    }
    if (path === "/jwks") return this.send(response, this.keySet(), this.behaviour.jwks);
    if (path === "/keys") return this.send(response, this.keySet(), undefined);
    response.writeHead(404).end();
  }

  private discoveryDocument(prefix: string): Record<string, unknown> {
    const issuer = this.issuers[prefix] ?? this.issuer + prefix;
    return {
      issuer,
      jwks_uri: `${this.issuer}/jwks`,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    };
  }

  private keySet(): Record<string, unknown> {
    const names = [...(this.behaviour.keys ?? this.facts.published), ...(this.behaviour.also ?? [])];
    return { keys: names.map((name) => keyNamed(name, this.facts.own).jwk) };
  }

  private async send(
    response: ServerResponse,
    honest: Record<string, unknown>,
    wish: Document = {},
  ): Promise<void> {
    if (wish.delay_ms) await new Promise((resolve) => setTimeout(resolve, wish.delay_ms));
    const body = this.body(honest, wish);
    const location = wish.redirect && { location: expand(wish.redirect, this.facts.lookup) };
    const length = { "content-length": wish.cut ? body.length * 2 : body.length };
    response.writeHead(wish.status ?? (wish.redirect ? 302 : 200), {
      "content-type": "application/json",
      ...(wish.status === 204 || wish.status === 304 ? {} : length),
      ...location,
      ...(wish.gzip && { "content-encoding": "gzip" }),
      ...wish.headers,
    });
    response.write(wish.status === 204 || wish.status === 304 ? "" : body, () => {
      if (wish.cut) response.destroy();
      else response.end();
    });
  }

  private body(honest: Record<string, unknown>, wish: Document): Buffer {
    if (wish.body !== undefined) return wireBytes(expand(wish.body, this.facts.lookup));
    const text = JSON.stringify({ ...honest, ...wish.set }, (name, value: unknown) =>
      wish.without?.includes(name) ? undefined : value,
    );
    const bytes = Buffer.from(expand(text, this.facts.lookup));
    return wish.gzip ? gzipSync(bytes) : bytes;
  }
}
