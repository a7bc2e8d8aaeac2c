/**
 * @file Time and memory limits on questions that cannot be answered in time: how far they are passed.
 *
 *   npx tsx bench/limits.ts [--timeout 5] [--threads n] [--memory bytes] [case …]
 *
 * Every question has a process of its own, the start of which counts. `ended` says who kept the limit: the search, or
 * the parent that ends a process one second after its time. Networks without a file are freshly initialised.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renderTable } from '../src/cli/table.ts';
import { createRng } from '../src/data/rng.ts';
import { sharedPath } from '../src/formats/shared.testing.ts';
import { exportNetwork } from '../src/nn/exportNetwork.ts';
import { initialize } from '../src/nn/initialize.ts';
import type { Network } from '../src/nn/network.ts';
import { convThenLinear } from '../src/nn/zoo/model.ts';
import { buildModel } from '../src/nn/zoo/models.ts';
import { attacker, cheapAttack } from '../src/verify/attackStage.ts';
import { robustness, type Specification } from '../src/verify/specification.ts';
import type { NumberedNetwork } from '../src/nn/foldBatchNorm.ts';
import { identityNormalization } from '../src/data/normalization.ts';
import { type Question } from '../src/verify/files/answer.ts';
import { steadyClock } from '../src/verify/steadyClock.ts';
import { verifyingProcess } from '../src/verify/files/verifyingProcess.ts';
import { header } from './machine.ts';
import { builtEntry } from './verifyingEntry.ts';

/** Most seconds that a limit may be passed by. */
const targetSeconds = 2;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    timeout: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(availableParallelism()) },
    memory: { type: 'string', default: '4e9' },
  },
});
const timeoutSeconds = Number(values.timeout);
const folder = mkdtempSync(join(tmpdir(), 'certprune-limits-'));

interface Hard {
  readonly path: string;
  readonly question: Question;
}

const published = (model: string, property: string) => (): Hard | undefined => {
  const path = sharedPath(`vnncomp/${model}`);
  const vnnlib = sharedPath(`vnncomp/${property}`);
  return path && vnnlib ? { path, question: { kind: 'vnnlib', path: vnnlib } } : undefined;
};

/** A bound on the first output that no attack reaches and that bounds are far from proving. */
async function unreached({ network, numbers }: NumberedNetwork, pixels: Float32Array, epsilon: number) {
  const unsafe = (bound: number): Specification => ({
    ...robustness(pixels, 0, 10, epsilon),
    unsafe: [[{ coefficients: Float64Array.from({ length: 10 }, (_, i) => (i === 0 ? 1 : 0)), bound }]],
  });
  const { attack } = attacker({ network, numbers });
  const { margin: least } = await attack(unsafe(0), cheapAttack, createRng('least'));
  const { margin: near } = await attack(
    unsafe(0),
    { ...cheapAttack, steps: 1, restarts: 1 },
    createRng('near'),
  );
  return least - Math.abs(near - least);
}

const fresh = (network: Network, epsilon: number) => async (): Promise<Hard> => {
  const rng = createRng('limits');
  const path = join(folder, `${network.name}.onnx`);
  const numbers = initialize({ ...network, initialization: 'kaimingNormal' }, rng);
  exportNetwork({ network, numbers }, 'onnx', path);
  const size = network.inputShape.reduce((a, b) => a * b, 1);
  const pixels = rng.fork('pixels').fillUniform(new Float32Array(size), 0, 1);
  const bound = await unreached({ network, numbers }, pixels, epsilon);
  return {
    path,
    question: {
      kind: 'image',
      pixels,
      label: 0,
      epsilon,
      targets: 'all',
      unsafe: [[`Y_0 <= ${bound}`]],
      depth: 'complete',
    },
  };
};

const choices = { classes: 10, bn: false };
const cifar = { ...choices, inputShape: [3, 32, 32], normalization: identityNormalization(3) };
const cases: Readonly<Record<string, () => Hard | undefined | Promise<Hard>>> = {
  'oval21 cifar_base': published(
    'oval21/onnx/cifar_base_kw.onnx',
    'oval21/vnnlib/cifar_base_kw-img9410-eps0.043137254901960784.vnnlib',
  ),
  'mnist 256x4': fresh(
    convThenLinear(
      'mlp256x4',
      [],
      [256, 256, 256, 256],
    )({ ...choices, inputShape: [1, 28, 28], normalization: identityNormalization(1) }),
    0.3,
  ),
  cifar_model_deep: fresh(buildModel('cifar_model_deep', cifar), 0.3),
  resnet18: fresh(buildModel('resnet18', cifar), 0.1),
  vgg16_bn_literature: fresh(buildModel('vgg16_bn_literature', cifar), 0.1),
};

console.log(`${header()}, ${timeoutSeconds} s, ${values.threads} threads, ${values.memory} bytes`);
const rows: string[][] = [];
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(cases)) {
    const hard = await cases[name]?.();
    if (!hard) continue;
    const process = verifyingProcess(builtEntry());
    const startedAt = steadyClock();
    const answer = await process.ask({
      subject: { kind: 'onnx', path: hard.path },
      question: hard.question,
      limits: {
        timeoutSeconds,
        threads: Number(values.threads),
        memoryBytes: Number(values.memory),
        startedAt,
      },
    });
    const seconds = (steadyClock() - startedAt) / 1000;
    process.close();
    const over = Math.max(0, seconds - timeoutSeconds);
    rows.push([
      name,
      answer.message ?? answer.result,
      answer.by ?? answer.why ?? '',
      seconds.toFixed(2),
      over.toFixed(2),
      answer.cpuSeconds === undefined ? 'by the parent' : 'by itself',
      String(Math.round((answer.peakMemoryBytes ?? 0) / 1e6)),
      String(answer.domains),
      over < targetSeconds ? 'met' : 'MISSED',
    ]);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const titles = [
  'question',
  'answer',
  'why',
  'seconds',
  'over',
  'ended',
  'MB',
  'domains',
  `< ${targetSeconds} s`,
];
console.log(
  renderTable(
    titles.map((title, i) => [title, (row: string[]) => row[i], [3, 4, 6, 7].includes(i) ? 'right' : 'left']),
    rows,
  ),
);
