// Plays one variant: its steps in order, then its totals.
import { setTimeout as pause } from "node:timers/promises";
import { stringify } from "yaml";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../harness/wait.ts";
import { type Step, type Variant, replaced } from "./case_format.ts";
import { checkAnswer, checkTotals, matches, secretsIn } from "./check.ts";
import { type EngineWish, ordinaryEngine } from "./engines.ts";
import type { Ground } from "./ground.ts";
import type { Behaviour } from "./provider.ts";
import { credentialsOf, requestBytes, spread } from "./request.ts";
import { Scene } from "./scene.ts";
import { type Answer, Connection } from "./wire.ts";

const kChecksAtOnce = 64;

/** The differences between what the variant expects and what happened; none: it holds. */
export async function play(variant: Variant, ground: Ground): Promise<string[]> {
  if (variant.wholeSecond) await pause(1_050 - (Date.now() % 1_000));
  ground.up1.answer(ordinaryEngine(variant.engine));
  ground.up2.answer(ordinaryEngine(variant.engine2));
  const scene = new Scene(variant, ground);
  const player = new Player(scene);
  try {
    for (const [index, step] of variant.steps.entries()) {
      await player.step(step, variant.steps.length > 1 ? `step ${index + 1}` : "request");
    }
    await player.settle();
    await checkTotals(scene, player.successes);
    checkSecrecy(scene, player.secrets);
  } catch (error) {
    scene.fail("played", error instanceof Error ? error.message : String(error));
  } finally {
    player.close();
    scene.close();
  }
  return scene.failures;
}

class Player {
  readonly secrets = new Set<string>();
  successes = 0;
  requests = 0;
  private checks: Promise<void>[] = [];
  private readonly held = new Map<string, { step: Step; answer: Answer; connection: Connection }>();

  private readonly scene: Scene;

  constructor(scene: Scene) {
    this.scene = scene;
  }

  async step(step: Step, where: string): Promise<void> {
    const name = Object.keys(kActions).find((each) => each in step);
    if (name) return kActions[name]!(this, this.scene, step, where);
    for (const [index, one] of spread(step, this.scene, replaced).entries()) {
      await this.request(one, index ? `${where} (${index + 1})` : where);
    }
  }

  async settle(): Promise<void> {
    const waiting = this.checks;
    this.checks = [];
    await Promise.all(waiting);
  }

  private async request(step: Step, where: string): Promise<void> {
    for (const text of credentialsOf(step, this.scene)) {
      for (const secret of secretsIn(text)) this.secrets.add(secret);
    }
    if (step["at_once"] !== undefined) return this.crowd(step, where);
    const connection = await this.connect(step);
    await this.exchange(step, where, connection);
    if (step["new"] && step["stays"] === undefined) connection.close();
  }

  private async connect(step: Step): Promise<Connection> {
    const from = step["from"] as string | undefined;
    if (step["new"] || from || step["stays"] !== undefined) {
      return Connection.open(this.scene.ground.port, from);
    }
    return this.scene.connection((step["on"] as string) ?? "main");
  }

  private async exchange(step: Step, where: string, connection: Connection): Promise<void> {
    const answer = connection.send(requestBytes(step, this.scene));
    if (step["stays"] !== undefined) {
      this.held.set(step["stays"] as string, { step, answer, connection });
      if (step["no_head"]) return;
      await until("the head of the answer", () => answer.status || connection.closed, 10_000);
      return;
    }
    const begin = performance.now();
    if (step["rest"] !== undefined) {
      await Promise.race([connection.finished(answer), pause(300)]);
      if (!connection.closed) connection.write(this.scene.bytes(step["rest"] as string));
    }
    await connection.finished(answer);
    this.compareTime(step, where, performance.now() - begin);
    await this.look(step, where, answer, connection);
  }

  private compareTime(step: Step, where: string, took: number): void {
    const most = step.expect?.["within_ms"] as number | undefined;
    if (most !== undefined && took > most) this.scene.fail(where, `took ${Math.round(took)} ms`);
  }

