import { describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { compile } from '../../engine/compile.ts';
import { initialize } from '../../nn/initialize.ts';
import { parameterSpecs } from '../../nn/parameters.ts';
import { buildModel } from '../../nn/zoo/models.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import { float32, int32, sizeOf } from '../../tensor/index.ts';
import { stripeData, stripePlan } from '../fixture.testing.ts';
import { measureStep } from '../measurePace.ts';
import { objectiveContext } from '../objectives/context.ts';
import { objectives } from '../objectives/objectives.ts';
import { startCheckpoint, type TrainPlan } from '../plan.ts';
import { trainLoop } from '../trainLoop.ts';
import { blockSizes, groupSize, stagesOf } from './stages.ts';
import { boundedNetwork } from './boundNumbers.ts';
import { crownSteps } from './crownSteps.ts';

const network = sequential('stripes', [1, 6, 6])
  .normalize({ mean: [0.5], std: [0.25] })
  .conv(3, { kernel: 3, stride: 2, padding: 1 })
  .batchNorm()
  .relu()
  .flatten()
  .linear(9)
  .relu()
  .linear(2)
  .build();
const plan: TrainPlan = {
  ...stripePlan,
  network,
  objective: 'crown',
  objectiveOptions: { epsilonMax: 0.05 },
  epochs: 2,
  evaluation: { batchSize: 50, epsilon: 0.05, pgdSteps: 2 },
  criterion: 'standard',
};
const numbers = initialize(network, createRng('crown steps'));
const start = () =>
  startCheckpoint(numbers, {
    'conv1.weight': Uint8Array.from({ length: 27 }, (_, i) => (i % 3 === 0 ? 0 : 1)),
  });
const batch = {
  numbers,
  x: createRng('x').fillUniform(new Float32Array(16 * 36), 0, 1),
  y: Int32Array.from({ length: 16 }, (_, i) => i % 2),
  noise: {},
  epsilon: 0.05,
};

describe('training with CROWN in blocks', () => {
  it('learns, keeps pruned weights at 0, and goes on with the same bits', async () => {
    const losses: number[] = [];
    const whole = await trainLoop(plan, stripeData, start(), { onEpoch: (e) => void losses.push(e.loss) });
    const half = await trainLoop({ ...plan, epochs: 1 }, stripeData, start());
    const resumed = await trainLoop(plan, stripeData, half);
    expect(resumed.numbers).toEqual(whole.numbers);
    expect(losses[1]).toBeLessThan(losses[0]);
    whole.numbers['conv1.weight'].forEach((w, i) => expect(w === 0).toBe(i % 3 === 0));
    for (const { key } of parameterSpecs(network))
      expect(whole.numbers[key].every((v) => Number.isFinite(v))).toBe(true);
  });

  it('has the loss of the formula, in single precision', async () => {
    const objective = objectives.named('crown');
    const plain = compile(
      ({ params, x, y, epsilon }) => {
        const context = objectiveContext({ network, params, x, y, epsilon, noise: {}, mode: 'train' });
        return objective.evaluate(context, {}).loss;
      },
      {
        params: Object.fromEntries(parameterSpecs(network).map(({ key, shape }) => [key, float32(shape)])),
        x: float32([16, 1, 6, 6]),
        y: int32([16]),
        epsilon: float32([]),
      },
      { threads: 1 },
    );
    const { x, y, epsilon } = batch;
    const wanted = await plain.run({ params: numbers, x, y, epsilon });
    const { loss } = await crownSteps.create(network, 16, {}, { threads: 1 }).before(batch);
    expect(Math.abs(loss[0] / wanted.data[0] - 1)).toBeLessThan(1e-5);
  });

  it('stops between blocks, and tells what a step will cost', async () => {
    const run = crownSteps.create(network, 16, {}, { threads: 1 });
    await expect(run.before(batch, AbortSignal.abort(new Error('Ctrl-C')))).rejects.toThrow('Ctrl-C');
    expect(await run.estimate(batch)).toBeGreaterThan(0);
    await run.release();
    expect(await measureStep(plan, ['conv1.weight'], 0.05, 0.01)).toBeGreaterThan(0);
  });

  it.each(['cnn_small', 'cifar_model_deep', 'resnet18', 'vgg16_bn'])(
    '%s: what a block and a group hold does not grow with the network',
    (name) => {
      const whole = boundedNetwork(
        buildModel(name, {
          classes: 10,
          inputShape: [3, 32, 32],
          bn: true,
          normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
        }),
      );
      const stages = stagesOf(whole);
      expect(stages.length).toBeGreaterThan(1);
      for (const stage of stages) {
        const sizes = blockSizes(whole, stage);
        expect(sizes.at(-1)).toBeLessThan(16);
        const widest = Math.max(sizeOf(whole.inputShape), ...stages.map(({ size }) => size));
        expect(2 * sizes[0] * widest * 4).toBeLessThanOrEqual(16 * 2 ** 20);
      }
      const images = groupSize(whole, stages, 128);
      expect(128 % images).toBe(0);
      expect(images * stages.reduce((sum, { size }) => sum + size, 0) * 4).toBeLessThanOrEqual(2 ** 25);
    },
  );
});
