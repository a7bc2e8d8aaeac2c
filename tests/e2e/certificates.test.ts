/**
 * Certificates of published instances, made by one process and checked by another: all that `expected.csv` calls unsat and
 * the images of two reference models that hold. CERTPRUNE_CERTIFICATES=all asks all of them, for an hour; by default those
 * that take a second or two.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sharedPath } from '../../src/formats/shared.testing.ts';
import { command } from './command.testing.ts';

const everything = process.env['CERTPRUNE_CERTIFICATES'] === 'all';
/** Time for a busy machine. */
const telling = ['--timeout', everything ? '1200' : '120', '--json'];
const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Bounds alone, branch and bound, halved inputs, a residual network, disjunctions. */
const quick = [
  'test_small.onnx test_small.vnnlib',
  'lunarlander.onnx lunarlander_case_safe_80.vnnlib',
  'ACASXU_run2a_1_1_batch_2000.onnx prop_4.vnnlib',
  'mnist-net_256x2.onnx prop_3_0.03.vnnlib',
  'resnet_2b.onnx prop_2_eps_0.008.vnnlib',
];

interface Instance {
  readonly name: string;
  readonly onnx: string;
  readonly vnnlib: string;
}

function listed(): Instance[] {
  const table = sharedPath('vnncomp/expected.csv');
  if (table === undefined) return [];
  const seen = new Set<string>();
  return readFileSync(table, 'utf8')
    .split('\n')
    .map((line) => line.split(','))
    .filter(([, , , , result]) => result === 'unsat')
    .map(([benchmark, onnx, vnnlib]) => ({
      name: `${onnx.replace(/^.*\//, '')} ${vnnlib.replace(/^.*\//, '')}`,
      onnx: sharedPath(`vnncomp/${benchmark}/${onnx}`)!,
      vnnlib: sharedPath(`vnncomp/${benchmark}/${vnnlib}`)!,
    }))
    .filter(({ name }) => !seen.has(name) && seen.add(name))
    .filter(({ name }) => everything || quick.includes(name));
}

/** Everything that the JSON of a check is asked for. */
interface Checked {
  readonly result: string;
  readonly failure?: { readonly message: string };
}

async function expectProved(...args: string[]): Promise<void> {
  const { out, err, code } = await command(['check', ...args, '--json']);
  const reports = JSON.parse(out === '' ? '[]' : out) as Checked[];
  expect(reports.map(({ result, failure }) => failure?.message ?? result)).toEqual(
    reports.map(() => 'proved'),
  );
  expect(reports.length, err).toBeGreaterThan(0);
  expect(code).toBe(0);
}

describe('a certificate of a published instance is accepted by another process', () => {
  const instances = listed();
  it.skipIf(sharedPath('vnncomp/expected.csv') === undefined)('(all that are named are there)', () => {
    expect(instances.length).toBeGreaterThanOrEqual(quick.length);
  });
  it.each(instances)('$name', async ({ name, onnx, vnnlib }) => {
    const certificate = join(folder, `${name}.certificate`);
    const asked = ['--onnx', onnx, '--vnnlib', vnnlib];
    const { out, err } = await command(['verify', ...asked, '--certificate', certificate, ...telling]);
    const answer = JSON.parse(out) as { result: string; checked?: string };
    expect(answer, err).toMatchObject({ result: 'unsat', checked: 'yes' });
    await expectProved(certificate, ...asked);
  });
});

describe('certificates of images are accepted by another process', () => {
  const models = [
    { model: 'mnist_cnn_a_adv', data: 'mnist', epsilon: '0.3', choices: [], images: '6:7', all: '0:10' },
    {
      model: 'cifar_cnn_a_adv',
      data: 'cifar',
      epsilon: '2/255',
      choices: ['--mean', '0.491373,0.482353,0.446667', '--std', '0.247059,0.243529,0.261569'],
      images: '8:9',
      all: '0:20',
    },
  ].map((one) => ({
    ...one,
    weights: sharedPath(`models/sdp/${one.model}.model`),
    pixels: sharedPath(`data/sdp/${one.data}_x.npy`),
  }));
  it.each(models)('$model', async ({ model, weights, pixels, epsilon, choices, images, all }) => {
    if (weights === undefined || pixels === undefined) return;
    const certificates = join(folder, model);
    const subject = ['--pth', weights, '--model', model, '--dataset', pixels, ...choices];
    const which = ['--epsilon', epsilon, '--images', everything ? all : images];
    const { out } = await command([
      'verify',
      ...subject,
      ...which,
      '--certificate',
      certificates,
      ...telling,
    ]);
    const verdicts = JSON.parse(out) as { result: string; checked?: string }[];
    const held = verdicts.filter(({ result }) => result === 'unsat');
    expect(held.map(({ checked }) => checked)).toEqual(held.map(() => 'yes'));
    expect(held.length).toBeGreaterThan(0);
    await expectProved(certificates);
  });
});
