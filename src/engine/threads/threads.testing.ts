/** @file A tiny service for the tests of threads. */
import { UserError } from '../../formats/userError.ts';
import { add } from '../../tensor/operations/index.ts';
import { float32 } from '../../tensor/tensor.ts';
import { compile } from '../compile.ts';
import type { TaskContext } from './pool.ts';
import { threadService } from './service.ts';

export const testThreads = threadService(import.meta.url, ({ base }: { readonly base: number }) => ({
  async add({ a, b }: Readonly<Record<'a' | 'b', Float32Array>>, { transfer }: TaskContext) {
    const spec = float32([a.length]);
    const sum = await compile((x) => add(x.a, x.b), { a: spec, b: spec }, { threads: 1 }).run({ a, b });
    const data = Float32Array.from(sum.data);
    transfer(data.buffer);
    return data;
  },
  count(to: number, { progress }: TaskContext<number>) {
    for (let i = 1; i <= to; i++) progress(base + i);
    return to;
  },
  fail(message: string) {
    throw new UserError(message);
  },
  die: (): void => process.exit(3),
  async untilAborted(_: undefined, { signal }: TaskContext) {
    while (!signal.aborted) await new Promise((resolve) => setImmediate(resolve));
    throw new Error('stopped');
  },
  stuck: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
}));
