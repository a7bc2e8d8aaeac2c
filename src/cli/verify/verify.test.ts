import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeNpy, readNpy } from '../../formats/npy.ts';
import { sharedPath } from '../../formats/shared.testing.ts';
import { diamondFolder } from '../../verify/files/smallFiles.testing.ts';
import { captured, type Captured } from '../captured.testing.ts';
import { liveLine, searchWords } from './liveLine.ts';

vi.setConfig({ testTimeout: 90_000 });

/** Processes have tests of their own: `verifyingProcess.test.ts`, `checkpoints.test.ts` beside this one. */
vi.mock('../../verify/files/verifyingProcess.ts', async () => ({
  verifyingProcess: (await import('../../verify/files/inThisProcess.testing.ts')).inThisProcess,
}));

let files: ReturnType<typeof diamondFolder>;
beforeAll(() => (files = diamondFolder()));
afterAll(() => files.remove());

const verify = (...argv: string[]): Promise<Captured> => captured(['verify', ...argv]);

describe('certprune verify --onnx --vnnlib', () => {
  it('prints the word and writes results and counterexample', async () => {
    const results = join(files.folder, 'results.txt');
    const witness = join(files.folder, 'witness.npy');
    const unsafe = ['--onnx', files.onnx, '--vnnlib', files.unsafe, '--timeout', '60'];
    const { code, out, err } = await verify(...unsafe, '--results', results, '--witness', witness);
    expect({ code, out }).toEqual({ code: 0, out: 'sat\n' });
    expect(err).toContain('by attack');
    const text = readFileSync(results, 'utf8');
    expect(text).toMatch(/^sat\n\(\(X_0 \S+\)\n\(X_1 \S+\)\n\(Y_0 \S+\)\n\(Y_1 1\.5\)\)\n$/);
    const array = readNpy(witness);
    expect(array.shape).toEqual([1, 2]);
    expect(text).toContain(`(X_0 ${array.data[0]})`);
  });

  it('prints JSON', async () => {
    const { code, out } = await verify(
      '--onnx',
      files.onnx,
      '--vnnlib',
      files.safe,
      '--json',
      '--memory',
      '2GB',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ result: 'unsat', domains: expect.any(Number) });
  });

  it('ends with an error where a file is at fault, and says so in the results', async () => {
    const results = join(files.folder, 'error.txt');
    const { code, out, err } = await verify(
      '--onnx',
      files.safe,
      '--vnnlib',
      files.safe,
      '--results',
      results,
    );
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('safe.vnnlib: Not a readable ONNX model');
    expect(readFileSync(results, 'utf8')).toBe('error\n');
  });

  it.each([
    [['--onnx', 'm'], 'needs a question'],
    [[], 'Name what is to be verified'],
    [['--csv', 'a', '--vnnlib', 'b'], 'different questions'],
    [['--onnx', 'm', '--pth', 'p', '--vnnlib', 'v'], 'both name the model'],
    [['--onnx', 'm', '--vnnlib', 'v', '--timeout', 'soon'], '--timeout soon: expected a number above 0'],
    [['--onnx', 'm', '--vnnlib', 'v', '--memory', 'much'], '--memory much: expected a size'],
    [
      ['--onnx', 'm', '--vnnlib', 'v', '--results', '/no/such/folder/r'],
      'there is no folder /no/such/folder',
    ],
    [['--csv', '/no/such/list'], 'Cannot read the list of instances'],
  ])('%j is refused at once', async (argv, message) => {
    const { code, err } = await verify(...argv);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });
});

