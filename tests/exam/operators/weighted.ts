/** @file Questions about operations with weights, and about pooling. */
import {
  float,
  floats,
  type Attributes,
  type Setting,
  type Question,
  type OperatorQuestions,
  type Questions,
} from './question.ts';

const imageShape = ({ pick, between }: Setting): number[] =>
  pick([true, true, false]) ? [1, 4, between(4, 7), between(4, 6)] : [1, 4, between(5, 9)];

const windows = {
  kernel_shape: [[2, 3], [3, 3], [1, 2], [3], [2]],
  strides: [[2, 2], [1, 3], [2, 1], [2], [3]],
  pads: [
    [1, 1, 1, 1],
    [0, 1, 2, 0],
    [1, 0, 0, 1],
    [1, 1],
    [0, 2],
  ],
  dilations: [[1, 1], [2, 1], [2, 2], [2]],
} as const;

/** Attributes that fit an image or a signal only go with those. */
const fits = (attributes: Attributes, rank: number): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).filter(([name, value]) => {
      if (!Array.isArray(value) || !(name in windows || name.startsWith('output_'))) return true;
      return value.length === (name === 'pads' ? 2 : 1) * (rank - 2);
    }),
  );

const pool = (op: string): OperatorQuestions => ({
  values: windows,
  ask(s) {
    const given = Object.values(s.attributes).find(Array.isArray) as readonly number[] | undefined;
    const name = Object.keys(s.attributes).find((key) => Array.isArray(s.attributes[key]));
    const rank = given ? given.length / (name === 'pads' ? 2 : 1) + 2 : s.pick([3, 4]);
    const dims = rank === 3 ? [1, 2, s.between(5, 9)] : [1, 2, s.between(4, 8), s.between(4, 7)];
    const attributes = fits(s.attributes, rank);
    return {
      dims,
      build: (g) => g.node(op, ['x'], { kernel_shape: rank === 3 ? [3] : [3, 2], ...attributes }),
    };
  },
});

function convolution(op: 'Conv' | 'ConvTranspose'): OperatorQuestions {
  return {
    values: {
      ...windows,
      group: [1, 2, 4],
      ...(op === 'ConvTranspose' && {
        output_padding: [[1, 0], [0, 1], [1]],
        output_shape: [[10, 8], [11, 9], [10], [11]],
      }),
    },
    ask(s) {
      const entry = Object.entries(s.attributes).find(([, value]) => Array.isArray(value));
      const given = entry?.[1] as readonly number[] | undefined;
      const rank = given ? given.length / (entry?.[0] === 'pads' ? 2 : 1) + 2 : s.pick([3, 4]);
      const dims = rank === 3 ? [1, 4, s.between(5, 8)] : [1, 4, s.between(5, 7), s.between(4, 6)];
      const attributes = fits(s.attributes, rank);
      const group = (attributes['group'] as number | undefined) ?? 1;
      const kernel = (attributes['kernel_shape'] as number[] | undefined) ?? (rank === 3 ? [3] : [3, 2]);
      const enlarged = 'output_padding' in attributes || 'output_shape' in attributes;
      const needs = op === 'ConvTranspose' && enlarged ? { strides: rank === 3 ? [2] : [2, 2] } : {};
      const weight = op === 'Conv' ? [4, 4 / group, ...kernel] : [4, 2, ...kernel];
      const bias = s.pick([true, false]);
      return {
        dims,
        build: (g) =>
          g.node(op, ['x', g.floats(weight), ...(bias ? [g.floats([op === 'Conv' ? 4 : 2 * group])] : [])], {
            ...needs,
            ...attributes,
          }),
      };
    },
  };
}

function gemm(s: Setting): Question {
  const flip = (dims: readonly number[], name: string): number[] =>
    s.attributes[name] === 1 ? [dims[1], dims[0]] : [...dims];
  const rows = s.pick([1, 1, 3]);
  const left = s.pick([true, true, false]);
  const [a, b] = [flip([rows, 5], 'transA'), flip([5, 4], 'transB')];
  const c = s.pick([undefined, [], [1], [4], [1, 4], [rows, 4], [rows, 1]]);
  return {
    dims: left ? a : b,
    build: (g) =>
      g.node(
        'Gemm',
        [left ? 'x' : g.floats(a), left ? g.floats(b) : 'x', ...(c ? [g.floats(c)] : [])],
        s.attributes,
      ),
  };
}

function matmul(s: Setting): Question {
  const [x, c, swapped] = s.pick<readonly [number[], number[], boolean]>([
    [[1, 5], [5, 3], false],
    [[5], [5, 3], false],
    [[1, 3, 5], [5], false],
    [[1, 5, 1], [4, 5], true],
    [[1, 5, 3], [4, 5], true],
    [[5, 3], [5], true],
    [[1, 2, 3, 5], [5, 4], false],
    [[1, 5], [1, 1, 5, 2], false],
    [[5], [5], false],
    [[2, 5], [5, 1], false],
  ]);
  return { dims: x, build: (g) => g.node('MatMul', swapped ? [g.floats(c), 'x'] : ['x', g.floats(c)]) };
}

function batchNorm(s: Setting): Question {
  const dims = s.pick([
    [1, 3],
    [1, 3, 4],
    [1, 3, 4, 5],
  ]);
  return {
    dims,
    build: (g) =>
      g.node(
        'BatchNormalization',
        ['x', g.floats([3]), g.floats([3]), g.floats([3]), g.floats([3], [0.5, 1e-6, 20])],
        s.attributes,
      ),
  };
}

/** Convolutions, matrices, normalisation, windows. */
export const weighted: Questions = {
  MatMul: { ask: matmul },
  Gemm: { values: { alpha: floats, beta: floats }, ask: gemm },
  Conv: convolution('Conv'),
  ConvTranspose: convolution('ConvTranspose'),
  BatchNormalization: {
    values: { epsilon: [1e-5, 0.5, 1e-3].map(float), momentum: [0.5, 0.9].map(float) },
    ask: batchNorm,
  },
  MaxPool: pool('MaxPool'),
  AveragePool: pool('AveragePool'),
  GlobalMaxPool: { ask: (s) => ({ dims: imageShape(s), build: (g) => g.node('GlobalMaxPool', ['x']) }) },
  GlobalAveragePool: {
    ask: (s) => ({ dims: imageShape(s), build: (g) => g.node('GlobalAveragePool', ['x']) }),
  },
};
