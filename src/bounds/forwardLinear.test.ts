import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import { initialize } from '../nn/initialize.ts';
import { sequential } from '../nn/zoo/sequential.ts';
import { boundMachine } from './machine.ts';
import { boundNetwork } from './boundNetwork.ts';
import { boxOf } from './box.ts';
import { ibpBounds, rootBounds } from './rootBounds.ts';

const box = boxOf(new Float64Array(3).fill(-1), new Float64Array(3).fill(1));

/** Mean width over the neurons of a ReLU's input. */
const meanWidth = ({ lower, upper }: { lower: Float32Array; upper: Float32Array }): number =>
  upper.reduce((total, u, i) => total + u - lower[i], 0) / upper.length;

describe('forward linear bounds', () => {
  it('are exact through affine layers, where intervals are not', async () => {
    const network = sequential('affine', [3]).linear(8).linear(2).relu().linear(1).build();
    const numbers = initialize(network, createRng(1));
    const machine = boundMachine(boundNetwork(network, numbers), { threads: 1 });
    const [site] = machine.net.sites;
    const found = (await rootBounds(machine, box, { forward: 'only' }))[site.name];
    const loose = (await ibpBounds(machine, box)).sites[site.name];
    const [first, second] = network.layers.filter((l) => l.kind === 'linear').map((l) => l.name);
    const weight = (name: string): Float32Array => numbers[`${name}.weight`];
    const bias = (name: string): Float32Array => numbers[`${name}.bias`];
    for (let o = 0; o < 2; o++) {
      let center = bias(second)[o];
      let radius = 0;
      for (let h = 0; h < 8; h++) center += weight(second)[o * 8 + h] * bias(first)[h];
      for (let i = 0; i < 3; i++) {
        let product = 0;
        for (let h = 0; h < 8; h++) product += weight(second)[o * 8 + h] * weight(first)[h * 3 + i];
        radius += Math.abs(product);
      }
      expect(found.lower[o]).toBeLessThanOrEqual(center - radius);
      expect(found.upper[o]).toBeGreaterThanOrEqual(center + radius);
      expect(found.lower[o]).toBeCloseTo(center - radius, 4);
      expect(found.upper[o]).toBeCloseTo(center + radius, 4);
    }
    expect(meanWidth(found)).toBeLessThan(0.9 * meanWidth(loose));
  });

  it('lie between intervals and backward bounds in a deep network', async () => {
    const network = sequential('deep', [3])
      .linear(16)
      .relu()
      .linear(16)
      .relu()
      .linear(16)
      .relu()
      .linear(2)
      .build();
    const machine = boundMachine(boundNetwork(network, initialize(network, createRng(2))), { threads: 1 });
    const last = machine.net.sites[2].name;
    const loose = (await ibpBounds(machine, box)).sites[last];
    const forward = (await rootBounds(machine, box, { forward: 'only' }))[last];
    const backward = (await rootBounds(machine, box, { forward: 'first' }))[last];
    expect(meanWidth(forward)).toBeLessThan(0.9 * meanWidth(loose));
    expect(meanWidth(backward)).toBeLessThan(meanWidth(forward));
  });
});
