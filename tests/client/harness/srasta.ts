import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { type AuditRecord, kFirstUses, readAudit, tamper } from "./audit.ts";
import { Child, plainEnvironment } from "./child.ts";
import { processesNaming } from "./processes.ts";
import { until } from "./wait.ts";

const kStartDeadlineMs = 30_000;
const kReady = /^srasta: ready on (https?:\/\/\S+)$/m;
const kSanitizerReport = /(ERROR: \w+Sanitizer|runtime error:|LeakSanitizer)[^\n]*/;

export type Config = Record<string, unknown>;
export type TokenWish = { sub?: string; tenant?: string; roles?: string[]; ttl?: string };
export type Outcome = { code: number; out: string };

/** Folder with the real binaries; there is no test without them. */
export function binaries(): string {
  const folder = process.env["SRASTA_BIN"];
  if (!folder) throw new Error("set SRASTA_BIN to the folder that holds srasta, srasta-api and srasta-admin");
  for (const name of ["srasta", "srasta-api", "srasta-admin"]) {
    if (!existsSync(join(folder, name))) throw new Error(`SRASTA_BIN: no ${name} in ${folder}`);
  }
  return folder;
}

/** One installation: its own folder, its own processes. `stop` proves that nothing stays behind. */
export class Srasta {
  readonly folder = mkdtempSync(join(tmpdir(), "srasta-client-"));
  readonly data = join(this.folder, "data");
  readonly config = join(this.folder, "srasta.yaml");
  baseUrl = "";
  private child: Child | undefined;

  static async start(config: Config, listen = "127.0.0.1:0"): Promise<Srasta> {
    const srasta = new Srasta(config);
    try {
      await srasta.up(listen);
    } catch (error) {
      srasta.child?.kill("SIGKILL");
      srasta.remove();
      throw error;
    }
    return srasta;
  }

  private constructor(config: Config) {
    writeFileSync(this.config, stringify({ drain: "2s", ...config }));
  }

  private async up(listen: string): Promise<void> {
    const args = ["up", "--config", this.config, "--data", this.data, "--listen", listen];
    this.child = new Child("srasta up", join(binaries(), "srasta"), args);
    const ready = await this.child.sees(kReady, "out", kStartDeadlineMs);
    this.baseUrl = ready[1]!;
  }

  /** What the supervisor and its services have written so far. */
  get log(): string {
    return this.child!.out + this.child!.err;
  }

  async token(wish: TokenWish = {}): Promise<string> {
    const args = ["token", "issue", "--data", this.data];
    if (wish.sub) args.push("--subject", wish.sub);
    if (wish.tenant) args.push("--tenant", wish.tenant);
    if (wish.ttl) args.push("--ttl", wish.ttl);
    for (const role of wish.roles ?? ["user"]) args.push("--role", role);
    const { code, out } = await this.run(args);
    assert.equal(code, 0, `srasta token issue: ${out}`);
    return out.trim();
  }

  auditRecords(): AuditRecord[] {
    return readAudit(join(this.data, "audit", "gateway", "seg"));
  }

  /** The records of one request, once `count` of them are written; that of a credential's first use
   * is left out. */
  async recordsOf(requestId: string, count: number): Promise<AuditRecord[]> {
    return until(`${count} audit records of ${requestId}`, () => {
      const records = this.auditRecords().filter(
        (record) => record.corr?.rid === requestId && !kFirstUses.has(record.act),
      );
      return records.length >= count ? records : undefined;
    });
  }

  /** Changes a digit in the middle of the ledger, as somebody with an editor would. */
  changeOneAuditByte(): void {
    tamper(join(this.data, "audit", "gateway", "seg"));
  }

  async verifyAudit(): Promise<Outcome> {
    return this.run(["audit", "verify", "--data", this.data]);
  }

  /** Runs `srasta ARGS` to its end; a non-zero exit is an answer here, not an exception. */
  async run(args: string[]): Promise<Outcome> {
    const file = join(binaries(), "srasta");
    try {
      const { stdout } = await promisify(execFile)(file, args, {
        timeout: 30_000,
        env: plainEnvironment(),
      });
      return { code: 0, out: stdout };
    } catch (error) {
      const failed = error as { code?: unknown; stdout?: string; stderr?: string };
      if (typeof failed.code !== "number") throw error;
      return { code: failed.code, out: `${failed.stdout}${failed.stderr}` };
    }
  }

  pidOf(service: string): number {
    return Number(readFileSync(join(this.data, "run", `${service}.pid`), "utf8"));
  }

  /** Asks `srasta up` to put the configuration file in force again. */
  hangUp(): void {
    this.child!.kill("SIGHUP");
  }

  kill(service: string, signal: NodeJS.Signals): void {
    process.kill(this.pidOf(service), signal);
  }

  /** Asks for a clean end and checks that it was one. The data folder stays until `remove`. */
  async stop(): Promise<void> {
    const child = this.child!;
    child.kill("SIGTERM");
    const { code, signal } = await child.exit();
    const left = processesNaming(this.data);
    for (const { pid } of left) process.kill(pid, "SIGKILL");
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, child.report());
    assert.deepEqual(left, [], "processes left behind");
    assert.equal(kSanitizerReport.exec(this.log)?.[0], undefined, child.report());
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.child?.running) await this.stop();
    } finally {
      this.remove();
    }
  }
}
