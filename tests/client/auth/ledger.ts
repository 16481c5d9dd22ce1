// The audit records of a running gateway, read as they are written.
import { closeSync, existsSync, fstatSync, openSync, readSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { AuditRecord } from "../harness/audit.ts";

const kRecordDeadlineMs = 2_500;

export class Ledger {
  readonly records: AuditRecord[] = [];
  private readonly byRequest = new Map<string, AuditRecord[]>();
  private readonly read = new Map<string, number>();

  private reading: Promise<void> | undefined;
  private readonly segments: string;

  constructor(segments: string) {
    this.segments = segments;
  }

  /** Asks for a reading soon; all who ask in the meantime share it. */
  private soon(): Promise<void> {
    this.reading ??= pause(10).then(() => {
      this.reading = undefined;
      this.refresh();
    });
    return this.reading;
  }

  /** Reads what is new; a last line without LF is still being written. */
  refresh(): void {
    if (!existsSync(this.segments)) return;
    for (const name of readdirSync(this.segments).filter((each) => each.endsWith(".jsonl")).sort()) {
      const from = this.read.get(name) ?? 0;
      const bytes = readFrom(join(this.segments, name), from);
      const end = bytes.lastIndexOf(0x0a) + 1;
      if (end === 0) continue;
      this.read.set(name, from + end);
      for (const line of bytes.toString("utf8", 0, end - 1).split("\n")) this.add(line);
    }
  }

  /** The records of one request, once one of them is `wanted` or none has come in time. */
  async recordsOf(
    requestId: string,
    wanted: (record: AuditRecord) => boolean,
  ): Promise<AuditRecord[]> {
    const found = () => this.byRequest.get(requestId) ?? [];
    const end = performance.now() + kRecordDeadlineMs;
    while (!found().some(wanted) && performance.now() < end) await this.soon();
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

function readFrom(file: string, from: number): Buffer {
  const handle = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(handle).size - from));
    return bytes.subarray(0, readSync(handle, bytes, 0, bytes.length, from));
  } finally {
    closeSync(handle);
  }
}
