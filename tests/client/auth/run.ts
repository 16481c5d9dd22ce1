// Plays case files from the command line:
//   SRASTA_BIN=DIR node tests/client/auth/run.ts [FILE.toml ...] [--only ID] [--lanes N]
import { parseArgs } from "node:util";
import { caseFiles, readCases } from "./case_format.ts";
import { readFindings, unexplained } from "./known.ts";
import { missing } from "./options.ts";
import { playAll, times } from "./runner.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string", multiple: true }, lanes: { type: "string" } },
});
const files = positionals.length ? positionals : caseFiles();
const all = files.flatMap(readCases);
const wanted = all.filter(({ id, name }) => !values.only || values.only.some((o) => o === id || o === name));
if (!wanted.length) {
  console.error("no such case");
  process.exit(2);
}
const findings = readFindings();
const able = wanted.filter(({ needs }) => !missing(needs).length);
const outcomes = playAll(able, values.lanes ? Number(values.lanes) : undefined);
let failed = 0;
for (const { name, needs } of wanted.filter((each) => !able.includes(each))) {
  console.log(`waits  ${name} for ${missing(needs).join(", ")}`);
}
for (const { id, name } of able) {
  const found = await outcomes.get(name)!;
  const failures = unexplained(id, found, findings);
  const known = found.length > failures.length ? ", known findings" : "";
  if (failures.length) ++failed;
  console.log(`${failures.length ? "FAILED" : "ok    "} ${name} (${times.get(name) ?? 0} ms${known})`);
  for (const each of failures.slice(0, 8)) console.log(`         ${each}`);
  if (failures.length > 8) console.log(`         and ${failures.length - 8} more`);
}
console.log(`${able.length} variants, ${failed} failed, ${wanted.length - able.length} wait for options`);
process.exit(failed ? 1 : 0);
