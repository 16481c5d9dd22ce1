// Compares what happened with what a case expects; every difference is one line.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "smol-toml";
import { type AuditRecord, kFirstUses } from "../harness/audit.ts";
import type { Expectation, Step } from "./case_format.ts";
import { isTable, kCases } from "./ground.ts";
import { credentialsOf } from "./request.ts";
import { type Counts, type Scene, counts } from "./scene.ts";
import type { Answer } from "./wire.ts";

const kCodes = parse(readFileSync(join(kCases, "codes.toml"), "utf8")) as unknown as Record<
  string,
  [number, string]
>;
/** A sanitizer keeps freed memory for a while, so its resident memory says nothing. */
const kInstrumented = readFileSync(join(process.env["SRASTA_BIN"] ?? "", "srasta-api")).includes("__asan_init");
const kSuccessActs: [RegExp, string][] = [
  [/^\/v1\/models/, "inference.list"],
  [/^\/v1\/(chat|completions|embeddings)/, "inference.complete"],
  [/^\/metrics/, "admin.metrics"],
];

/** Lists mean "one of". */
export function matches(expected: unknown, found: unknown): boolean {
  if (Array.isArray(expected)) return expected.some((each) => matches(each, found));
  if (isTable(expected) && ("least" in expected || "most" in expected)) {
    const { least = -Infinity, most = Infinity } = expected as { least?: number; most?: number };
    return typeof found === "number" && found >= least && found <= most;
  }
  return isDeepStrictEqual(expected, found);
}

/** Checks one answer and its record; adds to `scene.failures`. */
export async function checkAnswer(
  scene: Scene,
  where: string,
  step: Step,
  answer: Answer,
): Promise<void> {
  const expect = withDefaults(step.expect ?? {}, scene);
  const wrong = (what: string) => scene.fail(where, what);
  compareAnswer(expect, answer, wrong, scene);
  for (const secret of credentialsOf(step, scene).flatMap(secretsIn)) {
    if (answer.wholeText.includes(secret)) wrong("the answer tells the credential");
  }
  if (expect["act"] === false) return;
  const id = answer.header("x-request-id");
  if (!id) return wrong(`no x-request-id to find the record by (status ${answer.status})`);
  const act = expect["act"] ?? successAct(step, answer);
  const wanted = (each: AuditRecord) =>
    act === undefined ? !kFirstUses.has(each.act) : matches(act, each.act);
  const records = await scene.ground.ledger.recordsOf(id, wanted);
  const own = records.filter((each) => !kFirstUses.has(each.act));
  compareRecords({ ...expect, act }, own, answer, wrong);
}

/** What is looked for in logs, records and answers to find a credential: texts of 30 or more. */
export function secretsIn(text: string): string[] {
  const found = text.match(/[A-Za-z0-9_-]{30,}(?:\.[A-Za-z0-9_-]*)*/g) ?? [];
  return found.flatMap((each) => each.split(".").slice(-1)).filter((each) => each.length >= 40);
}

function withDefaults(expect: Expectation, scene: Scene): Expectation {
  const code = expect["code"];
  const codes = (Array.isArray(code) ? code : code === undefined ? [] : [code]) as string[];
  const known = codes.map((each) => {
    const facts = kCodes[each];
    if (!facts) scene.fail("case", `codes.toml has no ${each}`);
    return facts ?? [0, ""];
  });
  if (!known.length) return { status: 200, ...expect };
  return {
    status: [...new Set(known.map(([status]) => status))],
    act: [...new Set(known.map(([, act]) => act))],
    ...expect,
  };
}

function compareAnswer(
  expect: Expectation,
  answer: Answer,
  wrong: (what: string) => void,
  scene: Scene,
): void {
  const code = answer.header("x-srasta-error");
  const said = `${answer.status} ${code ?? ""}`.trim();
  if (!matches(expect["status"], answer.status)) {
    wrong(`status ${show(expect["status"])} expected, got ${said} ${answer.text.slice(0, 200)}`);
  }
  if (!matches(expect["code"], code)) wrong(`code ${show(expect["code"])} expected, got ${said}`);
  compareHeaders((expect["headers"] ?? {}) as Record<string, unknown>, answer, wrong, scene);
  if (answer.status >= 400) compareRefusal(answer, code, wrong);
  const text = answer.text;
  for (const each of list(expect["contains"])) {
    if (!text.includes(scene.text(each))) wrong(`body lacks ${each}: ${text.slice(-300)}`);
  }
  for (const each of list(expect["lacks"])) {
    if (answer.wholeText.includes(scene.text(each))) wrong(`the answer tells ${each}`);
  }
  for (const [path, value] of Object.entries((expect["json"] ?? {}) as object)) {
    const found = memberAt(text, path);
    if (!matches(value, found)) wrong(`${path}: ${show(value)} expected, got ${show(found)}`);
  }
  if (expect["same_body"]) compareBodies(scene, String(expect["same_body"]), answer, wrong);
  if (expect["models"]) compareModels(expect["models"], text, wrong);
}

