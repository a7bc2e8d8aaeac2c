/** @file Waiting for a lock that another process holds. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../../formats/userError.ts';
import { liveHolder, takeLock } from '../lock.ts';

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
