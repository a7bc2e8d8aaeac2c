import { afterAll, describe, expect, it } from 'vitest';
import { apply, constant } from '../../../tensor/apply.ts';
import { interpret } from '../../../tensor/interpret.ts';
import { add, clamp, ge, gt, indicator, le, lt, mul, neg, putAlongDim } from '../../../tensor/index.ts';
import { float32, int32, type Tensor, type TensorSpec } from '../../../tensor/tensor.ts';
import { trace } from '../../../tensor/trace.ts';
import { sizeOf } from '../../../tensor/shape.ts';
import { hostTensorOf } from '../../hostTensor.ts';
import { closeSessions, identifyModel, runModel } from '../session.ts';
import { lowerProgram } from './lowerProgram.ts';

/** Runs in the engine and in the interpreter; compares, and returns the names of the operations lowered to. */
async function check(
  f: (inputs: Tensor[]) => unknown,
  specs: TensorSpec[],
  feeds: Float64Array[],
): Promise<string> {
  const { program } = trace(f, specs);
  const { bytes, inputNames, outputNames } = lowerProgram(program);
  const given = Object.fromEntries(inputNames.map((name, i) => [name, hostTensorOf(feeds[i], specs[i])]));
  const made = await runModel(identifyModel(bytes), { threads: 1 }, given);
  interpret(program, feeds).forEach((wanted, k) => {
    const actual = made[outputNames[k]].data;
    expect(actual.length).toBe(wanted.length);
    wanted.forEach((value, i) => expect(Math.abs(actual[i] - value)).toBeLessThanOrEqual(1e-5));
  });
  return Buffer.from(bytes).toString('latin1');
}

const wave = (length: number, shift = 0): Float64Array =>
  Float64Array.from({ length }, (_, i) => Math.fround(Math.sin(1.7 * i + shift)));

afterAll(closeSessions);

describe('operations lowered together', () => {
  const numbers = Float64Array.of(-2, -1, -1e-20, 0, 1e-20, 0.25, 1, 3);

  it.each([
    ['gt', gt],
    ['ge', ge],
    ['lt', lt],
    ['le', le],
  ] as const)('%s zero as a number', async (_, compare) => {
    const model = await check(([x]) => indicator(compare(x, 0)), [float32([8])], [numbers]);
    expect(model).toContain('HardSigmoid');
  });

  it('what is added negated is subtracted, unless it is repeated', async () => {
    const opposite = await check(
      ([x, y]) => [add(x, neg(y)), add(neg(x), y), add(neg(y), neg(x))],
      [float32([8]), float32([8])],
      [numbers, wave(8)],
    );
    expect(opposite).toContain('Sub');
    const repeated = await check(
      ([x, y]) => add(x, neg(y)),
      [float32([8]), float32([1])],
      [numbers, wave(1)],
    );
    expect(repeated).not.toContain('Sub');
  });

  it('clamp', async () => {
    const model = await check(
      ([x]) => [clamp(x, 0, 1), clamp(x, -0.5, 2), clamp(add(mul(x, 0.5), 0.25), 0, 1), clamp(x, 1, 1)],
      [float32([8])],
      [numbers],
    );
    expect(model).toContain('Clip');
    expect(model).toContain('HardSigmoid');
    expect(model).not.toContain('Max');
  });

  it('sums with scattered values, either way round', async () => {
    const specs = [float32([2, 5]), float32([2, 3]), int32([2, 3])];
    const index = Float64Array.of(0, 4, 4, 1, 0, 2);
    await check(
      ([x, updates, at]) => {
        const scattered = putAlongDim(updates, 1, at, 5);
        return [add(x, scattered), add(scattered, x), scattered, add(scattered, scattered)];
      },
      specs,
      [wave(10), wave(6, 1), index],
    );
  });
});

describe('ways of the gradients of convolutions', () => {
  const one = { stride: [1, 1], padding: [1, 1, 1, 1] };
  const phases = { operation: 'GatherElements', channels: 8, constant: true };
  const lots = { operation: 'Conv', channels: 16, g: [4, 4], kernel: [3, 3], size: [4, 4], ...one };
  it.each([
    { ...phases, g: [3, 2], kernel: [4, 4], stride: [2, 2], padding: [1, 1, 1, 1], size: [6, 4] },
    { ...phases, g: [2, 3], kernel: [3, 5], stride: [2, 3], padding: [1, 0, 0, 2], size: [4, 10] },
    { ...phases, g: [3, 3], kernel: [2, 3], stride: [3, 2], padding: [0, 0, 0, 0], size: [10, 8] },
    { ...phases, g: [2, 2], kernel: [5, 5], stride: [2, 2], padding: [2, 2, 2, 2], size: [3, 4] },
    { ...lots, constant: true },
    { ...lots, constant: false },
    { ...lots, constant: false, padding: [0, 2, 2, 0] },
    { ...lots, constant: false, channels: 3, operation: 'Col2Im' },
    { ...lots, constant: true, channels: 3, operation: 'ConvTranspose' },
    { ...lots, constant: false, channels: 3, g: [9, 9], size: [9, 9], operation: 'ConvTranspose' },
  ])('input: %j', async ({ operation, constant: isConstant, channels, g, kernel, stride, padding, size }) => {
    const shapes = [
      [2, 3, ...g],
      [3, channels, ...kernel],
    ];
    const geometry = { stride, padding, dilation: [1, 1], groups: 1, size } as never;
    const weights = wave(sizeOf(shapes[1]), 3);
    const known = constant(Float32Array.from(weights), shapes[1]);
    const model = await check(
      ([x, w]) => apply('convTranspose2d', [x, w ?? known], geometry),
      (isConstant ? shapes.slice(0, 1) : shapes).map(float32),
      [wave(sizeOf(shapes[0])), weights],
    );
    for (const other of ['GatherElements', 'Col2Im', 'ConvTranspose'])
      expect(model.includes(other)).toBe(other === operation);
  });

  it.each([1, 2])('weight, dilation %i', async (d) => {
    const geometry = {
      stride: [2, 1],
      padding: [1, 0, 2, 1],
      dilation: [1, d],
      groups: 1,
      kernel: [3, 2],
    } as never;
    const shapes = [
      [2, 3, 6, 5],
      [2, 4, 4, 6 - d],
    ];
    await check(
      ([x, g]) => apply('convWeightGrad', [x, g], geometry),
      shapes.map(float32),
      shapes.map((shape, i) => wave(sizeOf(shape), i)),
    );
  });
});