// Answers of one name are equal byte for byte, but for the request id.
function compareBodies(scene: Scene, name: string, answer: Answer, wrong: (what: string) => void) {
  const body = answer.text.replaceAll(answer.header("x-request-id") ?? "-", "ID");
  const first = scene.bodies.get(name) ?? body;
  scene.bodies.set(name, first);
  if (body !== first) wrong(`another body than before: ${body} after ${first}`);
}

function compareHeaders(
  wished: Record<string, unknown>,
  answer: Answer,
  wrong: (what: string) => void,
  scene: Scene,
): void {
  for (const [name, value] of Object.entries(wished)) {
    const found = answer.header(name.toLowerCase());
    const fine =
      typeof value === "boolean"
        ? (found !== undefined) === value
        : list(value).some((each) => scene.text(each) === found);
    if (!fine) wrong(`field ${name}: ${show(value)} expected, got ${show(found)}`);
  }
}

// What holds for every refusal, whatever the case says.
function compareRefusal(answer: Answer, code: string | undefined, wrong: (what: string) => void) {
  const challenge = answer.header("www-authenticate");
  if (answer.status === 401) {
    const named = challenge?.includes('error="invalid_token"') ?? false;
    if (!challenge?.startsWith('Bearer realm="srasta"')) wrong(`WWW-Authenticate: ${challenge}`);
    if (named !== code?.startsWith("token_")) wrong(`WWW-Authenticate of ${code}: ${challenge}`);
  }
  if ([429, 503].includes(answer.status) && !/^[1-9]\d*$/.test(answer.header("retry-after") ?? "")) {
    wrong(`Retry-After: ${answer.header("retry-after")}`);
  }
  if (answer.header("server") || answer.header("x-powered-by")) wrong("the answer names a program");
  if (answer.body.length && ![memberAt(answer.text, "error.code"), memberAt(answer.text, "code")].includes(code)) {
    wrong(`the body does not carry ${code}: ${answer.text.slice(0, 200)}`);
  }
}

function compareModels(expected: unknown, text: string, wrong: (what: string) => void): void {
  const ids = ((memberAt(text, "data") ?? []) as { id: string }[]).map((each) => each.id);
  if (!isDeepStrictEqual(ids, expected)) wrong(`models ${show(expected)} expected, got ${show(ids)}`);
}

function compareRecords(
  expect: Expectation,
  records: AuditRecord[],
  answer: Answer,
  wrong: (what: string) => void,
): void {
  const act = expect["act"];
  const record = records.findLast((each) => act === undefined || matches(act, each.act));
  if (!record) return wrong(`a record of ${show(act)} expected, got ${records.map(brief)}`);
  const refused = answer.status >= 400;
  const ends = records.filter((each) => each.out !== "allow");
  if (refused && ends.length !== 1) wrong(`one record expected, got ${records.map(brief)}`);
  const out = expect["out"] ?? (refused ? (answer.status < 500 ? "deny" : undefined) : "ok");
  if (out !== undefined && !matches(out, record.out)) wrong(`out ${show(out)} expected, got ${brief(record)}`);
  for (const [name, found] of recordMembers(record)) {
    const wished = expect[name];
    if (wished !== undefined && !matches(wished, found)) {
      wrong(`${name} ${show(wished)} expected, got ${show(found)} in ${brief(record)}`);
    }
  }
  if (answer.status === 401 && record.actor?.id !== undefined && record.actor.id !== "-") {
    wrong(`an unverified caller is recorded as ${record.actor.id}`);
  }
  const policy = JSON.stringify((record as { pol?: unknown }).pol ?? null);
  for (const each of list(expect["pol"])) {
    if (!policy.includes(each)) wrong(`pol ${each} expected, got ${policy}`);
  }
  for (const [name, value] of Object.entries((expect["data"] ?? {}) as object)) {
    const found = record.data?.[name];
    if (!matches(value, found)) wrong(`data.${name} ${show(value)} expected, got ${show(found)}`);
  }
}

