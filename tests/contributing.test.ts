import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addExample, copyOfSources, edited, examplesOf, listedLines } from './contributing.testing.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const examples = examplesOf(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8'));
/** Headings → files and lines, where it is not one of each. */
const more: Readonly<Record<string, readonly [files: number, lines: number]>> = {
  'An ONNX operator composed of others': [0, 1],
  'An activation with bounds and branching': [2, 2],
};

/** Runs where the examples are members like any others; prints what is found. */
const use = `
import { models } from './src/nn/zoo/models.ts';
import { convThenLinear } from './src/nn/zoo/model.ts';
import { criteria } from './src/prune/criteria/criteria.ts';
import { objectives } from './src/train/objectives/objectives.ts';
import { regularizers } from './src/train/regularizers/regularizers.ts';
import { datasets } from './src/data/datasets.ts';
import { checkMember } from './src/run/plugins/checkPlugin.ts';
import { resolveConfig } from './src/run/config/resolve.ts';
import { charts } from './src/report/charts/charts.ts';
import { chartOf } from './src/report/charts/chart.ts';
import { inventedRuns } from './src/report/gallery.testing.ts';
import { createVerifier } from './src/verify/pipeline.ts';
import { prepareNetwork } from './src/verify/prepare.ts';
import { robustness } from './src/verify/specification.ts';
import { initialize } from './src/nn/initialize.ts';
import { createRng } from './src/data/rng.ts';
import { certifiedMetrics } from './src/train/certify.ts';
import { checkImages, checkNetwork, checkNumbers } from './src/run/plugins/checks/fixture.ts';
import { testModel } from './src/nn/import/graph.testing.ts';
import { importOnnxBytes } from './src/nn/import/importOnnx.ts';
import { checkImportedFile } from './src/nn/import/runners.ts';
import { encodeModel } from './src/formats/onnx/encode.ts';

const soft = (choices) => {
  const network = convThenLinear('soft', [{ channels: 3, kernel: 4, stride: 4 }], [6])(choices);
  return { ...network, layers: network.layers.map((l) => (l.kind === 'relu' ? { ...l, kind: 'softplus' } : l)) };
};
const outcomes = [
  ...(await checkMember('criteria', criteria.named('relative'))),
  ...(await checkMember('objectives', objectives.named('smoothed'))),
  ...(await checkMember('regularizers', regularizers.named('logits'))),
  ...(await checkMember('models', models.named('cnn_tiny'))),
  ...(await checkMember('datasets', datasets.named('stripes'))),
  ...(await checkMember('models', { name: 'softplus', title: '-', sentence: '-', build: soft })),
];
const config = resolveConfig({
  text: 'trainer: natural\\ndataset: stripes\\narch: cnn_tiny\\nobjective: smoothed\\nprune_method: relative\\nverify: {branching: widest}\\n',
  origin: 'new.yaml',
});
const { compared } = await inventedRuns();
const drawing = chartOf(charts.named('sensitivity-product'), compared);
const network = models.named('cnn_tiny').build({ classes: 3, inputShape: [1, 8, 8], bn: false });
const numbers = initialize(network, createRng(1));
const verifier = await createVerifier(prepareNetwork({ network, numbers }), { threads: 1 });
const image = createRng(2).fillUniform(new Float32Array(64), 0, 1);
const split = { domains: 0, kinds: [] };
for (const label of [0, 1, 2])
  for (const epsilon of [0.05, 0.1, 0.2]) {
    const found = await verifier.verify(robustness(image, label, 3, epsilon), { branching: 'widest', timeoutSeconds: 10 });
    split.domains += found.domains;
    split.kinds.push(found.verdict.kind);
  }
const measured = await certifiedMetrics(checkNetwork, checkNumbers(), checkImages(8), { epsilon: 0.01, images: 8, crown: false });
const attributes = { alpha: { float: 2 }, beta: { float: 0.5 } };
const scaledTanh = testModel([1, 5], (g) => g.node('ScaledTanh', ['x'], attributes), { opset: 9 });
const imported = await checkImportedFile(importOnnxBytes(encodeModel(scaledTanh)), createRng(3));
console.log('\\n' + JSON.stringify({
  imported: imported.compared,
  measured: measured.worstMargin,
  outcomes,
  config: [config.dataset, config.arch, config.objective, config.pruneMethod, config.verify.branching],
  rows: drawing?.rows.length ?? 0,
  split,
}));
process.exit(0);
`;

