/**
 * @file Graphs for every operation of the importer: what stands around it, and the values of its attributes that are
 * tried. Flags and words are tried in all their values, which the importer's own table lists.
 */
import type { OnnxDtype } from '../../src/formats/onnx/model.ts';
import type { Rng } from '../../src/data/rng.ts';
import { typedTensor, type Plain, type TestGraph } from '../../src/nn/import/graph.testing.ts';

/** Attributes of the node in question. */
export type Attributes = Readonly<Record<string, Plain>>;

/** What a graph may be made of. */
export interface Setting {
  readonly rng: Rng;
  readonly opset: number;
  readonly attributes: Attributes;
  readonly pick: <T>(choices: readonly T[]) => T;
  /** A whole number in low … high. */
  readonly between: (low: number, high: number) => number;
}

/** A graph: the shape of its input, and the nodes behind it. */
export interface Question {
  readonly dims: readonly number[];
  readonly build: (g: TestGraph) => string;
}

/** How one operation is asked about. */
export interface OperatorQuestions {
  /** Values of attributes that are neither flags nor words. */
  readonly values?: Readonly<Record<string, readonly Plain[]>>;
  readonly ask: (setting: Setting) => Question;
}

const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const float = (value: number): Plain => ({ float: value });
const floats = [0, 1, 0.01, -1.5, 2.5].map(float);

const anyShape = ({ pick, between }: Setting): number[] =>
  pick<() => number[]>([
    () => [1, between(1, 7)],
    () => [between(1, 5)],
    () => [1, between(1, 4), between(3, 6), between(2, 5)],
    () => [between(2, 3), between(1, 3), between(2, 4)],
    () => [1, 1],
    () => [],
  ])();

const imageShape = ({ pick, between }: Setting): number[] =>
  pick([true, true, false]) ? [1, 4, between(4, 7), between(4, 6)] : [1, 4, between(5, 9)];

/** Shapes that broadcast with one. */
const besides = (dims: readonly number[], { pick }: Setting): number[] =>
  pick<() => number[]>([
    () => [...dims],
    () => [],
    () => [1],
    () => dims.map((n) => (pick([true, false]) ? n : 1)),
    () => dims.slice(1),
    () => dims.slice(-1),
    () => [2, ...dims.map((n) => n)],
  ])();

const one = (op: string, values?: OperatorQuestions['values']): OperatorQuestions => ({
  ...(values && { values }),
  ask: (s) => ({ dims: anyShape(s), build: (g) => g.node(op, ['x'], s.attributes) }),
});

/** Constants of Max, Min and Clip, of every size that f32 has. */
export const bounds = [
  -Infinity,
  -3.4028234663852886e38,
  -3e38,
  -1e31,
  -1e29,
  -1e12,
  -1e7,
  -1e6,
  -2000,
  -900,
  -1,
  -0.3,
  0,
  0.3,
  1,
  900,
  2000,
  1e6,
  1e7,
  1e12,
  1e29,
  1e31,
  3e38,
  3.4028234663852886e38,
  Infinity,
];

const binary = (op: string, nonZero = false): OperatorQuestions => ({
  ask(s) {
    const dims = anyShape(s);
    const shape = besides(dims, s);
    const side = s.pick(['left', 'right', 'both']);
    return {
      dims,
      build(g) {
        const raw = g.rng.fillNormal(new Float64Array(sizeOf(shape)));
        const c = g.floats(shape, nonZero ? raw.map((v) => (v < 0 ? v - 0.1 : v + 0.1)) : raw);
        if (side === 'both') return g.node(op, [g.node('Relu', ['x']), g.node('Tanh', ['x'])]);
        return g.node(op, side === 'left' ? [c, 'x'] : ['x', c]);
      },
    };
  },
});

const extreme = (op: string): OperatorQuestions => ({
  ask(s) {
    const dims = anyShape(s);
    const shape = besides(dims, s);
    const vector = s.pick([true, false]);
    const same = s.pick(bounds);
    return {
      dims,
      build(g) {
        const values = Array.from({ length: sizeOf(shape) }, () => (vector ? s.pick(bounds) : same));
        const more = s.pick([[], [], ['branch'], ['c']]);
        const c = g.floats(shape, values);
        const others = more.map((m) => (m === 'c' ? g.floats([], [s.pick(bounds)]) : g.node('Neg', ['x'])));
        return g.node(op, s.pick([true, false]) ? ['x', c, ...others] : [c, 'x', ...others]);
      },
    };
  },
});

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
  values: op === 'MaxPool' ? windows : { ...windows },
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

