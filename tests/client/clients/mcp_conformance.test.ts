// What the official conformance suite requires of servers, through the real gateway with every gate on;
// behind it a server that has the suite's tools stands in for srasta-tools.
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CredentialProxy, McpStand, binariesWith } from "../harness/mcp_stand.ts";
import { binaries } from "../harness/srasta.ts";

const kSuite = join(import.meta.dirname, "../node_modules/@modelcontextprotocol/conformance/dist/index.js");

/** How many scenarios a revision requires, and which of them fail: the server asks no client anything. */
const kRequired: [string, number, string[]][] = [
  ["2026-07-28", 37, []],
  [
    "2025-11-25",
    30,
    ["elicitation-sep1034-defaults", "elicitation-sep1330-enums", "tools-call-elicitation", "tools-call-sampling"],
  ],
];

const real = binaries();
let folder: string;
let stand: McpStand;
let proxy: CredentialProxy;
beforeAll(async () => {
  folder = binariesWith("mcp_conformance_server");
  process.env["SRASTA_BIN"] = folder;
  stand = await McpStand.start();
  proxy = await CredentialProxy.start(stand.url, stand.key);
});
afterAll(async () => {
  await proxy?.stop();
  await stand?.stop();
  process.env["SRASTA_BIN"] = real;
  rmSync(folder, { recursive: true, force: true });
});

/** Of the suite's summary: whether each scenario that counts passed. */
function scored(summary: string): Map<string, boolean> {
  const uncounted = new Set([...summary.matchAll(/^ {2}[✓✗] (\S+) \(/gm)].map((match) => match[1]));
  const all = [...summary.matchAll(/^([✓✗]) (\S+): \d+ passed/gm)];
  return new Map(all.filter((match) => !uncounted.has(match[2])).map((match) => [match[2]!, match[1] === "✓"]));
}

it.each(kRequired)("%s requires %i scenarios", async (revision, count, failing) => {
  const words = [kSuite, "server", "--url", proxy.url, "--requirements", revision];
  const options = { timeout: 60_000, maxBuffer: 1 << 26 };
  // It ends with 1 where one fails; its summary says which.
  const ended = promisify(execFile)(process.execPath, words, options).catch((error: unknown) => error);
  const { stdout } = (await ended) as { stdout: string };

  const outcomes = scored(stdout.slice(stdout.indexOf("=== SUMMARY")));
  expect(outcomes.size).toBe(count);
  expect([...outcomes].filter(([, passed]) => !passed).map(([name]) => name).toSorted()).toEqual(failing);
});
