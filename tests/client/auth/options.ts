// Options of the build under test.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { binaries } from "../harness/srasta.ts";
import { plainEnvironment } from "../harness/child.ts";

let known: Set<string> | undefined;

/** Those of `needs` that `srasta config schema` does not list; "command:NAME" is a subcommand. */
export function missing(needs: string[]): string[] {
  if (!needs.length) return [];
  known ??= new Set([...options(), ...commands()]);
  return needs.filter((each) => !known!.has(each));
}

const options = () => ask(["config", "schema"]).match(/^\S+/gm) ?? [];
const commands = () =>
  (ask(["--help"]).match(/^ {2}([a-z]+) /gm) ?? []).map((each) => `command:${each.trim()}`);

const ask = (args: string[]) =>
  execFileSync(join(binaries(), "srasta"), args, { encoding: "utf8", env: plainEnvironment() });
