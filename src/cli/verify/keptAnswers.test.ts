import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Answer } from '../../verify/files/answer.ts';
import type { ListedInstance } from '../../verify/files/instances.ts';
import { keptAnswers } from './keptVerdicts.ts';

const folder = mkdtempSync(join(tmpdir(), 'kept-answers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('finds the answer to files as they are now, whatever they were before', () => {
  const at = (name: string): string => join(folder, name);
  const instance = { onnxPath: at('net.onnx'), vnnlibPath: at('p.vnnlib') } as ListedInstance;
  for (const file of ['net.onnx', 'p.vnnlib', 'results.csv']) writeFileSync(at(file), 'first');
  const open = (): ReturnType<typeof keptAnswers> =>
    keptAnswers(at('results.csv'), { timeoutSeconds: 10 }, false);
  open().add(instance, 10, { result: 'unsat', lowerBound: 1 } as Answer);
  expect(open().find(instance, 10)?.result).toBe('unsat');
  expect(open().find(instance, 20)).toBeUndefined();
  writeFileSync(at('p.vnnlib'), 'second');
  expect(open().find(instance, 10)).toBeUndefined();
  open().add(instance, 10, { result: 'unknown', lowerBound: 0 } as Answer);
  expect(open().find(instance, 10)?.result).toBe('unknown');
});
