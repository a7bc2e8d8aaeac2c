/** @file The public library, as a caller uses it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseVnnlib, readOnnxNetwork, readVnnlib, robustness, verify } from '../../src/index.ts';
import { diamondFolder, diamondNetwork, diamondProperty } from '../../src/verify/files/smallFiles.testing.ts';

let files: ReturnType<typeof diamondFolder>;
beforeAll(() => (files = diamondFolder()));
afterAll(() => files.remove());

describe('verify', () => {
  it('decides a model file and a property file', async () => {
    const network = readOnnxNetwork(files.onnx);
    const safe = await verify(network, readVnnlib(files.safe), { timeoutSeconds: 30 });
    expect(safe.verdict.kind).toBe('verified');
    const { verdict } = await verify(network, readVnnlib(files.unsafe));
    expect(verdict.kind).toBe('falsified');
    if (verdict.kind !== 'falsified') return;
    const { input, outputs } = verdict.witness;
    expect(Math.abs(input[0]) + Math.abs(input[1])).toBeGreaterThanOrEqual(1.5 - 1e-6);
    expect(outputs[0]).toBeGreaterThanOrEqual(outputs[1]);
  });

  it('decides images of a network made here', async () => {
    const network = diamondNetwork();
    const image = Float32Array.of(0.5, 0.5);
    expect((await verify(network, robustness(image, 1, 2, 0.2))).verdict.kind).toBe('verified');
    expect((await verify(network, robustness(image, 1, 2, 0.3))).verdict.kind).toBe('falsified');
    const both = [robustness(image, 1, 2, 0.2), robustness(image, 1, 2, 0.3)];
    expect((await verify(network, both)).verdict.kind).toBe('falsified');
  });

  it('stops when it is told to', async () => {
    const network = diamondNetwork();
    const property = readVnnlib(files.safe);
    await expect(
      verify(network, property, { signal: AbortSignal.abort(new Error('no more')) }),
    ).rejects.toThrow('no more');
    const { verdict } = await verify(network, property, { timeoutSeconds: 1e-9 });
    expect(verdict).toEqual({ kind: 'unknown', why: 'timeout' });
  });

  it('refuses what does not fit', async () => {
    const network = diamondNetwork();
    const wide = parseVnnlib(
      `(declare-const X_2 Real)${diamondProperty(1, 1)}(assert (<= X_2 1))(assert (>= X_2 0))`,
    );
    await expect(verify(network, wide)).rejects.toThrow('it declares 3 inputs');
    await expect(verify(network, robustness([0.5], 1, 2, 0.1))).rejects.toThrow('the box has 1 sides');
    await expect(verify(network, robustness([0.5, 0.5], 1, 3, 0.1))).rejects.toThrow(
      'a row has 3 coefficients',
    );
  });
});
