/** @file One process per run: a lock file that names its holder, with a check that the holder is alive. */
import {
  closeSync,
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../formats/userError.ts';

/** Who holds a run. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in the system's clock ticks, where the system tells it; pids are used again. */
  readonly ticks?: string;
  /** The holder writes the file anew all the time; one that has not for so long is gone. */
  readonly leaseSeconds?: number;
}

/** For holders on other machines, whose processes cannot be asked about. */
const leaseSeconds = 60;
const renewSeconds = 10;

/**
 * Takes the lock; a lock left by a process that is gone (killed, machine restarted) is taken over. The holder renews
 * its lock; a process that finds, waking after a long sleep, that its lock was taken over, ends itself.
 * @param onAbandoned told of the holder whose lock is taken over
 * @returns the function that gives it back
 * @throws UserError where a living process, or one on another machine that still renews its lock, holds it
 */
export function takeLock(path: string, onAbandoned?: (holder: LockHolder) => void): () => void {
  const self: LockHolder = { pid: process.pid, host: hostname(), ...startTicks(process.pid), leaseSeconds };
  const own = `${path}.${self.host}.${process.pid}`;
  let abandoned: LockHolder | undefined;
  try {
    writeFileSync(own, JSON.stringify(self));
    for (let attempt = 0; attempt < 3; attempt++) {
      // A hard link appears whole or not at all, and fails where the name is taken.
      if (tryLink(own, path)) {
        if (abandoned) onAbandoned?.(abandoned);
        return hold(path, self);
      }
      const holder = readLock(path);
      // Both times are of the disk's clock, whatever the clocks of the machines say.
      const now = statSync(own).mtimeMs;
      if (holder && isAlive(holder, path, now)) throw heldBy(holder, path);
      const stale = `${own}.stale`;
      try {
        renameSync(path, stale);
      } catch {
        continue;
      }
      // Another process may have replaced the stale lock between the two steps: then it is put back.
      const moved = readLock(stale);
      if (moved && isAlive(moved, stale, now)) tryLink(stale, path);
      else abandoned = moved;
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
  return holder && isAlive(holder, path, Date.now()) ? holder : undefined;
}

/** Renews the lock until it is given back. */
function hold(path: string, self: LockHolder): () => void {
  const timer = setInterval(() => {
    if (isSelf(readLock(path), self)) return renew(path, self);
    clearInterval(timer);
    process.stderr.write(`certprune: ${path} was taken over by another process: this one ends.\n`);
    process.exit(1);
  }, 1000 * renewSeconds);
  timer.unref();
  return () => {
    clearInterval(timer);
    release(path, self);
  };
}

/** The same bytes again: readers see a whole lock at any time, and the disk notes its own time. */
function renew(path: string, self: LockHolder): void {
  try {
    const descriptor = openSync(path, 'r+');
    try {
      writeSync(descriptor, JSON.stringify(self), 0);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // A disk that is away for a moment: the next time tells.
  }
}

const isSelf = (holder: LockHolder | undefined, self: LockHolder): boolean =>
  holder === undefined || (holder.pid === self.pid && holder.host === self.host);

function release(path: string, self: LockHolder): void {
  const holder = readLock(path);
  if (holder && isSelf(holder, self)) rmSync(path, { force: true });
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

/** @param now milliseconds since 1970 by the clock of the file's disk */
function isAlive(holder: LockHolder, path: string, now: number): boolean {
  if (holder.host !== hostname()) {
    const lease = holder.leaseSeconds ?? Number.POSITIVE_INFINITY;
    const renewed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now;
    return now - renewed < 1000 * lease;
  }
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
  const end =
    holder.leaseSeconds === undefined
      ? ` If it is gone, delete ${path}.`
      : ` If it is gone, the run is free ${holder.leaseSeconds} seconds after.`;
  return new UserError(
    `Process ${holder.pid}${here ? '' : ` on ${holder.host}`} is at work on this run. Wait for it, or stop it and ` +
      `start again with --resume.${here ? '' : end}`,
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

/**
 * Waits until the lock is free. A holder that lives is at the same piece of work, after which nothing is left to do;
 * one that died is found out by its lease.
 * @throws UserError where a holder elsewhere has no lease, so that nothing ever ends it; the signal's reason
 */
export async function waitForLock(path: string, signal: AbortSignal): Promise<void> {
  for (let told = false; existsSync(dirname(path)); told = true) {
    try {
      return takeLock(path)();
    } catch (error) {
      const holder = liveHolder(path);
      if (!(error instanceof UserError) || (holder && holder.leaseSeconds === undefined)) throw error;
      if (!told) process.stderr.write(`Waiting: ${error.message}\n`);
    }
    await pause(500, undefined, { signal });
  }
}
