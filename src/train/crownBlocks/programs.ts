/** @file The programs of CROWN in blocks, prepared when they are first needed: intervals of a stage, CROWN of a block of its neurons, the loss; each with its gradient. */
import { epsilonBox } from '../../attack/box.ts';
import type { Norm } from '../../bounds/ball.ts';
import { ibp } from '../../bounds/ibp.ts';
import type { Interval } from '../../bounds/interval.ts';
import type { LowerSlope } from '../../bounds/nonlinear/lowerSlope.ts';
import type { Layer, Network, Parameters } from '../../nn/network.ts';
import { outputShape } from '../../nn/shapes.ts';
import {
  add,
  cat,
  constant,
  float32,
  int32,
  mul,
  neg,
  oneHot,
  reshape,
  sliceAxis,
  sum,
  vjp,
  type Shape,
  type Tensor,
  type TensorSpec,
} from '../../tensor/index.ts';
import type { BoundedPass } from '../certified/boundedPass.ts';
import { fusedCrossEntropy } from '../certified/fusedLoss.ts';
import {
  crownLower,
  crownMargins,
  ibpMargins,
  marginRows,
  robustCrossEntropy,
} from '../certified/margins.ts';
import { boundContext, boundNumberShapes } from './boundNumbers.ts';
import type { Stage } from './stages.ts';
import type { BlockMachine, ReadyPart, Values, TracedPart } from './blockMachine.ts';
import { ofImage, type Bounds, type Group } from './group.ts';

/** What distinguishes one loss from another. */
export interface CrownChoices {
  readonly norm?: Norm | undefined;
  readonly lossFusion: boolean;
  readonly relaxation?: LowerSlope | undefined;
}

type Intervals<T> = Readonly<Record<string, { readonly lower: T; readonly upper: T }>>;

interface PartArguments {
  /** Of the folded network, as far as the part reads them. */
  readonly numbers: Parameters<Tensor>;
  /** By the source of a stage. */
  readonly known: Intervals<Tensor>;
  /** Raw pixels [G,C,H,W]. */
  readonly x: Tensor;
  readonly epsilon: Tensor;
}

/** The parts for one network. @param whole the folded network @param images in a group */
export function crownPrograms(whole: Network, stages: readonly Stage[], choices: CrownChoices) {
  const intervalSpecs = (sources: readonly string[], images: number): Intervals<TensorSpec> =>
    Object.fromEntries(
      stages
        .filter(({ source }) => sources.includes(source))
        .map(({ source, shape }) => {
          const spec = float32([images, ...shape]);
          return [source, { lower: spec, upper: spec }];
        }),
    );
  const specsOf = (layers: readonly Layer[], sources: readonly string[], images: number) => ({
    numbers: Object.fromEntries(
      Object.entries(boundNumberShapes(layers)).map(([key, shape]: [string, Shape]) => [key, float32(shape)]),
    ),
    known: intervalSpecs(sources, images),
    x: float32([images, ...whole.inputShape]),
    epsilon: float32([]),
  });
  const boxOf = ({ x, epsilon }: PartArguments) => epsilonBox(x, epsilon, choices.norm, whole.domain);
  const passThrough = (layers: readonly Layer[], args: PartArguments, walked: boolean): BoundedPass => {
    const network = { ...whole, layers };
    const context = boundContext(whole, args.numbers);
    const box = boxOf(args);
    const known = new Map<string, Interval>(Object.entries(args.known));
    const intervals = walked
      ? new Map([['input', box as Interval], ...known])
      : ibp(network, box, context, { known, ball: box.ball });
    return { network, context, intervals, box, folds: new Map() };
  };

  /** IBP of a stage, from the stages before: {lower, upper} [G,…]. */
  const interval = ({ source, between }: Stage, args: PartArguments): Interval =>
    passThrough(between, args, false).intervals.get(source)!;

  /** CROWN of chosen neurons of one image's stage, [N]. */
  const block = (
    { source, shape, size, below }: Stage,
    args: PartArguments & { neurons: Tensor },
  ): Interval => {
    const count = args.neurons.shape[0];
    const unit = reshape(oneHot(args.neurons, size), [count, ...shape]);
    const pass = passThrough(below, args, true);
    const least = crownLower(pass, cat([unit, neg(unit)], 0), choices.relaxation, source);
    return { lower: sliceAxis(least, 0, 0, count), upper: neg(sliceAxis(least, 0, count, 2 * count)) };
  };

  const loss = (args: PartArguments & { y: Tensor }): Tensor => {
    const pass = passThrough(whole.layers, args, false);
    const rows = marginRows(args.y, outputShape(whole)[0]);
    return choices.lossFusion
      ? fusedCrossEntropy(pass, rows, ibpMargins(pass, rows), constant(1), choices.relaxation)
      : robustCrossEntropy(crownMargins(pass, rows, choices.relaxation));
  };

  /** Gradient of cotangent·interval in the numbers and in the stages before. */
  const pulledBack = (found: Interval, cotangent: Interval, args: PartArguments) =>
    gradientOf(add(sum(mul(found.lower, cotangent.lower)), sum(mul(found.upper, cotangent.upper))), args);

  const betweenSpecs = ({ passed, intervalsOf }: Stage, images: number) =>
    specsOf(passed, intervalsOf, images);
  const blockSpecs = ({ below, relaxed }: Stage, neurons: number) => ({
    ...specsOf(below, relaxed, 1),
    neurons: int32([neurons]),
  });
  const pair = (shape: Shape) => ({ lower: float32(shape), upper: float32(shape) });

  return {
    interval: (stage: Stage, images: number): TracedPart => ({
      fn: (args: PartArguments) => interval(stage, args),
      specs: betweenSpecs(stage, images),
    }),
    intervalGradient: (stage: Stage, images: number): TracedPart => ({
      fn: ({ cotangent, ...args }: PartArguments & { cotangent: Interval }) =>
        pulledBack(interval(stage, args), cotangent, args),
      specs: { ...betweenSpecs(stage, images), cotangent: pair([images, ...stage.shape]) },
    }),
    block: (stage: Stage, neurons: number): TracedPart => ({
      fn: (args: PartArguments & { neurons: Tensor }) => block(stage, args),
      specs: blockSpecs(stage, neurons),
    }),
    blockGradient: (stage: Stage, neurons: number): TracedPart => ({
      fn: ({
        cotangent,
        neurons: chosen,
        ...args
      }: PartArguments & { neurons: Tensor; cotangent: Interval }) =>
        pulledBack(block(stage, { ...args, neurons: chosen }), cotangent, args),
      specs: { ...blockSpecs(stage, neurons), cotangent: pair([neurons]) },
    }),
    /** Mean loss of a group, with its gradient. */
    loss: (images: number): TracedPart => ({
      fn: ({ y, ...args }: PartArguments & { y: Tensor }) => {
        const value = loss({ ...args, y });
        return { loss: value, ...gradientOf(value, args) };
      },
      specs: {
        ...specsOf(
          whole.layers,
          stages.map(({ source }) => source),
          images,
        ),
        y: int32([images]),
      },
    }),
  };
}

