import { readFileSync, readdirSync } from "node:fs";

/** Running processes that have `needle` in their command line or environment. */
export function processesNaming(needle: string): { pid: number; command: string }[] {
  const found: { pid: number; command: string }[] = [];
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const command = readProc(pid, "cmdline");
    if (command.includes(needle) || readProc(pid, "environ").includes(needle)) {
      found.push({ pid, command: command.replaceAll("\0", " ").trim() });
    }
  }
  return found;
}

// Processes end while they are being listed; an ended one names nothing.
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
