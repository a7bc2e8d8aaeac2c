import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { diamondFolder } from '../../verify/files/smallFiles.testing.ts';
import { captured, type Captured } from '../captured.testing.ts';

vi.setConfig({ testTimeout: 60_000 });
vi.mock('../../verify/files/verifyingProcess.ts', async () => ({
  verifyingProcess: (await import('../../verify/files/inThisProcess.testing.ts')).inThisProcess,
}));

let files: ReturnType<typeof diamondFolder>;
beforeAll(() => (files = diamondFolder()));
afterAll(() => files.remove());

/** The network has two outputs. */
const asked = (name: string, rows: string, ...more: string[]): Promise<Captured> =>
  captured([
    'verify',
    '--onnx',
    files.onnx,
    '--dataset',
    files.write(name, Buffer.from(`a,b,label\n${rows}`)),
    '--epsilon',
    '0.01',
    '--workers',
    '1',
    '--test-share',
    '0.5',
    '--end',
    '1',
    ...more,
  ]);

describe('data whose labels are words', () => {
  it('asks for an output for each of them, whichever images are asked about', async () => {
    const rows = ['no', 'yes'].map((word) => `0.5,0.5,${word}\n0.2,0.1,${word}\n`).join('');
    expect((await asked('two.csv', rows)).code).toBe(0);
    const { code, err } = await asked('three.csv', `${rows}0.1,0.1,maybe\n0.2,0.2,maybe\n`);
    expect(code).toBe(1);
    expect(err).toContain('The data has 3 classes (maybe, no, yes), numbered from 0 in this order');
    expect(err).toContain('the network has 2 outputs');
  });
});
