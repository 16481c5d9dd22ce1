import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { kColour, kPicture } from "../harness/client_questions.ts";
import { Stand, kDirect, kHidden, kSpoken, kTranslated } from "../harness/client_stand.ts";
import { lastPrompt, sha256 } from "../harness/scripted_model.ts";
import { type Ended, Terminal } from "../harness/terminal.ts";

const kHeading = "@openai/codex";
// The shortest command that shows what happened, and asks once.
const kExec =
  "codex exec --skip-git-repo-check --json -c model_providers.srasta.request_max_retries=0 " +
  "-c model_providers.srasta.stream_max_retries=0";

type Item = { type: string; text?: string; message?: string; aggregated_output?: string };
type Event = { type: string; item?: Item; usage?: Record<string, number>; error?: Item };

const eventsOf = ({ out }: Ended): Event[] =>
  out.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Event); // prettier-ignore
const itemsOf = (ended: Ended, type: string): Item[] =>
  eventsOf(ended).flatMap((event) =>
    event.type === "item.completed" && event.item?.type === type ? [event.item] : [],
  );
const said = (ended: Ended) => {
  expect(ended.code, ended.out + ended.err).toBe(0);
  return itemsOf(ended, "agent_message").map(({ text }) => text);
};
const command = (id: string, cmd: string) => ({
  id,
  name: "exec_command",
  arguments: JSON.stringify({ cmd }),
});

let stand: Stand;
let terminal: Terminal;

async function open(key: string): Promise<Terminal> {
  const opened = await Terminal.open({ origin: stand.origin, key });
  opened.configure(kHeading, "toml", ".codex/config.toml");
  return opened;
}

beforeAll(async () => {
  stand = await Stand.start();
  terminal = await open(stand.apiKey);
});
afterAll(async () => {
  await terminal?.close();
  await stand?.stop();
});

it("says what the engine says, by the command of docs/clients.md", async () => {
  stand.model.script((on) => on.onMessage("hello", { content: "Hello from the engine." }));
  const ended = await terminal.run(terminal.shownCommand(kHeading));

  expect(ended).toMatchObject({ code: 0, out: "Hello from the engine.\n" });
});

describe.each(kDirect ? [kSpoken] : [kSpoken, kTranslated])("with the model %s", (model) => {
  const ask = (prompt: string, more = "") => terminal.run(`${kExec} -m ${model} ${more} ${prompt}`);

  it("knows what the engine counted", async () => {
    const usage = {
      prompt_tokens: 1234,
      completion_tokens: 56,
      input_tokens: 1234,
      output_tokens: 56,
    };
    stand.model.script((on) => on.onMessage("hello", { content: "Hello.", usage }));
    const ended = await ask("hello");

    expect(said(ended)).toEqual(["Hello."]);
    expect(eventsOf(ended).at(-1)).toMatchObject({
      type: "turn.completed",
      usage: { input_tokens: 1234, output_tokens: 56 },
    });
  });

  it("runs a command for the engine and tells what it printed", async () => {
    stand.model.script((on) => {
      on.on({ toolResultContains: "printed-42" }, { content: "It printed 42." });
      on.onMessage("run it", { toolCalls: [command("call_one", "echo printed-$((40 + 2))")] });
    });
    const ended = await ask("'run it'");

    expect(itemsOf(ended, "command_execution")).toMatchObject([
      { aggregated_output: "printed-42\n", exit_code: 0 },
    ]);
    expect(said(ended)).toEqual(["It printed 42."]);
  });

  it("runs several commands of one answer", async () => {
    stand.model.script((on) => {
      on.on({ hasToolResult: true }, { content: "Both ran." });
      on.onMessage("run them", {
        toolCalls: [command("call_one", "echo one-$((1))"), command("call_two", "echo two-$((2))")],
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

  it("asks for an answer by a JSON schema", async () => {
    writeFileSync(join(terminal.work, "colour.json"), JSON.stringify(kColour));
    stand.model.script((on) => on.onMessage("colour", { content: '{"colour":"red"}' }));
    const ended = await ask("'a colour'", "--output-schema colour.json");

    expect(said(ended)).toEqual(['{"colour":"red"}']);
    expect(stand.model.body).toContain(JSON.stringify(kColour.properties));
  });

  it("shows a picture", async () => {
    writeFileSync(join(terminal.work, "dot.png"), Buffer.from(kPicture, "base64"));
    stand.model.script((on) => on.onMessage("picture", { content: "A grey dot." }));
    const ended = await ask("'what is in the picture'", "--image dot.png --");

    expect(said(ended)).toEqual(["A grey dot."]);
    expect(stand.model.body).toContain(kPicture);
  });

  it("sends 1 MiB of prompt, and not a byte of it changes", async () => {
    const prompt = `${'straw ✓ "x"\\\n'.repeat(75_000)}needle`;
    writeFileSync(join(terminal.work, "prompt.txt"), prompt);
    stand.model.script((on) => on.onMessage("needle", { content: "found" }));
    const ended = await ask("- <prompt.txt");

    expect(said(ended)).toEqual(["found"]);
    expect(sha256(lastPrompt(stand.model.understood))).toBe(sha256(prompt));
  });

  it("ends the engine's work when it is interrupted", async () => {
    const words = Array.from({ length: 600 }, (_, index) => `word${index} `).join("");
    stand.model.script((on) => on.onMessage("long", { content: words }, { latency: 50 }));
    const child = terminal.start(`exec ${kExec} -m ${model} 'a long story'`);
    await stand.model.asking();
    child.kill("SIGINT");

    await stand.model.abandoned();
    await child.exit();
  });
});

describe.skipIf(kDirect)("a refusal ends it and says why", () => {
  const failed = async (ended: Ended, ...texts: string[]) => {
    expect(ended.code, ended.out).toBe(1);
    const failure = eventsOf(ended).find(({ type }) => type === "turn.failed");
    for (const text of texts) expect(failure?.error?.message).toContain(text);
  };

  it("an unknown key", async () => {
    const stranger = await open(`${stand.apiKey.slice(0, -4)}AAAA`);
    onTestFinished(() => stranger.close());
    await failed(await stranger.run(`${kExec} hello`), "401", "The API key was refused.");
  });

  it("no permission", async () => {
    const auditor = await open(await stand.tokenOf("auditor"));
    onTestFinished(() => auditor.close());
    await failed(await auditor.run(`${kExec} hello`), "403", "Your roles do not allow this.");
  });

  it("a hidden model", async () => {
    const ended = await terminal.run(`${kExec} -m ${kHidden} hello`);
    await failed(ended, "No such model is available to you.");
  });
});

it("speaks to nobody but the gateway", () => {
  expect(terminal.wantedOutside).toEqual([]);
});
