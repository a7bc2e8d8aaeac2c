import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeNpy } from '../../formats/npy.ts';
import { captured, type Captured } from '../captured.testing.ts';
import { imagesRequest } from './imagesForm.ts';
import { forms, type Form } from '../../run/verifyOptions/row.ts';
import {
  flagNames,
  flagOf,
  helpOf,
  optionNames,
  rowOf,
  type FlagName,
  type VerifyOptions,
} from '../../run/verifyOptions/table.ts';
import { depths } from '../../verify/files/answer.ts';
import { limitsOf } from './limits.ts';
import { readOptions, type OptionTexts } from './options.ts';
import { radiusEnds } from './radiusForm.ts';
import { askedOf, settingsOf } from './runForm.ts';

const folder = mkdtempSync(join(tmpdir(), 'options-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const array = (name: string, shape: number[], values: number[]): string => {
  writeFileSync(at(name), encodeNpy({ dtype: 'float32', shape, data: Float32Array.from(values) }));
  return at(name);
};
const images = array('x.npy', [4, 1], [0.1, 0.2, 0.3, 0.4]);
array('y.npy', [4], [0, 0, 0, 0]);
const otherImages = array('other_x.npy', [4, 1], [0, 0, 0, 0]);
array('other_y.npy', [4], [0, 0, 0, 0]);
const otherLabels = array('labels.npy', [4], [1, 1, 1, 1]);
mkdirSync(at('checkpoints'));
writeFileSync(at('unsafe.yaml'), '- Y_0 >= 1\n');
writeFileSync(at('ask.yaml'), 'model: {onnx_path: net.onnx}\nspecification: {vnnlib_path: p.vnnlib}\n');
writeFileSync(at('images.yaml'), `model: {onnx_path: net.onnx}\ndata: {dataset: ${images}}\n`);
writeFileSync(at('list.yaml'), 'general: {csv_name: list.csv}\n');

/** Of data of one's own; what each changes is tested where that is read. */
const ownSamples = {
  testShare: '0.5',
  splitSeed: '1',
  dataMin: '0',
  dataMax: '1',
  epsScale: '2',
  fixedFeatures: '0',
  resize: '8',
  channels: '1',
  labelColumn: 'y',
  header: 'true',
  ignoreColumns: '0',
  featureScale: 'minmax',
} as const;

/** A value of every option that is not its default. */
const samples: Readonly<Record<FlagName, string | true>> = {
  onnx: 'other.onnx',
  vnnlib: 'p.vnnlib',
  csv: 'list.csv',
  expected: 'expected.csv',
  abcrown: 'a.yaml',
  pth: 'net.pth',
  load: 'net.pth',
  model: 'cnn_small',
  dataset: otherImages,
  labels: otherLabels,
  epsilon: '0.25',
  norm: '2',
  mean: '0.5',
  std: '0.5',
  start: '1',
  end: '3',
  images: '1:3',
  targets: 'runner-up',
  unsafe: at('unsafe.yaml'),
  mode: 'crown-acc',
  radius: true,
  radiusFrom: '0.01',
  radiusTo: '0.2',
  tolerance: '0.01',
  charts: at('charts'),
  method: 'mip',
  certify: 'never',
  roundoff: 'bfloat16',
  certificate: at('proofs'),
  branching: 'kfsb',
  relaxation: 'one-lb',
  intermediate: '7',
  shareAlpha: true,
  states: '1',
  which: 'best',
  runs: 'elsewhere',
  fresh: true,
  timeout: '7',
  memory: '1GB',
  workers: '3',
  threads: '3',
  seed: '7',
  results: at('results'),
  witness: at('witness'),
  quiet: true,
  json: true,
  ...ownSamples,
};

/** The least that asks each form's question. */
const questions: Readonly<Record<Form, readonly string[]>> = {
  run: ['some-run'],
  instance: ['--onnx', 'net.onnx', '--vnnlib', 'p.vnnlib'],
  images: ['--onnx', 'net.onnx', '--dataset', images],
  folder: ['--pth', at('checkpoints'), '--dataset', images],
  csv: ['--csv', 'list.csv'],
};

const verify = (...argv: string[]): Promise<Captured> => captured(['verify', ...argv]);

const argsOf = (name: FlagName): string[] => {
  const sample = samples[name];
  return sample === true ? [flagOf(name)] : [flagOf(name), sample];
};

/** These say which question is asked: two of them are refused as two questions. */
const questionsThemselves: readonly FlagName[] = [
  'vnnlib',
  'csv',
  'dataset',
  'abcrown',
  'onnx',
  'pth',
  'load',
  'model',
];
const takes = (form: Form, name: FlagName): boolean => rowOf(name).forms!.includes(form);

describe('an option that a form does not take', () => {
  const stray = forms.flatMap((form) =>
    flagNames.filter((name) => !takes(form, name)).map((name) => [form, name] as const),
  );
  it.each(stray)('%s --%s is refused before any work', async (form, name) => {
    const { code, out, err } = await verify(...questions[form], ...argsOf(name));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    if (questionsThemselves.includes(name))
      expect(err).toMatch(/does not apply|different questions|both name the model|goes with/);
    else expect(err).toContain(`${flagOf(name)} does not apply to `);
  });

  const beside = (
    [
      ['instance', 'ask.yaml'],
      ['images', 'images.yaml'],
      ['csv', 'list.yaml'],
    ] as const
  ).flatMap(([form, file]) =>
    flagNames
      .filter((name) => !takes(form, name) && !questionsThemselves.includes(name))
      .map((name) => [file, name] as const),
  );
  it.each(beside)('--abcrown %s --%s is refused too', async (file, name) => {
    const { code, out, err } = await verify('--abcrown', at(file), ...argsOf(name));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`${flagOf(name)} does not apply to `);
  });

  it('is named with all others and what to do instead', async () => {
    const { err } = await verify('some-run', '--threads', '2', '--results', 'r');
    expect(err).toContain('--threads does not apply to a run: images of a run have one thread each');
    expect(err).toContain('--results does not apply to a run: verdicts of a run are written to verify/');
  });
});

