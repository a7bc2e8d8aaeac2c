/** @file One process per run: a lock file that names its holder, with a check that the holder is alive. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { UserError } from '../formats/userError.ts';

/** Who holds a run. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in the system's clock ticks, where the system tells it; pids are used again. */
  readonly ticks?: string;
}

/**
 * Takes the lock; a lock left by a process that is gone (killed, machine restarted) is taken over.
 * @returns the function that gives it back
 * @throws UserError where a living process, or one on another machine, holds it
 */
export function takeLock(path: string): () => void {
  const self: LockHolder = { pid: process.pid, host: hostname(), ...startTicks(process.pid) };
  const own = `${path}.${process.pid}`;
  try {
    writeFileSync(own, JSON.stringify(self));
    for (let attempt = 0; attempt < 3; attempt++) {
      // A hard link appears whole or not at all, and fails where the name is taken.
      if (tryLink(own, path)) return () => release(path, self);
      const holder = readLock(path);
      if (holder && isAlive(holder)) throw heldBy(holder, path);
      const stale = `${path}.stale.${process.pid}`;
      try {
        renameSync(path, stale);
      } catch {
        continue;
      }
      // Another process may have replaced the stale lock between the two steps: then it is put back.
      const moved = readLock(stale);
      if (moved && isAlive(moved)) tryLink(stale, path);
      rmSync(stale, { force: true });
    }
    throw new UserError(`Several processes try to start on ${path} at once. Try again.`);
  } finally {
    rmSync(own, { force: true });
  }
}

/** The holder of a lock that is alive, or on another machine; undefined where the run is free. */
export function liveHolder(path: string): LockHolder | undefined {
  const holder = readLock(path);
  return holder && isAlive(holder) ? holder : undefined;
}

function release(path: string, self: LockHolder): void {
  const holder = readLock(path);
  if (holder?.pid === self.pid && holder.host === self.host) rmSync(path, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readLock(path: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
  } catch {
    return undefined;
  }
}

function isAlive(holder: LockHolder): boolean {
  // Nothing can be asked about a process elsewhere: it counts as alive.
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const { ticks } = startTicks(holder.pid);
  return holder.ticks === undefined || ticks === undefined || ticks === holder.ticks;
}

function heldBy(holder: LockHolder, path: string): UserError {
  const here = holder.host === hostname();
  return new UserError(
    `Process ${holder.pid}${here ? '' : ` on ${holder.host}`} is at work on this run. Wait for it, or stop it and ` +
      `start again with --resume.${here ? '' : ` If it is gone, delete ${path}.`}`,
  );
}

/** Field 22 of Linux's /proc/PID/stat, counted after the name in brackets. */
function startTicks(pid: number): { ticks?: string } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return ticks === undefined ? {} : { ticks };
  } catch {
    return {};
  }
}
