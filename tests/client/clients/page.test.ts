// docs/clients.md beside what is here: the clients, their versions, and who runs what the page shows.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { clientSections, versionsShown } from "../harness/client_docs.ts";

const kHere = import.meta.dirname;

it("names every client that has a section, and no other", () => {
  expect(Object.keys(versionsShown())).toEqual(clientSections());
});

it("names the versions that are installed", () => {
  const { devDependencies } = JSON.parse(readFileSync(join(kHere, "../package.json"), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  const packageOf = (client: string) => client.split(/,| and /)[0]!;
  const installed = (name: string) =>
    devDependencies[name === "opencode-ai" ? "opencode-linux-x64-baseline" : name];

  for (const [client, version] of Object.entries(versionsShown())) {
    expect(version, client).toBe(installed(packageOf(client)));
  }
});

it("shows nothing that no test runs", () => {
  const sources = readdirSync(kHere)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(kHere, name), "utf8"));
  for (const client of clientSections()) {
    const users = sources.filter((text) => text.includes(`"${client}"`));
    expect(users.length, client).toBeGreaterThan(0);
  }
});