/** Gradient of a scalar in numbers and known intervals, in trees like theirs. */
function gradientOf(value: Tensor, { numbers, known }: PartArguments) {
  const keys = Object.keys(numbers);
  const sources = Object.keys(known);
  const leaves = [
    ...keys.map((key) => numbers[key]),
    ...sources.flatMap((source) => [known[source].lower, known[source].upper]),
  ];
  const found = vjp(value, leaves);
  return {
    numbers: Object.fromEntries(keys.map((key, i) => [key, found[i]])),
    known: Object.fromEntries(
      sources.map((source, i) => {
        const at = keys.length + 2 * i;
        return [source, { lower: found[at], upper: found[at + 1] }];
      }),
    ),
  };
}

/** Derivatives in what a part read. */
export interface Pulled {
  readonly numbers: Readonly<Record<string, Values>>;
  readonly known: Readonly<Record<string, Bounds>>;
}

export type Parts = ReturnType<typeof crownParts>;

/** @param whole the folded network @param images in a group */
export function crownParts(
  whole: Network,
  stages: readonly Stage[],
  images: number,
  choices: CrownChoices,
  machine: BlockMachine,
) {
  const programs = crownPrograms(whole, stages, choices);
  const ready = new Map<string, ReadyPart>();
  const run = <T>(name: string, make: () => TracedPart, feeds: object): Promise<T> => {
    const part = ready.get(name) ?? machine.prepare(make());
    ready.set(name, part);
    return part(feeds) as Promise<T>;
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
    interval: (stage: Stage, group: Group) =>
      run<Bounds>(
        `interval ${stage.source}`,
        () => programs.interval(stage, images),
        intervalFeeds(stage, group),
      ),
    intervalGradient: (stage: Stage, group: Group, cotangent: Bounds) =>
      run<Pulled>(`interval gradient ${stage.source}`, () => programs.intervalGradient(stage, images), {
        ...intervalFeeds(stage, group),
        cotangent,
      }),
    /** Bounds of an image's neurons. */
    block: (stage: Stage, group: Group, image: number, neurons: Int32Array) =>
      run<Bounds>(
        `block ${stage.source} ${neurons.length}`,
        () => programs.block(stage, neurons.length),
        blockFeeds(stage, group, image, neurons),
      ),
    blockGradient: (stage: Stage, group: Group, image: number, neurons: Int32Array, cotangent: Bounds) =>
      run<Pulled>(
        `block gradient ${stage.source} ${neurons.length}`,
        () => programs.blockGradient(stage, neurons.length),
        { ...blockFeeds(stage, group, image, neurons), cotangent },
      ),
    /** Mean loss of a group. */
    loss: (group: Group) =>
      run<Pulled & { readonly loss: Values }>('loss', () => programs.loss(images), {
        numbers: numbersOf(whole.layers, group),
        known: Object.fromEntries(group.known),
        x: group.x,
        epsilon: epsilonOf(group),
        y: group.y,
      }),
  };
}
