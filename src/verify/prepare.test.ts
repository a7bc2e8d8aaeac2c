import { describe, expect, it } from 'vitest';
import { boundNetwork } from '../bounds/boundNetwork.ts';
import { createRng } from '../data/rng.ts';
import { evaluateNetwork } from '../nn/evaluate.testing.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { initialize } from '../nn/initialize.ts';
import { maskNumbers } from '../nn/masks.ts';
import { simplifyNetwork, splitNormalization } from '../nn/simplifyNetwork.ts';
import { sequential } from '../nn/zoo/sequential.ts';
import { compress } from '../prune/compress.ts';
import { fullMasks, prunableKeys } from '../prune/masks.ts';
import { pruneStep } from '../prune/prune.ts';
import { createVerifier, type VerifyOptions } from './pipeline.ts';
import { prepareNetwork, type PreparedNetwork } from './prepare.ts';
import { robustness, type Specification } from './specification.ts';

const network = sequential('pruned', [1, 8, 8])
  .normalize({ mean: [0.4], std: [0.3] })
  .conv(8, { kernel: 3, stride: 2, padding: 1 })
  .batchNorm()
  .relu()
  .conv(8, { kernel: 3, padding: 1 })
  .batchNorm()
  .relu()
  .flatten()
  .linear(12)
  .relu()
  .linear(3)
  .build();

async function prunedBy(method: string, rate: number): Promise<NumberedNetwork> {
  const rng = createRng('pruned');
  const numbers = initialize(network, rng);
  for (const [key, values] of Object.entries(numbers))
    if (key.startsWith('bn')) rng.fork(key).fillUniform(values, key.endsWith('var') ? 0.5 : -0.5, 1.5);
  const masks = fullMasks(network, prunableKeys(network, { linear: true }));
  const found = await pruneStep({ network, numbers, masks, rng }, { method, rate });
  return { network, numbers: maskNumbers(numbers, found.masks) };
}

/** Prepared in all other ways, with dead channels left in. */
function uncompressed(original: NumberedNetwork): PreparedNetwork {
  const { network: whole, numbers } = simplifyNetwork(splitNormalization(original));
  return { ...prepareNetwork(original), bounded: boundNetwork(whole, numbers) };
}

const widths = ({ network: { layers } }: Pick<NumberedNetwork, 'network'>): Record<string, number> =>
  Object.fromEntries(
    layers.flatMap((l) =>
      l.kind === 'conv2d' ? [[l.name, l.outChannels]] : l.kind === 'linear' ? [[l.name, l.outFeatures]] : [],
    ),
  );

/** The same box; rows hold by only a share of their margin at its middle. */
const nearer = (spec: Specification, outputs: ArrayLike<number>, share: number): Specification => ({
  ...spec,
  unsafe: spec.unsafe.map((rows) =>
    rows.map(({ coefficients, bound }) => {
      const margin = coefficients.reduce((sum, c, i) => sum + c * outputs[i], -bound);
      return { coefficients, bound: bound + (1 - share) * margin };
    }),
  ),
});

describe('states with dead channels', () => {
  it.each([
    ['l1-channel', 0.5],
    ['l1unstruct', 0.97],
  ])(
    '%s at %d: are compressed before they are bounded; the original stays as it is',
    async (method, rate) => {
      const original = await prunedBy(method, rate);
      const prepared = prepareNetwork(original);
      const small = compress(original);
      expect(widths(prepared.bounded)).toEqual(widths(small));
      expect(small.after.macs).toBeLessThan(0.6 * small.before.macs);
      const neurons = ({ bounded }: PreparedNetwork): number => bounded.sites.reduce((n, r) => n + r.size, 0);
      expect(neurons(prepared)).toBeLessThan(0.85 * neurons(uncompressed(original)));
      expect(prepared.original).toBe(original);
    },
  );

  it('get the same verdicts as without compression', async () => {
    const original = await prunedBy('l1-channel', 0.5);
    const options: VerifyOptions = { inputSplit: false, maxDomains: 200, timeoutSeconds: 20 };
    const [small, whole] = await Promise.all(
      [prepareNetwork(original), uncompressed(original)].map(async (p) => createVerifier(p, { threads: 1 })),
    );
    const found = new Set<string>();
    // How much of the margins at the image an adversary has to overcome.
    for (const [seed, share] of [1, 0.5, 0.3, 0.1, 0.01].entries()) {
      const x = createRng(seed).fillUniform(new Float32Array(64), 0, 1);
      const outputs = evaluateNetwork(network, original.numbers, x, 1);
      const label = outputs.reduce((best, v, i) => (v > outputs[best] ? i : best), 0);
      const spec = nearer(robustness(x, label, 3, 0.1), outputs, share);
      const { verdict } = await small.verify(spec, options);
      expect(verdict.kind).toBe((await whole.verify(spec, options)).verdict.kind);
      found.add(verdict.kind);
    }
    expect(found).toContain('verified');
    expect(found).toContain('falsified');
  });
});