const axes: readonly (readonly number[])[] = [[0], [1], [-1], [1, -1], [0, 1]];

/** Axes by attribute or by input, whichever the operator set has; sometimes none. */
const reducing = (op: string, lastWithAttribute: number): OperatorQuestions => ({
  values: { axes },
  ask(s) {
    const dims = s.pick([
      [1, 3, 4],
      [1, 5],
      [2, 3],
      [1, 2, 3, 4],
    ]);
    const asInput = s.opset > lastWithAttribute && s.pick([true, true, false]);
    const constant = op === 'ReduceProd' || s.pick([true, false, false]);
    return {
      dims,
      build(g) {
        const type = s.pick<OnnxDtype>(['float32', 'float32', 'int64', 'float64', 'int32']);
        const inputs = [
          constant
            ? g.numbers(
                type,
                dims,
                Array.from({ length: sizeOf(dims) }, (_, i) => (i % 5) + 1),
              )
            : 'x',
        ];
        if (asInput)
          inputs.push(
            g.ints(s.pick<readonly number[]>(op === 'ReduceProd' ? [[0, 1, 2].slice(0, dims.length)] : axes)),
          );
        const y = g.node(op, inputs, s.attributes);
        return constant
          ? g.node('Mul', [
              'x',
              g.node('Cast', [g.node('ReduceSum', [g.node('Cast', [y], { to: 1 })], { keepdims: 0 })], {
                to: 1,
              }),
            ])
          : y;
      },
    };
  },
});

/** Puts a constant beside the network's input. */
const used = (g: TestGraph, c: string): string => g.node('Add', ['x', g.node('Cast', [c], { to: 1 })]);

const numeric: readonly OnnxDtype[] = ['float32', 'float64', 'int64', 'int32'];

/** An operation on constants of several types. */
const folded = (
  op: string,
  values: Partial<Record<OnnxDtype, readonly number[]>>,
  count: number,
  attributes?: OperatorQuestions['values'],
): OperatorQuestions => ({
  ...(attributes && { values: attributes }),
  ask(s) {
    const type = s.pick(Object.keys(values) as OnnxDtype[]);
    const numbers = values[type]!;
    return {
      dims: [1, 4],
      build: (g) =>
        used(
          g,
          g.node(
            op,
            Array.from({ length: count }, (_, i) =>
              i > 0 && s.pick([true, false])
                ? g.numbers(type, [], [s.pick(numbers)])
                : g.numbers(
                    type,
                    [4],
                    Array.from({ length: 4 }, () => s.pick(numbers)),
                  ),
            ),
            s.attributes,
          ),
        ),
    };
  },
});

const wholes = [0, 1, 2, -3, 7, -7, 100, 1 << 20];
const reals = [0.5, 1, -2.5, 7.25, 1e-3, 1e8, 0.1];
const allNumeric = { float32: reals, float64: reals, int64: wholes, int32: wholes };
const positive = { float32: [0.5, 1, 2, 7.25, 1e-3, 9], float64: [0.5, 1, 2, 7.25, 1e-3] };

/** Constants first, the network's input where the operation takes it too. */
const both = (layer: OperatorQuestions, constants: OperatorQuestions): OperatorQuestions => ({
  ...(layer.values && { values: layer.values }),
  ask: (s) => (s.pick([true, true, false]) ? layer.ask(s) : constants.ask(s)),
});

const arrangement = (
  op: string,
  make: (s: Setting) => { dims: readonly number[]; inputs: (g: TestGraph) => string[]; more?: Attributes },
  values?: OperatorQuestions['values'],
): OperatorQuestions => ({
  ...(values && { values }),
  ask(s) {
    const { dims, inputs, more = {} } = make(s);
    return { dims, build: (g) => g.node(op, inputs(g), { ...more, ...s.attributes }) };
  },
});

