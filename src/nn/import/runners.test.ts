import { describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { encodeModel } from '../../formats/onnx/encode.ts';
import { testModel, type TestGraph } from './graph.testing.ts';
import { importOnnxBytes, type ImportedFile } from './importOnnx.ts';
import { checkImportedFile } from './runners.ts';

const imported = (build: (g: TestGraph) => string, dims = [1, 4]): ImportedFile =>
  importOnnxBytes(encodeModel(testModel(dims, build)));
const box = (low: number, high: number) => ({
  lower: new Float64Array(4).fill(low),
  upper: new Float64Array(4).fill(high),
});

describe('the check of an import', () => {
  it('finds an error that later layers hide, and says where', async () => {
    const good = imported((g) => {
      const hidden = g.node('Add', ['x', g.floats([4], [1, 2, 3, 4])], {}, ['hidden']);
      return g.node('Clip', [
        g.node('Mul', [hidden, g.floats([], [1e-6])]),
        g.floats([], [-10]),
        g.floats([], [10]),
      ]);
    });
    const numbers = { ...good.numbers, 'affine1.bias': Float32Array.of(1, 2, 3.001, 4) };
    await checkImportedFile(good, createRng(1), { boxes: [box(0, 1)] });
    await expect(
      checkImportedFile({ ...good, numbers }, createRng(1), { boxes: [box(0, 1)] }),
    ).rejects.toThrow(/disagrees with ONNX Runtime at the value 'hidden' \(layer affine1\): element 2 is/);
  });

  it('looks where the property asks: at thresholds that random points of [0,1] miss', async () => {
    const good = imported((g) => g.node('Max', ['x', g.floats([], [1e6])]));
    const numbers = Object.fromEntries(
      Object.entries(good.numbers).map(([key, values]) => [
        key,
        values.map((v) => (Math.abs(v) === 1e6 ? v * 1.1 : v)),
      ]),
    );
    await expect(
      checkImportedFile({ ...good, numbers }, createRng(1), { boxes: [box(1.05e6, 1.3e6)] }),
    ).rejects.toThrow(/disagrees/);
  });

  it('is not troubled by sums that cancel, and compares what is behind them all the same', async () => {
    const { compared, worst } = await checkImportedFile(
      imported((g) =>
        g.node('Relu', [
          g.node('Sub', [g.node('Add', ['x', g.floats([], [2 ** 24])]), g.floats([], [2 ** 24])]),
        ]),
      ),
      createRng(1),
      { boxes: [box(0, 1)] },
    );
    expect(compared).toBeGreaterThan(10);
    expect(worst).toBeLessThan(1);
  });

  it('takes a model that hands its input on, in which no layer stands for a value', async () => {
    const plain = imported((g) => g.node('Identity', ['x']));
    expect((await checkImportedFile(plain, createRng(1), { boxes: [box(0, 1)] })).compared).toBeGreaterThan(
      10,
    );
  });

  it('blames the model for what it does itself', async () => {
    const nan = imported(
      (g) => g.node('BatchNormalization', ['x', ...[[1], [0], [0], [-1]].map((v) => g.floats([1], v))]),
      [1, 1],
    );
    const one = { lower: Float64Array.of(0), upper: Float64Array.of(1) };
    await expect(checkImportedFile(nan, createRng(1), { boxes: [one] })).rejects.toThrow(
      /The model itself fails in ONNX Runtime at the input \[0\.5\].*output 0 is NaN/,
    );
    const beyond = imported((g) =>
      g.node('Clip', [g.node('Mul', ['x', g.floats([], [3e38])]), '', g.floats([], [1])]),
    );
    await expect(checkImportedFile(beyond, createRng(1), { boxes: [box(2, 3)] })).rejects.toThrow(
      /The model itself fails .* on the way/,
    );
  });
});
