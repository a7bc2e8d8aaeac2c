import { describe, expect, it } from 'vitest';
import { createRng, type Rng } from '../../data/rng.ts';
import { compile } from '../../engine/compile.ts';
import { forward } from '../../nn/forward.ts';
import type { Layer, Network } from '../../nn/network.ts';
import { parameterSpecs } from '../../nn/parameters.ts';
import { float32, interpret, sizeOf, trace } from '../../tensor/index.ts';
import { boundNetwork, constantContext, type BoundNetwork } from '../boundNetwork.ts';
import { deepSites, walkBoxesProgram, walkBoxesSpecs, type WalkBoxesInputs } from './walkBoxes.ts';

const linear = (name: string, from: string, inFeatures: number, outFeatures: number): Layer => ({
  kind: 'linear',
  name,
  inputs: [from],
  inFeatures,
  outFeatures,
  bias: true,
});

const bends = {
  relu: { kind: 'relu' },
  leakyRelu: { kind: 'leakyRelu', negativeSlope: 0.1 },
  tanh: { kind: 'tanh' },
  sigmoid: { kind: 'sigmoid' },
} as const;

function chain(widths: readonly number[], kind: keyof typeof bends = 'relu'): Network {
  const layers: Layer[] = [];
  widths.slice(1).forEach((width, i) => {
    layers.push(linear(`fc${i}`, i === 0 ? 'input' : `bent${i - 1}`, widths[i], width));
    if (i + 2 < widths.length) layers.push({ ...bends[kind], name: `bent${i}`, inputs: [`fc${i}`] });
  });
  return { name: 'chain', inputShape: [widths[0]], layers };
}

/** A sum that joins two branches, which leave one layer. */
const branched: Network = {
  name: 'branched',
  inputShape: [3],
  layers: [
    linear('a', 'input', 3, 6),
    { kind: 'relu', name: 'f', inputs: ['a'] },
    linear('b', 'f', 6, 6),
    { kind: 'relu', name: 'g', inputs: ['b'] },
    linear('c', 'g', 6, 6),
    { kind: 'add', name: 'sum', inputs: ['c', 'f'] },
    { kind: 'relu', name: 'h', inputs: ['sum'] },
    linear('d', 'h', 6, 2),
  ],
};

const pooled: Network = {
  name: 'pooled',
  inputShape: [1, 2, 2],
  layers: [
    {
      kind: 'conv2d',
      name: 'a',
      inputs: ['input'],
      inChannels: 1,
      outChannels: 4,
      kernel: [2, 2],
      stride: [1, 1],
      padding: [1, 1, 1, 1],
      dilation: [1, 1],
      groups: 1,
      bias: true,
    },
    { kind: 'relu', name: 'f', inputs: ['a'] },
    {
      kind: 'maxPool2d',
      name: 'p',
      inputs: ['f'],
      kernel: [2, 2],
      stride: [1, 1],
      padding: [0, 0, 0, 0],
    },
    { kind: 'flatten', name: 'flat', inputs: ['p'] },
    linear('b', 'flat', 16, 5),
    { kind: 'relu', name: 'g', inputs: ['b'] },
    linear('c', 'g', 5, 2),
  ],
};

function netOf(network: Network, rng: Rng): BoundNetwork {
  const numbers = parameterSpecs(network).map(({ key, shape }) => {
    const spread = shape.length > 1 ? 1.8 / Math.sqrt(sizeOf(shape.slice(1))) : 0.4;
    return [key, Float32Array.from({ length: sizeOf(shape) }, () => spread * rng.normal())] as const;
  });
  return boundNetwork(network, Object.fromEntries(numbers));
}

const sizes = { boxes: 4, rows: 2 };

function feedsFor(net: BoundNetwork, rng: Rng): WalkBoxesInputs<Float32Array> {
  const uniform = (length: number, low: number, high: number): Float32Array =>
    rng.fillUniform(new Float32Array(length), low, high);
  const inputs = sizeOf(net.network.inputShape);
  const radius = uniform(sizes.boxes * inputs, 0, 0.5);
  radius[1] = 0;
  const known = deepSites(net).map(({ name, size }) => {
    const each = sizes.boxes * size;
    const lower = new Float32Array(each).fill(-Infinity);
    return [name, { lower, upper: new Float32Array(each).fill(Infinity) }] as const;
  });
  const outputs = sizeOf(net.shapes.get(net.output)!);
  return {
    center: uniform(sizes.boxes * inputs, -1, 1),
    radius,
    known: Object.fromEntries(known),
    rows: uniform(sizes.rows * outputs, -1, 1),
    moved: new Float32Array(sizes.rows * outputs),
    weights: new Float32Array(sizes.boxes * sizes.rows).fill(1),
  };
}

/** f64 values of what each site reads, and of the output. */
function evaluator(net: BoundNetwork): (input: Float64Array) => Record<string, Float64Array> {
  const names = [...new Set([...net.sites.map(({ input }) => input), net.output])];
  const traced = trace(
    ({ x }) => {
      const values = forward(net.network, constantContext(net).params, x, { mode: 'eval' }).activations;
      return Object.fromEntries(names.map((name) => [name, values.get(name)!]));
    },
    { x: float32([1, ...net.network.inputShape]) },
  );
  return (input) => {
    const found = interpret(traced.program, [input]);
    return Object.fromEntries(traced.program.outputNames.map((name, i) => [name, found[i]]));
  };
}

