/** @file Small ReLU networks of the exam: written for the program, and evaluated without it. */
import type { NumberedNetwork } from '../../src/nn/foldBatchNorm.ts';
import { sequential } from '../../src/nn/zoo/sequential.ts';
import { double, less, plus, times, zero, type Rational } from './exactNumbers.ts';

/** One affine layer, a weight row an output; ReLU between layers. */
export interface Affine {
  readonly weight: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

/** The network as the program takes it; numbers must be f32. */
export function networkOf(name: string, layers: readonly Affine[]): NumberedNetwork {
  let builder = sequential(name, [layers[0].weight[0].length]);
  layers.forEach(({ bias }, k) => {
    builder = builder.linear(bias.length);
    if (k < layers.length - 1) builder = builder.relu();
  });
  const network = builder.build();
  const linear = network.layers.filter((layer) => layer.kind === 'linear');
  return {
    network,
    numbers: Object.fromEntries(
      linear.flatMap((layer, k) => [
        [`${layer.name}.weight`, Float32Array.from(layers[k].weight.flat())],
        [`${layer.name}.bias`, Float32Array.from(layers[k].bias)],
      ]),
    ),
  };
}

/** Outputs in exact arithmetic. */
export function outputsAt(layers: readonly Affine[], input: readonly Rational[]): Rational[] {
  let values = [...input];
  layers.forEach(({ weight, bias }, k) => {
    values = weight.map((row, o) =>
      row.reduce((sum, w, i) => plus(sum, times(double(w), values[i])), double(bias[o])),
    );
    if (k < layers.length - 1) values = values.map((v) => (less(v, zero) ? zero : v));
  });
  return values;
}

type Point = readonly [number, number];
/** Affine functions of the plane: a·x + b·y + c. */
type Plane = readonly [number, number, number];
const valueAt = ([a, b, c]: Plane, [x, y]: Point): number => a * x + b * y + c;

/** The part of a convex polygon where a plane's value is ≥ 0. */
function cut(polygon: readonly Point[], plane: Plane): Point[] {
  return polygon.flatMap((from, i) => {
    const to = polygon[(i + 1) % polygon.length];
    const [u, v] = [valueAt(plane, from), valueAt(plane, to)];
    const kept: Point[] = u >= 0 ? [from] : [];
    if (u > 0 !== v > 0 && u !== v) {
      const share = u / (u - v);
      kept.push([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]);
    }
    return kept;
  });
}

/**
 * Least values of the outputs over the square [−1, 1]², where the network has two inputs: the square is cut along
 * every neuron's kink into the polygons on which the network is affine, and their corners are looked at.
 */
export function leastOutputs(layers: readonly Affine[]): number[] {
  let cells: { polygon: Point[]; planes: Plane[] }[] = [
    {
      polygon: [
        [-1, -1],
        [1, -1],
        [1, 1],
        [-1, 1],
      ],
      planes: [
        [1, 0, 0],
        [0, 1, 0],
      ],
    },
  ];
  layers.forEach(({ weight, bias }, k) => {
    cells = cells.map(({ polygon, planes }) => ({
      polygon,
      planes: weight.map((row, o): Plane => {
        const sum = (part: 0 | 1 | 2): number => row.reduce((s, w, i) => s + w * planes[i][part], 0);
        return [sum(0), sum(1), sum(2) + bias[o]];
      }),
    }));
    if (k === layers.length - 1) return;
    for (let n = 0; n < bias.length; n++)
      cells = cells.flatMap(({ polygon, planes }) => {
        const [a, b, c] = planes[n];
        const on = cut(polygon, [a, b, c]);
        const off = cut(polygon, [-a, -b, -c]);
        return [
          ...(on.length > 0 ? [{ polygon: on, planes }] : []),
          ...(off.length > 0 ? [{ polygon: off, planes: planes.with(n, [0, 0, 0]) }] : []),
        ];
      });
  });
  return layers
    .at(-1)!
    .bias.map((_, o) =>
      Math.min(
        ...cells.flatMap(({ polygon, planes }) => polygon.map((corner) => valueAt(planes[o], corner))),
      ),
    );
}
