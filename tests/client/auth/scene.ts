// One variant on its ground: its tokens and placeholders, its connections, what it has seen so far.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Connection } from "./wire.ts";
import type { Variant } from "./case_format.ts";
import type { Ground } from "./ground.ts";
import { keyNamed } from "./keys.ts";
import { type Lookup, expand, wireBytes } from "./text.ts";
import { type TokenWish, buildToken, plainClaims } from "./tokens.ts";

const person = (sub: string, role: string): TokenWish => ({ c: { sub, roles: [role] } });

/** Tokens that every case may name. */
const kPeople: Record<string, TokenWish> = {
  tok: {},
  alice: {},
  user: person("u-user", "user"),
  dev: person("u-dev", "developer"),
  bob: { base: "bob" },
  ...Object.fromEntries(
    ["admin", "owner", "operator", "security", "auditor", "service", "developer"].map((role) => [
      role,
      person(`u-${role}`, role),
    ]),
  ),
};

export class Scene {
  readonly failures: string[] = [];
  readonly connections = new Map<string, Connection>();
  readonly bodies = new Map<string, string>();
  readonly tokens = new Map<string, string>();
  readonly start: Counts;
  readonly time: number;
  readonly lookup: Lookup = (name) => this.find(name);

  readonly variant: Variant;
  readonly ground: Ground;

  constructor(variant: Variant, ground: Ground) {
    this.variant = variant;
    this.ground = ground;
    this.time = Math.floor(Date.now() / 1000);
    this.start = { ...counts(ground), ...(variant.fresh && kNothingYet) };
  }

  fail(where: string, what: string): void {
    this.failures.push(`${where}: ${what}`);
  }

  async connection(name: string): Promise<Connection> {
    const known = this.connections.get(name);
    if (known && !known.closed && !known.spent) return known;
    known?.close();
    const made = await Connection.open(this.ground.port);
    this.connections.set(name, made);
    return made;
  }

  close(): void {
    for (const connection of this.connections.values()) connection.close();
  }

  text(template: string): string {
    return expand(template, this.lookup);
  }

  bytes(template: string): Buffer {
    return wireBytes(this.text(template));
  }

  /** The token called `name`, built on first use. */
  token(name: string): string | undefined {
    const built = this.tokens.get(name);
    if (built !== undefined) return built;
    const token = this.build(name);
    if (token !== undefined) this.tokens.set(name, token);
    return token;
  }

  private build(name: string): string | undefined {
    const wish = this.variant.tokens[name] ?? kPeople[name];
    return wish && buildToken(wish, this.lookup, this.variant.settings.keys);
  }

  private find(name: string): string | undefined {
    if (name === "UUID") return randomUUID();
    if (name === "P0") return JSON.stringify(plainClaims(this.lookup));
    const jwk = /^jwk\.(.+)$/.exec(name);
    if (jwk) return JSON.stringify(keyNamed(jwk[1]!, this.variant.settings.keys).jwk);
    const fresh = /^new\.(.+)$/.exec(name);
    if (fresh) return this.build(fresh[1]!);
    const time = /^T([+-]\d+)?$/.exec(name);
    if (time) return String(this.time + Number(time[1] ?? 0));
    const [, token, segment] = /^([\w-]+?)(?:\.([hps]))?$/.exec(name) ?? [];
    const built = token === undefined ? undefined : this.token(token);
    if (built === undefined) return this.ground.lookup(name);
    return segment ? built.split(".")["hps".indexOf(segment)] : built;
  }
}

// A gateway of one's own is counted from its start.
const kNothingYet = { fetches_a: 0, fetches_b: 0, discoveries_a: 0 };

export type Counts = { upstream: number; upstream2: number; evil: number; records: number; rss: number } & Record<
  "fetches_a" | "fetches_b" | "discoveries_a",
  number
>;

export function counts(ground: Ground): Counts {
  ground.ledger.refresh();
  return {
    upstream: ground.up1.requests.length,
    upstream2: ground.up2.requests.length,
    evil: ground.evil.hits,
    fetches_a: ground.idpA.fetches("/jwks") + ground.idpA.fetches("/keys"),
    fetches_b: ground.idpB.fetches(),
    discoveries_a: ground.idpA.requests.filter((path) => path.includes("well-known")).length,
    records: ground.ledger.records.length,
    rss: residentKib(ground.gateway.pidOf("gateway")),
  };
}

function residentKib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]);
}
