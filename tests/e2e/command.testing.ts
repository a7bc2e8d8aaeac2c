/** @file Starts the built command as a user would: output, exit code, signals at chosen moments. */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The project's root. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** What a command left behind. */
export interface Ended {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A command at work. */
export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Settles once the progress lines match; throws where the command ends before. */
  readonly says: (pattern: RegExp) => Promise<void>;
}

/** `certprune …args`, from the compiled code. @param env added to this process's environment */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  if (!existsSync(`${root}/dist/cli/main.js`)) throw new Error('dist is missing: npm run build');
  const child = spawn(process.execPath, [`${root}/bin/certprune.js`, ...args], {
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  child.stdin.end();
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
  const says = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(err)) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`ended before it said ${pattern}:\n${err}`);
      await pause(20);
    }
  };
  return { child, ended, says };
}

/** `start`, to its end. */
export const command = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> => start(args, env).ended;

/** Waits. */
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits until a condition on the disk holds. @throws where the command ends before */
export async function until({ child }: Started, condition: () => boolean, what: string): Promise<void> {
  while (!condition()) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`ended before ${what}`);
    await pause(20);
  }
}
