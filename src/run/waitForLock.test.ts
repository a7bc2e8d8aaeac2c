import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { takeLock, waitForLock } from './lock.ts';

const signal = new AbortController().signal;
const lockPath = (): string => join(mkdtempSync(join(tmpdir(), 'wait-')), 'run.lock');

it('returns at once where the lock, or its folder, is not there', async () => {
  await expect(waitForLock(lockPath(), signal)).resolves.toBeUndefined();
  await expect(waitForLock('/nowhere/at/all/run.lock', signal)).resolves.toBeUndefined();
});

it('waits until a living holder gives it back, or a dead one has not renewed it', async () => {
  const path = lockPath();
  const release = takeLock(path);
  let released = false;
  setTimeout(() => {
    released = true;
    release();
  }, 50);
  await waitForLock(path, signal);
  expect(released).toBe(true);
  writeFileSync(path, JSON.stringify({ pid: 1, host: 'elsewhere', leaseSeconds: 60 }));
  setTimeout(() => utimesSync(path, 1, 1), 50);
  await expect(waitForLock(path, signal)).resolves.toBeUndefined();
});

it('gives up where nothing would end the wait', async () => {
  const path = lockPath();
  writeFileSync(path, JSON.stringify({ pid: 1, host: 'elsewhere' }));
  await expect(waitForLock(path, signal)).rejects.toThrow('delete');
  rmSync(path);
  takeLock(path);
  await expect(waitForLock(path, AbortSignal.timeout(20))).rejects.toThrow(/abort/);
});
