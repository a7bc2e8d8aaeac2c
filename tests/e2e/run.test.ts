import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pixelsOf } from '../../src/data/dataset.ts';
import { loadDataset } from '../../src/data/datasets.ts';
import { createRng } from '../../src/data/rng.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { parseCsv } from '../../src/formats/csv.ts';
import type { StateMeta, VerifySummary } from '../../src/run/records.ts';
import { command, pause, start, until, type Started } from './command.testing.ts';
import { contentsOf, damagedFiles } from './runContents.testing.ts';

const epsilon = 0.09;
let runs: string;
let whole: string;
let printed: string;

/** Every proof is checked: how many are under `auto` depends on the clock. */
const smoke = (name: string): string[] =>
  ['run', '--preset', 'mnist-smoke', `name=${name}`].concat('verify.certify=always', '--runs', runs);

beforeAll(async () => {
  runs = mkdtempSync(join(tmpdir(), 'certprune-e2e-'));
  whole = join(runs, 'whole');
  const { code, out, err } = await command(smoke('whole'));
  if (code !== 0) throw new Error(`the run ended with code ${code}:\n${err}`);
  printed = out;
});
afterAll(() => rmSync(runs, { recursive: true, force: true }));

const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));

/** Rows of a verdict file by column. */
function rowsOf(run: string, state: string): Record<string, string>[] {
  const [header, ...rows] = parseCsv(readFileSync(join(run, 'verify', `${state}.csv`), 'utf8'));
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i]])));
}

describe('a whole run', () => {
  it('leaves the directory that is promised', () => {
    const files = new Set(readdirSync(whole, { recursive: true, encoding: 'utf8' }));
    for (const file of ['config.yaml', 'environment.json', 'events.jsonl', 'report/index.html']) {
      expect(files, file).toContain(file);
      expect(statSync(join(whole, file)).size, file).toBeGreaterThan(100);
    }
    for (const state of ['00', '01']) {
      for (const file of ['init.safetensors', 'best.safetensors', 'last.safetensors', 'meta.json'])
        expect(files).toContain(`states/${state}/${file}`);
      for (const ending of ['csv', 'json']) expect(files).toContain(`verify/${state}.${ending}`);
    }
    for (const chart of ['accuracy', 'decided', 'unstable', 'verification-time'])
      for (const ending of ['svg', 'png', 'csv']) expect(files).toContain(`report/${chart}.${ending}`);
    // Nothing of the work in progress stays.
    expect([...files].filter((file) => /(^|\/)\.|\.lock|partial|\.tmp/.test(file))).toEqual([]);
    expect(readFileSync(join(whole, 'verify/00.csv'), 'utf8').split('\n')[0]).toBe(
      'index,label,prediction,verdict,by,why,seconds,domains,lowerBound,witness,checked,arithmetic',
    );
  });

  it('prints a row a state and where the report is', () => {
    expect(printed).toMatch(/^ +0 +100\.0 %/m);
    expect(printed).toMatch(/^ +1 +50\.0 %/m);
    expect(printed).toContain(`Report: ${join(whole, 'report/index.html')}`);
    expect(existsSync(join(whole, 'report/index.html'))).toBe(true);
  });

  it.each(['00', '01'])(
    'state %s: certified ≤ PGD ≤ standard, and the numbers follow from the rows',
    (state) => {
      const summary = readJson(whole, 'verify', `${state}.json`) as VerifySummary;
      const meta = readJson(whole, 'states', state, 'meta.json') as StateMeta;
      const rows = rowsOf(whole, state);
      expect(rows).toHaveLength(10);
      expect(summary.certified).toBeLessThanOrEqual(summary.pgd);
      expect(summary.pgd).toBeLessThanOrEqual(summary.standard);
      expect(meta.pgd).toBeLessThanOrEqual(meta.standard!);
      expect(meta.standard).toBeGreaterThan(0.7);
      expect(summary.certified).toBeGreaterThan(0.3);
      const right = rows.filter(({ label, prediction }) => label === prediction);
      expect(summary.standard).toBeCloseTo(right.length / 10, 9);
      expect(summary.certified).toBeCloseTo(
        rows.filter(({ verdict }) => verdict === 'verified').length / 10,
        9,
      );
      for (const { verdict, by, why, lowerBound } of rows) {
        if (verdict === 'verified') expect(Number(lowerBound)).toBeGreaterThanOrEqual(0);
        expect(by === '').toBe(verdict === 'unknown');
        expect(why === '').toBe(verdict !== 'unknown');
      }
    },
  );

  it('masks hold: pruned weights are zero in every checkpoint, and exactly half remains', async () => {
    const { readSafetensors } = await import('../../src/formats/safetensors.ts');
    const meta = readJson(whole, 'states/01/meta.json') as StateMeta;
    for (const file of ['init', 'best', 'last']) {
      const { tensors } = readSafetensors(join(whole, 'states/01', `${file}.safetensors`));
      let kept = 0;
      let total = 0;
      for (const [name, { data: mask }] of tensors) {
        if (!name.startsWith('masks.') || !name.includes('conv')) continue;
        const weights = tensors.get(name.replace('masks.', 'params.'))!.data;
        for (let i = 0; i < mask.length; i++) {
          total++;
          if (mask[i] === 1) kept++;
          else if (weights[i] !== 0) throw new Error(`${file}: ${name} ${i} is pruned and not zero`);
        }
      }
      expect(kept / total).toBe(0.5);
      expect(meta.remainRatio).toBe(0.5);
    }
  });

  it('counterexamples lie in the box and fool the exported network in plain ONNX Runtime', async () => {
    const { test } = loadDataset('mnist');
    let checked = 0;
    for (const state of ['00', '01']) {
      const model = join(runs, `${state}.onnx`);
      const exported = await command(['export', whole, '--state', String(Number(state)), '--onnx', model]);
      expect(exported.code, exported.err).toBe(0);
      const session = await InferenceSession.create(model);
      const logitsOf = async (pixels: Float32Array): Promise<Float32Array> => {
        const results = await session.run({
          [session.inputNames[0]]: new Tensor('float32', pixels, [1, 1, 28, 28]),
        });
        return results[session.outputNames[0]].data as Float32Array;
      };
      for (const { index, label, prediction, witness } of rowsOf(whole, state)) {
        const image = pixelsOf(test, Number(index));
        const clean = await logitsOf(image);
        expect(clean.indexOf(Math.max(...clean))).toBe(Number(prediction));
        if (witness === '') continue;
        checked++;
        const { data, dtype, shape } = readNpy(join(whole, witness));
        expect([dtype, ...shape]).toEqual(['float32', 1, 28, 28]);
        const point = data as Float32Array;
        for (let i = 0; i < point.length; i++) {
          expect(point[i]).toBeGreaterThanOrEqual(Math.max(0, image[i] - epsilon));
          expect(point[i]).toBeLessThanOrEqual(Math.min(1, image[i] + epsilon));
        }
        const logits = await logitsOf(point);
        const best = Math.max(...logits.filter((_, j) => j !== Number(label)));
        expect(logits[Number(label)]).toBeLessThanOrEqual(best);
      }
      await session.release();
    }
    expect(checked).toBeGreaterThan(0);
  });

  it('is complete: the same command does nothing more', async () => {
    const before = statSync(join(whole, 'states/01/last.safetensors')).mtimeMs;
    const again = await command([...smoke('whole'), '--no-report']);
    expect(again.code).toBe(0);
    expect(again.err).toContain('is complete');
    expect(statSync(join(whole, 'states/01/last.safetensors')).mtimeMs).toBe(before);
  });
});

