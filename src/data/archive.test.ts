/** @file Tests of archives fetched from a server on this machine. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeTar } from '../formats/tar.testing.ts';
import { fetchFromArchive } from './archive.ts';

const files = {
  'set/train.bin': Buffer.alloc(3000, 'train'),
  'set/readme.html': Buffer.from('-'),
  'set/test.bin': Buffer.alloc(10, 1),
};
const archive = gzipSync(encodeTar(files));
const md5 = createHash('md5').update(archive).digest('hex');

let server: Server;
let folder: string;
let url: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'archive-'));
  server = createServer((_, response) => response.end(archive));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/set.tar.gz`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe('fetchFromArchive', () => {
  it('takes out the files asked for and removes the archive', async () => {
    const path = join(folder, 'set.tar.gz');
    await fetchFromArchive({ urls: [url], path, md5 }, ['train.bin', 'test.bin'], join(folder, 'out'));
    expect(readFileSync(join(folder, 'out', 'train.bin')).equals(files['set/train.bin'])).toBe(true);
    expect(readFileSync(join(folder, 'out', 'test.bin')).equals(files['set/test.bin'])).toBe(true);
    expect(existsSync(join(folder, 'out', 'readme.html'))).toBe(false);
    expect(existsSync(path)).toBe(false);
  });

  it('says what the archive lacks', async () => {
    const options = { urls: [url], path: join(folder, 'set.tar.gz'), md5 };
    await expect(fetchFromArchive(options, ['train.bin', 'more.bin'], folder)).rejects.toThrow(
      /lacks more\.bin/,
    );
  });
});
