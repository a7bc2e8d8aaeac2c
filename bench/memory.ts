/** @file Peak memory of a whole run of a preset, by the built command. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../bin/certprune.js', import.meta.url));
const built = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** Most bytes a living process has had in memory, by the system's own account (Linux). */
function highWaterMark(pid: number): number {
  try {
    const found = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return found ? Number(found[1]) * 1024 : 0;
  } catch {
    return 0;
  }
}

/** Runs the preset in a temporary folder; its workers are threads of the one process that is watched. */
export async function memoryLine(preset: string): Promise<string> {
  const name = `peak memory of ${preset}`;
  if (!existsSync(built)) return `${name}: not measured, run \`npm run build\` first`;
  if (process.platform !== 'linux') return `${name}: not measured, it needs /proc`;
  const folder = mkdtempSync(join(tmpdir(), 'certprune-bench-'));
  const start = performance.now();
  try {
    const child = spawn(process.execPath, [command, 'run', '--preset', preset, '--runs', folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, highWaterMark(child.pid!))), 50);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    clearInterval(watch);
    const seconds = (performance.now() - start) / 1e3;
    const outcome = code === 0 ? '' : `, which ended with exit code ${code}: ${said.trim()}`;
    return `${name}: ${(peak / 1e9).toFixed(2)} GB in ${seconds.toFixed(0)} s (target 1.5)${outcome}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
