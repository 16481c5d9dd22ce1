// Makes cases wrong on purpose: a check that misses one of these misses the real thing as well.
import type { Expectation, Step, Variant } from "./case_format.ts";

type Mutation = { what: string; change: (variant: Variant) => Variant | undefined };

const kMutations: Mutation[] = [
  answer("another code", (expect) => expect["code"] && { ...expect, code: "key_expired", status: undefined }),
  answer("another status", (expect) => ({ ...expect, status: 418 })),
  answer("a refusal in place of success", (expect) => !expect["code"] && { code: "token_expired" }),
  answer("success in place of a refusal", (expect) => expect["code"] && {}),
  answer("another reason", (expect) => expect["reason"] && { ...expect, reason: "totp" }),
  answer("another actor", (expect) => ({ ...expect, actor: "u-nobody" })),
  answer("another tenant", (expect) => ({ ...expect, tenant: "initech" })),
  answer("other roles", (expect) => ({ ...expect, roles: "owner" })),
  answer("another act", (expect) => ({ ...expect, act: "clock.step" })),
  answer("another outcome", (expect) => ({ ...expect, out: "unknown" })),
  answer("a field that is not there", (expect) => ({ ...expect, headers: { "x-never": true } })),
  answer("no field that is there", (expect) => ({ ...expect, headers: { "x-request-id": false } })),
  answer("a text that is not there", (expect) => ({ ...expect, contains: ["never said"] })),
  answer("no text that is there", (expect) => ({ ...expect, lacks: ["{"] })),
  answer("a member that is not there", (expect) => ({ ...expect, json: { "error.never": "x" } })),
  answer("other models", (expect) => !expect["code"] && { ...expect, models: ["never"] }),
  answer("a closed connection", (expect) => !expect["conn"] && { ...expect, conn: "close" }),
  answer("no answer", (expect) => ({ ...expect, none: true })),
  totals("other calls of the engine", { upstream: 77 }),
  totals("contacts of the forbidden server", { evil: 1 }),
  totals("other fetches of keys", { fetches_a: 77 }),
  totals("other first uses", { auth_ok: 77 }),
  totals("a record that is not there", { records: [{ act: "clock.step" }] }),
  totals("a line of the log that is not there", { log_has: "never logged" }),
  totals("no line of the log that is there", { log_lacks: '"event":"ready"' }),
];

/** Variants that must fail, `each` of every kind, spread over `variants`. */
export function wrongOnes(variants: Variant[], each: number): Variant[] {
  return kMutations.flatMap(({ what, change }, index) => {
    const made = spreadOut(variants, index).map((variant) => ({ variant, wrong: change(variant) }));
    return made
      .filter(({ wrong }) => wrong !== undefined)
      .slice(0, each)
      .map(({ variant, wrong }) => ({ ...wrong!, name: `${variant.name}: ${what}` }));
  });
}

// A different order for every kind, so that the kinds do not all fall upon the first cases.
function spreadOut(variants: Variant[], seed: number): Variant[] {
  const start = (seed * 37) % variants.length;
  return [...variants.slice(start), ...variants.slice(0, start)];
}

function answer(what: string, change: (expect: Expectation) => unknown): Mutation {
  return {
    what,
    change: (variant) => {
      const [first, ...rest] = variant.steps;
      if (!first || !isRequest(first)) return undefined;
      const expect = change(first.expect ?? {});
      if (!expect) return undefined;
      return { ...variant, steps: [{ ...first, expect: defined(expect as Expectation) }, ...rest] };
    },
  };
}

function totals(what: string, change: Record<string, unknown>): Mutation {
  return { what, change: (variant) => ({ ...variant, totals: { ...variant.totals, ...change } }) };
}

const isRequest = (step: Step) =>
  ["bearer", "x_api_key", "api_key", "fields", "chat"].some((name) => name in step) &&
  !("stays" in step || "at_once" in step || "for_cuts_of" in step);

const defined = (expect: Expectation): Expectation =>
  Object.fromEntries(Object.entries(expect).filter(([, value]) => value !== undefined));