describe('certprune verify --csv', () => {
  it('answers every instance, compares and writes a table', async () => {
    files.write(
      'instances.csv',
      'diamond.onnx,safe.vnnlib,60,unsat\ndiamond.onnx,unsafe.vnnlib,60,unsat\ndiamond.onnx,none.vnnlib,60,\n',
    );
    const results = join(files.folder, 'results.csv');
    const { code, out, err } = await verify(
      '--csv',
      join(files.folder, 'instances.csv'),
      '--results',
      results,
    );
    expect(code).toBe(1);
    expect(out).toContain('2 of 3 solved');
    expect(out).toContain('1 unsat, 1 sat, 0 timeout, 0 unknown, 1 error');
    expect(out).toContain('1 of 2 verdicts agree with the expected ones; 1 WRONG');
    expect(err).toContain('1 of 3 instances ended in an error');
    const lines = readFileSync(results, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[3]).toContain('Cannot read the property');
  });
});

describe('certprune verify --csv with a line twice', () => {
  it('asks once, and counterexamples bear the numbers of the lines', async () => {
    const twice = 'diamond.onnx,unsafe.vnnlib,60\n./diamond.onnx,unsafe.vnnlib,60\n';
    const list = files.write('twice.csv', `diamond.onnx,safe.vnnlib,60\n${twice}`);
    const witness = join(files.folder, 'of lines');
    const { out, err } = await verify('--csv', list, '--start', '1', '--witness', witness, '--json');
    expect(err).toBe('');
    const [one, other] = JSON.parse(out) as { result: string; seconds: number }[];
    expect(one).toMatchObject({ result: 'sat' });
    expect(other.seconds).toBe(one.seconds);
    expect([1, 2].map((line) => readNpy(join(witness, `${line}.npy`)).shape)).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });
});

describe('the verdict comes first', () => {
  const unsafe = (): string[] => ['--onnx', files.onnx, '--vnnlib', files.unsafe, '--quiet'];
  it.skipIf(process.platform !== 'linux')('whatever fails behind it', async () => {
    const { code, out, err } = await verify(...unsafe(), '--results', '/dev/full', '--witness', '/dev/full');
    expect({ code, out }).toEqual({ code: 1, out: 'sat\n' });
    expect(err).toBe('certprune: Cannot write /dev/full: no space is left on the disk.\n');
  });

  it('and folders of counterexamples are made', async () => {
    const folder = join(files.folder, 'not/there/');
    expect(await verify(...unsafe(), '--witness', folder)).toMatchObject({ code: 0, out: 'sat\n' });
    expect(readNpy(join(folder, 'counterexample.npy')).shape).toEqual([1, 2]);
  });
});

describe('certprune verify --csv after an interruption', () => {
  it('goes on, keeps what is finished, and says which limit was used', async () => {
    const list = files.write('kept.csv', 'diamond.onnx,safe.vnnlib,60\ndiamond.onnx,unsafe.vnnlib,\n');
    const results = join(files.folder, 'kept results.csv');
    const question = ['--csv', list, '--results', results, '--timeout', '50'];
    expect((await verify(...question, '--end', '1')).out).toContain('1 of 1 solved');
    const first = readFileSync(results, 'utf8').split('\n');
    const all = await verify(...question);
    expect(all.err).toContain('1 of 2 instances were answered before; --fresh asks them again.');
    const rows = readFileSync(results, 'utf8').split('\n');
    expect(rows[1]).toBe(first[1]);
    expect(rows.slice(1, 3).map((row) => row.split(',')[2])).toEqual(['50', '50']);
    // Another limit is another question, and so is another model.
    expect((await verify('--csv', list, '--results', results, '--end', '1')).err).not.toContain('before');
    expect((await verify(...question, '--end', '1', '--fresh')).err).not.toContain('before');
    const { code, err } = await verify('--csv', list, '--start', '2');
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('no instances from 2') });
  });
});

