/** @file Questions about operations on constants alone, about their types, and about reductions. */
import type { OnnxDtype } from '../../../src/formats/onnx/model.ts';
import { typedTensor } from '../../../src/nn/import/graph.testing.ts';
import {
  sizeOf,
  float,
  anyShape,
  used,
  numeric,
  folded,
  allNumeric,
  type Setting,
  type Question,
  type OperatorQuestions,
  type Questions,
} from './question.ts';

const positive = { float32: [0.5, 1, 2, 7.25, 1e-3, 9], float64: [0.5, 1, 2, 7.25, 1e-3] };

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

/** Operations whose results are constants, and sums over axes. */
export const constants: Questions = {
  ReduceSum: reducing('ReduceSum', 12),
  ReduceMean: reducing('ReduceMean', 17),
  ReduceProd: reducing('ReduceProd', 17),
  Cast: {
    values: { to: types.map(([, code]) => code) },
    ask: (s) => cast({ ...s, attributes: { to: s.pick(types)[1], ...s.attributes } }),
  },
  Shape: {
    values: { start: [0, 1, -2], end: [2, -1, 4] },
    ask: (s) => ({
      dims: [1, 2, 3, 4],
      build: (g) => used(g, g.node('ReduceSum', [g.node('Shape', ['x'], s.attributes)], { keepdims: 0 })),
    }),
  },
  Size: { ask: (s) => ({ dims: anyShape(s), build: (g) => used(g, g.node('Size', ['x'])) }) },
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
