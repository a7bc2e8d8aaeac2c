/** @file CROWN in blocks as a part of training steps: the folded numbers, the blocks, and a loss with their gradient. */
import { compile } from '../../engine/compile.ts';
import { hostTensorOf } from '../../engine/hostTensor.ts';
import type { Network } from '../../nn/network.ts';
import { parameterSpecs } from '../../nn/parameters.ts';
import {
  add,
  constant,
  float32,
  mul,
  stopGradient,
  sub,
  sum,
  type Shape,
  type Tensor,
} from '../../tensor/index.ts';
import { dropoutNoise, keepMasksFrom } from '../dropout.ts';
import { objectiveContext } from '../objectives/context.ts';
import type { BlockedBatch, ObjectiveBlocks } from '../objectives/objective.ts';
import type { crownOptions } from '../objectives/crownIbp.ts';
import { engineMachine } from './blockMachine.ts';
import { boundedNetwork, boundNumbers, boundNumberShapes } from './boundNumbers.ts';
import { blockedCrown } from './crownGradient.ts';
import type { CrownSite } from './group.ts';

const gradientName = (key: string): string => `gradient/${key}`;

/** The numbers of the folded network, batch norm by the batch's statistics. */
function foldProgram(network: Network, batchSize: number) {
  const batchShape = [batchSize, ...network.inputShape];
  const noise = Object.entries(dropoutNoise(network, batchSize));
  return {
    fold: ({ numbers, x, noise: fed }: FoldArguments) => {
      const keepMasks = keepMasksFrom(network, fed);
      const none = constant(0);
      const site = { network, params: numbers, x, y: none, epsilon: none, noise: fed, keepMasks };
      const context = objectiveContext({ ...site, mode: 'train' });
      return boundNumbers(network, numbers, context.clean().statistics);
    },
    specs: {
      numbers: Object.fromEntries(parameterSpecs(network).map(({ key, shape }) => [key, float32(shape)])),
      x: float32(batchShape),
      noise: Object.fromEntries(noise.map(([name, shape]: [string, Shape]) => [name, float32(shape)])),
    },
  };
}

interface FoldArguments {
  readonly numbers: Readonly<Record<string, Tensor>>;
  readonly x: Tensor;
  readonly noise: Readonly<Record<string, Tensor>>;
}

/** Of `crown`: see crownGradient.ts. */
export const crownSteps: ObjectiveBlocks<typeof crownOptions> = {
  specs: (network) => ({
    loss: [],
    ...Object.fromEntries(
      Object.entries(boundNumberShapes(boundedNetwork(network).layers)).map(
        ([key, shape]: [string, Shape]) => [gradientName(key), shape],
      ),
    ),
  }),

  evaluate(context, fed) {
    const { network, params } = context;
    const numbers = boundNumbers(network, params, context.clean().statistics);
    // Linear in the numbers, with the slope that was found; its value is the one that was found.
    const linear = Object.entries(numbers)
      .map(([key, values]) => sum(mul(values, fed[gradientName(key)])))
      .reduce((a, b) => add(a, b));
    const loss = add(fed['loss'], sub(linear, stopGradient(linear)));
    return { loss, final: context.clean(), metrics: {} };
  },

  create(network, batchSize, { norm, noLossFusion = false, relaxation }, engine) {
    const { fold, specs } = foldProgram(network, batchSize);
    const program = compile(fold, specs, engine);
    const machine = engineMachine(engine);
    const crown = blockedCrown(
      boundedNetwork(network),
      batchSize,
      { norm, lossFusion: !noLossFusion, relaxation },
      machine,
    );
    const siteOf = async ({ numbers, x, y, noise, epsilon }: BlockedBatch): Promise<CrownSite> => {
      const own = Object.fromEntries(Object.keys(specs.noise).map((name) => [name, noise[name]]));
      const folded = await program.run({ numbers, x, noise: own });
      return {
        numbers: Object.fromEntries(
          Object.entries(folded).map(([key, { data }]) => [key, data as Float32Array]),
        ),
        x,
        y,
        epsilon,
      };
    };
    return {
      async before(batch, signal) {
        const { loss, gradient } = await crown.gradient(await siteOf(batch), signal);
        return {
          loss: hostTensorOf([loss], float32([])).data as Float32Array,
          ...Object.fromEntries(
            Object.entries(gradient).map(([key, values]) => [gradientName(key), values as Float32Array]),
          ),
        };
      },
      estimate: async (batch) => crown.estimate(await siteOf(batch)),
      async release() {
        await program.release();
        await machine.release();
      },
    };
  },
};