/** What is asked, as far as it can be seen before the work. */
async function asked(form: Form, texts: OptionTexts): Promise<unknown> {
  const options: VerifyOptions = await readOptions(texts);
  if (form === 'run') {
    const overrides = settingsOf(options, { start: 0, end: 4 });
    return { overrides, asked: askedOf(options), seed: options.seed };
  }
  if (form === 'instance') return { ...limitsOf(options), files: [options.onnx, options.vnnlib] };
  if (form === 'csv')
    return {
      ...limitsOf(options),
      lines: [options.start, options.end],
      workers: options.workers,
      files: [options.csv, options.expected],
    };
  const whole = imagesRequest(options);
  const { images: data, epsilon, ...request } = whole;
  const ends = options.radius && radiusEnds(options, whole);
  return { ...request, ends, radius: epsilon(0), pixels: [...data.pixels(1)], label: data.label(1) };
}

/** Options that change what is printed, kept or where it goes: each has tests of its own in verify.test.ts. */
const aboutOutput: readonly FlagName[] = [
  'results',
  'witness',
  'certificate',
  'quiet',
  'json',
  'fresh',
  'abcrown',
  'charts',
];
/** What goes with --radius, whose files of a run have tests of their own. */
const aboutRadii: readonly FlagName[] = ['radius', 'radiusFrom', 'radiusTo', 'tolerance'];
/** Which states, which checkpoint files, which folder: the run's and the folder's own tests. */
const aboutFiles: readonly FlagName[] = ['states', 'runs', 'which'];

