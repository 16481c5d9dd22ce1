import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The members of a ledger record that tests look at. */
export type AuditRecord = {
  act: string;
  out: "allow" | "deny" | "error" | "ok" | "unknown";
  seq: number;
  actor?: { id?: string; kind?: string; roles?: string[]; ten?: string };
  corr?: { rid?: string; trace?: string };
  data?: Record<string, unknown>;
};

/** Every complete line of a stream, in order. A last line without LF is still being written. */
export function readAudit(segments: string): AuditRecord[] {
  if (!existsSync(segments)) return [];
  const files = readdirSync(segments)
    .filter((name) => name.endsWith(".jsonl"))
    .sort();
  return files.flatMap((name) => {
    const text = readFileSync(join(segments, name), "utf8");
    const complete = text.slice(0, text.lastIndexOf("\n") + 1);
    return complete
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as AuditRecord);
  });
}
