import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Child } from "./child.ts";
import { freePort } from "./ports.ts";
import { until } from "./wait.ts";

const kRepository = resolve(import.meta.dirname, "../../..");
export const kEngineModel = "engine-model";

/** A real llama-server on loopback. */
export class Engine {
  private constructor(
    readonly port: number,
    private readonly child: Child,
  ) {}

  static async start(port?: number): Promise<Engine> {
    const chosen = port ?? (await freePort());
    const script = join(kRepository, "scripts/engine/start.sh");
    const args = ["--model", modelFile(), "--port", String(chosen), "--alias", kEngineModel];
    const engine = new Engine(chosen, new Child("llama-server", script, args));
    await until(`llama-server on port ${chosen}`, () => engine.healthy());
    return engine;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** How many answers it gave up, because nobody listened any more. */
  get cancelled(): number {
    return (this.child.out + this.child.err).split("cancel task").length - 1;
  }

  /** Waits until it works at nothing. */
  async idle(): Promise<void> {
    await until("llama-server to be idle", async () => {
      const slots = await fetch(`${this.url}/slots`).then((answer) => answer.json());
      return (slots as { is_processing: boolean }[]).every((slot) => !slot.is_processing);
    });
  }

  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    await this.child.exit();
  }

  private async healthy(): Promise<boolean> {
    if (!this.child.running) throw new Error(this.child.report());
    return fetch(`${this.url}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
  }
}

export function modelFile(): string {
  const file =
    process.env["SRASTA_MODEL"] ?? join(kRepository, ".deps/models/srasta-demo-random.gguf");
  if (!existsSync(file)) throw new Error(`no model at ${file}; run scripts/test_client.sh`);
  return file;
}