describe('an option that a form takes', () => {
  const base: Readonly<Record<Form, OptionTexts>> = {
    run: {},
    instance: { onnx: 'net.onnx', vnnlib: 'q.vnnlib' },
    images: { onnx: 'net.onnx', dataset: images, epsilon: '0.1' },
    folder: { pth: 'net.model', dataset: images, epsilon: '0.1' },
    csv: { csv: 'other.csv' },
  };
  const taken = forms.flatMap((form) =>
    flagNames
      .filter(
        (name) =>
          takes(form, name) && ![...aboutOutput, ...aboutFiles].includes(name) && !(name in ownSamples),
      )
      .filter((name) => (form === 'images' && name !== 'radius') || !aboutRadii.includes(name))
      .map((name) => [form, name] as const),
  );
  it.each(taken)('%s --%s changes the question', async (form, name) => {
    const before =
      name === 'load'
        ? { ...base[form], onnx: undefined, pth: undefined, load: 'a.pth' }
        : name === 'model' || name === 'pth'
          ? { ...base[form], onnx: undefined, pth: 'a.pth' }
          : aboutRadii.includes(name)
            ? { ...base[form], epsilon: undefined, radius: true as const }
            : base[form];
    const texts = Object.fromEntries(
      Object.entries({ ...before, [name]: samples[name] }).filter(([, value]) => value !== undefined),
    );
    const plain = Object.fromEntries(Object.entries(before).filter(([, value]) => value !== undefined));
    expect(await asked(form, texts)).not.toEqual(await asked(form, plain));
  });
});

it.each([
  ['5', '3'],
  ['2', '2'],
])('a run has no images from %s to before %s', (start, end) => {
  expect(() => settingsOf({ start: Number(start), end: Number(end) }, { start: 0, end: 4 })).toThrow(
    `The image after the last one is ${end}, the first is ${start}.`,
  );
});

describe('an option that changes nothing in the mode that is asked for', () => {
  const idle = (['clean-acc', 'pgd-acc', 'crown-acc'] as const).flatMap((mode, at) =>
    flagNames
      .filter((name) => depths.indexOf(rowOf(name).from ?? 'clean') > at)
      .flatMap((name) =>
        forms.filter((form) => takes(form, name)).map((form) => [mode, form, name] as const),
      ),
  );
  const beside: Partial<Record<Form, readonly string[]>> = {
    images: questions.images,
    folder: questions.folder,
  };
  it.each(idle.filter(([, form]) => beside[form]))('%s of %s: --%s is refused', async (mode, form, name) => {
    const depth = mode !== 'clean-acc' ? ['--epsilon', '0.1'] : [];
    const { code, out, err } = await verify(...beside[form]!, '--mode', mode, ...depth, ...argsOf(name));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.replaceAll(/\s+/g, ' ')).toContain(
      `${flagOf(name)}: nothing would change by it, since the mode ${mode}`,
    );
  });

  it('is among them where the method has no use for it', async () => {
    const { code, err } = await verify(...questions.instance, '--method', 'mip', '--branching', 'babsr');
    expect(code).toBe(1);
    expect(err).toContain('--branching does not apply to the method mip');
  });
});

it('--roundoff is about proofs that are checked', async () => {
  const { code, err } = await verify(...questions.instance, '--roundoff', 'float16', '--certify', 'never');
  expect([code, err]).toEqual([1, expect.stringContaining('--roundoff says what checked proofs hold')]);
});

it('every option has a sentence, and the documentation has the table', () => {
  const page = readFileSync(new URL('../../../docs/verification.md', import.meta.url), 'utf8');
  for (const name of optionNames) expect(rowOf(name).help, name).toMatch(/^\S.*[^.]$/);
  for (const name of flagNames) {
    const takers = forms.map((form) => (takes(form, name) ? '✓' : '')).join('|');
    const row = page.split('\n').find((line) => line.startsWith(`| \`${flagOf(name)}\``));
    const cells = row?.split('|').map((cell) => cell.trim());
    expect(cells?.slice(2, 7).join('|'), name).toBe(takers);
    expect(cells?.[7], name).toBe(helpOf(name));
  }
});