describe('counts of images', () => {
  const radius = ['--epsilon', '0.2'];
  it.each([
    ['no time', [...radius, '--timeout', '0.000001']],
    ['no memory', [...radius, '--memory', '64MB']],
    ['bounds alone', [...radius, '--mode', 'crown-acc']],
    ['the attack alone', [...radius, '--mode', 'pgd-acc']],
    ['classes alone', ['--mode', 'clean-acc']],
    ['a norm', [...radius, '--norm', '1']],
  ])('add up with %s, and every class is known', async (_what, more) => {
    const data = Float32Array.of(0.5, 0.5, 0.9, 0.9, 0.1, 0.2);
    const images = files.write('law_x.npy', encodeNpy({ dtype: 'float32', shape: [3, 2], data }));
    files.write('law_y.npy', encodeNpy({ dtype: 'int32', shape: [3], data: Int32Array.of(1, 1, 1) }));
    const results = join(files.folder, 'law.csv');
    const question = ['--onnx', files.onnx, '--dataset', images, '--workers', '1'];
    const { code, out } = await verify(...question, '--results', results, ...more);
    expect(code).toBe(0);
    expect(out).toContain('clean accuracy 66.7 %');
    const rows = readFileSync(results, 'utf8').trim().split('\n').slice(1);
    expect(rows.map((row) => row.split(',')[2])).toEqual(['1', '0', '1']);
    const found = /\((\d+) verified, (\d+) falsified, (\d+) misclassified, (\d+) open\)/.exec(out);
    if (found) expect(found.slice(1).reduce((sum, n) => sum + Number(n), 0)).toBe(3);
    // Nothing is called verified that was only classified.
    if (more.includes('clean-acc')) expect(rows[0]).toContain(',1,unknown,,not asked,');
  });
});

