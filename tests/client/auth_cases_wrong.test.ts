// The checks of the authentication cases notice wrong expectations, each kind of them.
import { join } from "node:path";
import { expect, it } from "vitest";
import { readCaseText, readCases } from "./auth/case_format.ts";
import { kCases } from "./auth/ground.ts";
import { wrongOnes } from "./auth/mutate.ts";
import { playAll } from "./auth/runner.ts";

const shared = ["structure", "algorithms", "claims", "slots"]
  .flatMap((name) => readCases(join(kCases, `${name}.toml`)))
  .filter(({ fresh, wholeSecond }) => !fresh && !wholeSecond);
const wrong = wrongOnes(shared, 2);
const outcomes = playAll(wrong);

it("has enough wrong cases", () => expect(wrong.length).toBeGreaterThanOrEqual(40));

it.each(wrong.map(({ name }) => name))("%s is noticed", { timeout: 60_000 }, async (name) => {
  expect(await outcomes.get(name)!).not.toEqual([]);
});

it.each([
  ["[[case]]\nid = 'X'\nstep = []", "step"],
  ["[[case]]\nid = 'X'\nsteps = [{ bearrer = '{tok}' }]", "bearrer"],
  ["[[case]]\nid = 'X'\nexpect = { reasons = 'x' }", "reasons"],
  ["[[case]]\nid = 'X'\ntotals = { calls = 1 }", "calls"],
  ["[[case]]\nwhy = 'no id'", "no id"],
])("refuses a key it does not know: %s", (text, named) => {
  expect(() => readCaseText(text, "wrong.toml")).toThrow(named);
});
