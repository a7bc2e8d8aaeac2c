/** @file The programs of CROWN in blocks, prepared when they are first needed and fed from a group. */
import type { Layer, Network } from '../../nn/network.ts';
import { layerMacs } from '../../nn/macs.ts';
import { layerShapes } from '../../nn/shapes.ts';
import type { BlockMachine, ReadyPart, Values } from './blockMachine.ts';
import { boundNumberShapes } from './boundNumbers.ts';
import { ofImage, type Bounds, type Group } from './group.ts';
import { crownPrograms, type CrownChoices, type TracedPart } from './programs.ts';
import type { Stage } from './stages.ts';

/** Derivatives in what a part read. */
export interface Pulled {
  readonly numbers: Readonly<Record<string, Values>>;
  readonly known: Readonly<Record<string, Bounds>>;
}

export interface Parts {
  interval(stage: Stage, group: Group): Promise<Bounds>;
  intervalGradient(stage: Stage, group: Group, cotangent: Bounds): Promise<Pulled>;
  /** Bounds of an image's neurons. */
  block(stage: Stage, group: Group, image: number, neurons: Int32Array): Promise<Bounds>;
  blockGradient(
    stage: Stage,
    group: Group,
    image: number,
    neurons: Int32Array,
    cotangent: Bounds,
  ): Promise<Pulled>;
  /** Mean loss of a group. */
  loss(group: Group): Promise<Pulled & { readonly loss: Values }>;
  /** Floating-point operations so far, by the formula of docs/decisions. */
  readonly flops: () => number;
}

/** Passes over the weights that a gradient takes: the walk again, and two derivatives of each product. */
const gradientPasses = 3;

/** @param whole the folded network @param images in a group */
export function crownParts(
  whole: Network,
  stages: readonly Stage[],
  images: number,
  choices: CrownChoices,
  machine: BlockMachine,
): Parts {
  const programs = crownPrograms(whole, stages, choices);
  const shapes = layerShapes(whole);
  const macs = (layers: readonly Layer[]): number =>
    layers.reduce((sum, layer) => sum + layerMacs(layer, shapes), 0);
  const classes = shapes.get(whole.layers.at(-1)!.name)![0];
  const lossRows = choices.lossFusion ? 1 : classes - 1;
  let flops = 0;
  const count = (rows: number, layers: readonly Layer[], passes: number): void => {
    flops += 2 * rows * macs(layers) * passes;
  };

  const ready = new Map<string, ReadyPart>();
  const prepared = (name: string, make: () => TracedPart): ReadyPart => {
    const found = ready.get(name) ?? machine.prepare(make());
    ready.set(name, found);
    return found;
  };
  const keys = new Map<readonly Layer[], string[]>();
  const numbersOf = (layers: readonly Layer[], { site }: Group): Record<string, Values> => {
    const wanted = keys.get(layers) ?? Object.keys(boundNumberShapes(layers));
    keys.set(layers, wanted);
    return Object.fromEntries(wanted.map((key) => [key, site.numbers[key]]));
  };
  const epsilonOf = ({ site }: Group): Values => machine.zeros(1).fill(site.epsilon);
  const knownOf = (
    { known }: Group,
    sources: readonly string[],
    of: (b: Bounds) => Bounds,
  ): Record<string, Bounds> => Object.fromEntries(sources.map((source) => [source, of(known.get(source)!)]));

  const intervalFeeds = ({ passed, intervalsOf }: Stage, group: Group) => ({
    numbers: numbersOf(passed, group),
    known: knownOf(group, intervalsOf, (bounds) => bounds),
    x: group.x,
    epsilon: epsilonOf(group),
  });
  const blockFeeds = ({ below, relaxed }: Stage, group: Group, image: number, neurons: Int32Array) => {
    const size = group.x.length / images;
    return {
      numbers: numbersOf(below, group),
      known: knownOf(group, relaxed, (bounds) => ofImage(bounds, image, images)),
      x: group.x.subarray(image * size, (image + 1) * size),
      epsilon: epsilonOf(group),
      neurons,
    };
  };

  return {
    interval(stage, group) {
      const run = prepared(`interval ${stage.source}`, () => programs.interval(stage, images));
      count(2 * images, stage.passed, 1);
      return run(intervalFeeds(stage, group)) as Promise<Bounds>;
    },
    intervalGradient(stage, group, cotangent) {
      const run = prepared(`interval gradient ${stage.source}`, () =>
        programs.intervalGradient(stage, images),
      );
      count(2 * images, stage.passed, gradientPasses);
      return run({ ...intervalFeeds(stage, group), cotangent }) as Promise<Pulled>;
    },
    block(stage, group, image, neurons) {
      const size = neurons.length;
      const run = prepared(`block ${stage.source} ${size}`, () => programs.block(stage, size));
      count(2 * size, stage.below, 1);
      return run(blockFeeds(stage, group, image, neurons)) as Promise<Bounds>;
    },
    blockGradient(stage, group, image, neurons, cotangent) {
      const size = neurons.length;
      const run = prepared(`block gradient ${stage.source} ${size}`, () =>
        programs.blockGradient(stage, size),
      );
      count(2 * size, stage.below, gradientPasses);
      return run({ ...blockFeeds(stage, group, image, neurons), cotangent }) as Promise<Pulled>;
    },
    loss(group) {
      const run = prepared('loss', () => programs.loss(images));
      count((lossRows + 2) * images, whole.layers, gradientPasses);
      return run({
        numbers: numbersOf(whole.layers, group),
        known: Object.fromEntries(group.known),
        x: group.x,
        epsilon: epsilonOf(group),
        y: group.y,
      }) as Promise<Pulled & { loss: Values }>;
    },
    flops: () => flops,
  };
}
