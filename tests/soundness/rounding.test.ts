import { describe, expect, it } from 'vitest';
import { boundNetwork, constantContext, type BoundNetwork } from '../../src/bounds/boundNetwork.ts';
import { boxOf, type Box } from '../../src/bounds/box.ts';
import type { HostBounds } from '../../src/bounds/hostBounds.ts';
import { ibp } from '../../src/bounds/ibp.ts';
import { fromCenter } from '../../src/bounds/interval.ts';
import { boundMachine, type BoundMachine } from '../../src/bounds/machine.ts';
import { boxSpecs } from '../../src/bounds/programs.ts';
import { ibpBounds } from '../../src/bounds/rootBounds.ts';
import { crownRows, type RowBounds } from '../../src/bounds/rowBounds.ts';
import { createRng, type Rng } from '../../src/data/rng.ts';
import { initialize } from '../../src/nn/initialize.ts';
import type { Layer, Network } from '../../src/nn/network.ts';
import { sizeOf, type Tensor } from '../../src/tensor/index.ts';
import { perceptron } from '../../src/verify/exact/randomNetwork.testing.ts';
import type { Split } from '../../src/verify/domain.ts';
import { probeEffort, rowSearch, type RowTask } from '../../src/verify/rowSearch.ts';
import { interpreterMachine } from './interpreterMachine.testing.ts';

const rows = 4;

/** Convolutions of `channels` on 8x8 images, then a linear layer. */
function convolutions(channels: readonly number[]): Network {
  const layers: Layer[] = [];
  let last = 'input';
  channels.slice(1).forEach((outChannels, i) => {
    layers.push(
      {
        kind: 'conv2d',
        name: `conv${i}`,
        inputs: [last],
        inChannels: channels[i],
        outChannels,
        kernel: [3, 3],
        stride: [1, 1],
        padding: [1, 1, 1, 1],
        dilation: [1, 1],
        groups: 1,
        bias: true,
      },
      { kind: 'relu', name: `relu${i}`, inputs: [`conv${i}`] },
    );
    last = `relu${i}`;
  });
  const features = channels.at(-1)! * 64;
  layers.push({ kind: 'flatten', name: 'flat', inputs: [last] });
  layers.push({
    kind: 'linear',
    name: 'fc',
    inputs: ['flat'],
    inFeatures: features,
    outFeatures: 5,
    bias: true,
  });
  return { name: `convolutions ${channels.join('-')}`, inputShape: [channels[0], 8, 8], layers };
}

/** Deep and wide, with a gain that keeps activations and bounds of one size. */
function numbersOf(network: Network, rng: Rng): Record<string, Float32Array> {
  const gain = Math.sqrt(3);
  return Object.fromEntries(
    Object.entries(initialize(network, rng)).map(([key, values]) => [
      key,
      values.map((v) => Math.fround(v * gain)),
    ]),
  );
}

/** Intervals of pre-activations without any widening. */
const plainIbp =
  (net: BoundNetwork) =>
  ({ box }: { box: { center: Tensor; radius: Tensor } }) => {
    const bounds = ibp(net.network, fromCenter(box.center, box.radius), constantContext(net));
    return { sites: Object.fromEntries(net.sites.map((r) => [r.name, bounds.get(r.input)!])) };
  };

/** A machine that keeps the last result of any of its programs. */
function recorded(machine: BoundMachine): { machine: BoundMachine; last: () => RowBounds } {
  let last: unknown;
  const program: BoundMachine['program'] = (key, build) => {
    const inner = machine.program(key, build);
    return {
      ...inner,
      run: async (feeds) => {
        const found = await inner.run(feeds);
        last = found;
        return found;
      },
    };
  };
  return {
    machine: { ...machine, program },
    last: () => {
      const { lower, rounding } = last as Record<'lower' | 'rounding', { data: Float32Array }>;
      return { lower: lower.data, rounding: rounding.data };
    },
  };
}

