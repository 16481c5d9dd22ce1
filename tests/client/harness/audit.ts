import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The members of a ledger record that tests look at. */
export type AuditRecord = {
  act: string;
  out: "allow" | "deny" | "error" | "ok" | "unknown";
  seq: number;
  actor?: { id?: string; kind?: string; roles?: string[]; ten?: string; via?: string[] };
  corr?: { rid?: string; trace?: string };
  data?: Record<string, unknown>;
};

/** Acts of a credential's first use, beside the records of the request itself. */
export const kFirstUses = new Set(["auth.ok", "auth.privileged"]);

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

/** Changes one digit of a time stamp in the middle of the first segment. */
export function tamper(segments: string): void {
  const file = segmentFiles(segments)[0]!;
  const bytes = readFileSync(file);
  const at = bytes.indexOf('"t":"20', Math.floor(bytes.length / 2)) + '"t":"20'.length;
  bytes[at] = bytes[at] === 0x31 ? 0x32 : 0x31;
  writeFileSync(file, bytes);
}

function segmentFiles(segments: string): string[] {
  const names = readdirSync(segments).filter((name) => name.endsWith(".jsonl"));
  return names.sort().map((name) => join(segments, name));
}
