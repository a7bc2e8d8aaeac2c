/** @file Test helper: answers in this process, for tests that ask what is made of an answer; starting another takes longer. */
import { steadyClock } from '../steadyClock.ts';
import { taskAnswerer } from './answerTask.ts';
import type { VerifyingProcess } from './verifyingProcess.ts';

/** In place of `verifyingProcess`. Ends nothing: a test needs limits that the answerer keeps by itself. */
export function inThisProcess(): VerifyingProcess {
  const { answer } = taskAnswerer();
  return {
    ask: ({ limits, ...task }, { signal, onProgress } = {}) =>
      answer(
        { ...task, limits: { startedAt: steadyClock(), threads: 1, ...limits } },
        { ...(signal && { signal }), ...(onProgress && { onProgress }) },
      ),
    close: () => undefined,
  };
}
