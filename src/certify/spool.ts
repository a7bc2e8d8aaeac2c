/** @file Bytes kept until they are needed: in memory at first, in a temporary file beyond that. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemFault } from '../formats/systemFault.ts';
import { UserError } from '../formats/userError.ts';

/** What was written is lost: the temporary folder did not take it. */
export class SpoolFailure extends UserError {}

/** Writing never fails: a search goes on without its records. Reading does then. */
export interface Spool {
  /** @returns the place to read from */
  readonly write: (bytes: Uint8Array) => number;
  /** @throws SpoolFailure */
  readonly read: (at: number, length: number) => Uint8Array;
  readonly size: () => number;
  /** All bytes, in order. @throws SpoolFailure */
  readonly chunks: () => Iterable<Uint8Array>;
  /** Forgets everything, and removes the file. */
  readonly close: () => void;
}

const chunkBytes = 2 ** 20;

/** @param memoryBytes kept in memory; what was written earlier goes to the file */
export function createSpool(memoryBytes = 64 * 2 ** 20): Spool {
  let chunk = Buffer.allocUnsafe(chunkBytes);
  let filled = 0;
  /** Full chunks by their start; those before `stored` are in the file. */
  let chunks: Buffer[] = [];
  let stored = 0;
  let size = 0;
  let file: { readonly folder: string; readonly descriptor: number } | undefined;
  let lost: string | undefined;

  const openFile = (): { readonly folder: string; readonly descriptor: number } => {
    const folder = mkdtempSync(join(tmpdir(), 'certprune-'));
    return { folder, descriptor: openSync(join(folder, 'domains'), 'w+') };
  };
  const flush = (): void => {
    try {
      file ??= openFile();
      for (const full of chunks) {
        for (let done = 0; done < full.length;)
          done += writeSync(file.descriptor, full, done, full.length - done, stored + done);
        stored += full.length;
      }
    } catch (error) {
      lost = `The proof does not fit into ${tmpdir()}: ${systemFault(error)}.`;
    }
    chunks = [];
  };
  const byteRange = (at: number, into: Uint8Array): void => {
    if (lost !== undefined) throw new SpoolFailure(lost);
    for (let done = 0; done < into.length;) {
      const place = at + done;
      if (place < stored) {
        const want = Math.min(into.length - done, stored - place);
        done += readSync(file!.descriptor, into, done, want, place);
        continue;
      }
      const number = Math.floor((place - stored) / chunkBytes);
      const from = (place - stored) % chunkBytes;
      const part = (chunks[number] ?? chunk).subarray(from, from + into.length - done);
      into.set(part, done);
      done += part.length;
    }
  };
  return {
    write(bytes) {
      const at = size;
      if (lost !== undefined) return at;
      for (let done = 0; done < bytes.length;) {
        const part = bytes.subarray(done, done + chunkBytes - filled);
        chunk.set(part, filled);
        filled += part.length;
        done += part.length;
        if (filled < chunkBytes) continue;
        chunks.push(chunk);
        chunk = Buffer.allocUnsafe(chunkBytes);
        filled = 0;
        if (chunks.length * chunkBytes >= memoryBytes) flush();
      }
      size += bytes.length;
      return at;
    },
    read(at, length) {
      const into = new Uint8Array(length);
      byteRange(at, into);
      return into;
    },
    size: () => size,
    *chunks() {
      for (let at = 0; at < size; at += chunkBytes) {
        const bytes = new Uint8Array(Math.min(chunkBytes, size - at));
        byteRange(at, bytes);
        yield bytes;
      }
    },
    close() {
      chunks = [];
      if (!file) return;
      closeSync(file.descriptor);
      rmSync(file.folder, { recursive: true, force: true });
      file = undefined;
    },
  };
}
