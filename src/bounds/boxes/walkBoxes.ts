/** @file CROWN bounds of many boxes of any network in one program: every site, then the rows, by the ordinary walks. */
import { forward } from '../../nn/forward.ts';
import { macsOf } from '../../nn/macs.ts';
import {
  abs,
  add,
  cat,
  constant,
  div,
  flatten,
  float32,
  matmul,
  maximum,
  mul,
  neg,
  relu,
  reshape,
  sizeOf,
  sliceAxis,
  sub,
  transpose,
  zeros,
  type Tensor,
  type TensorSpec,
} from '../../tensor/index.ts';
import { backwardWalk } from '../backward.ts';
import { constantContext, prefix, type BoundNetwork, type Site } from '../boundNetwork.ts';
import { concretizeSoundly, minimizer } from '../concretize.ts';
import { ibp } from '../ibp.ts';
import { magnitude, mapIncreasing, outwardFromCenter, type Interval } from '../interval.ts';
import { forRows } from '../nonlinear/lines.ts';
import { memberOf, relaxationFor } from '../nonlinear/table.ts';
import { leastNormal, meet, outward } from '../rounding.ts';
import type { BackwardContext, BoundContext, Relaxation } from '../rule.ts';

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
  /** How much each row counts in a box's `looseness`, [B, K]. */
  readonly weights: T;
}

/** Sites whose bounds a walk has to find; those of others follow from the box. */
export const deepSites = ({ sites }: BoundNetwork): readonly Site[] => sites.filter(({ first }) => !first);

/** Layers that the walks of all deep sites pass: what the program's size grows with, those of its rows beside. */
export const walkedLayers = (net: BoundNetwork): number =>
  deepSites(net).reduce((layers, { input }) => layers + prefix(net, input).layers.length, 0);

/** Multiplications for the bounds of one box: two rows a neuron, each walked back to the input. */
export function walkBoxesWork(net: BoundNetwork): number {
  const work = deepSites(net).map(({ input, size }) => 2 * size * macsOf(prefix(net, input)));
  return work.reduce((a, b) => a + b, Math.max(1, macsOf(net.network)));
}

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
    weights: float32([boxes, rows]),
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

/** |Coefficients| of what a first site reads, an affine function of the input: [n, inputs]. */
function sensitivityOf(net: BoundNetwork, { input, size }: Site, { params }: BoundContext): Tensor {
  const { inputShape } = net.network;
  const inputs = sizeOf(inputShape);
  const points = new Float32Array((inputs + 1) * inputs);
  for (let i = 0; i < inputs; i++) points[i * (inputs + 1)] = 1;
  const x = constant(points, [inputs + 1, ...inputShape]);
  const values = reshape(forward(prefix(net, input), params, x, { mode: 'eval' }).activations.get(input)!, [
    inputs + 1,
    size,
  ]);
  return abs(transpose(sub(sliceAxis(values, 0, 0, inputs), sliceAxis(values, 0, inputs, inputs + 1)), 0, 1));
}

/** Distance of a neuron's lines, at the ends of its interval on average, for each unit of its width; [B, n]. */
function gapShare({ layer }: Site, bounds: Interval): Tensor | undefined {
  const lines = memberOf(layer).elementwise?.lines(layer, bounds)();
  if (!lines) return undefined;
  const { lower, upper } = bounds;
  const slope = sub(lines.upperSlope, lines.lowerSlope);
  const middle = mul(add(lower, upper), 0.5);
  const gap = add(mul(slope, middle), sub(lines.upperIntercept, lines.lowerIntercept));
  return flatten(div(relu(gap), maximum(sub(upper, lower), leastNormal)));
}

/**
 * For each box: bounds of what the deep sites read (the tightest of known, interval and walk), and of the rows
 * row ≥ coefficients·x + constant − rounding ≥ lower − rounding on the box; the rows' values at the box's centre and at
 * each row's minimiser, [B, 1 + K, K]; and `looseness`, [B, inputs]: Σ |a|·gap/width·|S| over the neurons, a the
 * coefficients with which the rows see one, S those of its own bound: how far gaps would shrink with an input's width.
 */
