import { describe, expect, it } from 'vitest';
import { createRng, type Rng } from '../../data/rng.ts';
import { compile } from '../../engine/compile.ts';
import type { Layer, Network } from '../../nn/network.ts';
import { parameterSpecs } from '../../nn/parameters.ts';
import { interpret, trace } from '../../tensor/index.ts';
import { boundNetwork } from '../boundNetwork.ts';
import { boxesSpecs, type BoxesSizes } from './boxesInputs.ts';
import { boxesProgram } from './boxesProgram.ts';
import { chainWork, deepLayers, denseChain, hiddenWidth, type DenseChain } from './denseChain.ts';
import { rowInDouble } from './doubleRow.ts';

const linear = (name: string, from: string, inFeatures: number, outFeatures: number): Layer => ({
  kind: 'linear',
  name,
  inputs: [from],
  inFeatures,
  outFeatures,
  bias: true,
});
const relu = (name: string, from: string): Layer => ({ kind: 'relu', name, inputs: [from] });

function perceptron(widths: readonly number[]): Network {
  const layers: Layer[] = [];
  widths.slice(1).forEach((width, i) => {
    layers.push(linear(`fc${i}`, i === 0 ? 'input' : `relu${i - 1}`, widths[i], width));
    if (i + 2 < widths.length) layers.push(relu(`relu${i}`, `fc${i}`));
  });
  return { name: 'chain', inputShape: [widths[0]], layers };
}