function recordMembers(record: AuditRecord): [string, unknown][] {
  const roles = record.actor?.roles;
  return [
    ["reason", record.data?.["reason"]],
    ["actor", record.actor?.id],
    ["tenant", record.actor?.ten],
    ["kind", record.actor?.kind],
    ["via", (record.actor?.via ?? []).join(" ")],
    ["roles", roles && roles.toSorted().join(" ")],
  ];
}

function successAct(step: Step, answer: Answer): string | undefined {
  if (answer.status >= 400) return undefined;
  const path = (step["path"] ?? (step["chat"] || step["body"] ? "/v1/chat" : "/v1/models")) as string;
  return kSuccessActs.find(([pattern]) => pattern.test(path))?.[1];
}

/** Totals of a variant: calls, fetches, records beside those of the requests. */
export async function checkTotals(scene: Scene, successes: number): Promise<void> {
  const totals = { upstream: successes, evil: 0, ...scene.variant.totals } as Record<string, unknown>;
  const end = counts(scene.ground);
  for (const name of ["upstream", "upstream2", "evil", "fetches_a", "fetches_b", "discoveries_a"]) {
    const found = end[name as keyof Counts] - scene.start[name as keyof Counts];
    if (totals[name] !== undefined && !matches(totals[name], found)) {
      scene.fail("totals", `${name} ${show(totals[name])} expected, got ${found}`);
    }
  }
  const grown = end.rss - scene.start.rss;
  if (!kInstrumented && grown > Number(totals["rss_growth_kib"] ?? Infinity)) scene.fail("totals", `${grown} KiB more`);
  const records = scene.ground.ledger.records.slice(scene.start.records);
  const firsts = records.filter((each) => kFirstUses.has(each.act)).length;
  if (totals["auth_ok"] !== undefined && !matches(totals["auth_ok"], firsts)) {
    scene.fail("totals", `auth_ok ${show(totals["auth_ok"])} expected, got ${firsts}`);
  }
  for (const wish of (totals["records"] ?? []) as Record<string, unknown>[]) {
    await checkRecord(scene, wish);
  }
  checkReceived(scene, totals);
  for (const each of list(totals["log_has"])) {
    if (!scene.ground.gateway.log.includes(scene.text(each))) scene.fail("log", `lacks ${each}`);
  }
  for (const each of list(totals["log_lacks"])) {
    if (scene.ground.gateway.log.includes(scene.text(each))) scene.fail("log", `has ${each}`);
  }
}

// What the engines saw of the requests of this variant, fields in lower case.
function checkReceived(scene: Scene, totals: Record<string, unknown>): void {
  const requests = [...scene.ground.up1.requests, ...scene.ground.up2.requests];
  const seen = requests.map(({ fields, body }) =>
    [...fields.map(([name, value]) => `${name.toLowerCase()}: ${value}`), "", body.toString()].join("\n"),
  );
  for (const each of list(totals["received_has"])) {
    if (!seen.every((text) => text.includes(scene.text(each)))) scene.fail("engine", `lacks ${each}`);
  }
  for (const each of list(totals["received_lacks"])) {
    const found = seen.find((text) => text.includes(scene.text(each)));
    if (found) scene.fail("engine", `has ${each}: ${found}`);
  }
}

async function checkRecord(scene: Scene, wish: Record<string, unknown>): Promise<void> {
  const { times = { least: 1 }, ...members } = wish;
  const fits = (record: AuditRecord) =>
    Object.entries(members).every(([name, value]) =>
      matches(value, (record as Record<string, unknown>)[name] ?? record.data?.[name] ?? record.actor?.[name as "id"]),
    );
  const count = () => {
    scene.ground.ledger.refresh();
    // A gateway of one's own: what it recorded while it started counts as well.
    const from = scene.variant.fresh ? 0 : scene.start.records;
    return scene.ground.ledger.records.slice(from).filter(fits).length;
  };
  const end = performance.now() + 2_200;
  while (!matches(times, count()) && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (matches(times, count())) return;
  const acts = scene.ground.ledger.records.slice(-12).map(brief);
  scene.fail("records", `${show(members)} ${show(times)} times expected, got ${count()} of ${acts}`);
}

const list = (value: unknown): string[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as string[]) : [String(value)];

const show = (value: unknown) => JSON.stringify(value);
const brief = (record: AuditRecord) =>
  `${record.act}/${record.out}/${String(record.data?.["reason"] ?? "")}/${record.actor?.id ?? ""}`;

function memberAt(text: string, path: string): unknown {
  try {
    return path
      .split(".")
      .reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], JSON.parse(text));
  } catch {
    return undefined;
  }
}
