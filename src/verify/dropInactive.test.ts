import { describe, expect, it } from 'vitest';
import { boundMachine } from '../bounds/machine.ts';
import { boxOf } from '../bounds/box.ts';
import { ibpBounds, rootBounds } from '../bounds/rootBounds.ts';
import { createRng } from '../data/rng.ts';
import { forward } from '../nn/forward.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { parameterSpecs } from '../nn/parameters.ts';
import { float32, interpret, sizeOf, trace } from '../tensor/index.ts';
import { boundNetwork } from '../bounds/boundNetwork.ts';
import { dropInactive } from './dropInactive.ts';
import { pointsIn, randomNetwork, type Architecture } from './exact/randomNetwork.testing.ts';

const architectures: Architecture[] = ['sequential', 'deep', 'residual', 'convolutional', 'convResidual'];

/** Outputs in f64 at points [N · inputs]. */
function outputsAt({ network, numbers }: NumberedNetwork, points: Float64Array, count: number): Float64Array {
  const specs = parameterSpecs(network);
  const { program } = trace((args) => forward(network, args.params, args.x, { mode: 'eval' }).output, {
    params: Object.fromEntries(specs.map((s) => [s.key, float32(s.shape)])),
    x: float32([count, ...network.inputShape]),
  });
  return interpret(program, [...specs.map((s) => numbers[s.key]), points])[0];
}

describe('a network without the neurons that a box leaves inactive', () => {
  it.each(architectures)('is smaller and equal on the box: %s', async (architecture) => {
    let smaller = 0;
    for (let trial = 0; trial < 12; trial++) {
      const rng = createRng(`inactive ${architecture} ${trial}`);
      const given = randomNetwork(architecture, rng);
      const net = boundNetwork(given.network, given.numbers);
      const size = sizeOf(given.network.inputShape);
      const middle = rng.fork('middle').fillUniform(new Float64Array(size), -2, 2);
      const ends = { lower: middle.map((v) => v - 0.1), upper: middle.map((v) => v + 0.1) };
      const box = boxOf(ends.lower, ends.upper);
      const root = (await ibpBounds(boundMachine(net, { threads: 1 }), box)).sites;
      const found = dropInactive(net, root);
      if (!found) continue;
      smaller++;
      for (const { name, size: neurons } of found.net.sites) {
        expect(found.root[name].lower).toHaveLength(neurons);
        expect(neurons).toBeGreaterThan(0);
      }
      const points = pointsIn(ends, 40, rng.fork('points'));
      const wanted = outputsAt(given, points, 40);
      outputsAt({ network: found.net.network, numbers: found.net.values }, points, 40).forEach((v, i) =>
        expect(Math.abs(v - wanted[i])).toBeLessThan(1e-5 * (1 + Math.abs(wanted[i]))),
      );
    }
    if (!architecture.startsWith('conv')) expect(smaller).toBeGreaterThan(2);
  });

  it('keeps bounds that hold for what is left', async () => {
    const rng = createRng('bounds of what is left');
    const given = randomNetwork('deep', rng);
    const net = boundNetwork(given.network, given.numbers);
    const size = sizeOf(given.network.inputShape);
    const box = boxOf(new Float64Array(size).fill(0.4), new Float64Array(size).fill(0.6));
    const root = await rootBounds(boundMachine(net, { threads: 1 }), box);
    const found = dropInactive(net, root);
    expect(found).toBeDefined();
    const again = (await ibpBounds(boundMachine(found!.net, { threads: 1 }), box)).sites;
    for (const { name } of found!.net.sites)
      found!.root[name].lower.forEach((low, i) => {
        expect(low).toBeLessThanOrEqual(again[name].upper[i]);
        expect(found!.root[name].upper[i]).toBeGreaterThanOrEqual(again[name].lower[i]);
      });
  });
});
