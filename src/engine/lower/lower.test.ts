import { afterAll, describe, expect, it } from 'vitest';
import { vjp } from '../../tensor/grad.ts';
import { interpret } from '../../tensor/interpret.ts';
import { mul, relu, sum } from '../../tensor/operations/index.ts';
import { primitiveCases } from '../../tensor/primitives/cases.testing.ts';
import type { Program } from '../../tensor/program.ts';
import { isOp, float32, type Tensor } from '../../tensor/tensor.ts';
import { trace } from '../../tensor/trace.ts';
import { apply, constant } from '../../tensor/apply.ts';
import { closeSessions, identifyModel, runModel } from '../session.ts';
import { hostTensorOf } from '../hostTensor.ts';
import { verifyBlockedLayout } from '../blockedLayout.ts';
import { sizeOf } from '../../tensor/shape.ts';
import { blockSize } from './blocked.ts';
import { formulations, formulationKey, type FormulationRecord } from './formulations.ts';
import { lowerProgram } from './lowerProgram.ts';
import { lowerings } from './table.ts';

const options = { threads: 1 };

async function runInEngine(
  program: Program,
  feeds: readonly Float64Array[],
  chosen: FormulationRecord = {},
): Promise<ArrayLike<number>[]> {
  const { bytes, inputNames, outputNames } = lowerProgram(program, {
    formulations: chosen,
    blockSize: blockSize(),
  });
  const given = program.inputs.map((input, i) => [inputNames[i], hostTensorOf(feeds[i], input)] as const);
  const made = await runModel(identifyModel(bytes), options, Object.fromEntries(given));
  return outputNames.map((name, i) => {
    expect(made[name].shape).toEqual(program.outputs[i].shape);
    expect(made[name].dtype).toBe(program.outputs[i].dtype);
    return made[name].data;
  });
}

function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(actual.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++)
    expect(Math.abs(actual[i] - wanted[i])).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(wanted[i])));
}

/** Value and, where there is one, gradient of a case. */
function programOf(test: (typeof primitiveCases)[number]): Program {
  return trace(
    (inputs: Tensor[]) => {
      const value = test.build(...inputs);
      return { value, gradient: test.differentiable ? vjp(sum(value), inputs) : [] };
    },
    test.inputs.map((input) => float32(input.shape)),
  ).program;
}

afterAll(closeSessions);

describe('lowered primitives against the interpreter', () => {
  it('covers every lowering', () => {
    const covered = new Set(primitiveCases.map((test) => test.op));
    expect(Object.keys(lowerings).filter((op) => !covered.has(op as never))).toEqual([]);
  });

  it.each(primitiveCases.map((test) => [test.name, test] as const))('%s', async (_, test) => {
    const program = programOf(test);
    const feeds = test.inputs.map((input) => input.values);
    const wanted = interpret(program, feeds);
    (await runInEngine(program, feeds)).forEach((actual, i) => expectClose(actual, wanted[i]));
  });

  it.each(primitiveCases.map((test) => [test.name, test] as const))('%s, of constants', async (_, test) => {
    const values = test.inputs.map((input) => constant(Float32Array.from(input.values), input.shape));
    const program = trace(() => test.build(...values), {}).program;
    const [wanted] = interpret(program, []);
    const [actual] = await runInEngine(program, []);
    expectClose(actual, wanted);
  });

  it.each([1, 2])('blocked layout, stride %i: a convolution and its gradients', async (stride) => {
    const geometry = {
      stride: [stride, stride],
      padding: [1, 1, 1, 0],
      dilation: [1, 1],
      groups: 1,
    } as const;
    const specs = [float32([2, 16, 5, 6]), float32([32, 16, 3, 3]), float32([32])];
    const { program } = trace((inputs: Tensor[]) => {
      const value = apply('conv2d', inputs, geometry);
      return { value, gradient: vjp(sum(mul(value, value)), inputs) };
    }, specs);
    const feeds = specs.map((spec, k) =>
      Float64Array.from({ length: sizeOf(spec.shape) }, (_, i) => Math.fround(Math.sin(i * 1.7 + k) / 8)),
    );
    const wanted = interpret(program, feeds);
    const choices = lowerProgram(program, { blockSize: blockSize() }).formulations;
    expect(Object.values(choices)).toContain(blockSize() > 0 ? 'blocked' : 'plain');
    (await runInEngine(program, feeds)).forEach((actual, i) => expectClose(actual, wanted[i]));
    expect(await verifyBlockedLayout()).toBe(true);
  });

  it('batch norm before ReLU, and the gradient of both', async () => {
    const specs = [float32([2, 3, 16, 17]), float32([3]), float32([3])];
    const { program } = trace((inputs: Tensor[]) => {
      const value = relu(apply('channelAffine', inputs, {}));
      return { value, gradient: vjp(sum(mul(value, value)), inputs) };
    }, specs);
    const feeds = specs.map((spec, k) =>
      Float64Array.from({ length: sizeOf(spec.shape) }, (_, i) => Math.fround(Math.sin(i * 1.7 + k))),
    );
    const wanted = interpret(program, feeds);
    (await runInEngine(program, feeds)).forEach((actual, i) => expectClose(actual, wanted[i]));
  });

  const withChoice = primitiveCases.filter((test) => test.op in formulations);
  const choices = withChoice.flatMap((test) =>
    formulations[test.op as keyof typeof formulations].map((choice) => [test.name, choice, test] as const),
  );
  it.each(choices)('%s as %s', async (_, choice, test) => {
    const program = programOf(test);
    const node = program.outputs[0];
    if (!isOp(node, 'convWeightGrad') && !isOp(node, 'convTranspose2d') && !isOp(node, 'conv2d'))
      throw new Error('another primitive');
    const shapes = [node.inputs[0].shape, node.inputs[1].shape] as const;
    const key = formulationKey(node.op, shapes, node.attributes);
    const feeds = test.inputs.map((input) => input.values);
    const [wanted] = interpret(program, feeds);
    const [actual] = await runInEngine(program, feeds, { [key]: choice });
    expectClose(actual, wanted);
  });
});