export function walkBoxesProgram(net: BoundNetwork, { boxes, rows: count }: WalkBoxesSizes) {
  const own = constantContext(net);
  return ({ center, radius, known, rows, moved, weights }: WalkBoxesInputs<Tensor>) => {
    const input = outwardFromCenter(center, radius);
    const read = new Map<string, Interval>();
    const relaxations = new Map<string, Relaxation>();
    const seen = new Map<string, Tensor>();
    const context: BackwardContext = {
      ...own,
      relaxationOf: (name) => (a) => {
        seen.set(name, a);
        return relaxations.get(name)!(a);
      },
    };
    /** What turns Σ|a|·gap/width at a site into widths of inputs, [B, n] → [B, inputs]. */
    const carried = new Map<string, (gaps: Tensor) => Tensor>();
    const inputs = sizeOf(net.network.inputShape);
    const setFor = (total: number) => ({ center: forRows(center, total), radius: forRows(radius, total) });
    const intervalsTo = (layer: string): Map<string, Interval> =>
      ibp(prefix(net, layer), input, own, { outward: true, known: read });

    const walk = (layer: string, start: Tensor, intervals: ReadonlyMap<string, Interval>) => {
      const magnitudes = new Map([...intervals].map(([name, interval]) => [name, magnitude(interval)]));
      const bound = backwardWalk(
        prefix(net, layer),
        { layer, coefficients: start, boxes },
        context,
        magnitudes,
      );
      return { bound, ...concretizeSoundly(bound, setFor(bound.coefficients.shape[0])) };
    };

    const bounds: Record<string, Interval> = {};
    const shares = new Map<string, Tensor>();
    for (const site of net.sites) {
      const { name, layer, first, size, shape } = site;
      const intervals = intervalsTo(site.input);
      let interval = intervals.get(site.input)!;
      const before = first ? undefined : known[name];
      if (before)
        interval = meet(
          interval,
          mapIncreasing((t) => reshape(t, [boxes, ...shape]), before),
        );
      if (first) {
        const shared = sensitivityOf(net, site, own);
        carried.set(name, (gaps) => matmul(gaps, shared));
      } else {
        const found = walk(site.input, unitRows(site), intervals);
        const sound = reshape(sub(found.lower, found.rounding), [boxes, 2, ...shape]);
        const end = (i: number): Tensor => reshape(sliceAxis(sound, 1, i, i + 1), [boxes, ...shape]);
        interval = meet(interval, { lower: end(0), upper: neg(end(1)) });
        const each = reshape(abs(found.bound.coefficients), [boxes, 2 * size, inputs]);
        const own = sliceAxis(each, 1, 0, size);
        carried.set(name, (gaps) => reshape(matmul(reshape(gaps, [boxes, 1, size]), own), [boxes, inputs]));
      }
      if (!first) bounds[name] = mapIncreasing(flatten, interval);
      // Several sites may read one layer: their bounds are met.
      const earlier = read.get(site.input);
      read.set(site.input, earlier ? meet(earlier, interval) : interval);
      relaxations.set(name, relaxationFor(layer, interval));
      const share = gapShare(site, interval);
      if (share) shares.set(name, share);
    }

    seen.clear();
    const start = reshape(rows, [count, ...net.shapes.get(net.output)!]);
    const intervals = intervalsTo(net.output);
    const { bound, lower, rounding } = walk(net.output, start, intervals);
    const looseness = [...shares].flatMap(([name, share]) => {
      const a = seen.get(name);
      if (!a) return [];
      const n = share.shape[1];
      const total = matmul(reshape(weights, [boxes, 1, count]), abs(reshape(a, [boxes, count, n])));
      return [carried.get(name)!(mul(reshape(total, [boxes, n]), share))];
    });
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
      looseness: looseness.reduce((x, y) => add(x, y), zeros([boxes, inputs])),
      values: matmul(flatten(output), transpose(rows, 0, 1)),
    };
  };
}
