/** @file The laws of bounds, checked on one network and box; each broken one is told in words. */
import { ballNorm, type Norm } from '../../src/bounds/ball.ts';
import { ballIn, boxOf, type Box, type HostBall } from '../../src/bounds/box.ts';
import type { HostBounds, HostInterval } from '../../src/bounds/hostBounds.ts';
import { machineFor, type BoundMachine } from '../../src/bounds/machine.ts';
import { ibpBounds, rootBounds, type RootBoundsOptions } from '../../src/bounds/rootBounds.ts';
import { alphaRows, crownRows } from '../../src/bounds/rowBounds.ts';
import { lowerSlopes } from '../../src/bounds/nonlinear/lowerSlope.ts';
import { isNonlinear } from '../../src/bounds/nonlinear/table.ts';
import type { Rng } from '../../src/data/rng.ts';
import { forward } from '../../src/nn/forward.ts';
import type { NumberedNetwork } from '../../src/nn/foldBatchNorm.ts';
import { parameterSpecs } from '../../src/nn/parameters.ts';
import { flatten, float32, interpret, sizeOf, trace } from '../../src/tensor/index.ts';
import type { Split } from '../../src/verify/domain.ts';
import { pointsIn, randomBox } from '../../src/verify/exact/randomNetwork.testing.ts';
import { domainEffort, rowSearch, type Effort } from '../../src/verify/rowSearch.ts';

export interface Ends {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Only inputs of this ball. */
  readonly ball?: HostBall;
}

const setOf = ({ lower, upper, ball }: Ends): Box =>
  ball ? ballIn(ball, lower, upper) : boxOf(lower, upper);

/** The box alone, or with an l1 or l2 ball whose centre may lie anywhere in it: so that the box cuts much off. */
export function endsOf(size: number, norm: Norm, rng: Rng): Ends {
  const ends = randomBox(size, rng);
  if (norm === 'inf') return ends;
  const at = rng.fillUniform(new Float64Array(size), 0, 1);
  const share = rng.fillUniform(new Float64Array(size), 0.2, norm === 2 ? 1 : 2);
  const width = ends.upper.map((u, i) => u - ends.lower[i]);
  return {
    ...ends,
    ball: {
      norm,
      center: ends.lower.map((l, i) => l + width[i] * at[i]),
      radius: width.map((w, i) => Math.max(1e-3, w * share[i])),
    },
  };
}

/** Random points, half of them on the ball's surface (where the box lets them). */
function pointsOf(ends: Ends, count: number, rng: Rng): Float64Array {
  const points = Float64Array.from(pointsIn(ends, count, rng));
  const { ball } = ends;
  if (!ball) return points;
  const { norm, center, radius } = ball;
  const size = center.length;
  for (let p = 0; p < count; p++) {
    const point = points.subarray(p * size, (p + 1) * size);
    const distance = ballNorm(norm, point, center, radius);
    const stretch = p % 2 === 0 || distance > 1 ? 1 / distance : 1;
    point.forEach((v, i) => {
      const moved = center[i] + (v - center[i]) * stretch * (1 - 1e-12);
      point[i] = Math.min(ends.upper[i], Math.max(ends.lower[i], moved));
    });
  }
  return points;
}

/** Values of the network at many points: what nonlinear layers read, by their names, and the outputs, [points · n]. */
export interface Samples {
  readonly count: number;
  readonly sites: Readonly<Record<string, Float64Array>>;
  readonly outputs: Float64Array;
}

/** f64 values at `count` points of the box. */
export function sample({ network, numbers }: NumberedNetwork, ends: Ends, count: number, rng: Rng): Samples {
  const specs = parameterSpecs(network);
  const sites = network.layers.filter(({ kind }) => isNonlinear(kind));
  const { program, outputTree } = trace(
    (args) => {
      const { activations, output } = forward(network, args.params, args.x, { mode: 'eval' });
      return { before: sites.map((l) => flatten(activations.get(l.inputs[0])!)), output };
    },
    {
      params: Object.fromEntries(specs.map((s) => [s.key, float32(s.shape)])),
      x: float32([count, ...network.inputShape]),
    },
  );
  const found = interpret(program, [...specs.map((s) => numbers[s.key]), pointsOf(ends, count, rng)]);
  return {
    count,
    sites: Object.fromEntries(outputTree.before.map((_, i) => [sites[i].name, found[i]])),
    outputs: found.at(-1)!,
  };
}

/** f64 sums of the samples themselves are this exact, and no better. */
const sampleError = 1e-9;

