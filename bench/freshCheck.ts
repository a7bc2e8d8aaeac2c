/** @file `certprune check` in a process of its own, and what it costs: CPU seconds and peak memory of the whole process. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { FileReport } from '../src/cli/check/checkAll.ts';

export interface FreshCheck {
  readonly report: FileReport;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** Writes at the end of the process what it has used, threads included, to descriptor 3. */
const meter = `data:text/javascript,${encodeURIComponent(`
import { readFileSync, writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
if (isMainThread) process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  const peak = /^VmHWM:\\s+(\\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  writeSync(3, JSON.stringify({ cpuSeconds: (user + system) / 1e6, peakBytes: 1024 * Number(peak?.[1] ?? 0) }));
});`)}`;

const command = fileURLToPath(new URL('../bin/certprune.js', import.meta.url));

/**
 * The built program.
 * @param more further arguments, `--onnx FILE` or `--threads 1`
 * @throws an Error where the command gives no report
 */
export async function freshCheck(certificate: string, more: readonly string[]): Promise<FreshCheck> {
  const child = spawn(
    process.execPath,
    ['--import', meter, command, 'check', certificate, '--json', ...more],
    { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
  );
  const [out, err, used] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    text(child.stdio[3] as Readable),
  ]);
  if (out === '' || used === '') throw new Error(`certprune check ${certificate}: ${err}`);
  const [report] = JSON.parse(out) as FileReport[];
  return { report, ...(JSON.parse(used) as Omit<FreshCheck, 'report'>) };
}
