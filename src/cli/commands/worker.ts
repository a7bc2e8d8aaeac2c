/** @file `certprune worker`: does jobs of sweeps that other machines planned. */
import { hostname } from 'node:os';
import type { Command } from 'commander';
import type { Job } from '../../run/sweep/job.ts';
import type { WorkEnd } from '../../run/sweep/workOnJobs.ts';
import type { CliContext } from '../context.ts';
import { formatDuration } from '../format.ts';
import { limitsOf, wholeNumber, type MachineOptions } from '../configOptions.ts';

interface WorkerOptions extends MachineOptions {
  readonly queue: string;
  readonly runs?: string;
  readonly lease?: string;
  readonly idle?: string;
  readonly quiet?: true;
}

/** Adds `worker`. */
export function addWorkerCommand(program: Command, context: CliContext): void {
  program
    .command('worker')
    .description('Do jobs of sweeps that wait on Redis or Valkey, until stopped.')
    .requiredOption('--queue <url>', 'where they wait, e.g. redis://host:6379')
    .option('--runs <folder>', 'folder of runs that all machines share (default: $CERTPRUNE_RUNS or runs)')
    .option('--jobs <n>', 'jobs side by side, of one thread each (default: one per core)')
    .option('--memory <size>', 'memory that all jobs may take together (default: most of what is free)')
    .option('--lease <seconds>', 'a worker silent for so long loses its jobs to others', '30')
    .option('--idle <seconds>', 'end after so long without a job (default: never)')
    .option('-q, --quiet', 'no progress')
    .addHelpText(
      'after',
      `
A worker that dies loses nothing: another goes on with its jobs from their last checkpoint, with the same bits.
Ctrl-C gives jobs back. All workers need the same version, the same data sets, and one shared folder of runs.
A Redis that wants a password: CERTPRUNE_REDIS_PASSWORD; rediss:// is TLS. One that is away is waited for, two
minutes at most.

Examples:
  certprune worker --queue redis://head:6379 --runs /shared/runs
  certprune worker --queue redis://head:6379 --runs /shared/runs --jobs 8 --memory 24GB --idle 600`,
    )
    .action((options: WorkerOptions) => work(options, context));
}

async function work(options: WorkerOptions, context: CliContext): Promise<void> {
  const [
    { workOnJobs },
    { createAdmission },
    { processLauncher },
    { openQueue },
    { folderOf },
    { defaultRunsFolder },
  ] = await Promise.all([
    import('../../run/sweep/workOnJobs.ts'),
    import('../../run/sweep/admission.ts'),
    import('../../run/sweep/launcher.ts'),
    import('../../run/sweep/openQueue.ts'),
    import('../../run/sweep/reference.ts'),
    import('../../run/runs.ts'),
  ]);
  const limits = await limitsOf(options);
  const most = options.idle === undefined ? Number.POSITIVE_INFINITY : wholeNumber('--idle', options.idle, 0);
  const runsFolder = options.runs ?? defaultRunsFolder();
  const signal = context.interruptible(context.commandLine);
  const queue = await openQueue(options.queue, options.lease, { signal, say: (line) => context.say(line) });
  const tell = (line: string): void => {
    if (!options.quiet) context.say(line);
  };
  tell(`Worker ${process.pid} on ${hostname()}: up to ${limits.cores} jobs, results in ${runsFolder}`);
  try {
    await workOnJobs({
      queue,
      launch: processLauncher(),
      admission: createAdmission(limits),
      folderOf: (sweep) => folderOf(sweep, runsFolder),
      signal,
      isOver: async (idleSeconds) => idleSeconds >= most,
      onPutOff: (message) => context.say(`${message} They are left to other workers.`),
      onStart: ({ id }: Job) => tell(`${id} begins`),
      onEnd: ({ id }, end, seconds) => tell(`${id} ${endWords(end)} after ${formatDuration(seconds)}`),
    });
  } finally {
    await queue.close();
  }
}

function endWords(end: WorkEnd): string {
  if ('message' in end) return `${end.kind} (${end.message})`;
  return { done: 'is done', stopped: 'was given back', lost: 'was taken over', cancelled: 'was cancelled' }[
    end.kind
  ];
}
