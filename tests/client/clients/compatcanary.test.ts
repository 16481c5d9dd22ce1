import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stand, kMessages, kSpoken, kTranslated } from "../harness/client_stand.ts";
import { Terminal } from "../harness/terminal.ts";

const kHeading = "compatcanary";

describe("compatcanary", () => {
  let stand: Stand;
  let terminal: Terminal;
  beforeAll(async () => {
    stand = await Stand.start();
    terminal = await Terminal.open({ origin: stand.origin, key: stand.apiKey });
    // What an engine must be able to say for all of its points.
    stand.model.script((on) => {
      on.onMessage("Call the provided tool", {
        toolCalls: [{ name: "compatcanary_echo", arguments: '{"value":"CANARY_OK"}' }],
      });
      on.onMessage("compatibility status", { content: '{"status":"ok"}' });
      on.onMessage("CANARY_OK", { content: "CANARY_OK" });
    });
  });
  afterAll(async () => {
    await terminal?.close();
    await stand?.stop();
  });

  it.each([kSpoken, kTranslated, kMessages])("gives all of its points to the model %s", async (model) => {
    const command = terminal.shownCommand(kHeading).replace("--model general", `--model ${model}`);
    const { code, out, err } = await terminal.run(command);

    expect(out + err).toContain("100/100");
    expect(code).toBe(0);
  });
});