/** The evaluation (no iterations) of rows at random α and β, some neurons split. */
async function evaluated(
  given: BoundMachine,
  box: Box,
  root: HostBounds,
  start: Float32Array,
  rng: Rng,
): Promise<RowBounds> {
  const { machine, last } = recorded(given);
  const search = rowSearch(machine, box, root);
  const tasks = Array.from({ length: rows }, (_, r): RowTask => {
    const splits = search.sites.flatMap(({ count, lower, upper }, site) =>
      Array.from({ length: count }, (__, neuron): Split => ({
        site,
        neuron,
        point: 0,
        side: rng.next() < 0.5 ? 1 : -1,
      })).filter(({ neuron }) => lower[neuron] < 0 && upper[neuron] > 0 && rng.next() < 0.2),
    );
    return {
      row: {
        coefficients: Float64Array.from(
          start.subarray((r * start.length) / rows, ((r + 1) * start.length) / rows),
        ),
        bound: 0,
      },
      splits,
      alpha: search.sites.map(({ index }) => Uint8Array.from(index, () => rng.integer(256))),
      beta: Float32Array.from(splits, () => rng.uniform(0, 0.1)),
    };
  });
  await search.bound(
    tasks,
    probeEffort,
    () => false,
    () => {},
  );
  return last();
}

const networks = [
  ...[16, 64, 192].flatMap((width) =>
    [2, 5].map((depth) => perceptron([24, ...new Array(depth).fill(width), 5])),
  ),
  perceptron([784, 100, 100, 10]),
  convolutions([2, 4, 4]),
  convolutions([3, 8, 8, 8]),
];

describe('the rounding rule: f32 bounds against f64 ones', () => {
  const shares: number[] = [];

  it.each(networks)('$name', async (network) => {
    const rng = createRng(`rounding ${network.name}`);
    const net = boundNetwork(network, numbersOf(network, rng));
    const engine = boundMachine(net, { threads: 1 });
    const exact = interpreterMachine(net, true);
    const size = sizeOf(network.inputShape);
    const start = rng.fillUniform(new Float32Array(rows * sizeOf(net.shapes.get(net.output)!)), -1, 1);
    for (const radius of [0.01, 0.1]) {
      const center = Float64Array.from({ length: size }, () => rng.uniform(-1, 1));
      const box = boxOf(
        center.map((c) => c - radius),
        center.map((c) => c + radius),
      );
      const { sites: root } = await ibpBounds(engine, box);
      const plain = exact.program('plain ibp', () => ({ fn: plainIbp(net), specs: { box: boxSpecs(net) } }));
      const found = await plain.run({ box });
      for (const { name } of net.sites)
        found.sites[name].lower.data.forEach((value, i) => {
          expect(root[name].lower[i]).toBeLessThanOrEqual(value);
          expect(root[name].upper[i]).toBeGreaterThanOrEqual(found.sites[name].upper.data[i]);
        });

      const pairs: [RowBounds, RowBounds][] = [
        [await crownRows(engine, box, root, start, rows), await crownRows(exact, box, root, start, rows)],
        [
          await evaluated(engine, box, root, start, rng.fork(`${radius}`)),
          await evaluated(exact, box, root, start, rng.fork(`${radius}`)),
        ],
      ];
      for (const [single, double] of pairs)
        for (let r = 0; r < rows; r++) {
          const share = Math.abs(single.lower[r] - double.lower[r]) / single.rounding[r];
          expect(share).toBeLessThan(1);
          shares.push(share);
          // The allowance itself is a small part of what it guards.
          expect(single.rounding[r]).toBeLessThan(1e-2 * Math.max(1, Math.abs(single.lower[r])));
        }
    }
  });

  it('leaves room: typical errors are a small part of what is taken off', () => {
    const sorted = shares.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    console.log(
      `error / allowance: median ${median.toExponential(1)}, greatest ${sorted.at(-1)!.toExponential(1)}`,
    );
    expect(median).toBeLessThan(0.1);
    expect(sorted.at(-1)).toBeLessThan(0.5);
  });
});
