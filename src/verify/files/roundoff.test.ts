import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../check/check.ts';
import type { Answer, Limits } from './answer.ts';
import { taskAnswerer } from './answerTask.ts';
import { diamondFolder } from './smallFiles.testing.ts';

let files: ReturnType<typeof diamondFolder>;
beforeAll(() => (files = diamondFolder()));
afterAll(() => files.remove());

const answerer = taskAnswerer();

/** In this box the diamond's y0 stays below y1 by the margin. */
const property = (type: string, margin: number): string => {
  const end = (1.5 - margin) / 2;
  return `(vnnlib-version <2.0>)
(declare-network N (declare-input X ${type} [1,2]) (declare-output Y ${type} [1,2]))
(assert (and (<= X[0,0] ${end}) (>= X[0,0] -${end}) (<= X[0,1] ${end}) (>= X[0,1] -${end})))
(assert (>= Y[0,0] Y[0,1]))
`;
};

const answer = (type: string, margin: number, choices: Limits['choices'] = {}): Promise<Answer> =>
  answerer.answer({
    subject: { kind: 'onnx', path: files.onnx },
    question: { kind: 'vnnlib', path: files.write('asked.vnnlib', property(type, margin)) },
    limits: { timeoutSeconds: 20, threads: 1, choices: { certify: 'always', ...choices } },
  });

/** Numbers of about 1 are off by a tenth in bfloat16, with all that is added up. */
const [wide, narrow] = [0.5, 0.05];

describe('a format', () => {
  it.each(['bfloat16', 'float16'] as const)('is what the statement holds for: %s', async (roundoff) => {
    const certificate = join(files.folder, `${roundoff}.safetensors`);
    expect(await answer('Real', wide, { roundoff, certificate })).toMatchObject({
      result: 'unsat',
      checked: 'yes',
      arithmetic: roundoff,
    });
    const text = new TextEncoder().encode(property('Real', wide));
    const report = await check(readFileSync(certificate), readFileSync(files.onnx), text);
    expect(report).toMatchObject({ result: 'proved', arithmetic: { real: true, float: roundoff } });
  });

  it('in which a proof does not hold leaves one in real arithmetic', async () => {
    const certificate = join(files.folder, 'real.safetensors');
    const choices = { roundoff: 'bfloat16', certificate } as const;
    expect(await answer('Real', narrow)).toMatchObject({ result: 'unsat', arithmetic: 'float32' });
    expect(await answer('Real', narrow, choices)).toMatchObject({ result: 'unsat', arithmetic: 'real' });
    const text = new TextEncoder().encode(property('Real', narrow));
    const report = await check(readFileSync(certificate), readFileSync(files.onnx), text);
    expect(report).toMatchObject({ result: 'proved', arithmetic: { real: true, float: 'none' } });
  });

  it('is refused where no proof is to be checked', async () => {
    const found = await answer('Real', wide, { roundoff: 'bfloat16', certify: 'never' });
    expect(found).toMatchObject({ result: 'error', userFault: true });
  });
});

describe('a property that declares its numbers', () => {
  it.each(['float64', 'float32', 'bfloat16', 'float16'] as const)('holds for them: %s', async (type) => {
    const arithmetic = type === 'float64' ? 'float32' : type;
    expect(await answer(type, wide)).toMatchObject({ result: 'unsat', checked: 'yes', arithmetic });
  });

  it('is open where a proof holds in real arithmetic alone', async () => {
    const open = { result: 'unknown', why: 'numerical' };
    expect(await answer('bfloat16', narrow)).toMatchObject(open);
    for (const type of ['float32', 'float64'])
      expect(await answer(type, narrow, { roundoff: 'bfloat16' })).toMatchObject(open);
  });

  it('is not asked in a format that says nothing of them', async () => {
    const found = await answer('float16', wide, { roundoff: 'bfloat16' });
    expect(found).toMatchObject({ result: 'error', userFault: true });
    expect(found.message).toMatch(/declares float16, and a proof for bfloat16/);
  });
});
