// docs/clients.md as the tests read it: what it shows is what they run.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { plainEnvironment } from "./child.ts";

const kPage = resolve(import.meta.dirname, "../../../docs/clients.md");
const kOverview = "What is tested";
const kShownOrigin = "http://127.0.0.1:8484";
// Below node_modules, so that the packages are found from there.
const kScratch = resolve(import.meta.dirname, "../node_modules/.clients");

const page = () => readFileSync(kPage, "utf8");

function sectionOf(heading: string): string {
  const sections = page().split(/^## /m);
  const section = sections.find((text) => text.startsWith(`${heading}\n`));
  if (!section) throw new Error(`docs/clients.md has no section ${heading}`);
  return section;
}

/** Where a client stands, and with which credential. */
export type Place = { origin: string; key: string };

/** The headings under which a client is set up. */
export function clientSections(): string[] {
  const headings = [...page().matchAll(/^## (.*)$/gm)].map(([, heading]) => heading!);
  return headings.filter((heading) => heading !== kOverview);
}

/** Of the page's table: the version of each client. */
export function versionsShown(): Record<string, string> {
  const rows = [...sectionOf(kOverview).matchAll(/^\| ([^|]+) \| (\d[^|]*) \|/gm)];
  return Object.fromEntries(rows.map(([, client, version]) => [client, version]));
}

/** The blocks in `language` of the page's section `heading`, aimed at `origin`. */
export function shown(heading: string, language: string, origin: string): string[] {
  const blocks = [...sectionOf(heading).matchAll(/^```(\S*)\n(.*?)^```$/gms)];
  const texts = blocks.filter(([, of]) => of === language).map(([, , text]) => text!);
  if (texts.length === 0) throw new Error(`docs/clients.md: no ${language} in ${heading}`);
  return texts.map((text) => text.replaceAll(kShownOrigin, origin));
}

/** Runs the first block of the section and gives what it calls `name`. */
export async function shownObject<T>(heading: string, name: string, place: Place): Promise<T> {
  const [setup] = shown(heading, "js", place.origin);
  process.env["TOKEN"] = place.key;
  const module = await inScratch(`${setup}\nexport { ${name} };\n`, (file) => import(file));
  return (module as Record<string, unknown>)[name] as T;
}

/** Runs all blocks of the section as one program, with `model` for its model; gives what it prints. */
export async function shownOutput(heading: string, place: Place, model: string): Promise<string> {
  const program = shown(heading, "js", place.origin).join("\n").replace('"general"', `"${model}"`);
  const env = { ...plainEnvironment(), TOKEN: place.key };
  const run = (file: string) => promisify(execFile)(process.execPath, [file], { env });
  return inScratch(program, async (file) => (await run(new URL(file).pathname)).stdout);
}

async function inScratch<T>(program: string, use: (file: string) => Promise<T>): Promise<T> {
  mkdirSync(kScratch, { recursive: true });
  const folder = mkdtempSync(join(kScratch, "run-"));
  const file = join(folder, "program.mjs");
  writeFileSync(file, program);
  try {
    return await use(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
