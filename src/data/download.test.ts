/** @file Tests of downloads against a server on this machine. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../formats/userError.ts';
import { downloadFile } from './download.ts';
import type { DownloadProgress } from './download.ts';
import { createRng } from './rng.ts';

const content = Uint8Array.from(
  { length: 300_000 },
  (
    (rng) => () =>
      rng.integer(256)
  )(createRng(0)),
);
const digest = (algorithm: string) => createHash(algorithm).update(content).digest('hex');
const [sha256, md5, bytes] = [digest('sha256'), digest('md5'), content.length];

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const answers: Record<string, Answer> = {
  '/good': (request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
    if (Number.isNaN(start)) response.end(content);
    else if (start >= bytes) response.writeHead(416).end();
    else
      response
        .writeHead(206, { 'content-range': `bytes ${start}-${bytes - 1}/${bytes}` })
        .end(content.subarray(start));
  },
  '/no-range': (_, response) => response.end(content),
  '/missing': (_, response) => response.writeHead(404).end('no such file'),
  '/wrong': (_, response) => response.end(content.toReversed()),
  '/page': (_, response) => response.end('<html>sign in</html>'),
  '/breaks': (_, response) => {
    response.writeHead(200, { 'content-length': bytes });
    response.write(content.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 20));
  },
  '/stalls': (_, response) => {
    response.writeHead(200, { 'content-length': bytes });
    response.write(content.subarray(0, 1000));
  },
};

let server: Server;
let base: string;
let folder: string;
let asked: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.url}${request.headers.range ? ` ${request.headers.range}` : ''}`);
    answers[request.url!](request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  folder = mkdtempSync(join(tmpdir(), 'download-'));
  return () => rmSync(folder, { recursive: true });
});
const get = (names: string[], options: Partial<Parameters<typeof downloadFile>[0]> = {}) =>
  downloadFile({
    urls: names.map((name) => base + name),
    path: join(folder, 'sub', 'file'),
    bytes,
    sha256,
    ...options,
  });
const written = () => readFileSync(join(folder, 'sub', 'file'));

describe('downloadFile', () => {
  it('downloads, reports progress and leaves nothing else behind', async () => {
    const seen: DownloadProgress[] = [];
    expect(await get(['/good'], { md5, onProgress: (progress) => seen.push({ ...progress }) })).toMatchObject(
      { downloaded: true },
    );
    expect(written().equals(content)).toBe(true);
    expect(existsSync(join(folder, 'sub', 'file.part'))).toBe(false);
    expect(seen.at(-1)).toEqual({ file: 'file', received: bytes, total: bytes, url: `${base}/good` });
  });

  it('keeps a file that is right already and replaces one that is not', async () => {
    await get(['/good']);
    expect(await get(['/good'])).toMatchObject({ downloaded: false });
    writeFileSync(join(folder, 'sub', 'file'), 'other');
    expect(await get(['/good'])).toMatchObject({ downloaded: true });
    expect(asked).toEqual(['/good', '/good']);
  });

  it('continues a broken download by a range request', async () => {
    await expect(get(['/breaks'])).rejects.toThrow(UserError);
    expect(existsSync(join(folder, 'sub', 'file'))).toBe(false);
    await get(['/good']);
    expect(asked).toEqual(['/breaks', '/good bytes=100000-']);
    expect(written().equals(content)).toBe(true);
  });

  it('continues at another mirror, and starts anew where a server knows no ranges', async () => {
    await get(['/breaks', '/no-range']);
    expect(asked).toEqual(['/breaks', '/no-range bytes=100000-']);
    expect(written().equals(content)).toBe(true);
  });

  it('starts anew where the halves do not fit', async () => {
    await expect(get(['/breaks'])).rejects.toThrow(UserError);
    writeFileSync(join(folder, 'sub', 'file.part'), 'rubbish');
    await get(['/good']);
    expect(asked).toEqual(['/breaks', '/good bytes=7-', '/good']);
    expect(written().equals(content)).toBe(true);
  });

  it('tries the mirrors in turn', async () => {
    await get(['/missing', '/wrong', '/page', '/good'], { bytes: undefined });
    expect(asked).toEqual(['/missing', '/wrong', '/page', '/good']);
    expect(written().equals(content)).toBe(true);
  });

  it('says what each mirror did and what to do', async () => {
    const refused = 'http://127.0.0.1:1/none';
    const failure = get([], {
      urls: [refused, `${base}/missing`, `${base}/wrong`, `${base}/page`, `${base}/stalls`],
      stallSeconds: 0.1,
    });
    await expect(failure).rejects.toThrow(UserError);
    await expect(failure).rejects.toThrow(
      /127\.0\.0\.1:1\/none: \S+.*404 Not Found.*wrong: checksum mismatch: sha256.*page: 20 bytes came where 300000.*sent nothing for 0\.1 s.*place the file at .*by hand/,
    );
    expect(existsSync(join(folder, 'sub', 'file'))).toBe(false);
  });

  it('stops at the signal and keeps what came', async () => {
    const stop = new AbortController();
    const failure = get(['/stalls'], {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('stopped')),
    });
    await expect(failure).rejects.toThrow('stopped');
    expect(readFileSync(join(folder, 'sub', 'file.part'))).toHaveLength(1000);
  });

  it('says where it cannot write', async () => {
    writeFileSync(join(folder, 'sub'), 'a file where a folder should be');
    await expect(get(['/good'])).rejects.toThrow(/cannot be written \(E\w+\)/);
  });
});