  private async look(step: Step, where: string, answer: Answer, connection: Connection) {
    const expect = step.expect ?? {};
    if (expect["none"]) {
      if (answer.status) this.scene.fail(where, `no answer expected, got ${answer.status}`);
      return;
    }
    if (!answer.complete && !expect["cut"]) this.scene.fail(where, "the answer is cut");
    const closing = answer.header("connection") === "close" || connection.closed;
    const stays = [401, 403, 404, 429].includes(answer.status) && !hasBody(step);
    const conn = expect["conn"] ?? (stays ? "keep" : undefined);
    if (conn !== undefined && !matches(conn, closing ? "close" : "keep")) {
      this.scene.fail(where, `the connection should ${String(conn)}`);
    }
    if (answer.status === 200 && answer.header("content-type") && isInference(step)) ++this.successes;
    this.checks.push(checkAnswer(this.scene, where, step, answer));
    if (this.checks.length >= kChecksAtOnce) await this.settle();
  }

  // Many connections, one request on each, all written before the first answer is read.
  private async crowd(step: Step, where: string): Promise<void> {
    const size = step["at_once"] as number;
    const all = await Promise.all(
      Array.from({ length: size }, () => Connection.open(this.scene.ground.port)),
    );
    const answers = all.map((each) => each.send(requestBytes(step, this.scene)));
    await Promise.all(all.map((each, index) => each.finished(answers[index]!)));
    const wished = step.expect?.["counts"] as Record<string, number> | undefined;
    if (wished) this.compareCounts(answers, wished, where);
    for (const [index, answer] of answers.entries()) {
      if (wished) this.successes += answer.status === 200 && isInference(step) ? 1 : 0;
      else await this.look(step, `${where} (${index + 1})`, answer, all[index]!);
    }
    for (const each of all) each.close();
  }

  private compareCounts(answers: Answer[], wished: Record<string, number>, where: string): void {
    const found: Record<string, number> = {};
    for (const answer of answers) {
      const name = answer.header("x-srasta-error") ?? String(answer.status);
      found[name] = (found[name] ?? 0) + 1;
    }
    for (const name of new Set([...Object.keys(wished), ...Object.keys(found)])) {
      const [want, got] = [wished[name] ?? 0, found[name] ?? 0];
      if (want !== got) this.scene.fail(where, `${want} times ${name} expected, got ${got}`);
    }
  }

  async answerOf(step: Step, where: string): Promise<void> {
    const name = step["answer_of"] as string;
    const held = this.held.get(name)!;
    const within = (step.expect?.["within_ms"] as number | undefined) ?? 15_000;
    await held.connection.finished(held.answer, within);
    held.connection.close();
    const code = step.expect?.["stream_error"] as string | undefined;
    if (code && !held.answer.text.includes(`"code":"${code}"`)) {
      this.scene.fail(where, `the stream has no error ${code}: ${held.answer.text.slice(-300)}`);
    }
    await this.look({ ...held.step, expect: step.expect ?? {} }, where, held.answer, held.connection);
  }

  close(): void {
    for (const { connection } of this.held.values()) connection.close();
  }

  drop(name: string): void {
    this.held.get(name)!.connection.close();
  }

  async events(name: string, count: number): Promise<void> {
    const held = this.held.get(name)!;
    await until(`${count} events`, () => held.answer.text.split("\n\n").length > count, 10_000);
  }
}

// A body that nobody reads may cost the connection.
const hasBody = (step: Step) => ["body", "chat", "rest"].some((name) => step[name] !== undefined);

const isInference = (step: Step) =>
  step["chat"] !== undefined || step["body"] !== undefined || step["method"] === "POST";

type Action = (player: Player, scene: Scene, step: Step, where: string) => Promise<void>;

