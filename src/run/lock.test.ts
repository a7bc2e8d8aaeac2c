import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { liveHolder, takeLock } from './lock.ts';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'lock-')), 'run.lock');
});

describe('takeLock', () => {
  it('is held until given back', () => {
    const release = takeLock(path);
    expect(liveHolder(path)?.pid).toBe(process.pid);
    expect(() => takeLock(path)).toThrow(`Process ${process.pid} is at work on this run`);
    release();
    expect(liveHolder(path)).toBeUndefined();
    takeLock(path)();
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  it('takes over from a process that was killed, and from a damaged file', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await new Promise((resolve) => child.once('spawn', resolve));
    writeFileSync(path, JSON.stringify({ pid: child.pid, host: hostname() }));
    expect(() => takeLock(path)).toThrow(`Process ${child.pid} is at work`);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    takeLock(path)();
    writeFileSync(path, '{"pid":');
    takeLock(path)();
    expect(existsSync(path)).toBe(false);
  });

  it.skipIf(!existsSync('/proc/self/stat'))('is not fooled by a pid that is used again', () => {
    writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname(), ticks: '1' }));
    takeLock(path)();
    expect(existsSync(path)).toBe(false);
  });

  it('believes a lock of another machine', () => {
    writeFileSync(path, JSON.stringify({ pid: 1, host: 'elsewhere.example' }));
    expect(() => takeLock(path)).toThrow(/on elsewhere.example.*delete .*run.lock/);
  });

  it('takes over from another machine that renews its lock no more', () => {
    writeFileSync(path, JSON.stringify({ pid: 1, host: 'elsewhere.example', leaseSeconds: 60 }));
    expect(() => takeLock(path)).toThrow(/on elsewhere.example.*free 60 seconds after/);
    const minutesAgo = Date.now() / 1000 - 120;
    utimesSync(path, minutesAgo, minutesAgo);
    expect(liveHolder(path)).toBeUndefined();
    takeLock(path)();
    expect(existsSync(path)).toBe(false);
  });
});
