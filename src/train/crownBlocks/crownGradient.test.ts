import { describe, expect, it } from 'vitest';
import { mnist } from '../../data/mnist.ts';
import { createRng } from '../../data/rng.ts';
import { initialize } from '../../nn/initialize.ts';
import type { Network } from '../../nn/network.ts';
import { parameterInputs, splitParameters } from '../../nn/parameters.ts';
import { graph } from '../../nn/zoo/graph.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import {
  add,
  float32,
  flattenTree,
  int32,
  interpret,
  isSpec,
  isTensor,
  mapTree,
  mul,
  sum,
  trace,
  valueAndGradWith,
  type Tensor,
} from '../../tensor/index.ts';
import { objectiveContext } from '../objectives/context.ts';
import type { crownOptions } from '../objectives/crownIbp.ts';
import type { ObjectiveOptions } from '../objectives/objective.ts';
import { objectives } from '../objectives/objectives.ts';
import type { BlockMachine, Values } from './blockMachine.ts';
import { boundedNetwork, boundNumbers } from './boundNumbers.ts';
import { blockedCrown } from './crownGradient.ts';
import { blocksOf } from './group.ts';

/** The programs in double precision. */
const interpreter: BlockMachine = {
  prepare({ fn, specs }) {
    const { program, outputTree } = trace(fn as (args: object) => unknown, specs);
    const paths = flattenTree(specs, isSpec).map(({ path }) => path);
    const leaves = flattenTree(outputTree, isTensor).map(({ path }) => path);
    return (feeds) => {
      const isValues = (v: unknown): v is Values => ArrayBuffer.isView(v);
      const given = new Map(flattenTree(feeds, isValues).map(({ path, value }) => [path, value]));
      const found = interpret(
        program,
        paths.map((path) => given.get(path)!),
      );
      return Promise.resolve(
        mapTree(outputTree, isTensor, (_, path) => Float64Array.from(found[leaves.indexOf(path)])),
      );
    };
  },
  zeros: (length) => new Float64Array(length),
  release: () => Promise.resolve(),
};

const chain = sequential('chain', [1, 6, 6])
  .normalize(mnist.normalization)
  .conv(3, { kernel: 3, stride: 2, padding: 1 })
  .batchNorm()
  .relu()
  .conv(4, { kernel: 3, stride: 1, padding: 1 })
  .batchNorm()
  .relu()
  .flatten()
  .linear(7)
  .relu()
  .linear(3)
  .build();
const residual = (() => {
  const net = graph('residual', [1, 6, 6]);
  const pixels = net.normalize('input', { mean: [0.4], std: [0.3] });
  const x = net.relu(net.batchNorm(net.conv(pixels, 2, { kernel: 3, padding: 1, stride: 2, bias: false })));
  const inner = net.relu(net.batchNorm(net.conv(x, 2, { kernel: 3, padding: 1 })));
  const sum = net.batchNorm(net.add(net.conv(inner, 2, { kernel: 3, padding: 1 }), x));
  net.linear(net.relu(net.linear(net.flatten(net.relu(sum)), 5)), 3);
  return net.build();
})();
const pooled = sequential('pooled', [1, 6, 6])
  .conv(3, { kernel: 3, padding: 1 })
  .relu()
  .maxPool(2)
  .flatten()
  .linear(6)
  .relu()
  .linear(3)
  .build();

const batch = 4;
function problem(network: Network, seed: string) {
  const rng = createRng(seed);
  const numbers = splitParameters(network, initialize(network, rng));
  for (const [key, values] of Object.entries(numbers.trainable))
    if (/^bn\d+\.weight$/.test(key)) rng.fillUniform(values, -1.5, 1.5);
  return {
    params: Object.values(numbers.trainable).map((v) => Float64Array.from(v)),
    buffers: Object.values(numbers.buffers).map((v) => Float64Array.from(v)),
    x: rng.fillUniform(new Float64Array(batch * 36), 0.1, 0.9),
    y: Int32Array.from({ length: batch }, () => rng.integer(3)),
  };
}

