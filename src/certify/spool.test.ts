import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSpool, SpoolFailure } from './spool.ts';

afterEach(() => vi.unstubAllEnvs());

const part = (k: number): Buffer => Buffer.alloc(300_000, k);

describe('what is kept of a search', () => {
  it('comes back from memory and from the file, by place and in order', () => {
    const spool = createSpool(2 ** 20);
    const places = Array.from({ length: 20 }, (_, k) => spool.write(part(k)));
    expect(spool.size()).toBe(20 * 300_000);
    expect(places.every((at, k) => part(k).equals(spool.read(at, 300_000)))).toBe(true);
    expect(Buffer.concat(places.map((_, k) => part(k))).equals(Buffer.concat([...spool.chunks()]))).toBe(
      true,
    );
    spool.close();
  });

  it('is lost where the temporary folder takes nothing: whoever writes goes on, whoever reads is told', () => {
    vi.stubEnv('TMPDIR', '/dev/null');
    expect(tmpdir()).toBe('/dev/null');
    const spool = createSpool(2 ** 20);
    for (let k = 0; k < 20; k++) spool.write(part(k));
    expect(() => spool.read(0, 10)).toThrow(SpoolFailure);
    expect(() => [...spool.chunks()]).toThrow(/^The proof does not fit into \/dev\/null: .+\.$/);
    spool.close();
  });
});
