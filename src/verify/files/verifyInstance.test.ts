import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isCounterexample } from '../../formats/vnnlib/property.ts';
import { readVnnlib } from '../../formats/vnnlib/read.ts';
import type { Answer } from './answer.ts';
import { taskAnswerer } from './answerTask.ts';
import { diamondFolder, diamondProperty } from './smallFiles.testing.ts';
import { verifyInstance } from './verifyInstance.ts';

let files: ReturnType<typeof diamondFolder>;
beforeAll(() => (files = diamondFolder()));
afterAll(() => files.remove());

const answerer = taskAnswerer();
const answer = (vnnlib: string, onnx = files.onnx, timeoutSeconds = 20): Promise<Answer> =>
  answerer.answer({
    subject: { kind: 'onnx', path: onnx },
    question: { kind: 'vnnlib', path: vnnlib },
    limits: { timeoutSeconds, threads: 1 },
  });

describe('an instance', () => {
  it('is decided in a process of its own', async () => {
    expect(await verifyInstance({ onnx: files.onnx, vnnlib: files.safe, timeoutSeconds: 30 })).toMatchObject({
      result: 'unsat',
    });
  });

  it('with a counterexample gives it', async () => {
    const { result, witness, inputShape } = await answer(files.unsafe);
    expect(result).toBe('sat');
    expect(inputShape).toEqual([1, 2]);
    expect(isCounterexample(readVnnlib(files.unsafe), witness!.input, witness!.outputs)).toBe(true);
  });

  it('of several boxes needs all of them', async () => {
    const boxes = (second: number): string => `
(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)(declare-const Y_1 Real)
(assert (or (and (<= X_0 0.7) (>= X_0 -0.7) (<= X_1 0.7) (>= X_1 -0.7) (>= Y_0 Y_1))
            (and (<= X_0 ${second}) (>= X_0 0) (<= X_1 0.8) (>= X_1 0) (>= Y_0 Y_1))))`;
    expect(await answer(files.write('both.vnnlib', boxes(0.6)))).toMatchObject({ result: 'unsat' });
    const found = await answer(files.write('second.vnnlib', boxes(0.9)));
    expect(found.result).toBe('sat');
    expect(found.witness!.input[0]).toBeGreaterThan(0.69);
  });

  it('holds counterexamples to strict comparisons', async () => {
    // y1 is 1.5 everywhere: y1 ≤ 1.5 always holds and y1 < 1.5 never does.
    const strict = (comparison: string): string =>
      diamondProperty(0.5, 0.5).replace('(>= Y_0 Y_1)', `(${comparison} Y_1 1.5)`);
    expect(await answer(files.write('closed.vnnlib', strict('<=')))).toMatchObject({ result: 'sat' });
    const open = await answer(files.write('open.vnnlib', strict('<')), files.onnx, 2);
    expect(open.result).not.toBe('sat');
  });

  it('may be decided by mixed-integer programs', async () => {
    const exactly = (vnnlib: string): Promise<Answer> =>
      answerer.answer({
        subject: { kind: 'onnx', path: files.onnx },
        question: { kind: 'vnnlib', path: vnnlib },
        limits: {
          timeoutSeconds: 20,
          threads: 1,
          choices: { method: 'mip', cheapAttack: { steps: 1, restarts: 0, relativeStep: 1 } },
        },
      });
    expect(await exactly(files.unsafe)).toMatchObject({ result: 'sat', by: 'mip' });
  });

  it('whose files are at fault is an error that names them', async () => {
    const broken = files.write('broken.vnnlib', '(assert (<= X_0 1))');
    expect(await answer(broken)).toMatchObject({ result: 'error', userFault: true });
    expect((await answer(broken)).message).toContain('broken.vnnlib');
    expect((await answer(files.safe, files.safe)).message).toContain(
      'safe.vnnlib: Not a readable ONNX model',
    );
    const wide = files.write('wide.vnnlib', diamondProperty(1, 1).replaceAll('X_1', 'X_7'));
    expect(await answer(wide)).toMatchObject({ result: 'error', userFault: true });
    expect((await answer(files.folder)).message).toContain('it is a directory');
  });

  it('whose time is over before the start is a timeout', async () => {
    const late = await answerer.answer({
      subject: { kind: 'onnx', path: files.onnx },
      question: { kind: 'vnnlib', path: files.safe },
      limits: { timeoutSeconds: 1e-6 },
    });
    expect(late).toMatchObject({ result: 'timeout', why: 'timeout' });
  });

  it('may be an image', async () => {
    const ask = (epsilon: number, label: number, depth: 'complete' | 'bounds' | 'clean') =>
      answerer.answer({
        subject: { kind: 'onnx', path: files.onnx },
        question: { kind: 'image', pixels: Float32Array.of(0.5, 0.5), label, epsilon, targets: 'all', depth },
        limits: { threads: 1 },
      });
    expect(await ask(0.2, 1, 'complete')).toMatchObject({ result: 'unsat', prediction: 1 });
    expect(await ask(0.3, 1, 'complete')).toMatchObject({ result: 'sat', prediction: 1 });
    expect(await ask(0.3, 0, 'complete')).toMatchObject({ result: 'sat', by: 'clean', prediction: 1 });
    expect(await ask(0, 1, 'clean')).toMatchObject({ result: 'unsat', prediction: 1 });
    expect(await ask(0.2, 1, 'bounds')).toMatchObject({ result: 'unsat' });
    expect(await ask(0.2, 7, 'bounds')).toMatchObject({ result: 'error', userFault: true });
  });
});
