import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kPicture } from "../harness/client_questions.ts";
import { Stand, kDirect } from "../harness/client_stand.ts";
import { lastPrompt, sha256 } from "../harness/scripted_model.ts";
import { type Ended, Terminal } from "../harness/terminal.ts";

const kHeading = "opencode-ai";

type Part = {
  text?: string;
  tool?: string;
  state?: { status: string; output: string };
  tokens?: Record<string, unknown>;
};
type Event = { type: string; part?: Part; error?: { data: Record<string, unknown> } };

const eventsOf = ({ out }: Ended): Event[] =>
  out.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Event); // prettier-ignore
const partsOf = (ended: Ended, wanted: string): Part[] =>
  eventsOf(ended).flatMap(({ type, part }) => (type === wanted && part ? [part] : []));
const said = (ended: Ended) => {
  expect(ended.code, ended.out + ended.err).toBe(0);
  return partsOf(ended, "text").map(({ text }) => text);
};
const bash = (id: string, command: string) => ({
  id,
  name: "bash",
  arguments: JSON.stringify({ command, description: "prints" }),
});

let stand: Stand;
let terminal: Terminal;
let preparation: string;

async function open(key: string): Promise<Terminal> {
  const opened = await Terminal.open({ origin: stand.origin, key });
  opened.configure(kHeading, "json", ".config/opencode/opencode.json");
  return opened;
}

beforeAll(async () => {
  stand = await Stand.start();
  terminal = await open(stand.apiKey);
  preparation = terminal.shownCommand(kHeading).split("\n").slice(0, -2).join("\n");
});
afterAll(async () => {
  await terminal?.close();
  await stand?.stop();
});

// With a title of its own it does not ask the engine for one.
const ask = (prompt: string, at = terminal) => at.run(commandFor(prompt));
const commandFor = (prompt: string) =>
  `${preparation}\nexec opencode run --format json --title test ${prompt}`;

it("says what the engine says, by the command of docs/clients.md", async () => {
  stand.model.script((on) => on.onMessage("hello", { content: "Hello from the engine." }));
  const ended = await terminal.run(terminal.shownCommand(kHeading));

  expect(ended.code, ended.err).toBe(0);
  expect(ended.out).toBe("Hello from the engine.\n");
});

it("knows what the engine counted", async () => {
  const usage = { prompt_tokens: 1234, completion_tokens: 56 };
  stand.model.script((on) => on.onMessage("hello", { content: "Hello.", usage }));
  const ended = await ask("hello");

  expect(said(ended)).toEqual(["Hello."]);
  expect(partsOf(ended, "step_finish")).toMatchObject([{ tokens: { input: 1234, output: 56 } }]);
});

it("runs a command for the engine and tells what it printed", async () => {
  stand.model.script((on) => {
    on.on({ toolResultContains: "printed-42" }, { content: "It printed 42." });
    on.onMessage("run it", { toolCalls: [bash("call_one", "echo printed-$((40 + 2))")] });
  });
  const ended = await ask("'run it'");

  expect(partsOf(ended, "tool_use")).toMatchObject([
    { tool: "bash", state: { status: "completed", output: "printed-42\n" } },
  ]);
  expect(said(ended)).toEqual(["It printed 42."]);
});

it("runs several commands of one answer", async () => {
  stand.model.script((on) => {
    on.on({ hasToolResult: true }, { content: "Both ran." });
    on.onMessage("run them", {
      toolCalls: [bash("call_one", "echo one-$((1))"), bash("call_two", "echo two-$((2))")],
    });
  });
  const ended = await ask("'run them'");

  expect(said(ended)).toEqual(["Both ran."]);
  const results = stand.model.understood.messages.filter(({ role }) => role === "tool");
  expect(results).toMatchObject([
    { tool_call_id: "call_one", content: expect.stringContaining("one-1") as string },
    { tool_call_id: "call_two", content: expect.stringContaining("two-2") as string },
  ]);
});

it("shows a picture", async () => {
  writeFileSync(join(terminal.work, "dot.png"), Buffer.from(kPicture, "base64"));
  stand.model.script((on) => on.onMessage("picture", { content: "A grey dot." }));
  const ended = await ask("--file dot.png -- 'what is in the picture'");

  expect(said(ended)).toEqual(["A grey dot."]);
  expect(stand.model.body).toContain(`data:image/png;base64,${kPicture}`);
});

it("sends 1 MiB of prompt, and not a byte of it changes", async () => {
  const prompt = `${'straw ✓ "x"\\\n'.repeat(75_000)}needle`;
  writeFileSync(join(terminal.work, "prompt.txt"), prompt);
  // It would shorten a conversation that the engine counts as long.
  const usage = { prompt_tokens: 1234, completion_tokens: 1 };
  stand.model.script((on) => on.onMessage("needle", { content: "found", usage }));
  const ended = await ask("<prompt.txt");

  expect(said(ended)).toEqual(["found"]);
  expect(sha256(lastPrompt(stand.model.understood))).toBe(sha256(prompt));
});

it("ends the engine's work when it is interrupted", async () => {
  const words = Array.from({ length: 600 }, (_, index) => `word${index} `).join("");
  stand.model.script((on) => on.onMessage("long", { content: words }, { latency: 50 }));
  const child = terminal.start(commandFor("'a long story'"));
  await stand.model.asking();
  child.kill("SIGINT");

  await stand.model.abandoned();
  await child.exit();
});

describe.skipIf(kDirect)("a refusal ends it and says why", () => {
  it.each([
    ["an unknown key", 401, "The API key was refused."],
    ["no permission", 403, "Your roles do not allow this."],
  ])("%s", async (who, status, text) => {
    const wrong = `${stand.apiKey.slice(0, -4)}AAAA`;
    const refused = await open(status === 401 ? wrong : await stand.tokenOf("auditor"));
    const ended = await ask("hello", refused);
    await refused.close();

    expect(ended.code, who).toBe(1);
    const data = eventsOf(ended).find(({ type }) => type === "error")?.error?.data;
    expect(data).toMatchObject({
      statusCode: status,
      message: expect.stringContaining(text) as string,
    });
  });
});

it("speaks to nobody but the gateway", () => {
  expect(terminal.wantedOutside).toEqual([]);
});