function randomNumbers(network: Network, rng: Rng): Record<string, Float32Array> {
  return Object.fromEntries(
    parameterSpecs(network).map(({ key, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const spread = shape.length > 1 ? 1.8 / Math.sqrt(shape[1]) : 0.4;
      return [key, Float32Array.from({ length: size }, () => spread * rng.normal())];
    }),
  );
}

/** Values of every hidden layer (before its ReLU) and of the output, in f64. */
function valuesOf({ layers }: DenseChain, input: ArrayLike<number>): Float64Array[] {
  const values: Float64Array[] = [];
  let x = Float64Array.from(input);
  for (const { weight, bias, inFeatures } of layers) {
    const z = Float64Array.from(bias, (b, i) =>
      x.reduce((sum, v, j) => sum + v * weight[i * inFeatures + j], b),
    );
    values.push(z);
    x = z.map((v) => Math.max(v, 0));
  }
  return values;
}

const makeChain = (widths: readonly number[], rng: Rng): DenseChain => {
  const network = perceptron(widths);
  const numbers = randomNumbers(network, rng);
  return denseChain(boundNetwork(network, numbers), numbers)!;
};

/** Random boxes and rows; all deep neurons open. */
function feedsFor(chain: DenseChain, { boxes, open, rows }: BoxesSizes, rng: Rng) {
  const uniform = (length: number, low: number, high: number): Float32Array =>
    rng.fillUniform(new Float32Array(length), low, high);
  const known = Object.fromEntries(
    deepLayers(chain).map((k) => {
      const n = hiddenWidth(chain, k);
      const places = Math.min(open, n);
      return [
        k,
        {
          lower: new Float32Array(boxes * n),
          upper: new Float32Array(boxes * n),
          index: Int32Array.from({ length: boxes * places }, (_, i) => i % places),
          openLower: new Float32Array(boxes * places).fill(-3e38),
          openUpper: new Float32Array(boxes * places).fill(3e38),
        },
      ];
    }),
  );
  const last = chain.layers.at(-1)!.inFeatures;
  const radius = uniform(boxes * chain.inputs, 0, 0.5);
  radius[1] = 0;
  const [coefficients, constant] = [uniform(rows * last, -1, 1), uniform(rows, -1, 1)];
  return {
    center: uniform(boxes * chain.inputs, -1, 1),
    radius,
    known,
    rows: {
      coefficients,
      constant,
      reach: coefficients.map(Math.abs),
      constantReach: constant.map(Math.abs),
    },
    weights: new Float32Array(boxes * rows).fill(1),
  };
}

const sizes: BoxesSizes = { boxes: 4, open: 9, rows: 2 };

describe('the program over boxes', () => {
  it('bounds every neuron and row at sampled points, alone and with stable neurons left out', async () => {
    for (const widths of [
      [3, 7, 9, 5, 2],
      [2, 6, 3],
      [4, 5, 5, 5, 5, 4],
    ]) {
      const rng = createRng(`boxes ${widths}`);
      const chain = makeChain(widths, rng);
      const feeds = feedsFor(chain, sizes, rng);
      const executable = compile(boxesProgram(chain, sizes), boxesSpecs(chain, sizes), { threads: 1 });
      const found = await executable.run(feeds);
      const numbers = (t: { data: unknown }): Float32Array => t.data as Float32Array;

      // Again, with the stable neurons' bounds taken over and only the others open.
      const again = structuredClone(feeds);
      for (const k of deepLayers(chain)) {
        const n = hiddenWidth(chain, k);
        const [lower, upper] = [numbers(found.bounds[k].lower), numbers(found.bounds[k].upper)];
        again.known[k].index.fill(n);
        for (let b = 0; b < sizes.boxes; b++) {
          let place = b * n;
          for (let i = 0; i < n; i++) {
            const at = b * n + i;
            if (lower[at] < 0 && upper[at] > 0) {
              again.known[k].index[place] = i;
              again.known[k].openLower[place] = lower[at];
              again.known[k].openUpper[place++] = upper[at];
            } else {
              again.known[k].lower[at] = lower[at];
              again.known[k].upper[at] = upper[at];
            }
          }
        }
      }
      const second = await executable.run(again);
      for (let r = 0; r < sizes.boxes * sizes.rows; r++)
        expect(numbers(second.lower)[r]).toBeCloseTo(numbers(found.lower)[r], 3);

      for (const result of [found, second])
        for (let b = 0; b < sizes.boxes; b++)
          for (let sample = 0; sample < 100; sample++) {
            const x = Float64Array.from({ length: chain.inputs }, (_, i) => {
              const share = sample % 2 === 0 ? (rng.next() < 0.5 ? -1 : 1) : rng.uniform(-1, 1);
              return feeds.center[b * chain.inputs + i] + share * feeds.radius[b * chain.inputs + i];
            });
            const values = valuesOf(chain, x);
            for (const k of deepLayers(chain))
              values[k].forEach((v, i) => {
                const at = b * hiddenWidth(chain, k) + i;
                const { lower, upper } = result.bounds[k];
                if (!(v >= numbers(lower)[at] && v <= numbers(upper)[at]))
                  expect.fail(`layer ${k}, neuron ${i}: ${v} outside of its bounds`);
              });
            const hidden = values.at(-2)!.map((v) => Math.max(v, 0));
            for (let k = 0; k < sizes.rows; k++) {
              const row = hidden.reduce(
                (sum, v, i) => sum + v * feeds.rows.coefficients[k * hidden.length + i],
                feeds.rows.constant[k],
              );
              const at = b * sizes.rows + k;
              expect(row).toBeGreaterThanOrEqual(numbers(result.lower)[at] - numbers(result.rounding)[at]);
              const minorant = x.reduce(
                (sum, v, i) => sum + v * numbers(result.coefficients)[at * chain.inputs + i],
                numbers(result.constant)[at] - numbers(result.rounding)[at],
              );
              expect(row).toBeGreaterThanOrEqual(minorant);
            }
          }
    }
  });

  it('takes off more than its distance from the f64 interpreter, and the f64 walk agrees with that', async () => {
    for (let trial = 0; trial < 4; trial++) {
      const rng = createRng(`rounding ${trial}`);
      const chain = makeChain([3, 8, 9, 9, 9, 2], rng);
      const feeds = feedsFor(chain, sizes, rng);
      const fn = boxesProgram(chain, sizes);
      const specs = boxesSpecs(chain, sizes);
      const found = await compile(fn, specs, { threads: 1 }).run(feeds);
      const [lower, rounding] = [found.lower.data as Float32Array, found.rounding.data as Float32Array];
      const traced = trace((args: never) => {
        const made = fn(args);
        return { lower: made.lower, rounding: made.rounding };
      }, specs as never);
      const flat = traced.program.inputs.map((input) =>
        input.attributes.name
          .split('.')
          .reduce<unknown>((tree, key) => (tree as Record<string, unknown>)[key], feeds),
      );
      const plain = interpret(traced.program, flat as Float32Array[]);
      const names = traced.program.outputNames;
      const exactLower = plain[names.indexOf('lower')];
      for (let at = 0; at < lower.length; at++) {
        const exact = exactLower[at];
        expect(Math.abs(lower[at] - exact)).toBeLessThan(rounding[at]);
        expect(rounding[at]).toBeLessThan(1e-3 * Math.max(1, Math.abs(exact)));
        const [b, k] = [Math.floor(at / sizes.rows), at % sizes.rows];
        const slice = (t: Float32Array, n: number): Float32Array => t.subarray(b * n, (b + 1) * n);
        const deep = Object.fromEntries(
          deepLayers(chain).map((layer) => {
            const n = hiddenWidth(chain, layer);
            const { lower: l, upper: u } = found.bounds[layer];
            return [
              layer,
              { lower: slice(l.data as Float32Array, n), upper: slice(u.data as Float32Array, n) },
            ];
          }),
        );
        const last = chain.layers.at(-1)!.inFeatures;
        const center = slice(feeds.center, chain.inputs);
        const radius = slice(feeds.radius, chain.inputs);
        const part = (t: Float32Array): Float64Array =>
          Float64Array.from(t.subarray(k * last, (k + 1) * last));
        const double = rowInDouble(
          chain,
          {
            coefficients: part(feeds.rows.coefficients),
            constant: feeds.rows.constant[k],
            reach: part(feeds.rows.reach),
            constantReach: feeds.rows.constantReach[k],
          },
          deep,
          Float64Array.from(center, (c, i) => c - radius[i]),
          Float64Array.from(center, (c, i) => c + radius[i]),
        );
        expect(Math.abs(double - lower[at])).toBeLessThan(rounding[at]);
        expect(double).toBeGreaterThan(lower[at] - rounding[at]);
      }
    }
  });
});

describe('dense chains', () => {
  const chainOf = (inputShape: readonly number[], ...layers: Layer[]): DenseChain | undefined => {
    const network = { name: 'n', inputShape, layers };
    const numbers = randomNumbers(network, createRng('chain'));
    return denseChain(boundNetwork(network, numbers), numbers);
  };

  it('are networks of linear layers and ReLUs, with identities where one is missing', () => {
    expect(chainOf([2], linear('a', 'input', 2, 3))).toBeUndefined();
    expect(
      chainOf([2], linear('a', 'input', 2, 3), { kind: 'tanh', name: 't', inputs: ['a'] }),
    ).toBeUndefined();
    const ended = chainOf(
      [1, 1, 2],
      { kind: 'flatten', name: 'f', inputs: ['input'] },
      linear('a', 'f', 2, 3),
      relu('r', 'a'),
    )!;
    expect(ended.layers.map((l) => [l.inFeatures, l.outFeatures])).toEqual([
      [2, 3],
      [3, 3],
    ]);
    expect(Array.from(ended.layers[1].weight)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(ended.exact).toBe(true);
    expect(chainWork(ended)).toBe(2 * 3 * 6);
    const started = chainOf([2], relu('r', 'input'), linear('a', 'r', 2, 3))!;
    expect(started.layers.map((l) => [l.inFeatures, l.outFeatures])).toEqual([
      [2, 2],
      [2, 3],
    ]);
  });

  it('tell whether numbers were rounded', () => {
    const network = perceptron([2, 3, 1]);
    const numbers = randomNumbers(network, createRng('own'));
    const other = {
      ...numbers,
      'fc0.weight': Float64Array.from(numbers['fc0.weight'], (v) => v * (1 + 1e-9)),
    };
    expect(denseChain(boundNetwork(network, numbers), other)!.exact).toBe(false);
  });
});
