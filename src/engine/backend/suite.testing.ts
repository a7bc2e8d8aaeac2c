/** @file What any backend must do: every primitive with its gradient, loops, types, memory. */
import { describe, expect, it } from 'vitest';
import { vjp } from '../../tensor/grad.ts';
import { interpret } from '../../tensor/interpret.ts';
import { add, cast, constant, gt, loop, mul, relu, sum } from '../../tensor/index.ts';
import { apply } from '../../tensor/apply.ts';
import { primitiveCases } from '../../tensor/primitives/cases.testing.ts';
import { sizeOf } from '../../tensor/shape.ts';
import { float32, int32, type Program, type Tensor, type TensorSpec } from '../../tensor/tensor.ts';
import { trace } from '../../tensor/trace.ts';
import { allocate, hostTensor, hostTensorOf } from '../hostTensor.ts';
import type { Backend } from './backend.ts';

type Numbers = ArrayLike<number>;

/** Numbers in −1/8..1/8, the same f32 in f64. */
export const wave = (shape: readonly number[], shift = 0): Float64Array =>
  Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.fround(Math.sin(i * 1.7 + shift) / 8));

/** Within 1e-5, of the number where it is above 1. */
export function expectClose(actual: Numbers, wanted: Numbers): void {
  expect(actual.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++)
    expect(Math.abs(actual[i] - wanted[i])).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(wanted[i])));
}

/** Runs a program and compares all results with the plain interpreter's. */
export async function checkProgram(
  backend: Backend,
  program: Program,
  feeds: readonly Numbers[],
): Promise<void> {
  const prepared = backend.prepare(program, { threads: 1 });
  const made = await prepared.run(program.inputs.map((spec, i) => hostTensorOf(feeds[i], spec)));
  interpret(program, feeds).forEach((wanted, i) => {
    const { shape, dtype } = program.outputs[i];
    expect(made[i]).toMatchObject({ shape, dtype });
    expectClose(made[i].data, wanted);
  });
}

/** Declares the suite; the caller closes what its backend keeps open. */
export function describeBackend(name: string, backend: Backend): void {
  const check = (f: (inputs: Tensor[]) => unknown, specs: TensorSpec[], feeds: readonly Numbers[]) =>
    checkProgram(backend, trace(f, specs).program, feeds);

  describe(`${name}: primitives`, () => {
    it.each(primitiveCases.map((test) => [test.name, test] as const))('%s', (_, test) =>
      check(
        (inputs) => {
          const value = test.build(...inputs);
          return { value, gradient: test.differentiable ? vjp(sum(value), inputs) : [] };
        },
        test.inputs.map(({ shape }) => float32(shape)),
        test.inputs.map(({ values }) => values),
      ),
    );

    it.each(primitiveCases.map((test) => [test.name, test] as const))('%s, of constants', (_, test) => {
      const values = test.inputs.map(({ values: data, shape }) => constant(Float32Array.from(data), shape));
      return check(() => test.build(...values), [], []);
    });

    it.each([1, 2])('a convolution of many channels and its gradients, stride %i', async (stride) => {
      const geometry = {
        stride: [stride, stride],
        padding: [1, 1, 1, 0],
        dilation: [1, 1],
        groups: 1,
      } as const;
      const shapes = [[2, 16, 5, 6], [32, 16, 3, 3], [32]];
      await check(
        (inputs) => {
          const value = apply('conv2d', inputs, geometry);
          return { value, gradient: vjp(sum(mul(value, value)), inputs) };
        },
        shapes.map(float32),
        shapes.map(wave),
      );
    });

    it('an affine map per channel before ReLU, and the gradient of both', async () => {
      const shapes = [[2, 3, 16, 17], [3], [3]];
      await check(
        (inputs) => {
          const value = relu(apply('channelAffine', inputs, {}));
          return { value, gradient: vjp(sum(mul(value, value)), inputs) };
        },
        shapes.map(float32),
        shapes.map(wave),
      );
    });
  });

  describe(`${name}: programs`, () => {
    it('a loop that swaps, repeats, keeps what it carries, and reads what is around it', () =>
      check(
        ([x, y]) =>
          loop(3, { a: x, b: y, c: x, d: y, e: x }, ({ a, b, c, d }) => {
            const next = add(a, mul(b, y));
            return { a: b, b: next, c: next, d, e: mul(c, 0.5) };
          }),
        [float32([4]), float32([4])],
        [wave([4]), wave([4], 2)],
      ));

    it('an argument, a constant and one value twice as results; numbers of every type', () =>
      check(
        ([x, n]) => {
          const y = cast(n, 'float32');
          return [x, n, constant(3), y, y, gt(x, y), add(n, n)];
        },
        [float32([3]), int32([3])],
        [Float64Array.of(-1.5, 2, 7), Int32Array.of(-2, 2, 2 ** 24 + 1)],
      ));

    it('writes into the memory given, leaves feeds as they are and earlier results alone', async () => {
      const { program } = trace(({ x }) => ({ y: mul(x, 2), same: x }), { x: float32([2]) });
      const prepared = backend.prepare(program, { threads: 1 });
      const y = allocate(float32([2]));
      const feed = hostTensor(Float32Array.of(1, 2));
      const first = await prepared.run([feed], [y]);
      expect(first[0]).toBe(y);
      expect([...first[1].data]).toEqual([1, 2]);
      const second = await prepared.run([hostTensor(Float32Array.of(3, 4))]);
      expect([...y.data, ...first[1].data, ...feed.data]).toEqual([2, 4, 1, 2, 1, 2]);
      expect([...second[0].data, ...second[1].data]).toEqual([6, 8, 3, 4]);
      await prepared.release();
      expect([...(await prepared.run([feed]))[0].data]).toEqual([2, 4]);
    });
  });
}
