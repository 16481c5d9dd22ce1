import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client as CurrentClient, StreamableHTTPClientTransport as CurrentTransport } from "@modelcontextprotocol/client";
import { Client as OlderClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OlderTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CredentialProxy, McpStand } from "../harness/mcp_stand.ts";

/** What these tests need of a client, whichever it is. */
type Tools = {
  listTools(): Promise<{ tools: { name: string; inputSchema: unknown }[] }>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
};
type Result = { isError?: boolean; structuredContent?: Record<string, unknown>; content: { type: string; text: string }[] };

let stand: McpStand;
beforeAll(async () => {
  stand = await McpStand.start();
});
afterAll(() => stand?.stop());

const kWho = { name: "srasta-tests", version: "1" };
const headers = () => ({ requestInit: { headers: { Authorization: `Bearer ${stand.key}` } } });

const kClients: Record<string, () => Promise<Tools>> = {
  "@modelcontextprotocol/client, 2026-07-28": async () => {
    const client = new CurrentClient(kWho, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
    await client.connect(new CurrentTransport(new URL(stand.url), headers()));
    return client as unknown as Tools;
  },
  "@modelcontextprotocol/client, as it is": async () => {
    const client = new CurrentClient(kWho);
    await client.connect(new CurrentTransport(new URL(stand.url), headers()));
    return client as unknown as Tools;
  },
  "@modelcontextprotocol/sdk": async () => {
    const client = new OlderClient(kWho);
    await client.connect(new OlderTransport(new URL(stand.url), headers()) as Parameters<typeof client.connect>[0]);
    return client as unknown as Tools;
  },
};

describe.each(Object.entries(kClients))("%s", (name, connect) => {
  let client: Tools;
  beforeAll(async () => {
    client = await connect();
  });
  afterAll(() => client?.close());
  const call = async (tool: string, args: Record<string, unknown>) =>
    (await client.callTool({ name: tool, arguments: args })) as Result;

  it("lists the tools", async () => {
    const { tools } = await client.listTools();

    const names = tools.map((tool) => tool.name);
    expect(names).toContain("file_read");
    expect(names).not.toContain("tag_create");
    expect(names).toEqual(names.toSorted());
  });

  it("reads a file", async () => {
    const read = await call("file_read", { repo: "demo", ref: "main", path: "README.md" });

    expect(read.isError ?? false).toBe(false);
    expect(read.structuredContent).toMatchObject({ text: "# demo\n" });
    expect(JSON.parse(read.content[0]!.text)).toEqual(read.structuredContent);
  });

  it("puts a patch onto a branch", async () => {
    const branch = `agent/by-${name.replaceAll(/[^a-z0-9]+/g, "-")}`;
    await call("branch_create", { repo: "demo", name: branch, from: stand.tip("main") });
    const patch = "diff --git a/README.md b/README.md\n--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-# demo\n+# done\n";
    const place = { repo: "demo", branch, expectedHead: stand.tip("main"), message: "done" };
    const made = await call("patch_apply", { ...place, patch });

    expect(made.structuredContent).toMatchObject({ commit: stand.tip(branch) });
    expect(stand.tip(branch)).not.toBe(stand.tip("main"));
  });

  it("sees why it may not", async () => {
    const edits = [{ op: "put", path: ".github/x", content: "x\n" }];
    const place = { repo: "demo", branch: "main", expectedHead: stand.tip("main"), message: "x" };
    const refused = await call("file_edit", { ...place, edits });

    expect(refused.isError).toBe(true);
    expect(refused.structuredContent).toMatchObject({ decision: "deny" });
  });
});

/** What the official suite asks of every server; what needs its own tools is not among them. */
const kScenarios: [string, string][] = [
  ["2026-07-28", "tools-list"],
  ["2026-07-28", "dns-rebinding-protection"],
  ["2026-07-28", "server-sse-multiple-streams"],
  ["2026-07-28", "http-header-validation"],
  ["2025-11-25", "server-initialize"],
  ["2025-11-25", "ping"],
  ["2025-11-25", "tools-list"],
  ["2025-11-25", "dns-rebinding-protection"],
];

describe("the official conformance suite", () => {
  let proxy: CredentialProxy;
  beforeAll(async () => {
    proxy = await CredentialProxy.start(stand.url, stand.key);
  });
  afterAll(() => proxy?.stop());

  it.each(kScenarios)("%s %s", async (version, scenario) => {
    const suite = join(import.meta.dirname, "../node_modules/@modelcontextprotocol/conformance/dist/index.js");
    const words = [suite, "server", "--url", proxy.url, "--spec-version", version, "--scenario", scenario];
    const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: 30_000 });

    expect(stdout).toMatch(/Passed: [1-9]\d*\/\d+, 0 failed, 0 warnings/);
  });
});