describe('certprune verify --dataset', () => {
  it('answers every image', async () => {
    const data = Float32Array.of(0.5, 0.5, 0.9, 0.9, 0.1, 0.2);
    const images = files.write('x.npy', encodeNpy({ dtype: 'float32', shape: [3, 2], data }));
    files.write('y.npy', encodeNpy({ dtype: 'int32', shape: [3], data: Int32Array.of(1, 1, 1) }));
    const results = join(files.folder, 'images.csv');
    const question = ['--onnx', files.onnx, '--dataset', images, '--epsilon', '1/5', '--workers', '1'];
    const { code, out } = await verify(...question, '--results', results, '--targets', 'runner-up');
    expect(code).toBe(0);
    expect(out).toContain('clean accuracy 66.7 %, verified accuracy 66.7 %');
    const lines = readFileSync(results, 'utf8').trim().split('\n');
    expect(lines[0]).toBe(
      'index,label,prediction,verdict,by,why,seconds,domains,lowerBound,witness,checked,arithmetic,epsilon,norm,timeoutSeconds',
    );
    expect(lines[2]).toMatch(/^1,1,0,falsified,clean,/);
  });

  const model = sharedPath('models/sdp/mnist_cnn_a_adv.model');
  const pixels = sharedPath('data/sdp/mnist_x.npy');
  it.skipIf(!model || !pixels)('answers for every checkpoint of a folder', async () => {
    const folder = join(files.folder, 'checkpoints');
    const results = join(files.folder, 'checkpoint results');
    mkdirSync(folder);
    for (const name of ['00last.model', '01last.model', '01best.model', 'notes.txt'])
      copyFileSync(model!, join(folder, name));
    const question = ['--pth', folder, '--dataset', pixels!, '--epsilon', '0.05', '--end', '2'];
    const { code, out } = await verify(...question, '--mode', 'crown-acc', '--results', results, '--json');
    expect(code).toBe(0);
    const counts = JSON.parse(out) as Record<string, unknown>[];
    expect(counts.map(({ checkpoint }) => checkpoint)).toEqual(['00last.model', '01last.model']);
    for (const found of counts) expect(found).toMatchObject({ images: 2, clean: 2, verified: 2, open: 0 });
    expect(readFileSync(join(results, 'summary.csv'), 'utf8').split('\n')).toHaveLength(4);
    expect(readFileSync(join(results, '01last.model.csv'), 'utf8')).toContain('\n1,4,4,verified,');
    // Broken off in the middle of a line, as a kill leaves it.
    const kept = join(results, '.verdicts/00last.model.jsonl');
    writeFileSync(kept, readFileSync(kept, 'utf8').slice(0, -9));
    const again = await verify(...question, '--mode', 'crown-acc', '--results', results);
    expect(again.err).toContain('1/2 00last.model  1 of 2 images were answered before');
    expect(again.err).toContain('2/2 01last.model  2 of 2 images were answered before');
    expect(readFileSync(kept, 'utf8').trim().split('\n')).toHaveLength(3);
    expect((await verify(...question, '--which', 'worst')).err).toContain('no checkpoint has "worst"');
  });

  it('takes unsafe outputs as inequalities', async () => {
    const unsafe = files.write('unsafe.yaml', '- Y_0 >= 1.9\n- [Y_0 >= 1.5, Y_1 <= 1]\n');
    const images = join(files.folder, 'x.npy');
    const question = ['--onnx', files.onnx, '--dataset', images, '--epsilon', '0.1', '--workers', '1'];
    const { out } = await verify(...question, '--unsafe', unsafe, '--end', '2', '--json');
    const results = (JSON.parse(out) as { result: string }[]).map(({ result }) => result);
    // |0.5| + |0.5| stays below 1.9; |0.9| + |0.9| may grow to 2.
    expect(results).toEqual(['unsat', 'sat']);
  });

  it('measures the radius in the norm asked for', async () => {
    // |0.5| + |0.5| reaches 1.3 where both grow by .15: .3 away in l1, .2121 in l2.
    const unsafe = files.write('sum.yaml', '- Y_0 >= 1.3\n');
    const images = join(files.folder, 'x.npy');
    const common = ['--onnx', files.onnx, '--dataset', images, '--unsafe', unsafe, '--end', '1', '--json'];
    const ask = (norm: string, epsilon: string) => verify(...common, '--norm', norm, '--epsilon', epsilon);
    for (const [norm, below, above] of [
      ['1', '.29', '.31'],
      ['2', '.21', '.2125'],
    ] as const) {
      expect((await ask(norm, below)).out).toContain('"result": "unsat"');
      expect((await ask(norm, above)).out).toContain('"result": "sat"');
    }
    expect((await ask('3', '.1')).err).toContain('--norm 3: expected inf, 2 or 1');
    const { err } = await verify(...common, '--norm', '2', '--epsilon', '.1', '--method', 'mip');
    expect(err).toContain('an l2 ball is not linear');
  });

  it('asks for what is missing', async () => {
    const { err } = await verify('--onnx', files.onnx, '--dataset', join(files.folder, 'x.npy'));
    expect(err).toContain('Give the radius');
    const mode = await verify(
      '--onnx',
      files.onnx,
      '--dataset',
      join(files.folder, 'x.npy'),
      '--mode',
      'best',
    );
    expect(mode.err).toContain('--mode best: expected verified-acc');
  });
});

describe('the live line', () => {
  const progress = { domains: 1200, open: 34, worstBound: -0.12345, box: 0, boxes: 1 };

  it('tells domains, worst bound, rate and time left', () => {
    expect(searchWords(progress, 87.2, 45)).toBe(
      '1,200 domains, 34 open  worst bound -0.1235  87/s  45 s left',
    );
    expect(searchWords({ ...progress, boxes: 3 }, 0, undefined)).toContain('box 1/3');
  });

  it('is drawn over on a terminal and rare elsewhere', () => {
    let now = 0;
    const texts: string[] = [];
    const target = (isTTY: boolean) => ({
      write: (text: string) => void texts.push(text),
      erase: (lines: number) => void texts.push(`<${lines} erased>`),
      isTTY,
      columns: () => 40,
      seconds: () => now,
    });
    const live = liveLine(target(true));
    live.show(progress, 5);
    now = 1;
    live.show({ ...progress, domains: 1300 }, 4);
    live.clear();
    expect(texts.join('')).toContain('<1 erased>1,300 domains');
    texts.length = 0;
    const plain = liveLine(target(false));
    for (now = 10; now < 20; now++) plain.show(progress, undefined);
    expect(texts).toHaveLength(2);
  });
});
