import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { sharedPath } from '../../formats/shared.testing.ts';
import { simplifyNetwork } from '../simplifyNetwork.ts';
import { checkImport, exportedRunner } from './compare.testing.ts';
import { checkImportedFile, modelRunner } from './runners.ts';
import { readOnnxNetwork } from './importOnnx.ts';

const vnncomp = sharedPath('vnncomp');

describe.skipIf(vnncomp === undefined)('models of VNN-COMP', () => {
  const files = readdirSync(vnncomp ?? '.', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.onnx'),
  );

  it.each(files)('%s computes what ONNX Runtime does', async (name) => {
    const path = join(vnncomp!, name);
    const imported = readOnnxNetwork(path);
    const model = await modelRunner(imported);
    const simplified = simplifyNetwork(imported);
    const rng = createRng(1);
    const { compared, worst } = await checkImportedFile(imported, rng);
    expect(compared).toBeGreaterThan(0);
    expect(worst).toBeLessThan(0.5);
    expect(
      await checkImport(imported, { model, network: await exportedRunner(simplified), rng, tolerance: 1e-5 }),
    ).toBeLessThan(1e-5);
    expect(
      simplified.network.layers.every((l) => ['conv2d', 'linear', 'relu', 'flatten', 'add'].includes(l.kind)),
    ).toBe(true);
  });
});
