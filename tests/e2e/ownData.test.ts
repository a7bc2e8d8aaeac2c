import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { readNpy } from '../../src/formats/npy.ts';
import { command } from './command.testing.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'certprune-own-'));
  return () => rmSync(folder, { recursive: true, force: true });
});

/** A BMP of 24 bits: rows from the bottom, blue, green, red. */
function bmp(side: number, grey: (row: number, column: number) => number): Buffer {
  const stride = Math.ceil((3 * side) / 4) * 4;
  const bytes = Buffer.alloc(54 + stride * side);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(side, 18);
  bytes.writeInt32LE(side, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++)
      bytes.fill(
        grey(side - 1 - row, column),
        54 + row * stride + 3 * column,
        54 + row * stride + 3 * column + 3,
      );
  return bytes;
}

it('class folders: listed, trained on, verified; a changed picture is noticed', async () => {
  const picture = (name: string, i: number): void => {
    const along = name === 'lying' ? (row: number) => row : (_: number, column: number) => column;
    writeFileSync(
      join(folder, 'pics', name, `${i}.bmp`),
      bmp(8, (row, column) => ((along(row, column) >> 1) % 2) * 150 + ((i * 37 + row * 5 + column * 3) % 60)),
    );
  };
  for (const name of ['lying', 'standing']) {
    mkdirSync(join(folder, 'pics', name), { recursive: true });
    for (let i = 0; i < 24; i++) picture(name, i);
  }
  const listed = await command(['data', 'list', join(folder, 'pics')]);
  expect(listed.out).toMatch(/pictures of 8x8 pixels, in colour, 2 classes/);
  expect(Math.max(...listed.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  const config = join(folder, 'own.yaml');
  writeFileSync(
    config,
    'trainer: natural\ndataset: ./pics\narch: mlp\nepochs: 3\nbatch_size: 8\nprune_times: 1\neps: 1/255\n' +
      'verify: {images: {end: 3}, timeout: 60, workers: 1}\n',
  );
  const runs = join(folder, 'runs');
  const run = await command(['run', '--config', config, '--runs', runs, '--no-report']);
  expect(run.code, run.err).toBe(0);
  expect(readFileSync(join(runs, 'own/verify/00.csv'), 'utf8')).toMatch(/^0,.*verified/m);
  picture('lying', 100);
  const changed = await command(['verify', 'own', '--runs', runs, '--end', '5']);
  expect(changed).toMatchObject({ code: 1 });
  expect(changed.err).toMatch(/was begun with other data: pictures of .*pics differ/);
});

it('a table: certified training with fixed features; counterexamples and certificates leave them alone', async () => {
  const row = (i: number): string => `${(i * 7) % 40},${i % 3},${(i * 7) % 40 >= 20 ? 'old' : 'young'}`;
  writeFileSync(
    join(folder, 't.csv'),
    `age,kind,state\n${Array.from({ length: 120 }, (_, i) => row(i)).join('\n')}\n`,
  );
  const options = {
    label_column: 'state',
    fixed_features: 'kind',
    data_min: '[0, 0]',
    data_max: '[100, 2]',
  };
  const config = join(folder, 'table.yaml');
  writeFileSync(
    config,
    `trainer: lirpa\ndataset: t.csv\n${Object.entries(options)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join('')}` +
      'arch: mlp\nepochs: 8\nbatch_size: 8\nprune_times: 1\neps: 1\nscheduler_opts: start=2,length=4\nverify: {when: never}\n',
  );
  const runs = join(folder, 'runs');
  const run = await command(['run', '--config', config, '--runs', runs, '--no-report']);
  expect(run.code, run.err).toBe(0);
  const onnx = join(folder, 'net.onnx');
  expect(await command(['export', join(runs, 'table'), '--onnx', onnx])).toMatchObject({ code: 0 });
  const flags = [
    '--label-column',
    'state',
    '--fixed-features',
    'kind',
    '--data-min',
    '0,0',
    '--data-max',
    '100,2',
  ];
  const ask = (...more: string[]) =>
    command([
      'verify',
      '--onnx',
      onnx,
      '--dataset',
      join(folder, 't.csv'),
      ...flags,
      '--end',
      '4',
      '--workers',
      '1',
      ...more,
    ]);
  const proofs = join(folder, 'proofs');
  const small = await ask('--epsilon', '0.001', '--certificate', proofs, '--json');
  expect(small.code, small.err).toBe(0);
  expect(JSON.parse(small.out)).toContainEqual(expect.objectContaining({ result: 'unsat' }));
  expect(await command(['check', proofs, '--onnx', onnx])).toMatchObject({ code: 0 });
  const witness = join(folder, 'witness');
  const large = await ask('--epsilon', '60', '--witness', witness, '--json');
  const rows = JSON.parse(large.out) as { index: number; result: string; label: number }[];
  const { index } = rows.find(({ result }) => result === 'sat')!;
  const [age, kind] = readNpy(join(witness, `${index}.npy`)).data as Float32Array;
  expect(age).toBeGreaterThanOrEqual(0);
  expect(Number.isInteger(kind)).toBe(true);
  const outside = await ask('--epsilon', '1', '--data-max', '30,2');
  expect(outside).toMatchObject({ code: 1 });
  expect(outside.err).toMatch(/holds 35 in the column "age", but valid is 0\.\.30; the file holds 0 … 39/);
});
