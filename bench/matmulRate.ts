/** @file The f32 matrix-product rate of this run, against which the other benchmarks are measured. */
import { compile } from '../src/engine/compile.ts';
import { float32, matmul } from '../src/tensor/index.ts';
import { interleave } from './interleave.ts';

/**
 * 1024³ products through ONNX Runtime.
 * @param atLeast flops of one run: as many as what it is compared with, so that both meet the same disturbances
 */
export async function matrixProduct(
  threads: number,
  atLeast = 0,
): Promise<{ readonly run: () => Promise<unknown>; readonly flops: number }> {
  const n = 1024;
  const spec = float32([n, n]);
  const product = compile(({ a, b }) => matmul(a, b), { a: spec, b: spec }, { threads });
  const feeds = {
    a: Float32Array.from({ length: n * n }, (_, i) => Math.sin(i)),
    b: Float32Array.from({ length: n * n }, (_, i) => Math.cos(i)),
  };
  const into = await product.run(feeds);
  const repeats = Math.max(1, Math.ceil(atLeast / (2 * n ** 3)));
  const run = async (): Promise<void> => {
    for (let i = 0; i < repeats; i++) await product.run(feeds, into);
  };
  return { run, flops: 2 * n ** 3 * repeats };
}

/** Floating-point operations a second; the best of several products. */
export async function measureMatmulRate(threads: number): Promise<number> {
  const { run, flops } = await matrixProduct(threads);
  const { product } = await interleave(12, { product: run });
  return flops / product.wall;
}
