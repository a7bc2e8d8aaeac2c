/** @file Downloads one file: mirrors in turn, resumable, checked, never half-written under its own name. */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { systemFault } from '../formats/systemFault.ts';
import { UserError } from '../formats/userError.ts';

/** How far a download has come. */
export interface DownloadProgress {
  /** Name of the file. */
  file: string;
  /** Bytes on disk, those of an earlier attempt included. */
  received: number;
  /** Bytes of the whole file, where the server or the caller knows. */
  total: number | undefined;
  url: string;
}

/** What every download may be given. */
export interface FetchOptions {
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Stops the download; what has arrived is kept and continued next time. */
  signal?: AbortSignal | undefined;
}

/** One file to download. */
export interface DownloadOptions extends FetchOptions {
  /** Mirrors, tried in this order. */
  urls: string[];
  /** Where the file goes; folders are made. */
  path: string;
  /** Size and checksums of the file, compared where given. */
  bytes?: number | undefined;
  sha256?: string | undefined;
  md5?: string | undefined;
  /** Seconds without a byte after which a mirror is given up. Default 30. */
  stallSeconds?: number | undefined;
}

/** A fault of one mirror: the next one is tried. */
class MirrorFault extends Error {}

/**
 * Makes sure that the file lies at `path`: keeps a file that passes the checks, continues `path.part` by a Range
 * request where a checksum can tell whether the halves fit, and renames it once size and checksum are right.
 * @returns whether anything was downloaded
 * @throws UserError where no mirror gives the right file, or the file cannot be written. Throws the signal's reason
 * where it was stopped.
 */
export async function downloadFile(options: DownloadOptions): Promise<{ path: string; downloaded: boolean }> {
  const { urls, path, signal } = options;
  const checked = options.sha256 !== undefined || options.md5 !== undefined;
  if (checked && existsSync(path) && (await faultOf(path, options)) === undefined)
    return { path, downloaded: false };
  await writing(path, () => mkdirSync(dirname(path), { recursive: true }));
  const part = `${path}.part`;
  const faults: string[] = [];
  for (const url of urls) {
    // A second attempt starts from nothing: the first may have continued another version of the file.
    for (const resume of checked && existsSync(part) ? [true, false] : [false]) {
      signal?.throwIfAborted();
      try {
        await fetchPart(url, part, resume, options);
        const fault = await faultOf(part, options);
        if (fault !== undefined) {
          rmSync(part, { force: true });
          throw new MirrorFault(fault);
        }
        await writing(path, () => renameSync(part, path));
        return { path, downloaded: true };
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof MirrorFault)) throw error;
        if (!resume) faults.push(`${url}: ${error.message}`);
      }
    }
  }
  throw new UserError(
    `${basename(path)} could not be downloaded (${faults.join('; ') || 'no address is known'}). ` +
      `Check the network and try again (a half-finished download is continued), or place the file at ${path} by hand.`,
  );
}

async function fetchPart(
  url: string,
  part: string,
  resume: boolean,
  options: DownloadOptions,
): Promise<void> {
  const { bytes, onProgress, signal, stallSeconds = 30 } = options;
  const stall = new AbortController();
  let timer = setTimeout(() => stall.abort(), stallSeconds * 1000);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stall.abort(), stallSeconds * 1000);
  };
  const had = resume ? sizeOf(part) : 0;
  if (had > 0 && had === bytes) {
    clearTimeout(timer);
    return;
  }
  try {
    const response = await fetch(url, {
      headers: { 'accept-encoding': 'identity', ...(had > 0 ? { range: `bytes=${had}-` } : {}) },
      signal: signal ? AbortSignal.any([signal, stall.signal]) : stall.signal,
    });
    const continued = had > 0 && rangeStart(response) === had;
    if (!response.ok || !response.body || (response.status === 206 && !continued)) {
      await response.body?.cancel();
      throw new MirrorFault(`the server answered ${response.status} ${response.statusText}`.trim());
    }
    let received = continued ? had : 0;
    const length = response.headers.get('content-length');
    const total = bytes ?? (length === null ? undefined : received + Number(length));
    const file = await writing(part, () => open(part, continued ? 'a' : 'w'));
    try {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        alive();
        received += chunk.length;
        if (bytes !== undefined && received > bytes)
          throw new MirrorFault(`sends more than the ${bytes} bytes expected`);
        await writing(part, () => file.writeFile(chunk));
        onProgress?.({ file: basename(options.path), received, total, url });
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UserError || error instanceof MirrorFault || signal?.aborted) throw error;
    throw new MirrorFault(stall.signal.aborted ? `sent nothing for ${stallSeconds} s` : networkCause(error));
  } finally {
    clearTimeout(timer);
  }
}

/** First byte that a 206 answer carries. */
function rangeStart(response: Response): number | undefined {
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return response.status === 206 && match ? Number(match[1]) : undefined;
}

function networkCause(error: unknown): string {
  return systemFault((error as { cause?: unknown }).cause ?? error);
}

/** What is wrong with a whole file, if anything. */
async function faultOf(path: string, { bytes, sha256, md5 }: DownloadOptions): Promise<string | undefined> {
  const size = sizeOf(path);
  if (bytes !== undefined && size !== bytes) return `${size} bytes came where ${bytes} are expected`;
  for (const [algorithm, expected] of Object.entries({ sha256, md5 })) {
    if (expected === undefined) continue;
    const hash: Hash = createHash(algorithm);
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
    const digest = hash.digest('hex');
    if (digest !== expected)
      return `checksum mismatch: ${algorithm} ${digest} where ${expected} is published`;
  }
  return undefined;
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

/** @throws UserError where the work, which writes, fails */
async function writing<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new UserError(
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)}). ` +
        'Make room or name another data directory with CERTPRUNE_DATA.',
    );
  }
}
