/** @file Whether a job is one of its run, and touches nothing outside the sweep's folder. */
import { lstatSync, readdirSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { UserError } from '../../formats/userError.ts';
import { runPaths } from '../paths.ts';
import { planStates } from '../plan.ts';
import { readJobConfig } from './doJob.ts';
import type { Job } from './job.ts';
import { jobId } from './jobPlan.ts';
import type { SweepPaths } from './paths.ts';

/**
 * Compares a job with the configuration of its run, and looks for links on its way: what is written or deleted
 * through one lies elsewhere.
 * @throws UserError where it is no job of the run, or meets a link
 */
export function checkJob({ id, run, work }: Job, sweep: SweepPaths): void {
  const refuse = (why: string): never => {
    throw new UserError(`The job ${id} is none of the sweep ${sweep.root}: ${why}. Nothing was done.`);
  };
  if (id !== jobId(run, work)) refuse(`what it would do is called ${jobId(run, work)}`);
  refuseLinks(sweep.root, sweep.config(run));
  refuseLinks(sweep.root, sweep.log(id));
  for (const folder of [sweep.run(run), sweep.chunks(run)]) {
    refuseLinks(sweep.root, folder);
    refuseLinksWithin(folder);
  }
  const config = readJobConfig(sweep, run);
  if (work.kind === 'collect') return;
  const planned = planStates(config, runPaths(sweep.run(run))).find(({ state }) => state === work.state);
  if (!planned) return refuse(`the run ${run} has no state ${work.state}`);
  if (work.kind === 'prune' && !planned.prune) refuse(`state ${work.state} of ${run} is not pruned`);
  if (work.kind !== 'verify') return;
  const { start, end } = config.verify.images;
  if (work.start < start || work.end > end || work.start >= work.end)
    refuse(`the images ${work.start} to ${work.end} are not among ${start} to ${end} of ${run}`);
}

const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

function link(path: string): never {
  throw new UserError(
    `${path} is a symbolic link: jobs write and delete through none. Put the folder itself there.`,
  );
}

/** No link on the way from `root`, itself left out, to `path`. */
function refuseLinks(root: string, path: string): void {
  for (let at = path; at.startsWith(root + sep); at = dirname(at)) if (isLink(at)) link(at);
}

function refuseLinksWithin(folder: string): void {
  let entries;
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch {
    return;
  }
  const found = entries.find((entry) => entry.isSymbolicLink());
  if (found) link(join(found.parentPath, found.name));
}
