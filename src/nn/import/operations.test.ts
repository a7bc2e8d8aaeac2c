import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { encodeModel } from '../../formats/onnx/encode.ts';
import type { OnnxModel } from '../../formats/onnx/model.ts';
import { sizeOf } from '../../tensor/index.ts';
import { simplifyNetwork, splitNormalization } from '../simplifyNetwork.ts';
import { checkImport, exportedRunner, interpreted } from './compare.testing.ts';
import { modelRunner } from './runners.ts';
import { computingCases } from './computingCases.testing.ts';
import { testModel } from './graph.testing.ts';
import { movingCases } from './movingCases.testing.ts';
import { importOnnxBytes } from './importOnnx.ts';
import { supportedOperators } from './operators.ts';

const cases = { ...computingCases, ...movingCases };

/** Compares the import in several forms with the model. */
async function expectSameOutputs(model: OnnxModel, pack = encodeModel): Promise<void> {
  const imported = importOnnxBytes(pack(model));
  const plain = await modelRunner(imported);
  const rng = createRng(2);
  const simplified = simplifyNetwork(imported);
  const split = splitNormalization(imported);
  const moved = simplifyNetwork(split);
  const behindMap = interpreted(moved);
  const networks = [
    interpreted(imported),
    interpreted(simplified),
    await exportedRunner(imported),
    await exportedRunner(simplified),
    (x: Float32Array) =>
      behindMap(Float64Array.from(x, (v, i) => v * split.scale[i] + split.shift[i]) as never),
  ];
  for (const network of networks)
    await checkImport(imported, { model: plain, network, rng, samples: 2, range: [-2, 2], tolerance: 1e-5 });
  expect(imported.network.layers.length).toBeGreaterThan(0);
  expect(sizeOf(imported.input.shape)).toBe(sizeOf(imported.network.inputShape));
}

describe('imported operations compute what ONNX Runtime does', () => {
  it.each(Object.entries(cases))('%s', async (_, [dims, build, options]) => {
    await expectSameOutputs(testModel(dims, build, options));
  });

  it('every supported operation has a case', () => {
    const used = new Set(
      Object.values(cases).flatMap(([dims, build, options]) =>
        testModel(dims, build, options).graph.nodes.map((n) => n.opType),
      ),
    );
    expect(supportedOperators.filter((op) => !used.has(op))).toEqual([]);
  });

  it('compressed models, and models of another precision', async () => {
    const model = testModel([1, 4], (g) => g.node('Gemm', ['x', g.floats([4, 3])]), { dtype: 'float64' });
    await expectSameOutputs(model, (m) => gzipSync(encodeModel(m)));
  });
});
