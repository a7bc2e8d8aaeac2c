import { describe, expect, it } from 'vitest';
import { resolveConfig, type RunConfig } from './config/resolve.ts';
import { trainingClock, type Measures } from './trainingTime.ts';

const study =
  'name: s\ntrainer: fgsm\ndataset: mnist\narch: cnn_small\nscheduler_name: FixedScheduler\ngrad_align_cos_lambda: 0\n' +
  'epochs: 3\nprune_times: 4\nthreads: 1\ntrain_size: 1000\nbatch_size: 100\nvalidation_size: 250\neval_images: 150\n';

const configOf = (...overrides: string[]): RunConfig =>
  resolveConfig({ text: study, origin: 'study.yaml', overrides });

/** A step 2 s (CROWN-IBP 5 s), 10 s and 1 s a batch of accuracies, 20 s and 3 s a batch of bounds. */
function fakeMeasures(): { measures: Measures; calls: string[] } {
  const calls: string[] = [];
  const measures: Measures = {
    async step({ objective }, maskKeys, epsilon) {
      calls.push(`step ${objective} ${epsilon > 0 ? 'attacked' : 'clean'} ${maskKeys.length}`);
      return objective === 'crownIbp' && epsilon > 0 ? 5 : 2;
    },
    async accuracies() {
      calls.push('accuracies');
      return { onceSeconds: 10, batchSeconds: 1, batchSize: 100 };
    },
    async bounds(_plan, _certify, images) {
      calls.push(`bounds ${images}`);
      return { onceSeconds: 20, batchSeconds: 3, batchSize: 50 };
    },
  };
  return { measures, calls };
}

const timeOf = (...overrides: string[]) => trainingClock(fakeMeasures().measures)(configOf(...overrides));

/** Of an epoch: accuracies on 250 images, bounds on as many. */
const validation = 10 + 3 * 1 + (20 + 5 * 3);
const test = 10 + 2 * 1;

describe('the time of training', () => {
  it('is that of all steps and all validations, and of the test images after each state', async () => {
    expect(await timeOf()).toEqual({
      epochSeconds: 10 * 2 + validation,
      stateSeconds: 3 * (10 * 2 + validation) + test,
      pruneSeconds: 0,
      seconds: 4 * (3 * (10 * 2 + validation) + test),
    });
  });

  it('scales with epochs, steps and states', async () => {
    const { epochSeconds } = await timeOf();
    expect((await timeOf('epochs=30')).stateSeconds).toBe(30 * epochSeconds + test);
    expect((await timeOf('train_size=2000')).epochSeconds).toBe(epochSeconds + 10 * 2);
    expect((await timeOf('batch_size=50')).epochSeconds).toBe(epochSeconds + 10 * 2);
    expect((await timeOf('train_size=0')).epochSeconds).toBe(597 * 2 + validation);
    expect((await timeOf('validation_size=0')).epochSeconds).toBe(10 * 2);
    const { seconds } = await timeOf();
    expect((await timeOf('prune_times=8')).seconds).toBe(2 * seconds);
    expect((await timeOf('eval_images=0')).stateSeconds).toBe(3 * epochSeconds + 10 + 100);
  });

  it('counts the epochs of each objective on a ramp', async () => {
    const { measures, calls } = fakeMeasures();
    const ramp = ['scheduler_name=LinearScheduler', 'scheduler_opts={start: 3, length: 4}', 'epochs=10'];
    const config = configOf(...ramp, 'objective=crownIbp', 'validation_size=0');
    expect((await trainingClock(measures)(config)).stateSeconds).toBe(2 * 20 + 4 * 50 + 4 * 50 + test);
    expect(calls).toEqual([
      'accuracies',
      'step crownIbp clean 2',
      'step crownIbp attacked 2',
      'step crownIbp attacked 2',
    ]);
  });

  it('has the epochs of hydra, and one pruning of a one-shot run', async () => {
    const hydra = ['prune_method=hydra', 'hydra.epochs=7'];
    const { stateSeconds, pruneSeconds, seconds } = await timeOf(...hydra);
    expect(pruneSeconds).toBe(7 * 10 * 2);
    expect(seconds).toBe(4 * stateSeconds + 3 * pruneSeconds);
    expect((await timeOf(...hydra, 'one_shot=true')).seconds).toBe(stateSeconds + pruneSeconds);
  });

  it('measures what is the same but once', async () => {
    const { measures, calls } = fakeMeasures();
    const clock = trainingClock(measures);
    const first = await clock(configOf());
    expect(calls).toEqual(['accuracies', 'bounds 250', 'step fgsm attacked 2']);
    for (const change of ['seed=3', 'eps=.3', 'prune_method=random', 'rate=.7', 'lr=.5', 'name=other'])
      expect(await clock(configOf(change))).toEqual(first);
    expect(calls).toHaveLength(3);
    await clock(configOf('rs_reg=true'));
    await clock(configOf('rs_reg=true', 'rs_weight=.5'));
    expect(calls.slice(3)).toEqual(['step fgsm attacked 2']);
    for (const change of ['threads=2', 'arch=cifar_model']) await clock(configOf(change));
    expect(calls.slice(4).filter((call) => call === 'accuracies')).toHaveLength(2);
    await clock(configOf('optimizer=adam'));
    await clock(configOf('batch_size=50'));
    expect(calls.slice(10)).toEqual(['step fgsm attacked 2', 'step fgsm attacked 2']);
  });

  it('is refused where an epoch would have no step', async () => {
    await expect(timeOf('train_size=40')).rejects.toThrow(
      'A batch of 100 is more than the 40 training images',
    );
  });

  it('measures within its time and estimates the rest from operations, which is said', async () => {
    const { measures, calls } = fakeMeasures();
    const time = await trainingClock(measures, 0)(configOf());
    expect(calls).toEqual([]);
    expect(time.estimated).toBe(true);
    expect(time.seconds).toBeGreaterThan(0);
    // Twice the steps, and more passes: more time.
    const more = await trainingClock(measures, 0)(configOf('train_size=2000'));
    expect(more.epochSeconds).toBeGreaterThan(time.epochSeconds);
    // A step of a large network is longer than a dry run may take.
    const { measures: own, calls: asked } = fakeMeasures();
    const large = await trainingClock(
      own,
      2,
    )(configOf('arch=cnn_7layer_bn', 'train_size=0', 'batch_size=512'));
    expect(asked.filter((call) => call.startsWith('step'))).toEqual([]);
    expect(large.estimated).toBe(true);
  });
});