/** Values that leave an interval. */
function escapes(name: string, { lower, upper }: HostInterval, values: Float64Array): string[] {
  const size = lower.length;
  for (let k = 0; k < values.length; k++) {
    const [value, i] = [values[k], k % size];
    const slack = sampleError * (1 + Math.abs(value));
    if (!(value >= lower[i] - slack && value <= upper[i] + slack))
      return [`${name}[${i}]: ${value} outside [${lower[i]}, ${upper[i]}]`];
  }
  return [];
}

const insideAll = (what: string, bounds: HostBounds, samples: Samples): string[] =>
  Object.entries(samples.sites).flatMap(([name, values]) =>
    escapes(`${what} of ${name}`, bounds[name], values),
  );

/** Least value of each row over the samples that pass. */
export function leastOf(
  rows: Float32Array,
  samples: Samples,
  passes: (point: number) => boolean = () => true,
): number[] {
  const size = samples.outputs.length / samples.count;
  return Array.from({ length: rows.length / size }, (_, r) => {
    let least = Infinity;
    for (let p = 0; p < samples.count; p++) {
      if (!passes(p)) continue;
      let value = 0;
      for (let i = 0; i < size; i++) value += rows[r * size + i] * samples.outputs[p * size + i];
      least = Math.min(least, value);
    }
    return least;
  });
}

/** A row bound above a value that the row takes. */
function overshoots(what: string, lower: ArrayLike<number>, least: readonly number[]): string[] {
  return least.flatMap((value, r) =>
    lower[r] <= value + sampleError * (1 + Math.abs(value))
      ? []
      : [`${what} of row ${r}: ${lower[r]} > ${value}`],
  );
}

/** What checking found. */
export interface LawReport {
  /** Laws broken: none where all is well. */
  readonly broken: readonly string[];
  /**
   * Gains that hold on the whole but not for each single bound, relative to its size. CROWN on tighter intermediate
   * bounds: a relaxation is tighter on the interval itself, yet its line may run lower beyond it, where the walk's own
   * bounds of the neuron may reach. Children: their β is found by ascent; the search keeps the parent's bound if better.
   */
  readonly crownOverCrownIbp: readonly number[];
  readonly childOverParent: readonly number[];
}

/** Checks a machine on one network and box. */
export async function checkLaws(
  ofBoxes: BoundMachine,
  given: NumberedNetwork,
  ends: Ends,
  rng: Rng,
  iterations = 10,
): Promise<LawReport> {
  const box = setOf(ends);
  const machine = machineFor(ofBoxes, box);
  const { net } = machine;
  const broken: string[] = [];
  const crownOverCrownIbp: number[] = [];
  const samples = sample(given, ends, 160, rng.fork('points'));
  const outputs = sizeOf(net.shapes.get(net.output)!);
  const count = 2;
  const rows = rng.fork('rows').fillUniform(new Float32Array(count * outputs), -1, 1);
  const least = leastOf(rows, samples);

  const loose = await ibpBounds(machine, box);
  broken.push(
    ...insideAll('IBP', loose.sites, samples),
    ...escapes('IBP of the output', loose.output, samples.outputs),
  );

  const root = await rootBounds(machine, box);
  broken.push(...insideAll('CROWN', root, samples));
  broken.push(...looserThan('CROWN than IBP', root, loose.sites));

  const tight = await rootBounds(machine, box, { alphaIterations: iterations });
  broken.push(...insideAll('alpha-CROWN', tight, samples));

  const sound = (found: { lower: Float32Array; rounding: Float32Array }): number[] =>
    Array.from(found.lower, (value, r) => value - found.rounding[r]);
  for (const slope of lowerSlopes) {
    const crown = await crownRows(machine, box, root, rows, count, slope);
    broken.push(...overshoots(`CROWN (${slope})`, sound(crown), least));
    const crownIbp = await crownRows(machine, box, loose.sites, rows, count, slope);
    broken.push(...overshoots(`CROWN-IBP (${slope})`, sound(crownIbp), least));
    crown.lower.forEach((value, r) =>
      crownOverCrownIbp.push((value - crownIbp.lower[r]) / Math.max(0.1, Math.abs(value))),
    );
  }

  const crown = await crownRows(machine, box, root, rows, count);
  const alpha = await alphaRows(machine, box, root, rows, count, iterations);
  broken.push(...overshoots('alpha-CROWN', sound(alpha), least));
  alpha.lower.forEach((value, r) => {
    if (value < crown.lower[r] - alpha.rounding[r] - crown.rounding[r])
      broken.push(`alpha-CROWN is below CROWN in row ${r}`);
  });
  const children = await checkChildren(machine, { ends, root, samples, rows }, rng.fork('splits'), {
    ...domainEffort,
    blockIterations: iterations,
  });
  return { broken: [...broken, ...children.broken], crownOverCrownIbp, childOverParent: children.gains };
}

