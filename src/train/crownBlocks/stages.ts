/** @file The order in which CROWN bounds what nonlinear layers read, the part of the network that each bound needs, and in what blocks. */
import { isNonlinear } from '../../bounds/nonlinear/table.ts';
import type { Layer, Network } from '../../nn/network.ts';
import { readersOf } from '../../nn/graphEdits.ts';
import { bendsAtZero } from '../../nn/layers/rules.ts';
import { layerShapes } from '../../nn/shapes.ts';
import { sizeOf, type Shape } from '../../tensor/index.ts';

/** A layer that nonlinear layers read. */
export interface Stage {
  /** The layer's name. */
  readonly source: string;
  readonly shape: Shape;
  readonly size: number;
  /** Intervals are exact there (of a ball: but for what the box cuts off): nothing is walked. */
  readonly exact: boolean;
  /** Only neurons whose interval holds 0 inside are walked; otherwise all. */
  readonly onlyUnstable: boolean;
  /** Layers from the input to the source: what a walk passes. */
  readonly below: readonly Layer[];
  /** The part of them that intervals pass: from the input or from `intervalsOf`, which come with it. */
  readonly between: readonly Layer[];
  /** The same without the layers it starts from. */
  readonly passed: readonly Layer[];
  /** Sources of the stages before that `between` starts from. */
  readonly intervalsOf: readonly string[];
  /** Sources of the stages before that a walk passes. */
  readonly relaxed: readonly string[];
}

/** The layers that a layer's value follows from, itself included, in order; not beyond the names in `known`. */
function ancestors(network: Network, target: string, known: ReadonlySet<string>): Layer[] {
  const wanted = new Set([target]);
  for (const { name, inputs } of [...network.layers].reverse())
    if (wanted.has(name) && !known.has(name)) for (const input of inputs) wanted.add(input);
  return network.layers.filter(({ name }) => wanted.has(name));
}

/** In the order of the network. @param network folded */
export function stagesOf(network: Network): Stage[] {
  const shapes = layerShapes(network);
  const readers = readersOf(network);
  const stages: Stage[] = [];
  const known = new Set<string>();
  for (const { kind, inputs } of network.layers) {
    const [source] = inputs;
    if (!isNonlinear(kind) || known.has(source)) continue;
    const below = ancestors(network, source, new Set());
    const between = ancestors(network, source, known);
    const shape = shapes.get(source)!;
    stages.push({
      source,
      shape,
      size: sizeOf(shape),
      exact: stages.length === 0,
      onlyUnstable: readers.get(source)!.every((layer) => !isNonlinear(layer.kind) || bendsAtZero(layer)),
      below,
      between,
      passed: between.filter(({ name }) => !known.has(name)),
      intervalsOf: between.map(({ name }) => name).filter((name) => known.has(name)),
      relaxed: [...new Set(below.filter((l) => isNonlinear(l.kind)).map((l) => l.inputs[0]))],
    });
    known.add(source);
  }
  return stages;
}

/** Coefficients of one layer in a block: 4 MiB, so that its passes stay near the caches. */
const blockCoefficients = 2 ** 20;
const mostNeurons = 256;
const leastNeurons = 4;

/** Interval elements of a group of images, all stages together: 32 MiB a bound. */
const groupElements = 2 ** 23;
const mostImages = 16;

/** Sizes of a stage's blocks, falling by four: large ones first, small ones for the rest. */
export function blockSizes(whole: Network, { below, size }: Stage): number[] {
  const shapes = layerShapes(whole);
  const widest = Math.max(...below.map(({ name }) => sizeOf(shapes.get(name)!)));
  const fitting = blockCoefficients / (2 * widest);
  let neurons = mostNeurons;
  while (neurons > leastNeurons && (neurons > fitting || neurons >= 2 * size)) neurons /= 2;
  const sizes = [neurons];
  while (sizes.at(-1)! / 4 >= leastNeurons) sizes.push(sizes.at(-1)! / 4);
  return sizes;
}

/** A divisor of the batch. */
export function groupSize(whole: Network, stages: readonly Stage[], batchSize: number): number {
  const widest = Math.max(...[...layerShapes(whole).values()].map(sizeOf));
  const elements = Math.max(
    widest,
    stages.reduce((sum, { size }) => sum + size, 0),
  );
  let images = Math.max(1, Math.min(mostImages, batchSize, Math.floor(groupElements / elements)));
  while (batchSize % images !== 0) images--;
  return images;
}