/** Whether a file holds so many whole lines. */
const hasLines = (path: string, count: number): boolean =>
  existsSync(path) && readFileSync(path, 'utf8').split('\n').length > count;

/** Moments of a run: settle when it is there. */
const moments: Readonly<Record<string, (run: Started, directory: string) => Promise<void>>> = {
  'the first epoch': ({ says }) => says(/state 0\/1 {2}training/),
  'the second epoch': async (run, directory) =>
    until(run, () => hasLines(join(directory, 'events.jsonl'), 1), 'the second epoch'),
  evaluation: ({ says }) => says(/state 0\/1 {2}evaluating/),
  pruning: ({ says }) => says(/state 1\/1 {2}pruning/),
  verification: async (run, directory) =>
    until(
      run,
      () =>
        hasLines(join(directory, 'verify/00.partial.jsonl'), 3) ||
        existsSync(join(directory, 'verify/00.json')),
      'verification',
    ),
};

describe('a run killed again and again', () => {
  it('ends with the same checkpoints, masks, metrics and verdicts', async () => {
    const seed = Number(process.env['CERTPRUNE_KILL_SEED'] ?? Date.now());
    const rng = createRng(seed);
    const directory = join(runs, 'killed');
    let args = smoke('killed');
    for (const [moment, reached] of Object.entries(moments)) {
      const run = start([...args, '--no-report']);
      await reached(run, directory);
      await pause(rng.next() * (moment.endsWith('epoch') ? 800 : 200));
      run.child.kill('SIGKILL');
      const { signal, err } = await run.ended;
      expect(signal, `${moment}, seed ${seed}: ${err}`).toBe('SIGKILL');
      expect(damagedFiles(directory), `${moment}, seed ${seed}`).toEqual([]);
      args = existsSync(join(directory, 'config.yaml')) ? ['run', directory, '--resume'] : smoke('killed');
    }
    const last = await command(args);
    expect(last.code, last.err).toBe(0);
    expect(existsSync(join(directory, 'report/index.html'))).toBe(true);
    expect(Object.keys(contentsOf(whole)).length).toBeGreaterThan(12);
    expect(contentsOf(directory), `seed ${seed}`).toEqual(contentsOf(whole));
  });
});

describe('Ctrl-C', () => {
  it('saves the state, ends with 130, and the run goes on from there to the same end', async () => {
    const directory = join(runs, 'interrupted');
    let args = smoke('interrupted');
    const part = join(directory, 'states/00/part.safetensors');
    const signals = { 'the second epoch': ['SIGINT', 130], verification: ['SIGTERM', 143] } as const;
    for (const [moment, [signal, expected]] of Object.entries(signals)) {
      const run = start([...args, '--no-report']);
      await moments[moment](run, directory);
      await pause(100);
      run.child.kill(signal);
      const { code, err } = await run.ended;
      expect(code, err).toBe(expected);
      expect(err).toContain('Stopping; what is done so far is being saved');
      expect(err.trimEnd().split('\n').slice(-2)).toEqual([
        'Stopped; what was done is saved. Go on with:',
        `  certprune run ${directory} --resume`,
      ]);
      // Within the epoch, and gone once that is over.
      expect(existsSync(part)).toBe(moment === 'the second epoch');
      expect(err).not.toMatch(/^ +at /m);
      expect(damagedFiles(directory)).toEqual([]);
      const left = readdirSync(directory, { recursive: true, encoding: 'utf8' });
      expect(left.filter((file) => /\.tmp$|run\.lock/.test(file))).toEqual([]);
      const refused = await command([...smoke('interrupted'), '--no-report']);
      expect(refused.code).toBe(1);
      expect(refused.err).toContain('--resume');
      args = ['run', directory, '--resume'];
    }
    const last = await command([...args, '--no-report']);
    expect(last.code, last.err).toBe(0);
    expect(contentsOf(directory)).toEqual(contentsOf(whole));
  });
});
