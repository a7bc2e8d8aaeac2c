/** @file CROWN bounds of many boxes of any network in one program: every site, then the rows, by the ordinary walks. */
import { forward } from '../../nn/forward.ts';
import { macsOf } from '../../nn/macs.ts';
import {
  add,
  cat,
  constant,
  expand,
  flatten,
  float32,
  matmul,
  mul,
  neg,
  reshape,
  sizeOf,
  sliceAxis,
  sub,
  transpose,
  type Tensor,
  type TensorSpec,
} from '../../tensor/index.ts';
import { backwardWalk } from '../backward.ts';
import { constantContext, prefix, type BoundNetwork, type Site } from '../boundNetwork.ts';
import { concretizeSoundly, minimizer } from '../concretize.ts';
import { ibp } from '../ibp.ts';
import { magnitude, outwardFromCenter, type Interval } from '../interval.ts';
import { forRows } from '../nonlinear/lines.ts';
import { relaxationFor } from '../nonlinear/table.ts';
import { meet, outward } from '../rounding.ts';
import type { BackwardContext, Relaxation } from '../rule.ts';

/** B boxes, K rows. */
export interface WalkBoxesSizes {
  readonly boxes: number;
  readonly rows: number;
}

interface Ends<T> {
  readonly lower: T;
  readonly upper: T;
}

/** What the program is fed. */
export interface WalkBoxesInputs<T> {
  /** [B, …input shape] each. */
  readonly center: T;
  readonly radius: T;
  /** Bounds that hold on each box already, by site of `deepSites`, [B, n]. */
  readonly known: Readonly<Record<string, Ends<T>>>;
  /** Rows of the output, and by how much their coefficients may be off, [K, m] each. */
  readonly rows: T;
  readonly moved: T;
}

/** Sites whose bounds a walk has to find; those of others follow from the box. */
export const deepSites = ({ sites }: BoundNetwork): readonly Site[] => sites.filter(({ first }) => !first);

/** Multiplications for the bounds of one box: two rows a neuron, each walked back to the input. */
export function walkBoxesWork(net: BoundNetwork): number {
  const work = deepSites(net).map(({ input, size }) => 2 * size * macsOf(prefix(net, input)));
  return work.reduce((a, b) => a + b, Math.max(1, macsOf(net.network)));
}

/** Layers that the walks of one program pass: what it takes to compile it. */
export const walkBoxesLayers = (net: BoundNetwork): number =>
  deepSites(net).reduce((sum, { input }) => sum + prefix(net, input).layers.length, 0);

export function walkBoxesSpecs(
  net: BoundNetwork,
  { boxes, rows }: WalkBoxesSizes,
): WalkBoxesInputs<TensorSpec> {
  const box = float32([boxes, ...net.network.inputShape]);
  const known = deepSites(net).map(({ name, size }) => {
    const end = float32([boxes, size]);
    return [name, { lower: end, upper: end }] as const;
  });
  const coefficients = float32([rows, sizeOf(net.shapes.get(net.output)!)]);
  return {
    center: box,
    radius: box,
    known: Object.fromEntries(known),
    rows: coefficients,
    moved: coefficients,
  };
}

/** ± every element: [2n, …shape]. */
function unitRows({ size, shape }: Site): Tensor {
  const units = new Float32Array(2 * size * size);
  for (let i = 0; i < size; i++) {
    units[i * size + i] = 1;
    units[(size + i) * size + i] = -1;
  }
  return constant(units, [2 * size, ...shape]);
}

/** The same rows for each of the boxes: [S, …] → [B·S, …]. */
const forBoxes = (rows: Tensor, boxes: number): Tensor =>
  reshape(expand(reshape(rows, [1, ...rows.shape]), [boxes, ...rows.shape]), [
    boxes * rows.shape[0],
    ...rows.shape.slice(1),
  ]);

/**
 * For each box: bounds of what the deep sites read (the tightest of known, interval and walk), and of the rows
 * row ≥ coefficients·x + constant − rounding ≥ lower − rounding on the box; the rows' values at the box's centre and at
 * each row's minimiser, [B, 1 + K, K].
 */
export function walkBoxesProgram(net: BoundNetwork, { boxes, rows: count }: WalkBoxesSizes) {
  const own = constantContext(net);
  return ({ center, radius, known, rows, moved }: WalkBoxesInputs<Tensor>) => {
    const input = outwardFromCenter(center, radius);
    const read = new Map<string, Interval>();
    const relaxations = new Map<string, Relaxation>();
    const context: BackwardContext = { ...own, relaxationOf: (name) => relaxations.get(name)! };
    const setFor = (total: number) => ({ center: forRows(center, total), radius: forRows(radius, total) });
    const intervalsTo = (layer: string): Map<string, Interval> =>
      ibp(prefix(net, layer), input, own, { outward: true, known: read });

    const walk = (layer: string, start: Tensor, intervals: ReadonlyMap<string, Interval>) => {
      const magnitudes = new Map([...intervals].map(([name, interval]) => [name, magnitude(interval)]));
      const coefficients = forBoxes(start, boxes);
      const bound = backwardWalk(prefix(net, layer), { layer, coefficients }, context, magnitudes);
      return { bound, ...concretizeSoundly(bound, setFor(coefficients.shape[0])) };
    };

    const bounds: Record<string, Ends<Tensor>> = {};
    for (const site of net.sites) {
      const { name, layer, first, size, shape } = site;
      const intervals = intervalsTo(site.input);
      let interval = intervals.get(site.input)!;
      if (!first) {
        const found = walk(site.input, unitRows(site), intervals);
        const sound = reshape(sub(found.lower, found.rounding), [boxes, 2 * size]);
        const full = [boxes, ...shape];
        const end = (t: Tensor): Tensor => reshape(t, full);
        const walked = {
          lower: end(sliceAxis(sound, 1, 0, size)),
          upper: end(neg(sliceAxis(sound, 1, size, 2 * size))),
        };
        const before = { lower: end(known[name].lower), upper: end(known[name].upper) };
        interval = meet(meet(interval, walked), before);
        bounds[name] = { lower: flatten(interval.lower), upper: flatten(interval.upper) };
      }
      // Several sites may read one layer: their bounds are met.
      const earlier = read.get(site.input);
      read.set(site.input, earlier ? meet(earlier, interval) : interval);
      relaxations.set(name, relaxationFor(layer, interval));
    }

    const start = reshape(rows, [count, ...net.shapes.get(net.output)!]);
    const intervals = intervalsTo(net.output);
    const { bound, lower, rounding } = walk(net.output, start, intervals);
    const outputs = flatten(magnitude(intervals.get(net.output)!));
    const off = mul(matmul(outputs, transpose(moved, 0, 1)), outward(outputs.shape[1]));
    const set = setFor(boxes * count);
    const spread = (t: Tensor): Tensor => reshape(t, [boxes, -1, ...net.network.inputShape]);
    const points = cat([spread(center), spread(minimizer(bound.coefficients, set))], 1);
    const { output } = forward(
      net.network,
      own.params,
      reshape(points, [boxes * (1 + count), ...net.network.inputShape]),
      { mode: 'eval' },
    );
    return {
      bounds,
      lower,
      rounding: mul(add(rounding, reshape(off, [boxes * count])), outward(1)),
      coefficients: bound.coefficients,
      constant: bound.constant,
      values: matmul(flatten(output), transpose(rows, 0, 1)),
    };
  };
}
