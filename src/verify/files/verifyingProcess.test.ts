import { afterEach, describe, expect, it } from 'vitest';
import type { Answer, Limits } from './answer.ts';
import { memoryKills } from './residentMemory.ts';
import { verifyingProcess, type AskOptions, type VerifyingProcess } from './verifyingProcess.ts';
import { steadyClock } from '../steadyClock.ts';

let used: VerifyingProcess | undefined;
afterEach(() => used?.close());

function ask(how: string, limits: Limits, options: AskOptions = {}): Promise<Answer> {
  used ??= verifyingProcess(new URL('./stuckProcess.testing.ts', import.meta.url));
  return used.ask(
    { subject: { kind: 'onnx', path: 'none' }, question: { kind: 'vnnlib', path: how }, limits },
    options,
  );
}

describe('a verifying process', () => {
  it('is ended a second after its time limit, and started again', async () => {
    const started = performance.now();
    const answer = await ask('loop', { timeoutSeconds: 0.5 });
    expect(answer).toMatchObject({ result: 'timeout', why: 'timeout' });
    expect((performance.now() - started) / 1000).toBeLessThan(4);
    expect(await ask('answer', { timeoutSeconds: 20 })).toMatchObject({ result: 'unsat' });
  });

  it('counts the time from when the question began', async () => {
    const startedAt = steadyClock() - 60_000;
    const answer = await ask('loop', { timeoutSeconds: 59, startedAt });
    expect(answer.result).toBe('timeout');
    expect(answer.seconds).toBeGreaterThanOrEqual(60);
  });

  it('may crash', async () => {
    expect(await ask('abort', { timeoutSeconds: 20 })).toMatchObject({ result: 'unknown', why: 'memory' });
    const answer = await ask('exit', { timeoutSeconds: 20 });
    expect(answer).toMatchObject({ result: 'error' });
    expect(answer.message).toContain('code 3');
  });

  it('that somebody ends has not used up its memory', async () => {
    // Where the system does not tell whom it ends for want of memory, every such end counts as one.
    const expected = memoryKills() === undefined ? { result: 'unknown' } : { result: 'error' };
    expect(await ask('kill', { timeoutSeconds: 20 })).toMatchObject(expected);
    setTimeout(() => used!.close(), 50);
    await expect(ask('loop', { timeoutSeconds: 20 })).rejects.toThrow('was closed');
  });

  it.skipIf(process.platform !== 'linux')('is ended where it takes too much memory', async () => {
    const answer = await ask('eat', { memoryBytes: 300 * 2 ** 20, timeoutSeconds: 60 });
    expect(answer).toMatchObject({ result: 'unknown', why: 'memory' });
    expect(answer.peakMemoryBytes).toBeGreaterThan(300 * 2 ** 20);
  });

  it('is ended by the signal', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(ask('loop', {}, { signal: controller.signal })).rejects.toThrow('enough');
    await expect(ask('loop', {}, { signal: controller.signal })).rejects.toThrow('enough');
  });
});