/** Element types by the numbers that ONNX gives them. */
const types: readonly (readonly [OnnxDtype, number])[] = [
  ['float32', 1],
  ['uint8', 2],
  ['int8', 3],
  ['uint16', 4],
  ['int16', 5],
  ['int32', 6],
  ['int64', 7],
  ['bool', 9],
  ['float16', 10],
  ['float64', 11],
  ['uint32', 12],
  ['uint64', 13],
  ['bfloat16', 16],
];
const castNumbers = (type: OnnxDtype): readonly number[] => {
  if (type === 'bool') return [0, 1];
  if (type.startsWith('uint')) return [0, 1, 2, 77, 200];
  if (type.startsWith('int')) return [0, 1, -2, 77, -100];
  return type === 'float64' ? [0.5, -2.5, 1e-3, 100.7, 65519, 0.1] : [0, 0.5, -2.5, 1, 96, -0.25];
};

function cast(s: Setting): Question {
  const to = s.attributes['to'] as number;
  const [from] = s.pick(types);
  const wide = s.pick([true, false]) && (from === 'int32' || from === 'int64');
  const ofValue = s.pick([false, false, false, true]);
  return {
    dims: [1, 4],
    build(g) {
      if (ofValue) return g.node('Cast', [g.node('Cast', ['x'], s.attributes)], { to: 1 });
      const numbers = wide ? [300, -300, 70000, 255, 2 ** 31 - 1] : castNumbers(from);
      return used(
        g,
        g.node(
          'Cast',
          [
            g.numbers(
              from,
              [4],
              Array.from({ length: 4 }, () => s.pick(numbers)),
            ),
          ],
          { ...s.attributes, to },
        ),
      );
    },
  };
}

