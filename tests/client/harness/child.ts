import { type ChildProcess, spawn } from "node:child_process";
import { until } from "./wait.ts";

/** This environment without SRASTA_ variables: the platform refuses those that it does not know. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith("SRASTA_"));
  return Object.fromEntries(entries);
}

/** A started program whose output is kept. */
export class Child {
  out = "";
  err = "";
  private readonly process: ChildProcess;
  private ended: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  private failure: Error | undefined;
  private readonly name: string;

  constructor(name: string, file: string, args: string[], env: Record<string, string> = {}) {
    this.name = name;
    this.process = spawn(file, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...plainEnvironment(), ...env },
    });
    this.process.stdout!.on("data", (data: Buffer) => (this.out += data.toString()));
    this.process.stderr!.on("data", (data: Buffer) => (this.err += data.toString()));
    this.process.on("error", (error) => (this.failure = error));
    // "close" comes after the last byte of output, "exit" may come before it.
    this.process.on("close", (code, signal) => (this.ended = { code, signal }));
  }

  get pid(): number {
    return this.process.pid!;
  }

  get running(): boolean {
    return this.ended === undefined && this.failure === undefined;
  }

  /** The first match of `pattern` in the output; fails at once when the program ends before. */
  async sees(pattern: RegExp, stream: "out" | "err", deadlineMs: number): Promise<RegExpExecArray> {
    return until(
      `${this.name} to write ${pattern}`,
      () => {
        const match = pattern.exec(this[stream]);
        if (!match && !this.running) throw new Error(`${this.name} ended early: ${this.report()}`);
        return match;
      },
      deadlineMs,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.report()}`);
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async exit(deadlineMs = 40_000): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    await until(`${this.name} to end`, () => !this.running, deadlineMs).catch((error: unknown) => {
      this.process.kill("SIGKILL");
      throw new Error(`${String(error)}\n${this.report()}`);
    });
    if (this.failure) throw this.failure;
    return this.ended!;
  }

  report(): string {
    const end = this.ended ? `exit ${this.ended.code ?? this.ended.signal}` : "running";
    return `${this.name}: ${this.failure?.message ?? end}\n${this.out}${this.err}`;
  }
}
