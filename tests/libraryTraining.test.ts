/** @file The public library's training, runs and reports, as a caller uses them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  configuration,
  createRng,
  evaluate,
  listRuns,
  report,
  run,
  sequential,
  stateNetwork,
  train,
  verifyRun,
  type Dataset,
  type TrainingEvent,
} from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'certprune-library-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Pictures of 4x4 whose left or right half is bright. */
function halves(count: number): Dataset {
  const rng = createRng(7);
  const labels = Uint8Array.from({ length: count }, () => rng.integer(2));
  const images = Uint8Array.from({ length: count * 16 }, (_, i) => {
    const bright = i % 4 < 2 === (labels[Math.floor(i / 16)] === 0);
    return rng.integer(60) + (bright ? 180 : 0);
  });
  return {
    name: 'halves',
    images,
    labels,
    shape: [1, 4, 4],
    classes: 2,
    classNames: ['left', 'right'],
    mean: [0.5],
    std: [0.25],
  };
}

const network = sequential('small', [1, 4, 4]).flatten().linear(8).relu().linear(2).build();
const images = halves(200);
const settings = { epochs: 2, batch_size: 20, lr: 0.1, seed: 3 };

describe('training from a program', () => {
  it('tells of every epoch, and learns', async () => {
    const work = train(network, { train: images, validation: halves(40) }, { settings });
    const events: TrainingEvent[] = [];
    for await (const event of work) events.push(event);
    expect(events.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []))).toEqual([0, 1]);
    const trained = await work.result;
    expect(trained.checkpoint.epoch).toBe(2);
    const { standard, pgd } = await evaluate(trained, images, { eps: 0.05 });
    expect(standard).toBeGreaterThan(0.95);
    expect(pgd).toBeLessThanOrEqual(standard);
  });

  it('goes on from a checkpoint to the bits of training at one go', { timeout: 120_000 }, async () => {
    const whole = await train(network, { train: images }, { settings }).result;
    const half = await train(network, { train: images }, { settings: { ...settings, epochs: 1 } }).result;
    const rest = await train(network, { train: images }, { settings, start: half.checkpoint }).result;
    expect(rest.numbers).toEqual(whole.numbers);
  });

  it('ends at the signal, in the loop as in the result', async () => {
    const controller = new AbortController();
    const work = train(
      network,
      { train: images },
      { settings: { ...settings, epochs: 1e4 }, signal: controller.signal },
    );
    const listen = async (): Promise<void> => {
      for await (const { type } of work) if (type === 'epoch') controller.abort(new Error('enough'));
    };
    await expect(listen()).rejects.toThrow('enough');
    await expect(work.result).rejects.toThrow('enough');
  });

  it.each([
    [{ epochs: 'many' }, /epochs: expected a number/],
    [{ epoch: 3 }, /did you mean "epochs"/],
    [{ arch: 'cnn_small' }, /do not take arch/],
    [{ batch_size: 1000 }, /do not fill a batch of 1000/],
  ])('refuses %o', async (wrong, message) => {
    await expect(train(network, { train: images }, { settings: wrong }).result).rejects.toThrow(message);
  });

  it('refuses images of another size', async () => {
    const other = sequential('other', [3, 4, 4]).flatten().linear(2).build();
    await expect(train(other, { train: images }).result).rejects.toThrow(/are 1x4x4, other takes 3x4x4/);
  });
});

describe('runs from a program', () => {
  it('train, verify, and are reported', { timeout: 120_000 }, async () => {
    const config = configuration({
      preset: 'mnist-quick',
      settings: {
        epochs: 1,
        train_size: 200,
        validation_size: 100,
        eval_images: 100,
        prune_times: 1,
        verify: { images: { start: 0, end: 1 }, when: 'never' },
      },
    });
    const directory = join(folder, 'quick');
    const work = run(config, { directory });
    const phases = new Set<string>();
    for await (const event of work) if (event.type === 'phase') phases.add(event.phase);
    expect([...phases]).toEqual(['prepare', 'train', 'evaluate']);
    expect((await work.result).status).toBe('complete');
    expect(listRuns(folder).map(({ name }) => name)).toEqual(['quick']);
    expect(stateNetwork(directory).numbers).toHaveProperty(['fc1.weight']);
    const [summary] = await verifyRun(directory, { verify: { timeout: 5 } }).result;
    expect(summary.images).toBe(1);
    const written = await report(directory);
    expect(written.page).toBe(join(directory, 'report', 'index.html'));
    const other = { ...config, lr: config.lr / 2 };
    await expect(run(other, { directory }).result).rejects.toThrow(/begun with another configuration \(lr /);
  });
});
