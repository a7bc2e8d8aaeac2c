import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type * as AtomicWrite from '../formats/atomicWrite.ts';
import { resolveConfig, type RunConfig } from './config/resolve.ts';
import { pruneNext, runExperiment, trainNext, verifyStates, type ExperimentOptions } from './experiment.ts';
import { fakeStages } from './fakeStages.testing.ts';
import type * as JsonLines from './jsonLines.ts';
import type { ProgressEvent } from './progress.ts';
import type { EventRecord, StateMeta, VerifySummary } from './records.ts';

/** A countdown to the simulated kill; the file functions are interrupted before and after they act. */
const kill = vi.hoisted(() => ({
  in: Number.POSITIVE_INFINITY,
  step() {
    if (this.in-- <= 0) throw new Error('killed');
  },
}));

vi.mock('../formats/atomicWrite.ts', async (original) => {
  const real = await original<typeof AtomicWrite>();
  return {
    ...real,
    writeFileAtomic(...args: Parameters<typeof real.writeFileAtomic>) {
      kill.step();
      real.writeFileAtomic(...args);
      kill.step();
    },
  };
});

vi.mock('./jsonLines.ts', async (original) => {
  const real = await original<typeof JsonLines>();
  const { appendFileSync } = await import('node:fs');
  return {
    ...real,
    appendJsonLine(path: string, value: unknown) {
      if (kill.in === 0) appendFileSync(path, JSON.stringify(value).slice(0, 17));
      kill.step();
      real.appendJsonLine(path, value);
      kill.step();
    },
  };
});

const base =
  'trainer: fgsm\ndataset: mnist\narch: cifar_model\nscheduler_name: FixedScheduler\nepochs: 2\nprune_times: 3\n' +
  'rate: .4\nverify: {images: {start: 2, end: 6}}\n';

function configOf(...overrides: string[]): RunConfig {
  return resolveConfig({ text: base, origin: 'test.yaml', overrides });
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runs-'));
  kill.in = Number.POSITIVE_INFINITY;
  return () => rmSync(folder, { recursive: true, force: true });
});

function optionsOf(
  name: string,
  config: RunConfig,
  more: Partial<ExperimentOptions> = {},
): ExperimentOptions {
  return {
    directory: join(folder, name),
    config,
    stages: fakeStages(() => kill.step()),
    signal: new AbortController().signal,
    progress: () => {},
    now: () => 1e12,
    ...more,
  };
}

/** Every file with its content; notes of resuming left out of the event log. */
function snapshot(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(directory, file)).isFile(),
  );
  const contentOf = (file: string): string => {
    const text = readFileSync(join(directory, file), 'utf8');
    return file === 'events.jsonl' ? text.replaceAll(/^\{"type":"note".*\n/gm, '') : text;
  };
  return Object.fromEntries(files.sort().map((file) => [file, contentOf(file)]));
}

function readJson<T>(...parts: string[]): T {
  return JSON.parse(readFileSync(join(folder, ...parts), 'utf8')) as T;
}

