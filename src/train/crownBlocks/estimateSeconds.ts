/** @file How long a step of CROWN in blocks will take, from one block of each kind. */
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { BlockMachine } from './blockMachine.ts';
import { blocksOf, ofImage, openNeurons, type Group } from './group.ts';
import type { Parts } from './programs.ts';
import type { Stage } from './stages.ts';

/** Seconds that tightening the first image's bounds may take in a stage; beyond, intervals stand, and more is counted. */
const tightenSeconds = 0.5;

/** What is estimated: the parts of a step. */
export interface EstimateSetting {
  readonly stages: readonly Stage[];
  readonly parts: Parts;
  readonly sizes: ReadonlyMap<string, readonly number[]>;
  readonly machine: BlockMachine;
  /** Groups in a batch. */
  readonly groups: number;
}

/** Seconds of a run after the first, which opens its session. */
async function timed<T>(run: () => Promise<T>): Promise<{ readonly seconds: number; readonly found: T }> {
  await run();
  const began = performance.now();
  const found = await run();
  const seconds = (performance.now() - began) / 1e3;
  await setImmediate();
  return { found, seconds };
}

/**
 * Walks the first image of a group as far as that is quick, and times one block of each stage and its gradient; every
 * image is taken to be like the first.
 */
export async function estimateSeconds(
  { stages, parts, sizes, machine, groups }: EstimateSetting,
  group: Group,
): Promise<number> {
  let total = 0;
  for (const stage of stages) {
    const interval = await timed(() => parts.interval(stage, group));
    group.known.set(stage.source, interval.found);
    // Its gradient: thrice as much.
    total += 4 * groups * interval.seconds;
    if (stage.exact) continue;
    const own = ofImage(interval.found, 0, group.images);
    const blocks = blocksOf(openNeurons(stage, own), sizes.get(stage.source)!);
    if (blocks.length === 0) continue;
    const [{ neurons }] = blocks;
    const walked = blocks.reduce((sum, block) => sum + block.neurons.length, 0);
    const times = (walked / neurons.length) * groups * group.images;
    const once = await timed(() => parts.block(stage, group, 0, neurons));
    const cotangent = { lower: machine.zeros(neurons.length).fill(1), upper: machine.zeros(neurons.length) };
    const gradient = await timed(() => parts.blockGradient(stage, group, 0, neurons, cotangent));
    total += times * (once.seconds + gradient.seconds);
    if ((once.seconds * walked) / neurons.length > tightenSeconds) continue;
    for (const block of blocks) {
      const found = await parts.block(stage, group, 0, block.neurons);
      block.neurons.slice(0, block.filled).forEach((neuron, i) => {
        own.lower[neuron] = Math.max(own.lower[neuron], found.lower[i]);
        own.upper[neuron] = Math.min(own.upper[neuron], found.upper[i]);
      });
      await setImmediate();
    }
  }
  return total + groups * (await timed(() => parts.loss(group))).seconds;
}
