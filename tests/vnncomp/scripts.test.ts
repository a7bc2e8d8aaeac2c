/** @file The scripts of VNN-COMP, called as its harness does. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sharedPath } from '../../src/formats/shared.testing.ts';
import { diamondFolder } from '../../src/verify/files/smallFiles.testing.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

vi.setConfig({ testTimeout: 120_000 });

let files: ReturnType<typeof diamondFolder>;
beforeAll(() => (files = diamondFolder()));
afterAll(() => files.remove());

function script(name: string, ...args: string[]): { status: number | null; stderr: string } {
  const env = {
    ...process.env,
    CERTPRUNE_MAIN: join(root, 'tests/vnncomp/main.testing.ts'),
    NODE_OPTIONS: `--import ${loader}`,
    TMPDIR: files.folder,
  };
  const { status, stderr } = spawnSync(join(root, 'vnncomp', name), args, {
    env,
    encoding: 'utf8',
    cwd: files.folder,
  });
  return { status, stderr };
}

function instance(
  onnx: string,
  vnnlib: string,
): { prepared: number | null; ran: number | null; results: string } {
  const results = join(files.folder, 'out.txt');
  const prepared = script('prepare_instance.sh', 'v1', 'test', onnx, vnnlib).status;
  const ran = script('run_instance.sh', 'v1', 'test', onnx, vnnlib, '60', results).status;
  return { prepared, ran, results: readFileSync(results, 'utf8') };
}

describe('the scripts of VNN-COMP', () => {
  it('decide instances', () => {
    expect(instance(files.onnx, files.safe)).toEqual({ prepared: 0, ran: 0, results: 'unsat\n' });
    const { prepared, ran, results } = instance(files.onnx, files.unsafe);
    expect({ prepared, ran }).toEqual({ prepared: 0, ran: 0 });
    expect(results).toMatch(/^sat\n\(\(X_0 /);
  });

  it('write error where a file is at fault', () => {
    const { prepared, ran, results } = instance(files.safe, files.safe);
    expect({ prepared, ran, results }).toEqual({ prepared: 0, ran: 1, results: 'error\n' });
    expect(script('prepare_instance.sh', 'v1', 'test', 'none.onnx', files.safe).status).toBe(1);
  });

  it('know their version and their arguments', () => {
    expect(script('run_instance.sh', 'v2', 'test').stderr).toContain('usage: run_instance.sh v1');
    expect(script('prepare_instance.sh').status).toBe(1);
    expect(script('install_tool.sh', 'v9').stderr).toContain('usage: install_tool.sh v1');
  });
});

const folder = sharedPath('vnncomp/test');

describe.skipIf(folder === undefined)('the scripts on published instances', () => {
  it.each([
    ['test_nano.onnx', 'test_nano.vnnlib', 'unsat'],
    ['test_sat.onnx', 'test_prop.vnnlib', 'sat'],
  ])('%s %s: %s', (onnx, vnnlib, word) => {
    const { ran, results } = instance(join(folder!, onnx), join(folder!, vnnlib));
    expect({ ran, word: results.split('\n')[0] }).toEqual({ ran: 0, word });
  });
});
