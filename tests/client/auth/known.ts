// Differences between the cases and the platform that are known and not yet put right.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { kCases } from "./ground.ts";
import { CaseError } from "./text.ts";

type Finding = { id: string; text: string; why: string };

const shows = (failure: string, text: string) => text === "*" || failure.includes(text);

/** Lines of `ID<TAB>text of the failure<TAB>why`; the text `*` is every failure. */
export function readFindings(file = join(kCases, "known_findings.txt")): Finding[] {
  return lines(file).map((line) => {
    const [id, text, why] = line.split("\t");
    if (!id || !text || !why) throw new CaseError(`${file}: not ID, text and reason: ${line}`);
    return { id, text, why };
  });
}

/** The failures of `id` that no finding explains. */
export function unexplained(id: string, failures: string[], findings: Finding[]): string[] {
  const own = findings.filter((each) => each.id === id);
  return failures.filter((failure) => !own.some(({ text }) => shows(failure, text)));
}

/** Findings that no failure shows any more: their lines have to go. */
export function outdated(failures: Map<string, string[]>, findings: Finding[]): Finding[] {
  return findings.filter(({ id, text }) => {
    const of = failures.get(id);
    return of !== undefined && !of.some((failure) => shows(failure, text));
  });
}

/** What is wrong with the list of ids: each is a case or a pending line, never both or neither. */
export function accounting(cases: Set<string>): string[] {
  const pending = lines(join(kCases, "../auth_pending.txt")).map((line) => line.split("\t"));
  const waiting = new Set(pending.map(([id]) => id!));
  const ids = lines(join(kCases, "ids.txt"));
  return [
    ...ids.filter((id) => !cases.has(id) && !waiting.has(id)).map((id) => `${id}: neither a case nor pending`),
    ...ids.filter((id) => cases.has(id) && waiting.has(id)).map((id) => `${id}: a case and pending`),
    ...[...waiting].filter((id) => !ids.includes(id)).map((id) => `${id}: pending and unknown`),
    ...[...cases].filter((id) => !ids.includes(id) && !id.startsWith("MORE-")).map((id) => `${id}: a case and unknown`),
    ...pending.filter(([, reason]) => !reason?.trim()).map(([id]) => `${id}: pending without a reason`),
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `${id}: listed twice`),
  ];
}

const lines = (file: string) =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line && !line.startsWith("#"));
