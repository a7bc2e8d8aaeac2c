/** @file Seconds from starting a process of the built package to its first bound of a small network. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('./firstBound.js', import.meta.url));
const built = fileURLToPath(new URL('../dist/verify/prepare.js', import.meta.url));

/** Root bounds and one CROWN bound of the output, compiled programs included. */
function once(): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'inherit'] });
    let seconds: number | undefined;
    child.stdout.once('data', () => (seconds = (performance.now() - start) / 1e3));
    child.once('error', reject);
    child.once('exit', () =>
      seconds === undefined ? reject(new Error('the process ended without a bound')) : resolve(seconds),
    );
  });
}

export async function startupLine(rounds: number): Promise<string> {
  if (!existsSync(built)) return 'process start to first bound: not measured, run `npm run build` first';
  let least = Infinity;
  for (let round = 0; round < rounds; round++) least = Math.min(least, await once());
  return `process start to first bound of cnn_small: ${least.toFixed(2)} s (target 1)`;
}
