/** @file A tiny worker for the pool's tests. */
import { add } from '../../tensor/operations/index.ts';
import { UserError } from '../../formats/userError.ts';
import { evaluateOnce } from '../compile.ts';
import { hostTensor } from '../hostTensor.ts';
import { serveTasks } from '../serveTasks.ts';

/** What the worker can be asked for. */
export type TestTask =
  | { readonly kind: 'add'; readonly a: Float32Array; readonly b: Float32Array }
  | { readonly kind: 'count'; readonly to: number }
  | { readonly kind: 'fail'; readonly message: string }
  | { readonly kind: 'die' }
  | { readonly kind: 'untilAborted' }
  | { readonly kind: 'stuck'; readonly milliseconds: number };

serveTasks<TestTask, Float32Array | number, number, { base: number }>(
  async (task, { signal, progress, transfer, workerData }) => {
    switch (task.kind) {
      case 'add': {
        const feeds = { a: hostTensor(task.a), b: hostTensor(task.b) };
        const sum = await evaluateOnce(({ a, b }) => add(a, b), feeds, { threads: 1 });
        const data = Float32Array.from(sum.data);
        transfer(data.buffer);
        return data;
      }
      case 'count':
        for (let i = 1; i <= task.to; i++) progress(workerData.base + i);
        return task.to;
      case 'fail':
        throw new UserError(task.message);
      case 'die':
        return process.exit(3);
      case 'untilAborted':
        while (!signal.aborted) await new Promise((resolve) => setImmediate(resolve));
        throw new Error('stopped');
      case 'stuck':
        await new Promise((resolve) => setTimeout(resolve, task.milliseconds));
        return 0;
    }
  },
);