describe('runExperiment', () => {
  it('trains every state, prunes between them, verifies them all', async () => {
    const events: ProgressEvent[] = [];
    await runExperiment(optionsOf('a', configOf(), { progress: (event) => events.push(event) }));
    const metas = [0, 1, 2].map((k) => readJson<StateMeta>('a', 'states', `0${k}`, 'meta.json'));
    expect(metas.map((meta) => meta.remainRatio)).toEqual([1, 0.6, 0.36]);
    expect(metas.every((meta) => meta.finished && meta.standard === 0.98 && meta.trainSeconds === 2)).toBe(
      true,
    );
    const log = readFileSync(join(folder, 'a', 'events.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const words = log.map((line) => JSON.parse(line) as EventRecord).map((e) => `${e.type} ${e.state}`);
    expect(words).toEqual([
      'epoch 0',
      'epoch 0',
      'prune 1',
      'epoch 1',
      'epoch 1',
      'prune 2',
      'epoch 2',
      'epoch 2',
    ]);
    const summary = readJson<VerifySummary>('a', 'verify', '02.json');
    expect(summary).toMatchObject({ state: 2, which: 'last', images: 4, epsilon: 2 / 255, workers: 2 });
    expect(summary.certified + summary.unknown).toBe(summary.pgd);
    const csv = readFileSync(join(folder, 'a', 'verify', '02.csv'), 'utf8').split('\n');
    expect(csv.map((line) => line.split(',')[0])).toEqual(['index', '2', '3', '4', '5', '']);
    const phases = events.flatMap((event) =>
      event.type === 'phase' ? [`${event.phase} ${event.state}`] : [],
    );
    expect(phases).toEqual([
      'prepare 0',
      'train 0',
      'evaluate 0',
      'prune 1',
      'train 1',
      'evaluate 1',
      'prune 2',
      'train 2',
      'evaluate 2',
      'verify 0',
      'verify 1',
      'verify 2',
    ]);
  });

  it('killed at any step and resumed, ends with the same files', async () => {
    const config = configOf(
      'prune_times=2',
      'prune_type=rewind_lt',
      'rewind_epoch=1',
      'verify.when=each_state',
    );
    await runExperiment(optionsOf('whole', config));
    const whole = snapshot(join(folder, 'whole'));
    let kills = 0;
    for (let at = 0; ; at++) {
      kill.in = at;
      const options = optionsOf(`killed${at}`, config);
      const killed = await runExperiment(options).then(
        () => false,
        (error: Error) => error.message === 'killed',
      );
      kill.in = Number.POSITIVE_INFINITY;
      if (!killed) break;
      kills++;
      await runExperiment(options);
      expect(snapshot(options.directory), `killed at step ${at}`).toEqual(whole);
      rmSync(options.directory, { recursive: true });
    }
    expect(kills).toBeGreaterThan(60);
    // Every step is flushed to the disk: slow where the disk is busy.
  }, 120_000);

  it('killed again and again, still arrives', async () => {
    const config = configOf();
    await runExperiment(optionsOf('whole', config));
    const options = optionsOf('stubborn', config);
    for (let done = false, round = 0; !done; round++) {
      expect(round).toBeLessThan(60);
      kill.in = 14;
      done = await runExperiment(options).then(
        () => true,
        () => false,
      );
    }
    kill.in = Number.POSITIVE_INFINITY;
    expect(snapshot(options.directory)).toEqual(snapshot(join(folder, 'whole')));
  });

  it('stops at an abort and goes on later', async () => {
    const controller = new AbortController();
    const options = optionsOf('a', configOf(), {
      signal: controller.signal,
      progress: (event) => {
        if (event.type === 'epoch' && event.record.state === 1) controller.abort();
      },
    });
    await expect(runExperiment(options)).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(readJson<StateMeta>('a', 'states', '01', 'meta.json').finished).toBe(false);
    await runExperiment(optionsOf('a', configOf()));
    await runExperiment(optionsOf('whole', configOf()));
    expect(snapshot(join(folder, 'a'))).toEqual(snapshot(join(folder, 'whole')));
    expect(readFileSync(join(folder, 'a', 'events.jsonl'), 'utf8')).toContain('"message":"resumed"');
  });

  it('goes back to the weights that prune_type names', async () => {
    const weights = (name: string, ...parts: string[]) =>
      readJson<{ weights: string }>(name, 'states', ...parts).weights;
    await runExperiment(optionsOf('lt', configOf('prune_times=2', 'verify.when=never')));
    await runExperiment(
      optionsOf('finetune', configOf('prune_times=2', 'prune_type=finetune', 'verify.when=never')),
    );
    expect(weights('lt', '00', 'last.safetensors')).toBe(weights('finetune', '00', 'last.safetensors'));
    expect(weights('lt', '01', 'init.safetensors')).not.toBe(weights('finetune', '01', 'init.safetensors'));
    expect(readdirSync(join(folder, 'lt', 'verify'))).toEqual([]);
  });

  it('one-shot: a single state, pruned before it is trained', async () => {
    await runExperiment(optionsOf('shot', configOf('one_shot=true', 'rate=.9')));
    expect(readdirSync(join(folder, 'shot', 'states'))).toEqual(['00']);
    expect(readJson<StateMeta>('shot', 'states', '00', 'meta.json')).toMatchObject({
      remainRatio: 0.1,
      finished: true,
    });
  });

  it('refuses another configuration on the same directory, but takes more states', async () => {
    await runExperiment(optionsOf('a', configOf()));
    await expect(runExperiment(optionsOf('a', configOf('lr=.5', 'verify.pgd.steps=3')))).rejects.toThrow(
      /another configuration \(lr 0.01, now 0.5; verify.pgd.steps 100, now 3\)/,
    );
    await runExperiment(optionsOf('a', configOf('prune_times=4')));
    expect(readdirSync(join(folder, 'a', 'states'))).toHaveLength(4);
  });

  it('refuses changed data and a state that is not there to resume from', async () => {
    await runExperiment(optionsOf('a', configOf()));
    const stages = fakeStages();
    const changed = {
      onnxruntime: '0.0.0',
      threads: 1,
      dataset: { name: 'mnist', files: { images: 'xyz' } },
    };
    const options = optionsOf('a', configOf(), { stages: { ...stages, describe: async () => changed } });
    await expect(runExperiment(options)).rejects.toThrow('begun with other data: images of mnist');
    await expect(runExperiment(optionsOf('b', configOf('resume_state=1')))).rejects.toThrow('state 0 of');
  });
});

describe('step by step', () => {
  it('train, prune, train, verify give the same files as a run', async () => {
    const config = configOf('prune_times=2');
    const options = optionsOf('steps', config);
    await trainNext(options);
    await expect(trainNext(options)).rejects.toThrow('has no mask yet');
    await pruneNext(options);
    await expect(pruneNext(options)).rejects.toThrow('not trained to its end');
    await trainNext(options);
    await expect(pruneNext(options)).rejects.toThrow('All 2 states');
    const choice = { states: 'all', verify: config.verify, fresh: false } as const;
    expect((await verifyStates(options, choice)).map((summary) => summary.state)).toEqual([0, 1]);
    await runExperiment(optionsOf('whole', config));
    expect(snapshot(join(folder, 'steps'))).toEqual(snapshot(join(folder, 'whole')));
    expect(await verifyStates(options, choice)).toEqual([]);
    expect(await verifyStates(options, { ...choice, states: [1], fresh: true })).toHaveLength(1);
    await expect(verifyStates(options, { ...choice, states: [7] })).rejects.toThrow(
      'state 7 cannot be verified',
    );
  });
});
