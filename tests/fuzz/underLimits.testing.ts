/** @file Reads hostile files in a process of their own, under limits of time and memory. */
import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** How a file was read. `dead`: the process ended, or was killed at its limit. */
export interface Reading {
  readonly kind: 'value' | 'refused' | 'fault' | 'dead';
  readonly message: string;
  /** Of the processor, so that other programs on the machine do not count. */
  readonly seconds: number;
  /** The most that the process has held so far. */
  readonly megabytes: number;
}

/** A process that reads files one after the other; after a death there is another. */
export interface Readers {
  read(reader: string, bytes: Uint8Array): Promise<Reading>;
  close(): void;
}

/** Wall-clock seconds after which a file counts as one that never ends. */
const patience = 60;

/** Starts the process. */
export async function openReaders(): Promise<Readers> {
  let child = await start();
  return {
    async read(reader, bytes) {
      const reading = await answer(child, reader, bytes);
      if (reading.kind === 'dead') child = await start();
      return reading;
    },
    close: () => void child.kill('SIGKILL'),
  };
}

async function start(): Promise<ChildProcess> {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = fork(fileURLToPath(new URL('readerProcess.testing.ts', import.meta.url)), [], {
    execArgv: ['--import', loader, '--max-old-space-size=700'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', () => reject(new Error('the reading process did not start')));
  });
  return child;
}

function answer(child: ChildProcess, reader: string, bytes: Uint8Array): Promise<Reading> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 1000 * patience);
    const end = (reading: Reading): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      resolve(reading);
    };
    child.on('exit', (code, signal) =>
      end({ kind: 'dead', message: `ended by ${signal ?? code}`, seconds: patience, megabytes: 0 }),
    );
    child.on('message', end);
    child.send({ reader, bytes: Buffer.from(bytes).toString('base64') });
  });
}
