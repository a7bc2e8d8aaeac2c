/** @file The engine itself: cost of a run, of tracing, of a first run, and of convolutions. */
import { availableParallelism, cpus } from 'node:os';
import { performance } from 'node:perf_hooks';
import { compile } from '../src/engine/compile.ts';
import { allocate } from '../src/engine/hostTensor.ts';
import { blockSize } from '../src/engine/backend/lower/blocked.ts';
import { apply } from '../src/tensor/apply.ts';
import { add, conv2d, float32, relu, sum, valueAndGrad, type Tensor } from '../src/tensor/index.ts';
import type { TensorSpec } from '../src/tensor/tensor.ts';
import { measureMatmulRate } from './matmulRate.ts';

const threads = Number(process.env['THREADS'] ?? availableParallelism());
const batch = Number(process.env['BATCH'] ?? 128);

/** Fastest of several, in milliseconds. */
async function fastest(repeats: number, f: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await f();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function feed(spec: TensorSpec): Float32Array {
  const data = allocate(spec).data as Float32Array;
  return data.map((_, i) => Math.sin(i) / 8);
}

/** One line of costs that do not depend on the size of the work. */
async function overheads(): Promise<void> {
  const tiny = compile(({ x }) => add(x, 1), { x: float32([1]) }, { threads });
  const x = Float32Array.of(1);
  const into = await tiny.run({ x });
  const run = await fastest(200, () => tiny.run({ x }, into));

  const layers = 12;
  const specs = {
    weights: Array.from({ length: layers }, () => float32([8, 8, 3, 3])),
    image: float32([2, 8, 8, 8]),
  };
  const loss = (weights: readonly Tensor[], image: Tensor): Tensor =>
    sum(weights.reduce((value, w) => relu(conv2d(value, w, undefined, { padding: 1 })), image));
  const start = performance.now();
  const gradient = compile(({ weights, image }) => valueAndGrad(loss)(weights, image), specs, { threads });
  const traced = performance.now();
  await gradient.run({
    weights: specs.weights.map(feed),
    image: feed(specs.image),
  });
  console.log(
    `a run ${run.toFixed(3)} ms; ${layers} convolutions with gradients: tracing ${(traced - start).toFixed(0)} ms, ` +
      `lowering, session and first run ${(performance.now() - traced).toFixed(0)} ms`,
  );
}

interface Geometry {
  readonly channels: readonly [number, number];
  readonly kernel: number;
  readonly stride: number;
  readonly size: number;
}

/** The convolutions of cifar_model_deep at 3x32x32; padding 1. */
const geometries: readonly Geometry[] = [
  { channels: [3, 32], kernel: 3, stride: 1, size: 32 },
  { channels: [32, 64], kernel: 4, stride: 2, size: 32 },
  { channels: [64, 64], kernel: 3, stride: 1, size: 16 },
  { channels: [64, 128], kernel: 4, stride: 2, size: 16 },
  { channels: [128, 128], kernel: 4, stride: 2, size: 8 },
];

async function convolutions(
  { channels: [ci, co], kernel: k, stride: s, size }: Geometry,
  rate: number,
): Promise<void> {
  const out = Math.floor((size + 2 - k) / s) + 1;
  const geometry = { stride: [s, s], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 } as const;
  const x = float32([batch, ci, size, size]);
  const w = float32([co, ci, k, k]);
  const g = float32([batch, co, out, out]);
  const ideal = (2 * batch * co * out * out * ci * k * k) / rate;
  const operations = {
    conv2d: { specs: [x, w], attributes: geometry },
    convTranspose2d: { specs: [g, w], attributes: { ...geometry, size: [size, size] as const } },
    convWeightGrad: { specs: [x, g], attributes: { ...geometry, kernel: [k, k] as const } },
  } as const;
  const times: string[] = [];
  for (const op of ['conv2d', 'convTranspose2d', 'convWeightGrad'] as const) {
    const { specs, attributes } = operations[op];
    const one = compile(([a, b]) => apply(op, [a, b], attributes as never), specs, { threads });
    const feeds = [feed(specs[0]), feed(specs[1])] as const;
    const into = await one.run(feeds);
    const time = await fastest(6, () => one.run(feeds, into));
    times.push(`${op} ${time.toFixed(1)} (${(time / 1e3 / ideal).toFixed(2)}x)`);
  }
  console.log(`${ci}→${co} ${k}x${k} stride ${s} at ${size}x${size}: ${times.join('  ')}`);
}

const rate = await measureMatmulRate(threads);
console.log(
  `${new Date().toISOString()} ${cpus()[0]?.model ?? 'unknown'}, threads ${threads}, ` +
    `matrix product ${(rate / 1e9).toFixed(0)} GFLOP/s, block of ${blockSize()}`,
);
await overheads();
console.log(`milliseconds at batch ${batch} (x: of flops/rate)`);
for (const geometry of geometries) await convolutions(geometry, rate);
