// What a case stands on: two providers, a server nobody may contact, two engines and one gateway.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { MockUpstream } from "../harness/mock_upstream.ts";
import { processesNaming } from "../harness/processes.ts";
import { Srasta } from "../harness/srasta.ts";
import { until } from "../harness/wait.ts";
import { authorityFile } from "./certificates.ts";
import { ordinaryEngine } from "./engines.ts";
import { Evil } from "./evil.ts";
import { type KeyWish, kPublishedByA, kPublishedByB } from "./keys.ts";
import { Ledger } from "./ledger.ts";
import { type Behaviour, Provider } from "./provider.ts";
import { CaseError, expand } from "./text.ts";

const kOtherCoreMs = 30;
export const kCases = resolve(import.meta.dirname, "../../cases/auth");

/** All that makes one gateway different from another. Equal settings share a gateway. */
export type Settings = {
  config: string;
  patch: Record<string, unknown>;
  issuer_a: Record<string, unknown>;
  issuer_b: Record<string, unknown>;
  idp_a: Behaviour;
  idp_b: Behaviour;
  keys: Record<string, KeyWish>;
};

export class Ground {
  readonly evil = new Evil();
  readonly up1 = new MockUpstream();
  readonly up2 = new MockUpstream();
  readonly idpA: Provider;
  readonly idpB: Provider;
  /** Set when the gateway has started. */
  gateway!: Srasta;
  ledger!: Ledger;
  readonly settings: Settings;

  private constructor(settings: Settings) {
    this.settings = settings;
    const lookup = (name: string) => this.lookup(name);
    const facts = { own: settings.keys, lookup };
    const a = { authority: "a", host: "localhost", published: kPublishedByA };
    const b = { authority: "b", host: "127.0.0.1", published: kPublishedByB };
    this.idpA = new Provider({ ...facts, ...a });
    this.idpB = new Provider({ ...facts, ...b });
  }

  static async start(settings: Settings): Promise<Ground> {
    const ground = new Ground(settings);
    try {
      await ground.rise();
      return ground;
    } catch (error) {
      await ground.stop().catch(() => undefined);
      throw error;
    }
  }

  private async rise(): Promise<void> {
    for (const engine of [this.up1, this.up2]) {
      await engine.listen();
      engine.answer(ordinaryEngine());
    }
    await this.evil.start(() => this.idpA.issuer);
    await this.idpB.start(this.settings.idp_b);
    await this.idpA.start(this.settings.idp_a);
    const config = this.configuration();
    this.nameIssuers(config);
    this.gateway = await Srasta.start(config);
    process.once("exit", this.killLeft);
    await this.keysSettled(config);
    this.ledger = new Ledger(join(this.gateway.data, "audit", "gateway", "seg"));
  }

  get port(): number {
    return Number(new URL(this.gateway.baseUrl).port);
  }

  /** The configuration file's content: the named file, the case's changes, then `more`. */
  configuration(more: Record<string, unknown> = {}): Record<string, unknown> {
    const file = join(kCases, "config", `${this.settings.config}.yaml`);
    const base = parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    const issuers = (base["identity"] as { issuers: Record<string, unknown>[] }).issuers;
    issuers[0] = merged(issuers[0]!, this.settings.issuer_a);
    if (issuers[1]) issuers[1] = merged(issuers[1], this.settings.issuer_b);
    const whole = merged(merged(base, this.settings.patch), more);
    return parse(expand(stringify(whole), (name) => this.lookup(name))) as Record<string, unknown>;
  }

  lookup(name: string): string | undefined {
    const key = /^(K\w*?)(?:\.(id|secret|hash))?$/.exec(name);
    if (key) return apiKey(key[1]!)[(key[2] ?? "whole") as "id"];
    const moment = /^ISO([+-]\d+)$/.exec(name);
    if (moment) return isoTime(Number(moment[1]));
    const make = kNames[name];
    return make?.(this);
  }

  async stop(): Promise<void> {
    process.off("exit", this.killLeft);
    try {
      await this.gateway?.stop();
    } finally {
      this.gateway?.remove();
      await Promise.all([this.up1, this.up2, this.idpA, this.idpB, this.evil].map((p) => p.stop()));
    }
  }

  // A run that is broken off leaves no gateway behind.
  private readonly killLeft = () => {
    for (const { pid } of processesNaming(this.gateway.data)) process.kill(pid, "SIGKILL");
  };

  // Nothing is measured before every issuer's keys are there, or are known not to come.
  private async keysSettled(config: Record<string, unknown>): Promise<void> {
    const issuers = (config["identity"] as { issuers: { url: string }[] }).issuers;
    const lies = "discovery jwks tls down".split(" ").some((way) => way in this.settings.idp_a);
    const start = lies ? "" : '"event":"issuer keys loaded",';
    const word = (url: string) => this.gateway.log.includes(`${start}"issuer":${JSON.stringify(url)}`);
    await until("a word on every issuer", () => issuers.every(({ url }) => word(url)), 8_000);
    // The core that fetched writes the line; the other one hears of it a moment later.
    await pause(kOtherCoreMs);
  }

  private nameIssuers(config: Record<string, unknown>): void {
    const issuers = (config["identity"] as { issuers: { url: string }[] }).issuers;
    for (const { url } of issuers) {
      const path = new URL(url).pathname;
      if (path.length > 1) this.idpA.issuers[path.replace(/\/$/, "")] = url;
    }
  }
}

const kNames: Record<string, (ground: Ground) => string> = {
  ISS_A: (ground) => ground.idpA.issuer,
  ISS_B: (ground) => ground.idpB.issuer,
  HOST_A: (ground) => `localhost:${ground.idpA.port}`,
  PORT_A: (ground) => String(ground.idpA.port),
  EVIL: (ground) => ground.evil.secure,
  EVIL_HTTP: (ground) => ground.evil.plain,
  UP1: (ground) => ground.up1.url,
  UP2: (ground) => ground.up2.url,
  CA_A: () => authorityFile("a"),
  CA_B: () => authorityFile("b"),
  DATA: (ground) => ground.gateway.data,
  G: (ground) => ground.gateway.baseUrl,
};

const isoTime = (seconds: number) =>
  new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+/, "");

/** An API key that follows from its name, as the configuration and as the caller know it. */
function apiKey(name: string): Record<"id" | "secret" | "hash" | "whole", string> {
  const digest = createHash("sha256").update(name).digest();
  const letters = "abcdefghijklmnopqrstuvwxyz234567";
  const id = [...digest.subarray(0, 12)].map((byte) => letters[byte % 32]).join("");
  const secret = createHash("sha256").update(`secret of ${name}`).digest("base64url");
  const hash = createHash("sha256").update(secret).digest("hex");
  return { id, secret, hash, whole: `sk-srasta-${id}-${secret}` };
}

/** `change` over `base`: tables merge, "!remove" takes away, all else replaces. */
export function merged(
  base: Record<string, unknown>,
  change: Record<string, unknown>,
): Record<string, unknown> {
  const result = { ...base };
  for (const [name, value] of Object.entries(change)) {
    const old = result[name];
    if (value === "!remove") delete result[name];
    else result[name] = isTable(value) ? merged(isTable(old) ? old : {}, value) : value;
  }
  return result;
}

export const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function unknownKeys(what: string, table: object, known: Set<string>): void {
  for (const name of Object.keys(table)) {
    if (!known.has(name)) throw new CaseError(`${what} has no ${name}`);
  }
}
