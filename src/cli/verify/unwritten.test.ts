import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeNpy } from '../../formats/npy.ts';
import { diamondFolder } from '../../verify/files/smallFiles.testing.ts';
import { captured } from '../captured.testing.ts';

vi.setConfig({ testTimeout: 60_000 });
vi.mock('../../verify/files/verifyingProcess.ts', async () => ({
  verifyingProcess: (await import('../../verify/files/inThisProcess.testing.ts')).inThisProcess,
}));

let files: ReturnType<typeof diamondFolder>;
let question: string[];
beforeAll(() => {
  files = diamondFolder();
  const data = Float32Array.of(0.5, 0.5, 0.2, 0.1);
  const images = files.write('u_x.npy', encodeNpy({ dtype: 'float32', shape: [2, 2], data }));
  files.write('u_y.npy', encodeNpy({ dtype: 'int32', shape: [2], data: Int32Array.of(1, 1) }));
  question = ['verify', '--onnx', files.onnx, '--dataset', images, '--workers', '1'];
  // Something else of the certificate's name is in the way; the same as a full disk, for everybody on every system.
  mkdirSync(join(files.folder, 'proofs/0.safetensors'), { recursive: true });
  writeFileSync(join(files.folder, 'proofs/0.safetensors/x'), '');
});
afterAll(() => files.remove());

describe('a certificate that cannot be written', () => {
  it.each([
    [['--epsilon', '0.1'], /2 verified.*2 of the 2 verified are checked proofs/s],
    [['--radius', '--tolerance', '0.05'], /2 of 2 radii are known within the tolerance/],
  ])('takes no verdict away: %j', async (asked, told) => {
    const results = join(files.folder, `results${asked.length}.csv`);
    const proofs = join(files.folder, 'proofs');
    const where = ['--certificate', proofs, '--results', results];
    const { code, out, err } = await captured([...question, ...asked, ...where]);
    expect({ code, out }).toEqual({ code: 1, out: expect.stringMatching(told) });
    expect(err).toContain(`Cannot write ${join(proofs, '0.safetensors')}`);
    expect(err).not.toMatch(/ {4}at /);
    expect(readFileSync(results, 'utf8').trim().split('\n')).toHaveLength(3);
    expect(readFileSync(join(proofs, '1.safetensors')).length).toBeGreaterThan(0);
  });
});
