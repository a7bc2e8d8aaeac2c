/** @file A verifying process that misbehaves as its task's file name asks. */
import type { FromProcess, ToProcess } from './processMessages.ts';

process.on('disconnect', () => process.exit(0));
process.on('message', ({ id, task }: ToProcess) => {
  const how = task.question.kind === 'vnnlib' ? task.question.path : '';
  const answer = { result: 'unsat', seconds: 0, domains: 0, lowerBound: 1, unstableRatio: {} } as const;
  if (how === 'loop') for (;;);
  if (how === 'abort') process.abort();
  if (how === 'exit') process.exit(3);
  if (how === 'kill') process.kill(process.pid, 'SIGKILL');
  const kept: Uint8Array[] = [];
  while (how === 'eat') kept.push(new Uint8Array(2 ** 22).fill(1));
  if (how === 'answer') process.send!({ kind: 'answer', id, answer } satisfies FromProcess);
});
