/** @file What sparsity buys in verification: seconds of a dense net against its pruned states, on the same images. */
import { boundNetwork } from '../src/bounds/boundNetwork.ts';
import { pixelsOf, type Dataset } from '../src/data/dataset.ts';
import { decomposeToRelu } from '../src/nn/simplify/decomposeToRelu.ts';
import { simplifyNetwork, splitNormalization } from '../src/nn/simplifyNetwork.ts';
import type { NumberedNetwork } from '../src/nn/foldBatchNorm.ts';
import { compress } from '../src/prune/compress.ts';
import { createVerifier } from '../src/verify/pipeline.ts';
import { prepareNetwork, type PreparedNetwork } from '../src/verify/prepare.ts';
import { robustness } from '../src/verify/specification.ts';
import { sparseStates, type SparseState } from './sparseStates.ts';

interface Choices {
  readonly test: Dataset;
  readonly epsilon: number;
  /** The first so many test images. */
  readonly images: number;
  /** For each image. */
  readonly timeoutSeconds: number;
  /** For each image; equal budgets end at equal verdicts, whatever else the machine does. */
  readonly maxDomains: number;
}

interface Verified {
  /** Verdict of each image. */
  readonly verdicts: readonly string[];
  /** Processor seconds of those that are classified right, programs compiled on the way included. */
  readonly seconds: number;
  readonly domains: number;
  /** Mean share of unstable ReLUs, of images that reached CROWN. */
  readonly unstable: number;
}

/** As `prepareNetwork` does it, with the channels that pruning emptied left in. */
function uncompressed(original: NumberedNetwork): PreparedNetwork {
  const { network, numbers } = simplifyNetwork(decomposeToRelu(splitNormalization(original)));
  const single = Object.fromEntries(Object.entries(numbers).map(([key, v]) => [key, Float32Array.from(v)]));
  return { ...prepareNetwork(original), bounded: boundNetwork(network, single) };
}

/** One image after the other on one thread. */
async function verifyAll(prepared: PreparedNetwork, choices: Choices): Promise<Verified> {
  const { verify, replayer } = await createVerifier(prepared, { threads: 1 });
  const verdicts: string[] = [];
  const shares: number[] = [];
  let [seconds, domains] = [0, 0];
  for (let i = 0; i < choices.images; i++) {
    const [pixels, label] = [pixelsOf(choices.test, i), choices.test.labels[i]];
    const outputs = await replayer.outputs(pixels);
    if (outputs.reduce((best, v, k) => (v > outputs[best] ? k : best), 0) !== label) {
      verdicts.push('clean');
      continue;
    }
    const began = process.cpuUsage();
    const spec = robustness(pixels, label, outputs.length, choices.epsilon);
    const { timeoutSeconds, maxDomains } = choices;
    const found = await verify(spec, { timeoutSeconds, maxDomains });
    const { user, system } = process.cpuUsage(began);
    seconds += (user + system) / 1e6;
    domains += found.domains;
    const [ratios, sizes] = [found.unstableRatio, prepared.bounded.sites];
    if (Object.keys(ratios).length > 0)
      shares.push(sizes.reduce((n, { name, size }) => n + (ratios[name] ?? 0) * size, 0));
    verdicts.push(found.verdict.kind);
  }
  const unstable = shares.reduce((n, v) => n + v, 0) / Math.max(1, shares.length);
  return { verdicts, seconds, domains, unstable };
}

const countOf = (verdicts: readonly string[], word: string): number =>
  verdicts.filter((v) => v === word).length;

const columns = [
  'state',
  'accuracy',
  'MACs',
  'unstable',
  'verified/falsified/open',
  'domains',
  'CPU s',
  'ratio',
];

function row(
  state: SparseState,
  { verdicts, seconds, domains, unstable }: Verified,
  against: number,
): string[] {
  const { before, after } = compress(state);
  const counts = ['verified', 'falsified', 'unknown'].map((word) => countOf(verdicts, word));
  return [
    state.title,
    `${(100 * state.accuracy).toFixed(1)} %`,
    `${((100 * after.macs) / before.macs).toFixed(0)} %`,
    unstable.toFixed(0),
    counts.join('/'),
    String(domains),
    seconds.toFixed(1),
    (seconds / against).toFixed(2),
  ];
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** cifar_model_16_32 on MNIST: the dense state, four by magnitude, two by channels with and without compression. */
export async function* sparseLines(): AsyncGenerator<string> {
  const [arch, trainImages, epochs] = ['cifar_model_16_32', 10_000, 3];
  const { test, epsilon, dense, control, magnitude, channels } = await sparseStates(
    arch,
    trainImages,
    epochs,
  );
  const choices = { test, epsilon, images: 30, timeoutSeconds: 40, maxDomains: 256 };
  yield (
    `${arch} on MNIST, eps ${epsilon}, ${choices.images} images, one thread; at most ${choices.timeoutSeconds} s and ` +
      `${choices.maxDomains} domains an image; MACs: left without dead channels; unstable: mean number of ReLUs;`
  );
  yield 'CPU s: of the images classified right, programs compiled on the way included; ratio: to dense, or to not compressed';
  yield line(columns);
  yield line(columns.map(() => '---'));
  const base = await verifyAll(prepareNetwork(dense), choices);
  yield line(row(dense, base, base.seconds));
  for (const state of [control, ...magnitude])
    yield line(row(state, await verifyAll(prepareNetwork(state), choices), base.seconds));
  for (const state of channels) {
    const whole = await verifyAll(uncompressed(state), choices);
    const small = await verifyAll(prepareNetwork(state), choices);
    const equal = small.verdicts.filter((v, i) => v === whole.verdicts[i]).length;
    yield line(row({ ...state, title: `${state.title}, not compressed` }, whole, whole.seconds));
    yield line(row({ ...state, title: `${state.title}, compressed` }, small, whole.seconds));
    yield `equal verdicts: ${equal} of ${choices.images}`;
  }
}
