// The hostile cases of authentication and access, each under its id and the public flaw it answers.
import { basename } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Variant, caseFiles, readCases } from "./auth/case_format.ts";
import { accounting, outdated, readFindings, unexplained } from "./auth/known.ts";
import { missing } from "./auth/options.ts";
import { playAll } from "./auth/runner.ts";

const kDeadlineMs = 120_000;
const files = caseFiles().map((path) => ({ file: basename(path), variants: readCases(path) }));
const all = files.flatMap(({ variants }) => variants);
const outcomes = playAll(all.filter(({ needs }) => !missing(needs).length));
const findings = readFindings();
const failed = new Map<string, string[]>();

const title = ({ name, flaw, why }: Variant) => `${name} ${flaw || why}`;

describe.each(files)("$file", ({ variants }) => {
  for (const variant of variants) {
    it(title(variant), { timeout: kDeadlineMs }, async (context) => {
      const lacking = missing(variant.needs);
      if (lacking.length) return context.skip(`this build has no ${lacking.join(", ")}`);
      const failures = await outcomes.get(variant.name)!;
      failed.set(variant.id, [...(failed.get(variant.id) ?? []), ...failures]);
      expect(unexplained(variant.id, failures, findings)).toEqual([]);
    });
  }
});

it("accounts for every id", () => {
  expect(accounting(new Set(all.map(({ id }) => id)))).toEqual([]);
});

it("knows no finding that has gone", () => {
  expect(outdated(failed, findings)).toEqual([]);
});

afterAll(() => Promise.all(outcomes.values()).then(() => undefined));
