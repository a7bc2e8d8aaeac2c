import { describe, expect, it } from 'vitest';
import { grad, valueAndGrad } from './grad.ts';
import { interpret } from './interpret.ts';
import { loop } from './loop.ts';
import {
  add,
  conv2d,
  crossEntropy,
  customGradient,
  exp,
  linear,
  mul,
  relu,
  reshape,
  sign,
  stopGradient,
  sum,
} from './operations/index.ts';
import { printProgram } from './print.testing.ts';
import { programNodes } from './program.ts';
import { simplify } from './simplify.ts';
import { float32, int32, createTensor } from './tensor.ts';
import { trace } from './trace.ts';
import { validate } from './validate.testing.ts';

describe('tracing', () => {
  it('prints a program', () => {
    const { program } = trace(({ x, w }) => ({ loss: sum(relu(mul(x, w))), copy: reshape(mul(x, w), [6]) }), {
      x: float32([2, 3]),
      w: float32([3]),
    });
    expect(printProgram(simplify(program))).toMatchInlineSnapshot(`
      "(x: f32[2,3], w: f32[3]) {
        %1 = mul %x, %w : f32[2,3]
        %2 = relu %1 : f32[2,3]
        %3 = sum %2 {axes: [0,1], keepDims: false} : f32[]
        %4 = reshape %1 {shape: [6]} : f32[6]
        return loss: %3, copy: %4
      }"
    `);
  });

  it('names the operation and the shapes that do not fit', () => {
    expect(() =>
      trace(({ x, w }) => conv2d(x, w), { x: float32([1, 3, 8, 8]), w: float32([4, 2, 3, 3]) }),
    ).toThrow('conv2d([1,3,8,8] float32, [4,2,3,3] float32): input has 3 channels, weight expects 2');
    expect(() => trace(({ x, y }) => add(x, y), { x: float32([2, 3]), y: float32([2, 4]) })).toThrow(
      'add([2,3] float32, [2,4] float32): shapes do not broadcast',
    );
    expect(() => trace(({ x, y }) => add(x, y), { x: float32([2]), y: int32([2]) })).toThrow('same type');
  });

  it('shares equal nodes and drops dead ones', () => {
    const { program } = trace(
      (x) => {
        exp(x);
        return add(mul(relu(x), 2), mul(relu(x), 2));
      },
      float32([4]),
    );
    expect(programNodes(simplify(program)).map((n) => n.op)).toEqual([
      'input',
      'relu',
      'constant',
      'mul',
      'add',
    ]);
  });

  it('rejects a malformed program', () => {
    const { program } = trace((x) => relu(x), float32([4]));
    const wrong = createTensor('relu', program.inputs, {}, float32([5]));
    expect(() => validate({ ...program, outputs: [wrong] })).toThrow('relu');
    expect(() => validate({ ...program, inputs: [] })).toThrow('not declared');
  });
});

describe('differentiation', () => {
  it('differentiates a tree of parameters', () => {
    const net = (
      p: { w: Parameters<typeof relu>[0]; b: Parameters<typeof relu>[0] },
      x: Parameters<typeof relu>[0],
      y: Parameters<typeof relu>[0],
    ) => crossEntropy(linear(x, p.w, p.b), y);
    const { program } = trace(({ p, x, y }) => valueAndGrad(net)(p, x, y), {
      p: { w: float32([3, 2]), b: float32([3]) },
      x: float32([4, 2]),
      y: int32([4]),
    });
    const feeds = [
      [0.1, 0.2, -0.3, 0.4, 0.5, -0.6],
      [0, 0.1, 0.2],
      [1, 2, 3, 4, -1, -2, 0.5, 0],
      [0, 1, 2, 1],
    ];
    const [, gw] = interpret(program, feeds);
    const h = 1e-6;
    const at = (d: number) =>
      interpret(program, [feeds[0].map((v, i) => (i === 3 ? v + d : v)), ...feeds.slice(1)])[0][0];
    expect(gw[3]).toBeCloseTo((at(h) - at(-h)) / (2 * h), 6);
  });

  it('counts other uses of the argument as constants', () => {
    const { program } = trace(
      (x) => {
        const outer = mul(x, x);
        return grad((p: typeof x) => sum(mul(p, outer)))(x);
      },
      float32([2]),
    );
    expect(Array.from(interpret(program, [[3, 4]])[0])).toEqual([9, 16]);
  });

  it('lets a gradient be replaced (straight-through)', () => {
    const { program } = trace(
      (x) =>
        grad((p: typeof x) =>
          sum(
            mul(
              customGradient(sign(p), [p], (g) => [g]),
              stopGradient(p),
            ),
          ),
        )(x),
      float32([3]),
    );
    expect(Array.from(interpret(program, [[0.5, -2, 3]])[0])).toEqual([0.5, -2, 3]);
  });

  it('differentiates twice', () => {
    const { program } = trace(
      (x) => grad((p: typeof x) => sum(grad((q: typeof x) => sum(exp(mul(q, q))))(p)))(x),
      float32([1]),
    );
    const x = 0.7;
    expect(interpret(program, [[x]])[0][0]).toBeCloseTo((2 + 4 * x * x) * Math.exp(x * x), 9);
  });
});

describe('loop', () => {
  it('computes what does not depend on the carried value outside', () => {
    const { program } = trace(({ x, w }) => loop(3, x, (c) => add(c, exp(w))), {
      x: float32([2]),
      w: float32([2]),
    });
    const body = programNodes(program).find((n) => n.op === 'loop')!.attributes as {
      body: { outputs: never[] };
    };
    expect(programNodes(body.body as never).map((n) => n.op)).not.toContain('exp');
    expect(
      interpret(program, [
        [1, 2],
        [0, 0],
      ])[0],
    ).toEqual(Float64Array.of(4, 5));
  });

  it('rejects a body that changes a shape', () => {
    expect(() => trace((x) => loop(2, x, (c) => reshape(c, [2, 1])), float32([2]))).toThrow(
      'the body must return what it is given',
    );
  });
});