describe('the examples of CONTRIBUTING.md', () => {
  let folder: string;
  const run = promisify(execFile);
  beforeAll(() => {
    folder = copyOfSources(root);
    for (const example of examples) addExample(folder, example);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are those of every family', () => {
    expect(examples.map(({ heading }) => heading)).toEqual([
      'A pruning criterion',
      'A training objective',
      'A regulariser',
      'A data set',
      'A model',
      'A branching heuristic',
      'A per-epoch measure',
      'A chart',
      'An ONNX operator composed of others',
      'An activation with bounds and branching',
    ]);
  });

  it.each(examples)('$heading: as few files and lines as the page says', ({ heading, files, edits }) => {
    const [wantedFiles, wantedLines] = more[heading] ?? [1, 1];
    expect(Object.keys(files)).toHaveLength(wantedFiles);
    expect(edits.flatMap(listedLines)).toHaveLength(wantedLines);
  });

  it('do not fit a list that looks otherwise', () => {
    expect(() => edited('a\nb\n', { file: 'f', lines: [' c', '+d'] })).toThrow(/f has the line "c" 0 times/);
    expect(edited('[a, b]\n', { file: 'f', lines: ['-[a,', '+[a, c,'] })).toBe('[a, c, b]\n');
  });

  it('compile', { timeout: 240_000 }, async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    writeFileSync(
      join(folder, 'tsconfig.json'),
      readFileSync(join(root, 'tsconfig.json'), 'utf8').replace(
        /"include": \[[^\]]*\]/,
        '"include": ["src"], "exclude": ["src/**/*.test.ts"]',
      ),
    );
    const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });

  it('the activation is tried by the suites of layers and bounds, none of which names it', async () => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const suites = [
      'src/nn/layers/kinds.test.ts',
      'src/bounds/rules/rules.test.ts',
      'src/verify/rootLaw.test.ts',
      'tests/soundness/lines.test.ts',
    ];
    const { stdout } = await run(
      process.execPath,
      [vitest, 'run', '--reporter=json', '-t', 'softplus|every kind', ...suites],
      { cwd: folder, maxBuffer: 2 ** 26 },
    ).catch((error: { stdout: string }) => error);
    const { testResults } = JSON.parse(stdout.slice(stdout.indexOf('{"'))) as {
      testResults: { name: string; assertionResults: { fullName: string; status: string }[] }[];
    };
    for (const { assertionResults } of testResults) {
      const ran = assertionResults.filter(({ status }) => status !== 'skipped' && status !== 'pending');
      expect(ran.filter(({ status }) => status !== 'passed')).toEqual([]);
      expect(ran.some(({ fullName }) => fullName.includes('softplus'))).toBe(true);
    }
    expect(testResults).toHaveLength(suites.length);
  }, 240_000);

  it('pass their families’ common suites, and are used', { timeout: 240_000 }, async () => {
    writeFileSync(join(folder, 'use.mjs'), use);
    const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
    const { stdout } = await run(process.execPath, [tsx, 'use.mjs'], { cwd: folder });
    const found = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
      outcomes: { ok: boolean }[];
      config: string[];
      rows: number;
      measured: number;
      imported: number;
      split: { domains: number; kinds: string[] };
    };
    expect(found.outcomes.filter(({ ok }) => !ok)).toEqual([]);
    expect(found.outcomes.length).toBeGreaterThan(20);
    expect(found.config).toEqual(['stripes', 'cnn_tiny', 'smoothed', 'relative', 'widest']);
    expect(found.rows).toBeGreaterThan(0);
    expect(found.measured).toEqual(expect.any(Number));
    expect(found.imported).toBeGreaterThan(0);
    // A busy machine may run out of time here and there.
    expect(found.split.kinds).toContain('verified');
    expect(found.split.kinds).toContain('falsified');
    expect(found.split.domains).toBeGreaterThan(0);
  });
});