const numbers = (t: { data: unknown }): Float32Array => t.data as Float32Array;
const part = (t: ArrayLike<number>, at: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => t[at * n + i]);
const dot = (a: ArrayLike<number>, x: ArrayLike<number>, start = 0): number =>
  Array.from(a).reduce((sum, v, i) => sum + v * x[i], start);

describe('the program over boxes', () => {
  it.each<readonly [string, Network]>([
    ['a chain', chain([3, 7, 9, 5, 2])],
    ['one hidden layer', chain([2, 6, 2])],
    ['a chain of leaky ReLUs', chain([3, 6, 6, 6, 2], 'leakyRelu')],
    ['a chain of tanhs', chain([3, 6, 6, 6, 2], 'tanh')],
    ['a chain of sigmoids', chain([3, 6, 6, 6, 2], 'sigmoid')],
    ['branches', branched],
    ['max pooling', pooled],
    ['a deep chain', chain([2, ...Array<number>(13).fill(4), 2])],
  ])('bounds every neuron and row at sampled points: %s', async (name, network) => {
    const rng = createRng(`boxes ${name}`);
    const net = netOf(network, rng);
    const feeds = feedsFor(net, rng);
    const executable = compile(walkBoxesProgram(net, sizes), walkBoxesSpecs(net, sizes), { threads: 1 });
    const first = await executable.run(feeds);
    const kept = structuredClone(first);
    // What was found is known the next time: bounds never get looser.
    const again = await executable.run({
      ...feeds,
      known: Object.fromEntries(
        Object.entries(kept.bounds).map(([site, { lower, upper }]) => [
          site,
          { lower: numbers(lower), upper: numbers(upper) },
        ]),
      ),
    });
    numbers(again.lower).forEach((low, at) =>
      expect(low).toBeGreaterThanOrEqual(numbers(kept.lower)[at] - numbers(kept.rounding)[at]),
    );
    const valuesAt = evaluator(net);
    const inputs = sizeOf(network.inputShape);
    for (const result of [kept, again])
      for (let b = 0; b < sizes.boxes; b++)
        for (let sample = 0; sample < 60; sample++) {
          const [center, radius] = [part(feeds.center, b, inputs), part(feeds.radius, b, inputs)];
          const x = Float64Array.from(center, (c, i) => {
            const share = sample % 2 === 0 ? (rng.next() < 0.5 ? -1 : 1) : rng.uniform(-1, 1);
            return c + share * radius[i];
          });
          const values = valuesAt(x);
          for (const { name: site, input, size } of deepSites(net)) {
            const { lower, upper } = result.bounds[site];
            const [low, high] = [part(numbers(lower), b, size), part(numbers(upper), b, size)];
            values[input].forEach((v, i) => {
              if (!(v >= low[i] && v <= high[i])) expect.fail(`${site}, ${i}: ${v} not in its bounds`);
            });
          }
          const output = values[net.output];
          for (let k = 0; k < sizes.rows; k++) {
            const row = dot(part(feeds.rows, k, output.length), output);
            const at = b * sizes.rows + k;
            const rounding = numbers(result.rounding)[at];
            expect(row).toBeGreaterThanOrEqual(numbers(result.lower)[at] - rounding);
            const coefficients = part(numbers(result.coefficients), at, inputs);
            expect(row).toBeGreaterThanOrEqual(dot(coefficients, x, numbers(result.constant)[at] - rounding));
          }
        }
  });

  it('takes off more than its distance from the f64 interpreter', async () => {
    for (let trial = 0; trial < 4; trial++) {
      const rng = createRng(`rounding ${trial}`);
      const net = netOf(trial % 2 === 0 ? chain([3, 8, 9, 9, 9, 2]) : branched, rng);
      const feeds = feedsFor(net, rng);
      const fn = walkBoxesProgram(net, sizes);
      const specs = walkBoxesSpecs(net, sizes);
      const found = await compile(fn, specs, { threads: 1 }).run(feeds);
      const traced = trace((args: Parameters<typeof fn>[0]) => ({ lower: fn(args).lower }), specs);
      const flat = traced.program.inputs.map(
        (input) =>
          input.attributes.name
            .split('.')
            .reduce<unknown>((tree, key) => (tree as Record<string, unknown>)[key], feeds) as Float32Array,
      );
      const [exact] = interpret(traced.program, flat);
      exact.forEach((value, at) => {
        const rounding = numbers(found.rounding)[at];
        expect(Math.abs(numbers(found.lower)[at] - value)).toBeLessThan(rounding);
        expect(rounding).toBeLessThan(1e-3 * Math.max(1, Math.abs(value)));
      });
    }
  });

  it('finds which input the gaps come from', async () => {
    const rng = createRng('looseness');
    const net = netOf(chain([3, 8, 8, 2]), rng);
    // The second input moves nothing.
    const weight = net.values['fc0.weight'] as Float32Array;
    for (let i = 1; i < weight.length; i += 3) weight[i] = 0;
    const found = await compile(walkBoxesProgram(net, sizes), walkBoxesSpecs(net, sizes), {
      threads: 1,
    }).run(feedsFor(net, rng));
    for (let b = 0; b < sizes.boxes; b++) {
      const [first, second, third] = part(numbers(found.looseness), b, 3);
      expect(second).toBe(0);
      expect(Math.min(first, third)).toBeGreaterThan(0);
    }
  });
});