function clip(s: Setting): Question {
  const dims = anyShape(s);
  const [low, high] = [s.pick([undefined, ...bounds]), s.pick([undefined, ...bounds, NaN])];
  return {
    dims,
    build(g) {
      if (s.opset < 11) return g.node('Clip', ['x'], s.attributes);
      const bound = (v: number | undefined): string => (v === undefined ? '' : g.floats([], [v]));
      return g.node('Clip', ['x', bound(low), bound(high)]);
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

function slice(s: Setting): Question {
  const dims = [1, 6, 5];
  const starts = s.pick([
    [1, -4],
    [0, 4],
    [-6, 2],
  ]);
  const ends = s.pick([
    [5, 2 ** 40],
    [-1, 5],
    [6, -1],
    [100, 100],
  ]);
  return {
    dims,
    build(g) {
      if (s.opset < 10)
        return g.node('Slice', ['x'], { starts: [1, 0], ends: [4, 3], axes: [1, 2], ...s.attributes });
      const whole = s.pick<OnnxDtype>(['int64', 'int32']);
      const list = (values: readonly number[]) =>
        g.numbers(
          whole,
          [2],
          values.map((v) => (whole === 'int32' ? Math.min(v, 2 ** 31 - 1) : v)),
        );
      const backwards = s.pick([true, false]);
      return backwards
        ? g.node('Slice', ['x', list([4, -1]), list([-100, 1]), list([1, -1]), list([-1, -2])])
        : g.node('Slice', [
            'x',
            list(starts),
            list(ends),
            list([1, 2]),
            list(
              s.pick([
                [1, 1],
                [2, 1],
                [3, 2],
              ]),
            ),
          ]);
    },
  };
}

function split(s: Setting): Question {
  const axis = (s.attributes['axis'] as number | undefined) ?? 0;
  const dims = axis === 0 ? [6, 2] : axis === 2 ? [1, 2, 6] : [1, 6];
  return {
    dims,
    build(g) {
      const sizes =
        s.opset >= 13 && !('num_outputs' in s.attributes)
          ? [
              g.ints(
                s.pick([
                  [2, 4],
                  [1, 5],
                  [3, 3],
                ]),
              ),
            ]
          : [];
      const outputs = ['a', 'b'];
      const first = g.node('Split', ['x', ...sizes], s.attributes, outputs);
      return g.node('Concat', ['b', first], { axis });
    },
  };
}

function pad(s: Setting): Question {
  const dims = [1, 2, 5, 4];
  const pads = s.pick([
    [0, 1, 0, 2, 0, 0, 1, 1],
    [0, 0, 2, 3, 0, 0, 1, 2],
    [0, 0, -1, 1, 0, 0, 1, -1],
  ]);
  const safe = [0, 0, 2, 3, 0, 0, 1, 2];
  return {
    dims,
    build(g) {
      if (s.opset < 11) return g.node('Pad', ['x'], { pads: safe, ...s.attributes });
      const list = s.attributes['mode'] && s.attributes['mode'] !== 'constant' ? safe : pads;
      const filler = s.pick(['', g.floats([], [s.pick([0.7, -3, 1e6])])]);
      if (s.opset >= 18 && s.pick([true, false]))
        return g.node('Pad', ['x', g.ints([1, 2]), filler, g.ints([-1])], s.attributes);
      return g.node('Pad', ['x', g.ints(list), filler], s.attributes);
    },
  };
}

function constantNode(s: Setting): Question {
  return {
    dims: [1, 4],
    build: (g) =>
      used(
        g,
        g.node(
          'Constant',
          [],
          Object.keys(s.attributes).length > 0
            ? s.attributes
            : { value: typedTensor('', s.pick(numeric), [4], [1, 2, 3, 4]) },
        ),
      ),
  };
}

export const operatorQuestions: Readonly<Record<string, OperatorQuestions>> = {
  Add: both(binary('Add'), folded('Add', allNumeric, 2)),
  Sub: both(binary('Sub'), folded('Sub', allNumeric, 2)),
  Mul: both(
    {
      ask(s) {
        const dims = anyShape(s);
        const shape = besides(dims, s);
        return {
          dims,
          build: (g) =>
            g.node('Mul', s.pick([true, false]) ? ['x', g.floats(shape)] : [g.floats(shape), 'x']),
        };
      },
    },
    folded('Mul', allNumeric, 2),
  ),
  Div: both(
    {
      ask(s) {
        const dims = anyShape(s);
        const shape = besides(dims, s);
        return {
          dims,
          build: (g) =>
            g.node('Div', [
              'x',
              g.floats(
                shape,
                Array.from({ length: sizeOf(shape) }, () => s.pick([0.3, -7, 1e-6, 3e7])),
              ),
            ]),
        };
      },
    },
    folded(
      'Div',
      { float32: reals, float64: reals, int64: [1, 2, -3, 7, -7, 100], int32: [1, -3, 7, -7] },
      2,
    ),
  ),
  Sum: both(
    {
      ask: (s) => ({
        dims: [1, 4],
        build: (g) => g.node('Sum', s.pick([['x'], ['x', g.floats([4])], [g.floats([1]), 'x', 'x']])),
      }),
    },
    folded('Sum', { float32: reals, float64: reals }, 3),
  ),
  Max: both(extreme('Max'), folded('Max', allNumeric, 3)),
  Min: both(extreme('Min'), folded('Min', allNumeric, 3)),
  Neg: both(one('Neg'), folded('Neg', allNumeric, 1)),
  Relu: both(one('Relu'), folded('Relu', { float32: reals, float64: reals }, 1)),
  Sigmoid: both(one('Sigmoid'), folded('Sigmoid', { float32: [0.5, -2, 8], float64: [0.5, -2] }, 1)),
  Tanh: both(one('Tanh'), folded('Tanh', { float32: [0.5, -2, 8], float64: [0.5, -2] }, 1)),
  Abs: both(one('Abs'), folded('Abs', { ...allNumeric, int8: [1, -2, 100], uint8: [1, 200] }, 1)),
  LeakyRelu: one('LeakyRelu', { alpha: floats }),
  PRelu: {
    ask(s) {
      const dims = anyShape(s);
      const shape = besides(dims, s).slice(-dims.length || 1);
      return { dims, build: (g) => g.node('PRelu', ['x', g.floats(dims.length === 0 ? [] : shape)]) };
    },
  },
  Clip: {
    values: { min: bounds.map(float), max: bounds.map(float) },
    ask: clip,
  },
  HardSigmoid: one('HardSigmoid', { alpha: floats, beta: floats }),
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
  Mean: {
    ask: (s) => ({
      dims: [1, 4],
      build: (g) => g.node('Mean', s.pick([['x'], ['x', g.floats([4])], [g.floats([1]), 'x', 'x']])),
    }),
  },
  ReduceSum: reducing('ReduceSum', 12),
  ReduceMean: reducing('ReduceMean', 17),
  ReduceProd: reducing('ReduceProd', 17),
  Identity: one('Identity'),
  Dropout: {
    values: { ratio: [0, 0.5].map(float), seed: [0, 7] },
    ask: (s) => ({
      dims: [1, 5],
      build: (g) =>
        g.node(
          'Dropout',
          [
            'x',
            ...(s.opset >= 12
              ? s.pick([
                  [],
                  [g.floats([], [0.5])],
                  [g.floats([], [0.5]), g.numbers('bool', [], [s.pick([0, 1])])],
                ])
              : []),
          ],
          s.attributes,
        ),
    }),
  },
  Cast: {
    values: { to: types.map(([, code]) => code) },
    ask: (s) => cast({ ...s, attributes: { to: s.pick(types)[1], ...s.attributes } }),
  },
  Reshape: arrangement('Reshape', (s) => ({
    dims: [1, 4, 6],
    inputs: (g) => ['x', g.ints(s.pick([[0, -1], [2, 12], [-1], [0, 0, 6], [4, 0], [1, 24, 1], [-1, 0, 2]]))],
  })),
  Flatten: arrangement('Flatten', () => ({ dims: [1, 2, 3, 4], inputs: () => ['x'] }), {
    axis: [0, 1, 2, 4, -1, -4],
  }),
  Squeeze: arrangement(
    'Squeeze',
    (s) => ({
      dims: [1, 1, 3, 1],
      inputs: (g) => [
        'x',
        ...(s.opset >= 13 && s.pick([true, false]) ? [g.ints(s.pick([[0], [-1], [1, 3], [-4]]))] : []),
      ],
    }),
    { axes: [[0], [1, 3], [-1]] },
  ),
  Unsqueeze: arrangement(
    'Unsqueeze',
    (s) => ({
      dims: [1, 3],
      inputs: (g) => ['x', ...(s.opset >= 13 ? [g.ints(s.pick([[0], [1, 3], [-1], [-1, 0]]))] : [])],
    }),
    { axes: [[0], [1, 3], [-1], [2]] },
  ),
  Transpose: arrangement('Transpose', () => ({ dims: [1, 2, 3, 4], inputs: () => ['x'] }), {
    perm: [
      [0, 2, 3, 1],
      [0, 1, 3, 2],
      [3, 2, 1, 0],
      [1, 0, 2, 3],
    ],
  }),
  Expand: arrangement('Expand', (s) => ({
    dims: [1, 1, 3],
    inputs: (g) => ['x', g.ints(s.pick([[2, 1], [1, 2, 3], [2, 1, 1, 3], [1]]))],
  })),
  Shape: {
    values: { start: [0, 1, -2], end: [2, -1, 4] },
    ask: (s) => ({
      dims: [1, 2, 3, 4],
      build: (g) => used(g, g.node('ReduceSum', [g.node('Shape', ['x'], s.attributes)], { keepdims: 0 })),
    }),
  },
  Size: { ask: (s) => ({ dims: anyShape(s), build: (g) => used(g, g.node('Size', ['x'])) }) },
  Slice: {
    values: {
      axes: [
        [1, 2],
        [2, 1],
        [-1, 1],
      ],
      starts: [
        [1, 0],
        [-3, 1],
      ],
      ends: [
        [3, 3],
        [-1, 2 ** 40],
      ],
    },
    ask: slice,
  },
  Split: {
    values: {
      axis: [0, 1, -1],
      split: [
        [2, 4],
        [3, 3],
      ],
      num_outputs: [2],
    },
    ask: split,
  },
  Gather: arrangement(
    'Gather',
    (s) => ({
      dims: [1, 3, 4],
      inputs: (g) => [
        'x',
        g.numbers(
          s.pick<OnnxDtype>(['int64', 'int32']),
          s.pick([[2], [2, 1]]),
          s.pick([
            [0, 0],
            [0, -1],
            [-1, 0],
          ]),
        ),
      ],
    }),
    { axis: [0, 1, 2, -1] },
  ),
  Concat: {
    values: { axis: [0, 1, 2, -1, -3] },
    ask: (s) => ({
      dims: [1, 2, 3],
      build: (g) =>
        g.node(
          'Concat',
          s.pick([
            ['x', g.node('Relu', ['x'])],
            [g.floats([1, 2, 3]), 'x'],
            ['x', g.floats([1, 2, 3]), 'x'],
            ['x'],
          ]),
          { axis: 1, ...s.attributes },
        ),
    }),
  },
  Pad: {
    values: {
      pads: [
        [0, 0, 2, 1, 0, 0, 1, 3],
        [0, 1, 0, 0, 0, 0, 0, 2],
      ],
      value: [0, 0.7, -2].map(float),
    },
    ask: pad,
  },
  Constant: {
    values: {
      value: numeric.map((type) => typedTensor('', type, [4], [1, -2, 3, 4])),
      value_float: [0, -1.5].map(float),
      value_floats: [{ floats: [1.5, 2, -3, 0] }],
      value_int: [0, -7],
      value_ints: [[1, 2, 3, -4]],
    },
    ask: constantNode,
  },
  ConstantOfShape: {
    values: {
      value: [
        typedTensor('', 'float32', [1], [0.5]),
        typedTensor('', 'int64', [1], [-3]),
        typedTensor('', 'bool', [1], [1]),
      ],
    },
    ask: (s) => ({
      dims: [1, 4],
      build: (g) => used(g, g.node('ConstantOfShape', [g.ints(s.pick([[4], [1, 4], [1]]))], s.attributes)),
    }),
  },
  Range: {
    ask(s) {
      const type = s.pick(numeric);
      const [from, to, by] = s.pick(
        type.startsWith('float')
          ? [
              [0, 2, 0.5],
              [0, 0.4, 0.1],
              [4, 0, -1],
            ]
          : [
              [0, 4, 1],
              [3, -5, -2],
              [1, 12, 3],
            ],
      );
      return {
        dims: [1, 4],
        build: (g) =>
          used(
            g,
            g.node(
              'Range',
              [from, to, by].map((v) => g.numbers(type, [], [v])),
            ),
          ),
      };
    },
  },
  Sqrt: folded('Sqrt', positive, 1),
  Exp: folded('Exp', { float32: [0, 1, -3, 0.1], float64: [0.5, -1] }, 1),
  Log: folded('Log', positive, 1),
  Reciprocal: folded('Reciprocal', positive, 1),
  Floor: folded('Floor', { float32: [0.5, -0.5, 2.7, 1e9], float64: [-1.5, 3] }, 1),
  Ceil: folded('Ceil', { float32: [0.5, -0.5, 2.7, 1e9], float64: [-1.5, 3] }, 1),
  Not: folded('Not', { bool: [0, 1] }, 1),
  Pow: folded(
    'Pow',
    { float32: [0.5, 2, 3, 1], float64: [0.5, 2, 3], int64: [0, 1, 2, 3, 5], int32: [0, 1, 2, 3] },
    2,
  ),
  Mod: folded(
    'Mod',
    { float32: [-7, 7.5, 3, -3, 2.25], float64: [-7, 3.5], int64: [-7, 7, 3, -3], int32: [-7, 5, 2] },
    2,
  ),
  Equal: folded('Equal', { ...allNumeric, bool: [0, 1] }, 2),
  Greater: folded('Greater', allNumeric, 2),
  Less: folded('Less', allNumeric, 2),
  And: folded('And', { bool: [0, 1] }, 2),
  Or: folded('Or', { bool: [0, 1] }, 2),
  Where: {
    ask(s) {
      const type = s.pick(numeric);
      return {
        dims: [1, 4],
        build: (g) =>
          used(
            g,
            g.node('Where', [
              g.numbers('bool', [4], [1, 0, 0, 1]),
              g.numbers(type, [4], [1, 2, 3, 4]),
              g.numbers(type, [], [7]),
            ]),
          ),
      };
    },
  },
};
