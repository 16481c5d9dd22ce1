// Reads case files: TOML in, one fully spelled Variant per run out. The format is tests/cases/auth/README.md.
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "smol-toml";
import { type EngineWish } from "./engines.ts";
import { type Settings, isTable, kCases, unknownKeys } from "./ground.ts";
import type { KeyWish } from "./keys.ts";
import type { Behaviour } from "./provider.ts";
import { CaseError } from "./text.ts";
import type { TokenWish } from "./tokens.ts";

export type Expectation = Record<string, unknown>;
export type Step = Record<string, unknown> & { expect?: Expectation };
export type Variant = {
  id: string;
  name: string;
  file: string;
  flaw: string;
  why: string;
  /** Options without which the case cannot run: `config schema` of this build lists them or not. */
  needs: string[];
  value: string | undefined;
  settings: Settings;
  fresh: boolean;
  wholeSecond: boolean;
  tokens: Record<string, TokenWish>;
  steps: Step[];
  totals: Record<string, unknown>;
  engine: EngineWish | undefined;
  engine2: EngineWish | undefined;
};

const kCaseKeys = new Set([
  ..."id why flaw config file issuer_a issuer_b idp_a idp_b keys tokens steps expect".split(" "),
  ..."totals values variant fresh whole_second engine engine2 needs".split(" "),
]);
export const kRequestKeys = new Set([
  ..."bearer x_api_key api_key method path fields chat body raw rest type for for_cuts_of".split(" "),
  ..."times on new at_once from stays no_head members expect".split(" "),
]);
/** Steps that are not requests, by the member that makes them what they are. */
export const kOtherSteps: Record<string, Set<string>> = {
  wait_ms: new Set(["wait_ms"]),
  wait_until: new Set(["wait_until"]),
  idp_a: new Set(["idp_a"]),
  idp_b: new Set(["idp_b"]),
  engine: new Set(["engine"]),
  engine2: new Set(["engine2"]),
  reload: new Set(["reload", "refused"]),
  check_config: new Set(["check_config", "issuers", "text", "exit", "says"]),
  run: new Set(["run", "exit", "says"]),
  answer_of: new Set(["answer_of", "expect"]),
  drop: new Set(["drop"]),
  events: new Set(["events", "of"]),
};
export const kExpectKeys = new Set([
  ..."status code act out reason actor tenant roles kind via data pol headers models json".split(" "),
  ..."contains lacks conn none counts same_body within_ms cut stream_error".split(" "),
]);
export const kTotalKeys = new Set([
  ..."upstream upstream2 evil fetches_a fetches_b discoveries_a records auth_ok log_has".split(" "),
  ..."log_lacks rss_growth_kib received_has received_lacks".split(" "),
]);
const kChanging = ["idp_a", "idp_b", "reload", "engine", "engine2"];

/** All case files of the folder, or those named. */
export function caseFiles(): string[] {
  const names = readdirSync(kCases).filter((name) => name.endsWith(".toml"));
  return names.filter((name) => name !== "codes.toml").sort().map((name) => join(kCases, name));
}

export function readCases(file: string): Variant[] {
  return readCaseText(readFileSync(file, "utf8"), basename(file));
}

export function readCaseText(text: string, file: string): Variant[] {
  const { defaults = {}, case: cases = [], ...others } = parse(text) as Record<string, unknown>;
  unknownKeys(file, others, new Set());
  const common = defaults as Record<string, unknown>;
  return (cases as Record<string, unknown>[]).flatMap((each) => variantsOf(over(common, each), file));
}

function variantsOf(entry: Record<string, unknown>, file: string): Variant[] {
  const { variant, ...rest } = entry;
  const tables = (variant as Record<string, unknown>[] | undefined) ?? [{}];
  const spelled = tables.map((table) => over(rest, table));
  const all = spelled.flatMap(({ values = [], ...each }) => {
    const list = values as string[];
    return (list.length ? list : [undefined]).map((value) => ({ each, value }));
  });
  return all.map(({ each, value }, index) => {
    const name = all.length > 1 ? `${String(entry["id"])}[${index}]` : String(entry["id"]);
    return makeVariant(each, value, name, file);
  });
}