/** Loss and gradient in the parameters: by one program, and by blocks. */
async function both(network: Network, options: ObjectiveOptions<typeof crownOptions>, epsilon: number) {
  const { params, buffers, x, y } = problem(network, 'blocks');
  const { trainable, buffers: bufferSpecs } = parameterInputs(network);
  const base = { params: trainable, buffers: bufferSpecs, x: float32([batch, 1, 6, 6]), y: int32([batch]) };
  const site = (p: Record<string, Tensor>, args: { x: Tensor; y: Tensor; epsilon: Tensor }) =>
    objectiveContext({ network, params: p, noise: {}, mode: 'train', norm: options.norm, ...args });
  const plain = trace(
    ({ params: trained, buffers: state, ...args }) => {
      const [loss, , gradient] = valueAndGradWith(
        (p: typeof trained) =>
          [
            objectives.named('crown').evaluate(site({ ...p, ...state }, args), options).loss,
            undefined,
          ] as const,
      )(trained);
      return { loss, gradient };
    },
    { ...base, epsilon: float32([]) },
  ).program;
  const [[loss], ...gradient] = interpret(plain, [...params, ...buffers, x, [...y], [epsilon]]);

  const fold = trace(({ params: p, buffers: state, ...args }) => {
    const context = site({ ...p, ...state }, { ...args, epsilon: args.x });
    return boundNumbers(network, context.params, context.clean().statistics);
  }, base);
  const keys = flattenTree(fold.outputTree, isTensor).map(({ path }) => path);
  const numbers = interpret(fold.program, [...params, ...buffers, x, [...y]]);
  const crown = blockedCrown(
    boundedNetwork(network),
    batch,
    { norm: options.norm, lossFusion: !options.noLossFusion, relaxation: options.relaxation },
    interpreter,
  );
  const found = await crown.gradient({
    numbers: Object.fromEntries(keys.map((key, i) => [key, Float64Array.from(numbers[i])])),
    x,
    y,
    epsilon,
  });
  // Back from the folded numbers to the parameters.
  const back = trace(
    ({ params: trained, buffers: state, cotangent, ...args }) => {
      const [, , g] = valueAndGradWith((p: typeof trained) => {
        const context = site({ ...p, ...state }, { ...args, epsilon: args.x });
        const made = boundNumbers(network, context.params, context.clean().statistics);
        return [
          keys.map((key) => sum(mul(made[key], cotangent[key]))).reduce((a, b) => add(a, b)),
          undefined,
        ] as const;
      })(trained);
      return g;
    },
    {
      ...base,
      cotangent: Object.fromEntries(
        flattenTree(fold.outputTree, isTensor).map(({ path, value }) => [path, float32(value.shape)]),
      ),
    },
  ).program;
  const blocked = interpret(back, [...params, ...buffers, x, [...y], ...keys.map((k) => found.gradient[k])]);
  return { loss, gradient, blocked: { loss: found.loss, gradient: blocked } };
}

describe('CROWN in blocks', () => {
  const cases: [string, Network, ObjectiveOptions<typeof crownOptions>, number][] = [
    ['a chain, loss fusion', chain, {}, 0.05],
    ['a chain, margins', chain, { noLossFusion: true }, 0.02],
    ['a chain at a radius where nearly all is unstable', chain, {}, 0.3],
    ['same slope', chain, { relaxation: 'same-slope' }, 0.05],
    ['an l2 ball', chain, { norm: 2 }, 0.2],
    ['an l1 ball', chain, { norm: 1, noLossFusion: true }, 0.5],
    ['a residual network', residual, {}, 0.05],
    ['max pooling', pooled, {}, 0.03],
  ];

  it.each(cases)('%s: value and gradient are those of one program', async (_, network, options, epsilon) => {
    const { loss, gradient, blocked } = await both(network, options, epsilon);
    expect(Math.abs(blocked.loss - loss)).toBeLessThan(1e-9 * Math.max(1, Math.abs(loss)));
    gradient.forEach((values, k) => {
      const largest = values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-3);
      values.forEach((v, i) => expect(Math.abs(blocked.gradient[k][i] - v) / largest).toBeLessThan(1e-6));
    });
  });

  it('blocks cover the neurons once', () => {
    const list = Int32Array.from({ length: 37 }, (_, i) => 3 * i);
    const blocks = blocksOf(list, [128, 32, 8]);
    expect(blocks.map(({ from, filled, neurons }) => [from, filled, neurons.length])).toEqual([
      [0, 32, 32],
      [32, 5, 8],
    ]);
    expect(blocks.flatMap(({ filled, neurons }) => [...neurons.subarray(0, filled)])).toEqual([...list]);
    expect(blocksOf(new Int32Array(0), [128])).toEqual([]);
  });
});
