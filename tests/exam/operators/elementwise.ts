/** @file Questions about operations number by number, on the network's input and on constants, and about sums. */
import {
  sizeOf,
  float,
  floats,
  anyShape,
  besides,
  one,
  folded,
  reals,
  allNumeric,
  both,
  type Setting,
  type Question,
  type OperatorQuestions,
  type Questions,
} from './question.ts';

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

const binary = (op: string): OperatorQuestions => ({
  ask(s) {
    const dims = anyShape(s);
    const shape = besides(dims, s);
    const side = s.pick(['left', 'right', 'both']);
    return {
      dims,
      build(g) {
        const c = g.floats(shape, g.rng.fillNormal(new Float64Array(sizeOf(shape))));
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

/** Operations number by number. */
export const elementwise: Questions = {
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
  Mean: {
    ask: (s) => ({
      dims: [1, 4],
      build: (g) => g.node('Mean', s.pick([['x'], ['x', g.floats([4])], [g.floats([1]), 'x', 'x']])),
    }),
  },
};