// Tables merge, all else replaces.
function over(base: Record<string, unknown>, table: Record<string, unknown>) {
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(table)) {
    const old = result[name];
    result[name] = isTable(old) && isTable(value) ? over(old, value) : value;
  }
  return result;
}

function makeVariant(
  entry: Record<string, unknown>,
  value: string | undefined,
  name: string,
  file: string,
): Variant {
  unknownKeys(`case ${name}`, entry, kCaseKeys);
  if (typeof entry["id"] !== "string") throw new CaseError(`${file}: a case has no id`);
  const put = <T>(what: T): T => (value === undefined ? what : replaced(what, value));
  const expect = (put(entry["expect"]) ?? {}) as Expectation;
  unknownKeys(`expect of ${name}`, expect, kExpectKeys);
  const steps = (put(entry["steps"]) ?? ["{tok}"]) as (Step | string)[];
  const totals = (put(entry["totals"]) ?? {}) as Record<string, unknown>;
  unknownKeys(`totals of ${name}`, totals, kTotalKeys);
  const spelled = steps.map((step) => spelledStep(step, expect, name));
  return {
    id: entry["id"],
    name,
    file,
    flaw: (entry["flaw"] ?? "") as string,
    why: (entry["why"] ?? "") as string,
    needs: (entry["needs"] ?? []) as string[],
    value,
    settings: settingsOf(put(entry)),
    fresh: Boolean(entry["fresh"]) || spelled.some((step) => kChanging.some((key) => key in step)),
    wholeSecond: Boolean(entry["whole_second"]),
    tokens: (put(entry["tokens"]) ?? {}) as Record<string, TokenWish>,
    steps: spelled,
    totals,
    engine: entry["engine"] as EngineWish | undefined,
    engine2: entry["engine2"] as EngineWish | undefined,
  };
}

const settingsOf = (entry: Record<string, unknown>): Settings => ({
  config: (entry["file"] ?? "fixture") as string,
  patch: (entry["config"] ?? {}) as Record<string, unknown>,
  issuer_a: (entry["issuer_a"] ?? {}) as Record<string, unknown>,
  issuer_b: (entry["issuer_b"] ?? {}) as Record<string, unknown>,
  idp_a: (entry["idp_a"] ?? {}) as Behaviour,
  idp_b: (entry["idp_b"] ?? {}) as Behaviour,
  keys: (entry["keys"] ?? {}) as Record<string, KeyWish>,
});

function spelledStep(step: Step | string, expect: Expectation, name: string): Step {
  if (typeof step === "string") return { bearer: step, expect: kept(expect) };
  if ("alternate" in step) {
    unknownKeys(`a step of ${name}`, step, new Set(["alternate", "of"]));
    return { ...step, of: (step["of"] as Step[]).map((each) => spelledStep(each, expect, name)) };
  }
  const other = Object.keys(kOtherSteps).find((key) => key in step);
  unknownKeys(`a step of ${name}`, step, other ? kOtherSteps[other]! : kRequestKeys);
  if (other && other !== "answer_of") return step;
  unknownKeys(`expect of ${name}`, step.expect ?? {}, kExpectKeys);
  return { ...step, expect: kept({ ...expect, ...step.expect }) };
}

// "!remove" takes away what the case as a whole expects.
const kept = (expect: Expectation): Expectation =>
  Object.fromEntries(Object.entries(expect).filter(([, value]) => value !== "!remove"));

/** `{V}` in every text. */
export function replaced<T>(what: T, value: string): T {
  if (typeof what === "string") return what.replaceAll("{V}", value) as T;
  if (Array.isArray(what)) return what.map((each: unknown) => replaced(each, value)) as T;
  if (!isTable(what)) return what;
  return Object.fromEntries(
    Object.entries(what).map(([key, each]) => [key, replaced(each, value)]),
  ) as T;
}
