import { EventEmitter } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../formats/userError.ts';
import { fakeStages } from '../run/fakeStages.testing.ts';
import type { TrainingClock } from '../run/trainingTime.ts';
import type { StateMeta } from '../run/records.ts';
import type { Stages } from '../run/stages.ts';
import { states } from '../run/verifyOptions/kinds.ts';
import { captured, type Captured } from './captured.testing.ts';
import { studyText, tenSecondStates } from './study.testing.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
  writeFileSync(join(folder, 'study.yaml'), studyText);
  return () => rmSync(folder, { recursive: true, force: true });
});

async function run(
  line: string,
  stages: () => Stages = () => fakeStages(),
  signals: EventEmitter = new EventEmitter(),
  clock: TrainingClock = tenSecondStates,
): Promise<Captured> {
  const argv = line.replaceAll('@', `${folder}/`).split(' ').filter(Boolean);
  return captured(argv, { stages: async () => stages(), trainingClock: async () => clock, signals });
}

const commands = 'run train prune compress export verify report data runs sweep worker'.split(' ');

describe('help', () => {
  it.each(['', ...commands])('%s --help has examples', async (name) => {
    const { code, out } = await run(`${name} --help`);
    expect(code).toBe(0);
    expect(out).toContain('Examples:\n  certprune ');
  });

  it('suggests commands and options, with code 1', async () => {
    expect(await run('verfy')).toMatchObject({
      code: 1,
      err: expect.stringContaining('(Did you mean verify?)'),
    });
    expect(await run('run --preste x')).toMatchObject({
      code: 1,
      err: expect.stringContaining('(Did you mean --preset?)'),
    });
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('run', () => {
  it('runs, prints the table, and says later that all is done', async () => {
    const first = await run('run --config @study.yaml --runs @runs --no-report');
    expect(first).toMatchObject({ code: 0 });
    expect(first.out).toContain('64.0 %');
    expect(first.err).toContain('Starting');
    expect(first.err).toContain('state 2/2  trained in 2.0 s');
    const again = await run('run --config @study.yaml --runs @runs --no-report --json');
    expect(again.err).toContain('is complete');
    const { states, status } = JSON.parse(again.out) as {
      states: (StateMeta & { verification: object })[];
      status: string;
    };
    expect(status).toBe('complete');
    expect(states.map((state) => state.remainRatio)).toEqual([1, 0.8, 0.64]);
    expect(states[2].verification).toMatchObject({ images: 4 });
    const environment = readFileSync(join(folder, 'runs/study/environment.json'), 'utf8');
    expect(environment).toContain('"command": "certprune run --config');
  });

  it('writes the report', async () => {
    const { code, out } = await run(
      'run --config @study.yaml --runs @runs verify.images.end=2 prune_times=2',
    );
    expect(code).toBe(0);
    const page = /Report: (.*)/.exec(out)?.[1];
    expect(page && existsSync(page)).toBe(true);
  });

  it('asks what to do about an unfinished run; --resume and --fresh do it', async () => {
    const dying = (): Stages => {
      let left = 12;
      return fakeStages(() => {
        if (left-- === 0) throw new UserError('The loss is not finite at step 7.');
      });
    };
    const command = 'run --config @study.yaml --runs @runs --no-report';
    expect(await run(command, dying)).toMatchObject({
      code: 1,
      err: expect.stringContaining('certprune: The loss is not finite'),
    });
    const refused = await run(command);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.err).toMatch(
      /\(1 of 3 states trained\). Continue it with --resume, start over with --fresh/,
    );
    expect((await run(`${command} --resume lr=.3`)).err).toContain(
      'begun with another configuration (lr 0.01, now 0.3)',
    );
    expect(await run('run @runs/study --resume --no-report')).toMatchObject({
      code: 0,
      err: expect.stringContaining('Continuing'),
    });
    expect(await run(`${command} --fresh lr=.3`)).toMatchObject({
      code: 0,
      err: expect.stringContaining('Starting'),
    });
    expect((await run(`${command} --fresh --resume`)).err).toContain('contradict');
  });

  it('shows the plan without touching anything', async () => {
    const { code, out } = await run('run --preset mnist-quick --runs @runs --dry-run rate=.5');
    expect(code).toBe(0);
    expect(out).toContain('rate: 0.5\n');
    expect(out).toMatch(/^ +1 +50\.0 % +\d+ +the initial weights, l1unstruct mask of state 0$/m);
    expect(out).toContain(
      'Training: 5 × 4 = 20 epochs, about 50 s (measured: steps of this network and loss on this machine).\n',
    );
    expect(out).toContain('Verification: ');
    const asJson = await run(
      'run --preset mnist-quick --runs @runs --dry-run --json prune_times=2 verify.workers=2',
    );
    expect(JSON.parse(asJson.out)).toMatchObject({
      directory: join(folder, 'runs/mnist-quick'),
      config: { pruneTimes: 2 },
      states: [
        { state: 0, expectedRemainRatio: 1, startsFrom: 'fresh weights' },
        { state: 1, epochs: 4 },
      ],
      training: { epochs: 8, scoreEpochs: 0, seconds: 20 },
      verification: { images: 100, workers: 2, secondsAtMost: 500 },
    });
    expect(existsSync(join(folder, 'runs'))).toBe(false);
  });

  it('shows the plan without the time where that cannot be measured', async () => {
    const noDevice: TrainingClock = () => Promise.reject(new UserError('No cuda here.\nUse cpu.'));
    const hydra = 'run --preset mnist-quick --dry-run prune_method=hydra hydra.epochs=3';
    const { code, out } = await run(hydra, undefined, undefined, noDevice);
    expect(code).toBe(0);
    expect(out).toContain(
      "Training: 5 × 4 = 20 epochs and 12 of hydra's scores. How long training takes could not be measured: " +
        'No cuda here. Use cpu.\nVerification: ',
    );
    writeFileSync(join(folder, 'grid.yaml'), 'config: study.yaml\ngrid:\n  seed: [1, 2]\n');
    const sweep = await run(
      'sweep --config @grid.yaml --runs @runs --dry-run',
      undefined,
      undefined,
      noDevice,
    );
    expect(sweep.out).toContain('side by side: 12 epochs of training; 24 images to verify');
    expect(sweep.out).toContain('could not be measured: No cuda here. Use cpu.\n');
  });

  it('tells faults of the configuration in one paragraph with code 1', async () => {
    const { code, err } = await run('run --config @study.yaml epoch=3');
    expect(code).toBe(1);
    expect(err).toBe(
      `certprune: ${folder}/study.yaml, override number 1 (epoch=3), epoch: unknown key; did you mean "epochs"?\n`,
    );
    expect((await run('run --preset mnist-quik')).err).toContain('did you mean "mnist-quick"?');
    expect((await run('run')).err).toContain('--config FILE or --preset NAME');
    expect((await run('run study --preset mnist-quick')).err).toContain('not both');
  });

  it('tells a fault in whole words on a terminal, in one line elsewhere', async () => {
    const argv = ['run', '--config', join(folder, 'no study of this name.yaml')];
    const plain = await captured(argv);
    const { code, err } = await captured(argv, { terminal: 40 });
    expect(code).toBe(1);
    expect(plain.err.trimEnd()).not.toContain('\n');
    expect(err.trimEnd().split('\n').length).toBeGreaterThan(1);
    for (const line of err.split('\n'))
      if (line.trim().includes(' ')) expect(line.length).toBeLessThanOrEqual(40);
    expect(err.replaceAll(/\s+/g, ' ')).toBe(plain.err.replaceAll(/\s+/g, ' '));
  });

  it('keeps the stack of its own faults for --debug, with code 2', async () => {
    const broken = (): Stages => {
      throw new TypeError('x is not a function');
    };
    const plain = await run('run --config @study.yaml --runs @runs', broken);
    expect(plain.code).toBe(2);
    expect(plain.err).toContain('internal error: x is not a function');
    expect(plain.err).not.toMatch(/\n\s+at /);
    expect((await run('run --config @study.yaml --runs @runs --debug', broken)).err).toMatch(/\n\s+at /);
  });

  it('Ctrl-C saves and ends with 130; the run goes on later', async () => {
    const signals = new EventEmitter();
    let steps = 0;
    const stages = () => fakeStages(() => void (++steps === 10 && signals.emit('SIGINT')));
    const { code, err } = await run('run --config @study.yaml --runs @runs --no-report', stages, signals);
    expect(code).toBe(130);
    expect(err).toContain('being saved');
    expect(err).toMatch(
      /Stopped; what was done is saved\. Go on with:\n {2}certprune run \S+runs\/study --resume\n$/,
    );
    expect(err).not.toContain('internal error');
    expect(signals.listenerCount('SIGINT')).toBe(0);
    expect(existsSync(join(folder, 'runs/study/run.lock'))).toBe(false);
    expect((await run('run study --runs @runs --resume --no-report')).code).toBe(0);
  });
});

describe('step by step', () => {
  it('train, prune, verify, runs', async () => {
    expect((await run('train --config @study.yaml --runs @runs name=mine')).out).toContain('State 0');
    expect((await run('prune mine --runs @runs')).out).toContain('keeps 80.0 % of the weights');
    expect(JSON.parse((await run('train @runs/mine --json')).out)).toMatchObject({
      state: 1,
      finished: true,
    });
    expect((await run('train @runs/mine')).err).toContain('has no mask yet');
    const verified = await run('verify @runs/mine --states 1 --images 0:3 --timeout 2.5 --json');
    expect(JSON.parse(verified.out)).toMatchObject([{ state: 1, images: 3, timeoutSeconds: 2.5 }]);
    expect((await run('verify @runs/mine --states 1')).err).toContain('--fresh verifies them again');
    expect(JSON.parse((await run('verify @runs/mine --fresh --json')).out)).toHaveLength(2);
    expect((await run('verify @runs/mine lr=3')).err).toContain('only verify.key=value');
    expect((await run('verify @runs/mine --timeout soon')).err).toContain(
      '--timeout soon: expected a number above 0',
    );
    expect((await run('runs list --runs @runs')).out).toMatch(/mine +stopped +2\/3 +2\/3/);
    expect((await run('runs show mine --runs @runs')).out).toContain('fgsm on mnist');
    expect((await run('runs rm mine nothing --runs @runs')).code).toBe(1);
    const lock = join(folder, 'runs/mine/run.lock');
    writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname() }));
    expect((await run('runs list --runs @runs')).out).toMatch(/mine +running/);
    cpSync(join(folder, 'runs/mine'), join(folder, 'runs/free'), {
      recursive: true,
      filter: (file) => file !== lock,
    });
    expect(await run('runs rm free mine --runs @runs')).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing was deleted. Stop it first.'),
    });
    expect(existsSync(join(folder, 'runs/free'))).toBe(true);
    rmSync(lock);
    expect((await run('runs rm free mine --runs @runs')).out).toMatch(/Deleted .*free\nDeleted .*mine/);
    expect((await run('runs list --runs @runs')).out).toContain('No runs in');
  });

  it('verify asks another question in files of its own, and refuses other settings', async () => {
    await run('train --config @study.yaml --runs @runs name=mine');
    await run('verify @runs/mine --quiet');
    const own = readFileSync(join(folder, 'runs/mine/verify/00.json'), 'utf8');
    const other = await run('verify @runs/mine --epsilon 0.2 --norm 2 --mode crown-acc');
    expect(other).toMatchObject({
      code: 0,
      out: expect.stringContaining('radius 0.2, norm 2, mode crown-acc'),
    });
    const files = join(folder, 'runs/mine/verify/00-epsilon=0.2,norm=2,mode=crown-acc');
    const summary = JSON.parse(readFileSync(`${files}.json`, 'utf8')) as Record<string, unknown>;
    expect(summary).toMatchObject({ epsilon: 0.2, asked: { epsilon: 0.2, norm: 2, depth: 'bounds' } });
    expect(readFileSync(`${files}.csv`, 'utf8')).toMatch(/,epsilon,norm,timeoutSeconds\n.*,0\.2,2,\d+\n/);
    expect(readFileSync(join(folder, 'runs/mine/verify/00.json'), 'utf8')).toBe(own);
    // Asked again: kept, and told.
    const again = await run('verify @runs/mine --epsilon 0.2 --norm 2 --mode crown-acc --json');
    expect(JSON.parse(again.out)).toMatchObject([{ epsilon: 0.2 }]);
    for (const setting of ['--timeout 7', '--which best', '--images 0:2', '--method mip', '--seed 9'])
      expect(await run(`verify @runs/mine ${setting}`)).toMatchObject({
        code: 1,
        err: expect.stringMatching(/State 0 was verified under other settings \(.*now .*--fresh/),
      });
    expect((await run('runs show mine --runs @runs')).code).toBe(0);
    expect((await run('report @runs/mine')).code).toBe(0);
  });

  it('reads lists of states', () => {
    expect(states.parse('all', '--states')).toBe('all');
    expect(states.parse('4,0-2,1', '--states')).toEqual([0, 1, 2, 4]);
    expect(() => states.parse('one', '--states')).toThrow('--states one');
  });
});

describe('data', () => {
  it('lists and checks', async () => {
    expect(await run('data list')).toMatchObject({ code: 0, out: expect.stringContaining('mnist') });
    expect(await run(`data check nothing`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no data set'),
    });
    const here = JSON.parse((await run('data list --json')).out) as { name: string; present: boolean }[];
    expect(here.find((entry) => entry.name === 'mnist')?.present).toBe(true);
  });
});
