/** @file The verifying process: answers its parent's tasks until the parent is gone. */
import type { FromProcess, ToProcess } from './processMessages.ts';
import { peakResidentBytes } from './residentMemory.ts';
import { taskAnswerer } from './answerTask.ts';
import type { Subject } from './subject.ts';

const send = (message: FromProcess): void => void process.send?.(message);

const answerer = taskAnswerer();
let first = true;
let subject: Subject | undefined;

/** Least milliseconds between two reports of progress. */
const progressMilliseconds = 100;

// Ctrl-C reaches the whole group of processes; the parent decides what becomes of this one.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToProcess) => void work(message));
send({ kind: 'ready' });

async function work({ id, task }: ToProcess): Promise<void> {
  // The first task pays for the start of the process.
  const before = first ? { user: 0, system: 0 } : process.cpuUsage();
  first = false;
  let last = -Infinity;
  subject = task.subject ?? subject!;
  const answer = await answerer.answer(
    { ...task, subject },
    {
      onProgress(progress) {
        const now = performance.now();
        if (now - last < progressMilliseconds) return;
        last = now;
        send({ kind: 'progress', id, progress });
      },
    },
  );
  const used = process.cpuUsage(before);
  send({
    kind: 'answer',
    id,
    answer: {
      ...answer,
      cpuSeconds: (used.user + used.system) / 1e6,
      peakMemoryBytes: peakResidentBytes(),
    },
  });
}
