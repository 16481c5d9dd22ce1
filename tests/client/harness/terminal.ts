import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Child } from "./child.ts";
import { type Place, shown } from "./client_docs.ts";
import { OutsideWatch } from "./outside_watch.ts";

const kModules = resolve(import.meta.dirname, "../node_modules");
/** What `npm install --global` would have put into the path. */
const kCommands = {
  codex: "@openai/codex/bin/codex.js",
  opencode: "opencode-linux-x64-baseline/bin/opencode",
  compatcanary: "compatcanary/src/cli.js",
};

export type Ended = { code: number | null; out: string; err: string };

/** A user with an empty home, an empty folder to work in, a shell and no way out but to loopback. */
export class Terminal {
  readonly home: string;
  readonly work: string;

  private constructor(
    private readonly folder: string,
    private readonly place: Place,
    private readonly outside: OutsideWatch,
  ) {
    this.home = join(folder, "home");
    this.work = join(folder, "work");
    const bin = join(folder, "bin");
    for (const each of [this.home, this.work, bin]) mkdirSync(each);
    for (const [name, file] of Object.entries(kCommands)) {
      symlinkSync(join(kModules, file), join(bin, name));
    }
  }

  static async open(place: Place): Promise<Terminal> {
    // Not in /tmp: where bubblewrap is installed codex puts a /tmp of its own over the one that holds its helper.
    const folder = mkdtempSync("/var/tmp/srasta-terminal-");
    return new Terminal(folder, place, await OutsideWatch.start());
  }

  /** What this user's programs wanted from elsewhere. */
  get wantedOutside(): string[] {
    return this.outside.wanted;
  }

  /** Writes the file that the section of docs/clients.md shows in this language; `path` from home. */
  configure(heading: string, language: string, path: string): void {
    const file = join(this.home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, shown(heading, language, this.place.origin)[0]!);
  }

  /** The first commands that the section shows. */
  shownCommand(heading: string): string {
    return shown(heading, "sh", this.place.origin)[0]!;
  }

  start(command: string): Child {
    const path = [join(this.folder, "bin"), dirname(process.execPath), "/usr/bin", "/bin"].join(
      ":",
    );
    const env = { ...this.outside.environment, HOME: this.home, PATH: path, TOKEN: this.place.key };
    const values = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const shell = ["bash", "-euo", "pipefail", "-c", command];
    return new Child(command, "/usr/bin/env", ["-i", `--chdir=${this.work}`, ...values, ...shell]);
  }

  async run(command: string): Promise<Ended> {
    const child = this.start(command);
    const { code } = await child.exit();
    return { code, out: child.out, err: child.err };
  }

  async close(): Promise<void> {
    await this.outside.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
