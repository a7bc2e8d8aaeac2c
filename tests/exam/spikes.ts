/** @file The family of spikes: counterexamples planted where hardly any point lies, attack off. */
import type { Rng } from '../../src/data/rng.ts';
import { ask, outcomeOf, withoutAttack } from './asking.ts';
import type { ExamFamily } from './family.ts';
import { networkOf, type Affine } from './reluNetworks.ts';

const widths = [1e-2, 1e-3, 1e-4];
const ways = [
  { name: 'input splitting', options: {} },
  { name: 'branch and bound', options: { inputSplit: false } },
  { name: 'mip', options: { method: 'mip' } },
] as const;

/** Weights of the background are this small: together it moves the output by less than 0.1. */
const background = 0.005;

/**
 * relu(1 − Σᵢ|xᵢ − cᵢ|/w) plus a small random network: 1 at c, and within 0.1 of 0 further than w away.
 * The first layer has both halves of every |xᵢ − cᵢ|/w and four background neurons, the second the spike and copies.
 */
function spike(center: readonly number[], width: number, rng: Rng): Affine[] {
  const inputs = center.length;
  const steep = Math.fround(1 / width);
  const small = (): number => Math.fround(rng.uniform(-background, background));
  const halves = center.flatMap((c, i) =>
    [1, -1].map((side) => ({
      row: Array.from({ length: inputs }, (_, j) => (i === j ? side * steep : 0)),
      bias: Math.fround(-side * steep * c),
    })),
  );
  const around = Array.from({ length: 4 }, () => ({
    row: Array.from({ length: inputs }, () => Math.fround(rng.uniform(-1, 1))),
    bias: Math.fround(rng.uniform(-0.5, 0.5)),
  }));
  const first = [...halves, ...around];
  const copies = around.map((_, k) => first.map((__, j) => (j === halves.length + k ? 1 : 0)));
  return [
    { weight: first.map(({ row }) => row), bias: first.map(({ bias }) => bias) },
    {
      weight: [first.map((_, j) => (j < halves.length ? -1 : 0)), ...copies],
      bias: [1, ...around.map(() => 0)],
    },
    { weight: [[1, ...around.map(small)]], bias: [0] },
  ];
}

export const spikes: ExamFamily = {
  name: 'planted spikes',
  asks:
    'Networks with one to three inputs and a spike of half a width down to 1e-4 of the box: is the output ever above ' +
    '0.85 (yes, at the spike), or 1.15 (never)? Without attack.',
  truth:
    'By construction: a sum of a tent of height 1 at a known point, and of neurons whose weights bound them by 0.1.',
  leastRight: { small: 6, full: 60 },
  async sit({ size, rng, signal, answered }) {
    const networks = size === 'small' ? 4 : 36;
    for (let n = 0; n < networks; n++) {
      const own = rng.fork(`spike ${n}`);
      const inputs = 1 + (n % 3);
      // Multiples of 1/64: steep·c is nearly exact in f32.
      const center = Array.from({ length: inputs }, () => Math.round(own.uniform(-60, 60)) / 64);
      const width = widths[n % widths.length];
      const network = networkOf(`spike-${n}`, spike(center, width, own));
      const way = ways[Math.floor(n / 2) % ways.length];
      for (const [threshold, truth] of [
        [0.85, 'sat'],
        [1.15, 'unsat'],
      ] as const) {
        signal.throwIfAborted();
        const variables = center
          .map((_, i) => `(declare-const X_${i} Real)(assert (<= -1 X_${i} 1))`)
          .join('');
        const property = `${variables}(declare-const Y_0 Real)(assert (>= Y_0 ${threshold}))`;
        const found = await ask(network, property, {
          ...withoutAttack,
          ...way.options,
          timeoutSeconds: 10,
          signal,
        });
        answered({
          question: `spike ${n} of half width ${width} at ${center.join(' ')}, ${way.name}, above ${threshold}`,
          outcome: outcomeOf(found, truth),
          detail: `${found.word} by ${found.by}; ${truth} is true`,
        });
      }
    }
  },
};