/** Other ways to intermediate bounds, through the same laws: forward linear bounds, and α that neurons share. */
export async function checkVariants(
  ofBoxes: BoundMachine,
  given: NumberedNetwork,
  ends: Ends,
  rng: Rng,
): Promise<string[]> {
  const box = setOf(ends);
  const machine = machineFor(ofBoxes, box);
  const samples = sample(given, ends, 160, rng.fork('points'));
  const loose = (await ibpBounds(machine, box)).sites;
  const variants: [string, RootBoundsOptions][] = [
    ['forward bounds', { forward: 'only' }],
    ['forward, then CROWN', { forward: 'first' }],
    ['shared alpha', { alphaIterations: 3, sharedAlpha: true, forward: 'never' }],
  ];
  const broken: string[] = [];
  for (const [what, options] of variants) {
    const found = await rootBounds(machine, box, options);
    broken.push(...insideAll(what, found, samples), ...looserThan(`${what} than IBP`, found, loose));
  }
  return broken;
}

/** Neurons whose bounds are looser than others by more than rounding. */
const looserThan = (what: string, bounds: HostBounds, others: HostBounds): string[] =>
  Object.entries(bounds).flatMap(([name, { lower, upper }]) =>
    lower.some((l, i) => l < others[name].lower[i] - 1e-4 || upper[i] > others[name].upper[i] + 1e-4)
      ? [`${name}: looser bounds (${what})`]
      : [],
  );

interface ChildCase {
  readonly ends: Ends;
  readonly root: HostBounds;
  readonly samples: Samples;
  readonly rows: Float32Array;
}

/** β-CROWN on domains: bounds hold for samples that take the sides. */
async function checkChildren(
  machine: BoundMachine,
  { ends, root, samples, rows }: ChildCase,
  rng: Rng,
  effort: Effort,
): Promise<{ broken: string[]; gains: number[] }> {
  const box = setOf(ends);
  const search = rowSearch(machine, box, root);
  const open = search.sites.flatMap(({ member, count, lower, upper }, site) =>
    Array.from({ length: count }, (_, neuron) => {
      const point = member.splitPoint(lower[neuron], upper[neuron]);
      return point === undefined ? [] : [{ site, neuron, point }];
    }).flat(),
  );
  if (open.length === 0) return { broken: [], gains: [] };
  const outputs = rows.length / 2;
  const row = { coefficients: Float64Array.from(rows.subarray(0, outputs)), bound: 0 };
  const [parent] = await search.bound(
    [{ row, splits: [] }],
    effort,
    () => false,
    () => {},
  );
  const first = open[rng.integer(open.length)];
  const second = open[rng.integer(open.length)];
  const domains: Split[][] = [[{ ...first, side: 1 }], [{ ...first, side: -1 }]];
  if (first !== second)
    domains.push(
      [
        { ...first, side: 1 },
        { ...second, side: -1 },
      ],
      [
        { ...first, side: -1 },
        { ...second, side: 1 },
      ],
    );
  const boundWith = (beta: number): ReturnType<typeof search.bound> =>
    search.bound(
      domains.map((splits) => ({
        row,
        splits,
        alpha: parent.alpha,
        beta: Float32Array.from(splits, () => beta),
      })),
      effort,
      () => false,
      () => {},
    );
  const found = await boundWith(0);
  // Multipliers away from 0 bound worse, and a wrong side of β cannot hide behind them.
  const both = [found, await boundWith(0.5)];
  const broken = both.flatMap((outcomes) =>
    outcomes.flatMap(({ lower }, d) => {
      const takesSides = (p: number): boolean =>
        domains[d].every(({ site, neuron, point, side }) => {
          const { name, size, index } = search.sites[site];
          return side * (samples.sites[name][p * size + index[neuron]] - point) >= 0;
        });
      const name = `child ${domains[d].map(({ side }) => (side > 0 ? '+' : '-')).join('')}`;
      return overshoots(name, [lower], leastOf(rows.subarray(0, outputs), samples, takesSides));
    }),
  );
  return {
    broken,
    gains: found.map(({ lower }) => (lower - parent.lower) / Math.max(0.1, Math.abs(parent.lower))),
  };
}
