import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import { evaluationBatches } from '../data/batches.ts';
import { initialize } from '../nn/initialize.ts';
import { stripeNetwork, stripes } from './fixture.testing.ts';
import { measureNeurons } from './measureNeurons.ts';
import { countNeurons, rescaledCounts } from './neuronRecord.ts';

const sum = (counts: readonly (readonly number[])[]): number => counts.flat().reduce((a, b) => a + b, 0);

/** Weights of the stripes' network with mixed signs of γ and shifted batch norms. */
function numbersOf(seed: number): Record<string, Float32Array> {
  const rng = createRng(seed);
  const numbers = initialize(stripeNetwork, rng);
  const scale = numbers['bn1.weight'];
  scale.forEach((_, i) => (scale[i] = i % 2 === 0 ? 0.7 : -1.3));
  numbers['bn1.bias'].forEach((_, i) => (numbers['bn1.bias'][i] = 0.2 * i - 0.3));
  return numbers;
}

describe('measureNeurons', () => {
  const data = stripes(70, 3);
  const numbers = numbersOf(1);
  const plan = { epsilon: 0.05, images: 64, gammaPow: 2 };

  it('agrees with intervals and slopes computed by hand', async () => {
    const record = await measureNeurons(stripeNetwork, numbers, data, plan, { engine: { threads: 1 } });
    expect(record.images).toBe(64);
    const [layer] = record.layers;
    expect(layer.neurons).toBe(4 * 3 * 3);
    const hand = byHand(numbers, data, 64, plan.epsilon);
    expect(layer.unstable).toBeCloseTo(hand.unstable, 5);
    expect(layer.unstableBeforeBatchNorm).toBeCloseTo(hand.before, 5);
    expect(layer.width).toBeCloseTo(hand.width, 4);
    expect(layer.boundProduct).toBeCloseTo(hand.product, 4);
    expect(layer.nrsLoss).toBeCloseTo(hand.nrs, 4);
    expect(layer.sensitivity).toBeCloseTo(hand.sensitivity, 4);
    expect(sum(record.linear.counts)).toBe(36);
    expect(sum(record.log.counts)).toBe(36);
  });

  it('gives the same record again, and stops when told to', async () => {
    const options = { engine: { threads: 1 } };
    const twice = [1, 2].map(() => measureNeurons(stripeNetwork, numbers, data, plan, options));
    const [one, two] = await Promise.all(twice);
    expect(one).toEqual(two);
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(measureNeurons(stripeNetwork, numbers, data, plan, { signal })).rejects.toThrow('stopped');
  });

  it('finds fewer unstable neurons in a smaller box', async () => {
    const share = async (epsilon: number): Promise<number> =>
      (await measureNeurons(stripeNetwork, numbers, data, { ...plan, epsilon })).layers[0].unstable;
    expect(await share(0.001)).toBeLessThan(await share(0.2));
  });
});

/** The network of the stripes in plain f64 loops: normalise, conv 3x3 stride 2 padding 1, batch norm, ReLU, linear. */
function byHand(
  numbers: Record<string, Float32Array>,
  data: Parameters<typeof evaluationBatches>[0],
  images: number,
  epsilon: number,
) {
  const totals = { unstable: 0, before: 0, width: 0, product: 0, nrs: 0, sensitivity: 0 };
  const [pixels] = evaluationBatches(data, images);
  const w = numbers['conv1.weight'];
  const linear = Object.entries(numbers).find(
    ([key, value]) => key.endsWith('.weight') && value.length === 72,
  )![1];
  for (let image = 0; image < images; image++) {
    for (let c = 0; c < 4; c++) {
      const gamma = numbers['bn1.weight'][c];
      const scale = gamma / Math.sqrt(numbers['bn1.running_var'][c] + 1e-5);
      const shift = numbers['bn1.bias'][c] - numbers['bn1.running_mean'][c] * scale;
      for (let r = 0; r < 3; r++)
        for (let s = 0; s < 3; s++) {
          const bias = numbers['conv1.bias']?.[c] ?? 0;
          const at = { lower: bias, upper: bias };
          for (let i = 0; i < 3; i++)
            for (let j = 0; j < 3; j++) {
              const [y, x] = [2 * r + i - 1, 2 * s + j - 1];
              if (y < 0 || x < 0 || y > 5 || x > 5) continue;
              const p = pixels.x[image * 36 + y * 6 + x];
              const normalized = (raw: number): number => (raw - 0.5) / 0.25;
              const weight = w[c * 9 + i * 3 + j];
              const ends = [Math.max(0, p - epsilon), Math.min(1, p + epsilon)].map(
                (e) => weight * normalized(e),
              );

              at.lower += Math.min(...ends);
              at.upper += Math.max(...ends);
            }
          const ends = [at.lower * scale + shift, at.upper * scale + shift];
          const [lower, upper] = [Math.min(...ends), Math.max(...ends)];
          if (at.lower < -1e-5 && at.upper > 1e-5) totals.before++;
          if (lower < -1e-5 && upper > 1e-5) totals.unstable++;
          totals.width += upper - lower;
          totals.product += Math.max(0, -lower * upper);
          totals.nrs += -Math.tanh(1 + (lower * upper) / gamma ** 2);
        }
    }
    const label = pixels.y[image];
    // Two classes: the margin is linear in the ReLU's outputs, whichever class leads.
    for (let n = 0; n < 36; n++)
      totals.sensitivity += Math.abs(linear[label * 36 + n] - linear[(1 - label) * 36 + n]);
  }
  return Object.fromEntries(
    Object.entries(totals).map(([key, value]) => [key, value / (36 * images)]),
  ) as typeof totals;
}

describe('countNeurons', () => {
  const measure = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 256 }), fc.double({ min: 0, max: 1e4, noNaN: true })),
    {
      minLength: 1,
      maxLength: 50,
    },
  );

  it('counts every neuron once on each scale', () => {
    fc.assert(
      fc.property(measure, (pairs) => {
        const { linear, log } = countNeurons({
          instability: Float64Array.from(pairs, ([share]) => share / 256),
          sensitivity: Float64Array.from(pairs, ([, reaction]) => reaction),
        });
        expect(sum(linear.counts)).toBe(pairs.length);
        expect(sum(log.counts)).toBe(pairs.length);
        expect(log.counts[0].reduce((a, b) => a + b, 0)).toBe(pairs.filter(([share]) => share === 0).length);
        expect(Number.isInteger(Math.log2(linear.limit))).toBe(true);
        const wide = rescaledCounts(linear, linear.limit * 4);
        expect(sum(wide)).toBe(pairs.length);
        expect(wide[0][0]).toBe(linear.counts[0].slice(0, 4).reduce((a, b) => a + b, 0));
      }),
    );
  });

  it('puts shares and reactions into their octaves, and leaves out what is not finite', () => {
    const { log } = countNeurons({
      instability: Float64Array.of(1, 0.5, 1 / 256, 0, 1),
      sensitivity: Float64Array.of(1, 2 ** -20, 0, 1e30, NaN),
    });
    const places = log.counts.flatMap((row, i) => row.flatMap((count, j) => (count > 0 ? [[i, j]] : [])));
    expect(places).toEqual([
      [0, 28],
      [1, 0],
      [7, 1],
      [8, 21],
    ]);
  });
});
