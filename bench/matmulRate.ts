/** @file The f32 matrix-product rate of this run, against which the other benchmarks are measured. */
import { compile } from '../src/engine/compile.ts';
import { float32, matmul } from '../src/tensor/index.ts';
import { interleave } from './interleave.ts';

/** A 1024³ product through ONNX Runtime. */
export async function matrixProduct(
  threads: number,
): Promise<{ readonly run: () => Promise<unknown>; readonly flops: number }> {
  const n = 1024;
  const spec = float32([n, n]);
  const product = compile(({ a, b }) => matmul(a, b), { a: spec, b: spec }, { threads });
  const feeds = {
    a: Float32Array.from({ length: n * n }, (_, i) => Math.sin(i)),
    b: Float32Array.from({ length: n * n }, (_, i) => Math.cos(i)),
  };
  const into = await product.run(feeds);
  return { run: () => product.run(feeds, into), flops: 2 * n ** 3 };
}

/** Floating-point operations a second; the best of several products. */
export async function measureMatmulRate(threads: number): Promise<number> {
  const { run, flops } = await matrixProduct(threads);
  const { product } = await interleave(12, { product: run });
  return flops / product.wall;
}
