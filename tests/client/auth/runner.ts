// Plays variants on as few gateways as possible, several gateways at a time.
import type { Variant } from "./case_format.ts";
import { Ground } from "./ground.ts";
import { play } from "./play.ts";

const kLanes = 4;

/** How many milliseconds each variant took on its gateway. */
export const times = new Map<string, number>();

/** The outcome of every variant by its name; all start at once and come when they come. */
export function playAll(variants: Variant[], lanes = kLanes): Map<string, Promise<string[]>> {
  const outcomes = new Map<string, Promise<string[]>>();
  const settle = new Map<string, (failures: string[]) => void>();
  for (const { name } of variants) {
    outcomes.set(name, new Promise((resolve) => settle.set(name, resolve)));
  }
  const groups = grouped(variants);
  const lane = async (): Promise<void> => {
    for (let group = groups.shift(); group; group = groups.shift()) {
      await playGroup(group, (name, failures) => settle.get(name)!(failures));
    }
  };
  for (let index = 0; index < lanes; ++index) void lane();
  return outcomes;
}

// Variants with equal settings share a gateway, unless they want one of their own.
function grouped(variants: Variant[]): Variant[][] {
  const shared = new Map<string, Variant[]>();
  const alone: Variant[][] = [];
  for (const variant of variants) {
    if (variant.fresh) alone.push([variant]);
    else {
      const id = JSON.stringify(variant.settings);
      shared.set(id, [...(shared.get(id) ?? []), variant]);
    }
  }
  return [...[...shared.values()].toSorted((a, b) => b.length - a.length), ...alone];
}

async function playGroup(
  group: Variant[],
  report: (name: string, failures: string[]) => void,
): Promise<void> {
  let ground: Ground;
  try {
    ground = await Ground.start(group[0]!.settings);
  } catch (error) {
    for (const { name } of group) report(name, [`the gateway does not start: ${String(error)}`]);
    return;
  }
  const all: [string, string[]][] = [];
  for (const variant of group) {
    const begin = performance.now();
    const failures = await play(variant, ground).catch((error: unknown) => [String(error)]);
    times.set(variant.name, Math.round(performance.now() - begin));
    all.push([variant.name, failures]);
  }
  const end = await ground.stop().then(
    () => [],
    (error: unknown) => [`the gateway does not stop well: ${String(error)}`],
  );
  for (const [name, failures] of all) report(name, [...failures, ...end]);
}
