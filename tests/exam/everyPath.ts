/** @file Exam: every method and option path on the same questions; tiny limits. */
import type { Rng } from '../../src/data/rng.ts';
import type { NumberedNetwork } from '../../src/nn/foldBatchNorm.ts';
import { sequential } from '../../src/nn/zoo/sequential.ts';
import { verify, type LibraryOptions } from '../../src/verify/files/verifyNetwork.ts';
import type { Specification } from '../../src/verify/specification.ts';
import type { ExamFamily, Outcome } from './family.ts';

const off = { restarts: 0, steps: 1, relativeStep: 0.25 };

/** Paths through the pipeline. */
const paths: Readonly<Record<string, LibraryOptions>> = {
  default: {},
  'no attack': { cheapAttack: off, strongAttack: off },
  'bab-refine': { method: 'bab-refine' },
  mip: { method: 'mip' },
  babsr: { branching: 'babsr' },
  fsb: { branching: 'fsb' },
  kfsb: { branching: 'kfsb' },
  'same-slope': { relaxation: 'same-slope' },
  'zero-lb': { relaxation: 'zero-lb', inputSplit: false },
  'one-lb': { relaxation: 'one-lb', inputSplit: false },
  'no intermediate α': { intermediateIterations: 0, inputSplit: false },
  'shared α': { sharedAlpha: true, inputSplit: false },
  'forward only': { forward: 'only' },
  'input split': { inputSplit: true },
  'no input split': { inputSplit: false },
  'search without attack': { inputSplit: false, cheapAttack: off, strongAttack: off },
  'refined along the branch': { refineBranch: 'auto', inputSplit: false },
  'inactive neurons dropped': { dropInactive: true, inputSplit: false },
  'two threads': { workers: 2, inputSplit: false },
  'small batches': { batchRows: 2, inputSplit: false },
  'another seed': { seed: 7 },
};

/** Limits that end the work before it has begun, or soon after. */
const tiny: Readonly<Record<string, LibraryOptions>> = {
  'no time': { timeoutSeconds: 1e-9 },
  'a millisecond': { timeoutSeconds: 1e-3 },
  'no domains': { maxDomains: 0 },
  'one domain': { maxDomains: 1, inputSplit: false },
  'no memory': { memoryBytes: 1, inputSplit: false },
};

interface Affine {
  readonly weight: number[][];
  readonly bias: number[];
}

const widths = [1, 8, 8, 2];

/** Layers of a network of one input, as f32 numbers. */
function layersOf(rng: Rng): Affine[] {
  return widths.slice(1).map((outputs, k) => ({
    weight: Array.from({ length: outputs }, () =>
      Array.from({ length: widths[k] }, () => Math.fround(rng.normal() / Math.sqrt(widths[k] / 2))),
    ),
    bias: Array.from({ length: outputs }, () => Math.fround(0.5 * rng.normal())),
  }));
}

function networkOf(layers: readonly Affine[]): NumberedNetwork {
  let net = sequential('paths', [1]);
  layers.forEach(({ bias }, k) => {
    net = net.linear(bias.length);
    if (k < layers.length - 1) net = net.relu();
  });
  const network = net.build();
  const names = network.layers.filter(({ kind }) => kind === 'linear').map(({ name }) => name);
  return {
    network,
    numbers: Object.fromEntries(
      layers.flatMap(({ weight, bias }, k) => [
        [`${names[k]}.weight`, Float32Array.from(weight.flat())],
        [`${names[k]}.bias`, Float32Array.from(bias)],
      ]),
    ),
  };
}

const affine = ({ weight, bias }: Affine, x: readonly number[]): number[] =>
  weight.map((row, i) => row.reduce((sum, w, j) => sum + w * x[j], bias[i]));

/**
 * Least first output on [-1, 1], in f64: a network of one input is linear between the points where one of its neurons
 * changes its sign, and those are found layer by layer.
 */
function leastOutput(layers: readonly Affine[]): number {
  let points = [-1, 1];
  const before = (x: number, depth: number): number[] => {
    let values = [x];
    for (let k = 0; k < depth; k++) values = affine(layers[k], values).map((v) => Math.max(0, v));
    return affine(layers[depth], values);
  };
  for (let depth = 0; depth < layers.length - 1; depth++) {
    const found = points.slice(0, -1).flatMap((left, i) => {
      const right = points[i + 1];
      const [a, b] = [before(left, depth), before(right, depth)];
      return a.flatMap((v, j) => (v * b[j] < 0 ? [left + ((right - left) * v) / (v - b[j])] : []));
    });
    points = [...points, ...found].sort((x, y) => x - y);
  }
  return Math.min(...points.map((x) => before(x, layers.length - 1)[0]));
}

/** Unsafe where the first output is at most `bound`. */
const question = (bound: number): Specification => ({
  lower: Float64Array.of(-1),
  upper: Float64Array.of(1),
  unsafe: [[{ coefficients: Float64Array.of(1, 0), bound }]],
});

const counts = { small: 1, full: 8 } as const;

export const everyPath: ExamFamily = {
  name: 'every path',
  asks:
    'Random networks of one input; is the first output above a threshold just below (or above) its minimum? By every method ' +
    'and option of the pipeline, and again under limits that nothing can be done in, which must end open.',
  truth: 'The exact minimum in f64: between the zeros of its neurons such a network is linear.',
  leastRight: { small: 70, full: 560 },
  async sit({ size, rng, signal, answered }) {
    for (let n = 0; n < counts[size]; n++) {
      const layers = layersOf(rng.fork(`network ${n}`));
      const network = networkOf(layers);
      const least = leastOutput(layers);
      for (const distance of [-1e-2, -1e-3, 1e-3]) {
        const bound = least + distance * Math.max(1, Math.abs(least));
        const truth = distance < 0 ? 'verified' : 'falsified';
        for (const [group, isTiny] of [
          [paths, false],
          [tiny, true],
        ] as const)
          for (const [path, options] of Object.entries(group)) {
            signal.throwIfAborted();
            const asked = `network ${n}, threshold ${bound} (${distance} from the minimum), ${path}`;
            try {
              const limits = { timeoutSeconds: 30, threads: 1, ...options };
              const { verdict } = await verify(network, question(bound), limits);
              const open: Outcome = isTiny ? 'right' : 'open';
              const outcome = verdict.kind === 'unknown' ? open : verdict.kind === truth ? 'right' : 'wrong';
              answered({ question: asked, outcome, detail: `${verdict.kind}; true: ${truth}` });
            } catch (error) {
              signal.throwIfAborted();
              answered({ question: asked, outcome: 'wrong', detail: String(error) });
            }
          }
      }
    }
  },
};
