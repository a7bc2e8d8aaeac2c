import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sequential } from '../nn/zoo/sequential.ts';
import { weightHistograms } from './weightHistogram.ts';

const network = sequential('one', [1, 1, 1]).conv(10, { kernel: 1, bias: false }).flatten().linear(2).build();
const linear = { 'fc1.weight': new Float32Array(20), 'fc1.bias': new Float32Array(2) };

describe('weight histograms', () => {
  it('count what the mask keeps, each weight within its bin', () => {
    const weights = fc.float32Array({ minLength: 10, maxLength: 10, noNaN: true, noDefaultInfinity: true });
    const mask = fc.uint8Array({ minLength: 10, maxLength: 10, max: 1 });
    fc.assert(
      fc.property(weights, mask, (values, kept) => {
        const numbers = { ...linear, 'conv1.weight': values };
        const [{ name, limit, counts }] = weightHistograms(network, numbers, { 'conv1.weight': kept });
        const left = Array.from(values).filter((_, i) => kept[i] === 1);
        expect(name).toBe('conv1');
        expect(counts.reduce((n, v) => n + v, 0)).toBe(left.length);
        for (const w of left) expect(Math.abs(w)).toBeLessThanOrEqual(limit * (1 + 1e-6));
        const middle = (counts.length - 1) / 2;
        expect(counts.slice(0, middle).reduce((n, v) => n + v, 0)).toBeLessThanOrEqual(
          left.filter((w) => w < 0).length,
        );
      }),
    );
  });

  it('round the largest weight up to two digits; layers without a mask are whole', () => {
    const numbers = { ...linear, 'conv1.weight': new Float32Array(10).fill(-0.1234) };
    const [first, second] = weightHistograms(network, numbers, {});
    expect(first.limit).toBe(0.13);
    expect(first.counts[0]).toBe(10);
    expect(second).toMatchObject({ name: 'fc1', limit: 1 });
    expect(second.counts).toEqual([0, 0, 0, 0, 20, 0, 0, 0, 0]);
  });
});
