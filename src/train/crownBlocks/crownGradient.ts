/** @file Loss and gradient of CROWN in blocks of neurons: the chain rule between programs, walks done again for the gradient. */
import { setImmediate } from 'node:timers/promises';
import type { Network } from '../../nn/network.ts';
import { sizeOf } from '../../tensor/index.ts';
import type { BlockMachine, Values } from './blockMachine.ts';
import { blockSizes, groupSize, stagesOf, type Stage } from './stages.ts';
import { boundNumberShapes } from './boundNumbers.ts';
import { estimateSeconds } from './estimateSeconds.ts';
import {
  addBounds,
  addTo,
  blocksOf,
  groupOf,
  ofImage,
  openNeurons,
  type CrownSite,
  type Group,
  type Walked,
} from './group.ts';
import { crownParts, type Parts, type Pulled, type CrownChoices } from './programs.ts';

export interface CrownGradient {
  /** Mean over the batch. */
  readonly loss: number;
  /** In each of the numbers. */
  readonly gradient: Record<string, Values>;
}

type Gradient = Record<string, Values>;

/** What the steps of one network share. */
interface Shared {
  readonly parts: Parts;
  readonly sizes: ReadonlyMap<string, readonly number[]>;
  readonly machine: BlockMachine;
  /** Lets messages and signals in: a run blocks the event loop. */
  readonly pause: () => Promise<void>;
}

const sides = ['lower', 'upper'] as const;

/** Bounds a stage of a group: intervals, and CROWN where they leave neurons open. */
async function boundStage(
  stage: Stage,
  group: Group,
  { parts, sizes, machine, pause }: Shared,
): Promise<void> {
  const { source, size } = stage;
  const bounds = await parts.interval(stage, group);
  const length = bounds.lower.length;
  group.known.set(source, bounds);
  group.cotangents.set(source, { lower: machine.zeros(length), upper: machine.zeros(length) });
  if (stage.exact) return;
  const won = { lower: new Uint8Array(length), upper: new Uint8Array(length) };
  const walked: Walked[] = [];
  for (let image = 0; image < group.images; image++) {
    const own = ofImage(bounds, image, group.images);
    const neurons = openNeurons(stage, own);
    walked.push({ image, neurons });
    for (const block of blocksOf(neurons, sizes.get(source)!)) {
      await pause();
      const found = await parts.block(stage, group, image, block.neurons);
      for (let i = 0; i < block.filled; i++) {
        const neuron = block.neurons[i];
        for (const side of sides) {
          const tighter =
            side === 'lower' ? found.lower[i] > own.lower[neuron] : found.upper[i] < own.upper[neuron];
          if (!tighter) continue;
          own[side][neuron] = found[side][i];
          won[side][image * size + neuron] = 1;
        }
      }
    }
  }
  group.walked.set(source, walked);
  group.won.set(source, won);
}

/** Adds what a part pulled back; `image`: to one image's share alone. */
function collect(pulled: Pulled, group: Group, gradient: Gradient, image?: number): void {
  for (const [key, values] of Object.entries(pulled.numbers)) addTo(gradient[key], values);
  for (const [source, values] of Object.entries(pulled.known)) {
    const all = group.cotangents.get(source)!;
    addBounds(image === undefined ? all : ofImage(all, image, group.images), values);
  }
}

/** Carries a stage's cotangents on to the numbers and to the stages before. */
async function pullStage(stage: Stage, group: Group, gradient: Gradient, shared: Shared): Promise<void> {
  const { parts, sizes, machine, pause } = shared;
  const { source, size } = stage;
  const cotangent = group.cotangents.get(source)!;
  const won = group.won.get(source);
  for (const { image, neurons } of group.walked.get(source) ?? []) {
    const share = (side: 'lower' | 'upper', neuron: number): number => {
      const at = image * size + neuron;
      return won![side][at] ? cotangent[side][at] : 0;
    };
    const moved = neurons.filter((neuron) => sides.some((side) => share(side, neuron) !== 0));
    for (const block of blocksOf(moved, sizes.get(source)!)) {
      await pause();
      const length = block.neurons.length;
      const own = { lower: machine.zeros(length), upper: machine.zeros(length) };
      for (let i = 0; i < block.filled; i++)
        for (const side of sides) own[side][i] = share(side, block.neurons[i]);
      collect(await parts.blockGradient(stage, group, image, block.neurons, own), group, gradient, image);
    }
  }
  const rest = { lower: cotangent.lower.slice(), upper: cotangent.upper.slice() };
  if (won)
    for (const side of sides)
      won[side].forEach((crown, i) => {
        if (crown) rest[side][i] = 0;
      });
  if (!sides.some((side) => rest[side].some((value) => value !== 0))) return;
  await pause();
  collect(await parts.intervalGradient(stage, group, rest), group, gradient);
}

/** @param whole the folded network */
export function blockedCrown(
  whole: Network,
  batchSize: number,
  choices: CrownChoices,
  machine: BlockMachine,
) {
  const stages = stagesOf(whole);
  const images = groupSize(whole, stages, batchSize);
  const groups = batchSize / images;
  const sizes = new Map(stages.map((stage) => [stage.source, blockSizes(whole, stage)]));
  const numberShapes = boundNumberShapes(whole.layers);
  const parts = crownParts(whole, stages, images, choices, machine);
  return {
    /** Seconds that `gradient` would take. */
    estimate: (site: CrownSite): Promise<number> =>
      estimateSeconds({ stages, parts, sizes, machine, groups }, groupOf(site, 0, images)),
    /** @throws the signal's reason once it is aborted, between two blocks */
    async gradient(site: CrownSite, signal?: AbortSignal): Promise<CrownGradient> {
      const gradient = Object.fromEntries(
        Object.entries(numberShapes).map(([key, shape]) => [key, machine.zeros(sizeOf(shape))]),
      );
      const pause = async (): Promise<void> => {
        await setImmediate();
        signal?.throwIfAborted();
      };
      const shared = { parts, sizes, machine, pause };
      let total = 0;
      for (let index = 0; index < groups; index++) {
        const group = groupOf(site, index, images);
        for (const stage of stages) await boundStage(stage, group, shared);
        await pause();
        const found = await parts.loss(group);
        total += found.loss[0];
        collect(found, group, gradient);
        for (const stage of stages.toReversed()) await pullStage(stage, group, gradient, shared);
      }
      for (const values of Object.values(gradient))
        for (let i = 0; i < values.length; i++) values[i] /= groups;
      return { loss: total / groups, gradient };
    },
  };
}
