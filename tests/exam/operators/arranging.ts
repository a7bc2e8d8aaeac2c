/** @file Questions about operations that move numbers, and compute none. */
import type { OnnxDtype } from '../../../src/formats/onnx/model.ts';
import type { TestGraph } from '../../../src/nn/import/graph.testing.ts';
import {
  float,
  one,
  type Setting,
  type Question,
  type OperatorQuestions,
  type Questions,
} from './question.ts';

const arrangement = (
  op: string,
  make: (s: Setting) => { dims: readonly number[]; inputs: (g: TestGraph) => string[] },
  values?: OperatorQuestions['values'],
): OperatorQuestions => ({
  ...(values && { values }),
  ask(s) {
    const { dims, inputs } = make(s);
    return { dims, build: (g) => g.node(op, inputs(g), s.attributes) };
  },
});

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

/** Shapes, parts, orders, copies. */
export const arranging: Questions = {
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
};
