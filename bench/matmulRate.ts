/** @file The f32 matrix-product rate of this run, against which the other benchmarks are measured. */
import { performance } from 'node:perf_hooks';
import { compile } from '../src/engine/compile.ts';
import { float32, matmul } from '../src/tensor/index.ts';

/** Floating-point operations a second of a 1024³ product through ONNX Runtime; the best of several. */
export async function measureMatmulRate(threads: number): Promise<number> {
  const n = 1024;
  const spec = float32([n, n]);
  const product = compile(({ a, b }) => matmul(a, b), { a: spec, b: spec }, { threads });
  const feeds = {
    a: Float32Array.from({ length: n * n }, (_, i) => Math.sin(i)),
    b: Float32Array.from({ length: n * n }, (_, i) => Math.cos(i)),
  };
  const into = await product.run(feeds);
  let best = Infinity;
  for (let i = 0; i < 12; i++) {
    const start = performance.now();
    await product.run(feeds, into);
    best = Math.min(best, performance.now() - start);
  }
  return (2 * n ** 3) / (best / 1e3);
}