const kActions: Record<string, Action> = {
  wait_ms: (_, __, step) => pause(step["wait_ms"] as number),
  // Whole cases are relative to T, the second in which they began.
  wait_until: async (_, scene, step) => {
    const at = (scene.time + Number(step["wait_until"])) * 1000;
    await pause(Math.max(0, at - Date.now()));
  },
  idp_a: async (player, scene, step) => {
    await player.settle();
    await scene.ground.idpA.behave(step["idp_a"] as Behaviour);
  },
  idp_b: async (player, scene, step) => {
    await player.settle();
    await scene.ground.idpB.behave(step["idp_b"] as Behaviour);
  },
  engine: async (_, scene, step) => scene.ground.up1.script(ordinaryEngine(step["engine"] as EngineWish)),
  engine2: async (_, scene, step) => scene.ground.up2.script(ordinaryEngine(step["engine2"] as EngineWish)),
  // The same requests over and over: `alternate` rounds.
  alternate: async (player, _, step, where) => {
    for (let round = 0; round < (step["alternate"] as number); ++round) {
      for (const each of step["of"] as Step[]) await player.step(each, `${where}, round ${round}`);
    }
  },
  answer_of: (player, _, step, where) => player.answerOf(step, where),
  drop: async (player, _, step) => player.drop(step["drop"] as string),
  events: (player, _, step) => player.events(step["of"] as string, step["events"] as number),
  reload,
  check_config: checkConfig,
  run: runCommand,
};

async function reload(player: Player, scene: Scene, step: Step, where: string): Promise<void> {
  await player.settle();
  const { gateway } = scene.ground;
  const change = step["reload"] as Record<string, unknown> | string;
  const text = typeof change === "string" ? change : stringify(scene.ground.configuration(change));
  const word = /"event":"configuration (in force|reloaded|not reloaded)|srasta: not reloaded/g;
  const outcomes = () => gateway.log.match(word) ?? [];
  const before = outcomes().length;
  writeFileSync(gateway.config, text);
  gateway.hangUp();
  await until("the gateway's word on the new configuration", () => outcomes().length > before, 5_000);
  const refused = outcomes().at(-1)!.includes("not reloaded");
  if (refused !== Boolean(step["refused"])) scene.fail(where, `refused: ${refused}\n${gateway.log.slice(-800)}`);
}

async function checkConfig(_: Player, scene: Scene, step: Step, where: string): Promise<void> {
  const file = join(scene.ground.gateway.folder, "checked.yaml");
  const config = scene.ground.configuration((step["check_config"] as Record<string, unknown>) ?? {});
  const added = (step["issuers"] as string[] | undefined) ?? [];
  const known = (config["identity"] as { issuers: unknown[] }).issuers;
  known.push(...added.map((each) => JSON.parse(scene.text(each)) as unknown));
  const text = step["text"] === undefined ? stringify(config) : scene.text(step["text"] as string);
  writeFileSync(file, text);
  await command(scene, ["config", "check", file], step, where);
}

async function runCommand(_: Player, scene: Scene, step: Step, where: string): Promise<void> {
  await command(scene, (step["run"] as string[]).map((each) => scene.text(each)), step, where);
}

async function command(scene: Scene, args: string[], step: Step, where: string): Promise<void> {
  const { code, out } = await scene.ground.gateway.run(args);
  const wished = (step["exit"] as number | undefined) ?? 0;
  if (code !== wished) scene.fail(where, `exit ${wished} expected, got ${code}: ${out}`);
  for (const each of (step["says"] as string[] | undefined) ?? []) {
    if (!out.includes(scene.text(each))) scene.fail(where, `does not say ${each}: ${out}`);
  }
}

// Neither the log nor the ledger may hold what was sent as a credential.
function checkSecrecy(scene: Scene, secrets: Set<string>): void {
  const { log } = scene.ground.gateway;
  const written = JSON.stringify(scene.ground.ledger.records.slice(scene.start.records));
  for (const secret of secrets) {
    if (log.includes(secret)) scene.fail("log", "holds a credential");
    if (written.includes(secret)) scene.fail("ledger", "holds a credential");
  }
}
