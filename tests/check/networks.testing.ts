/** @file Random networks for the laws of the checker: every kind of operator that it knows, some with numbers made to deceive. */
import type { Rng } from '../../src/data/rng.ts';
import { readModel } from '../../src/check/files/readModel.ts';
import { compileGraph } from '../../src/check/graph/compile.ts';
import type { Graph } from '../../src/check/graph/graph.ts';
import type { InputSet } from '../../src/check/property/property.ts';
import { float, int, ints, modelBytes, node, random, whole, type ModelParts } from './models.testing.ts';

/** By name: models of at most some 200 elements at sites. */
export const networks: Readonly<Record<string, ModelParts>> = {
  dense: {
    input: [1, 5],
    constants: {
      w1: random(5, 9),
      b1: random(9),
      w2: random(9, 8),
      b2: random(8),
      w3: random(8, 3),
      b3: random(3),
    },
    nodes: [
      node('Gemm', ['x', 'w1', 'b1'], ['a']),
      node('Relu', ['a'], ['b']),
      node('Gemm', ['b', 'w2', 'b2'], ['c']),
      node('LeakyRelu', ['c'], ['d'], { alpha: float(0.1) }),
      node('Gemm', ['d', 'w3', 'b3'], ['y']),
    ],
  },
  image: {
    input: [1, 2, 6, 6],
    constants: {
      k1: random(3, 2, 3, 3),
      c1: random(3),
      s: random(3),
      t: random(3),
      m: random(3),
      v: {
        random: [3],
        from: 0.2,
        to: 2,
      },
      k2: random(3, 3, 3, 3),
      w: random(12, 4),
      b: random(4),
    },
    nodes: [
      node('Conv', ['x', 'k1', 'c1'], ['a'], { pads: ints(1, 1, 1, 1), strides: ints(2, 2) }),
      node('BatchNormalization', ['a', 's', 't', 'm', 'v'], ['n']),
      node('Relu', ['n'], ['r']),
      node('Conv', ['r', 'k2'], ['c'], { pads: ints(1, 1, 1, 1) }),
      node('Add', ['c', 'r'], ['d']),
      node('Abs', ['d'], ['e']),
      node('MaxPool', ['e'], ['p'], { kernel_shape: ints(2, 2) }),
      node('Flatten', ['p'], ['f']),
      node('Gemm', ['f', 'w', 'b'], ['y']),
    ].map((n) => n),
  },
  bent: {
    input: [1, 6],
    constants: {
      w1: random(6, 8),
      w2: random(8, 8),
      w3: random(4, 3),
      low: {
        values: [-0.5],
        dims: [],
      },
      high: {
        values: [0.75],
        dims: [],
      },
      q: {
        random: [8],
        from: -1,
        to: 2.5,
      },
      c: random(8),
      d: {
        random: [8],
        from: 0.5,
        to: 2,
      },
      s: whole(4, 4),
      minus: { values: [3] },
    },
    nodes: [
      node('MatMul', ['x', 'w1'], ['a']),
      node('Clip', ['a', 'low', 'high'], ['b']),
      node('MatMul', ['b', 'w2'], ['e']),
      node('PRelu', ['e', 'q'], ['f']),
      node('Sub', ['c', 'f'], ['g']),
      node('Div', ['g', 'd'], ['h']),
      node('Split', ['h', 's'], ['i', 'j'], { axis: int(1) }),
      node('Max', ['i', 'j'], ['k']),
      node('Min', ['k', 'minus'], ['l']),
      node('MatMul', ['l', 'w3'], ['y']),
    ],
  },
  pooled: {
    input: [1, 2, 8],
    constants: { k: random(2, 3, 3), w: random(3, 5) },
    nodes: [
      node('ConvTranspose', ['x', 'k'], ['a'], { strides: ints(2), pads: ints(1, 0) }),
      node('Relu', ['a'], ['b']),
      node('AveragePool', ['b'], ['c'], { kernel_shape: ints(3), strides: ints(2), pads: ints(1, 1) }),
      node('Relu', ['c'], ['d']),
      node('GlobalAveragePool', ['d'], ['e']),
      node('Flatten', ['e'], ['f']),
      node('MatMul', ['f', 'w'], ['y']),
    ],
  },
};

const nasty = [
  1e17,
  -1e17,
  2 ** 24,
  -(2 ** 24),
  1,
  -1,
  0.999,
  1e-3,
  1e-40,
  3e-45,
  -1e-40,
  0,
  16777217,
  0.1,
  -0.3,
];

/** Dense layers whose numbers cancel, absorb each other, or vanish. */
export function hostile(rng: Rng): ModelParts {
  const pick = (...dims: number[]) => ({
    values: Array.from({ length: dims.reduce((n, d) => n * d, 1) }, () => nasty[rng.integer(nasty.length)]),
    dims,
  });
  const small = (...dims: number[]) => ({ random: dims, from: -1, to: 1 });
  const layer = (...dims: number[]) => (rng.next() < 0.5 ? pick(...dims) : small(...dims));
  return {
    input: [1, 3],
    constants: {
      w1: layer(3, 6),
      b1: layer(6),
      w2: layer(6, 5),
      b2: layer(5),
      w3: layer(5, 2),
      c: pick(6),
      d: pick(5),
      s: small(5),
      t: small(5),
      m: small(5),
      v: { random: [5], from: 0.001, to: 3 },
    },
    nodes: [
      node('Gemm', ['x', 'w1', 'b1'], ['a']),
      node('Add', ['a', 'c'], ['a1']),
      node('Sub', ['a1', 'c'], ['a2']),
      node('Relu', ['a2'], ['b']),
      node('Gemm', ['b', 'w2', 'b2'], ['e']),
      node('Mul', ['e', 'd'], ['f']),
      node('BatchNormalization', ['f', 's', 't', 'm', 'v'], ['g']),
      node('LeakyRelu', ['g'], ['h'], { alpha: float(0.01) }),
      node('MatMul', ['h', 'w3'], ['y']),
    ],
  };
}

export const graphOf = (parts: ModelParts, rng: Rng): Graph =>
  compileGraph(readModel(modelBytes(parts, rng)));

/** A box of f32 ends with one random row. */
export function randomSet(graph: Graph, rng: Rng, radius = 0.4): InputSet {
  const center = rng.fillUniform(new Float32Array(graph.inputs), -1, 1);
  const ends = (side: number) =>
    Float64Array.from(center, (c) => Math.fround(c + side * radius * rng.next()));
  const rows = Array.from({ length: 2 }, () => ({
    coefficients: rng.fillUniform(new Float64Array(graph.outputs.length), -1, 1),
    bound: rng.uniform(-1, 1),
  }));
  return { lower: ends(-1), upper: ends(1), unsafe: [rows] };
}

/** A point of a box, often on its boundary, of f32 numbers. */
export const pointOf = ({ lower, upper }: InputSet, rng: Rng): Float64Array =>
  lower.map((l, i) => {
    const t = rng.next();
    const x = t < 0.25 ? l : t > 0.75 ? upper[i] : Math.fround(rng.uniform(l, upper[i]));
    return Math.min(Math.max(x, l), upper[i]);
  });
