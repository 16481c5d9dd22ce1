// The audit records of a running gateway, read as they are written.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { AuditRecord } from "../harness/audit.ts";
import { until } from "../harness/wait.ts";

export class Ledger {
  readonly records: AuditRecord[] = [];
  private readonly byRequest = new Map<string, AuditRecord[]>();
  private readonly read = new Map<string, number>();

  private readonly segments: string;

  constructor(segments: string) {
    this.segments = segments;
  }

  /** Reads what is new; a last line without LF is still being written. */
  refresh(): void {
    if (!existsSync(this.segments)) return;
    for (const name of readdirSync(this.segments).filter((each) => each.endsWith(".jsonl")).sort()) {
      const bytes = readFileSync(join(this.segments, name));
      const from = this.read.get(name) ?? 0;
      const end = bytes.lastIndexOf(0x0a) + 1;
      if (end <= from) continue;
      this.read.set(name, end);
      for (const line of bytes.toString("utf8", from, end - 1).split("\n")) this.add(line);
    }
  }

  /** The records of one request, once there is one that is not `auth.ok`. */
  async recordsOf(requestId: string, settled = 0): Promise<AuditRecord[]> {
    const found = () => this.byRequest.get(requestId) ?? [];
    const judged = () => found().filter((record) => record.act !== "auth.ok").length > settled;
    if (judged()) return found();
    await until(`an audit record of ${requestId}`, () => (this.refresh(), judged()), 5_000);
    return found();
  }

  private add(line: string): void {
    const record = JSON.parse(line) as AuditRecord;
    this.records.push(record);
    const id = record.corr?.rid;
    if (id === undefined) return;
    this.byRequest.set(id, [...(this.byRequest.get(id) ?? []), record]);
  }
}
