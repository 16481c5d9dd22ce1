// A real llama-server that the platform itself starts.
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import { kEngineModel, modelFile } from "./harness/engine.ts";
import { freePort } from "./harness/ports.ts";
import { processesNaming } from "./harness/processes.ts";
import { Srasta } from "./harness/srasta.ts";
import { until } from "./harness/wait.ts";

const kEngine = resolve(import.meta.dirname, "../../.deps/engine/bin");
// Everywhere on Debian. What it starts lies where it may go, whoever owns the source tree.
const kAccount = process.getuid!() === 0 ? { user: "daemon" } : {};
const folder = mkdtempSync(join(tmpdir(), "srasta-engine-"));
let srasta: Srasta;
let port: number;

beforeAll(async () => {
  port = await freePort();
  chmodSync(folder, 0o755);
  cpSync(kEngine, join(folder, "bin"), { recursive: true });
  cpSync(modelFile(), join(folder, "model.gguf"));
  const engine = {
    name: "own",
    kind: "llamacpp",
    program: join(folder, "bin/llama-server"),
    model: join(folder, "model.gguf"),
    port,
    arguments: ["--alias", kEngineModel, "--threads", "1", "--threads-batch", "1", "--no-warmup"],
    ...kAccount,
  };
  const routes = [{ upstream: "own", model: kEngineModel }];
  srasta = await Srasta.start({
    inference: { detect: false, engines: [engine], aliases: { general: { routes } } },
  });
});

afterAll(async () => {
  await srasta?.[Symbol.asyncDispose]();
  expect(processesNaming(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

it("gives answers through the gateway alone", async () => {
  const client = new OpenAI({
    baseURL: `${srasta.baseUrl}/v1`,
    apiKey: await srasta.token(),
    maxRetries: 0,
  });
  const ask = () =>
    client.chat.completions
      .create({
        model: "general",
        max_tokens: 8,
        messages: [{ role: "user", content: "Once upon a time" }],
      })
      // While it loads, there is no engine.
      .catch((error: unknown) => {
        if (error instanceof OpenAI.APIError && error.status === 503) return undefined;
        throw error;
      });

  const chat = await until("an answer of the engine", ask);

  expect(chat.model).toBe(kEngineModel);
  expect(chat.usage!.completion_tokens).toBeGreaterThan(0);
  const past = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ model: kEngineModel, messages: [{ role: "user", content: "hi" }] }),
  });
  expect(past.status, "of who asks past the gateway").toBe(401);
  const log = readFileSync(join(srasta.data, "logs/engine-own.log"), "utf8");
  expect(log).toContain("model.gguf");
});
