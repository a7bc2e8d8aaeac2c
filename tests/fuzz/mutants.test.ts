/** Random damage of small sound files: every reader gives a value or an error of its own, in little time and memory. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng, type Rng } from '../../src/data/rng.ts';
import { corpus, readers } from './readers.testing.ts';
import { openReaders, type Readers } from './underLimits.testing.ts';

/** Of each sound file. */
const mutants = 150;

/** Numbers that sizes, counts and offsets must not be. */
const numbers = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Bits turned, bytes cut out, doubled or put in, numbers of four bytes written over, the end cut off. */
function mutantOf(good: Uint8Array, rng: Rng): Buffer {
  let bytes = Buffer.from(good);
  for (let edits = 1 + rng.integer(4); edits > 0; edits--) {
    const at = rng.integer(Math.max(1, bytes.length));
    const behind = at + rng.integer(Math.min(64, Math.max(0, bytes.length - at)) + 1);
    const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, behind), bytes.subarray(behind)];
    const kind = rng.integer(6);
    if (kind === 0 && at < bytes.length) bytes[at] ^= 1 << rng.integer(8);
    else if (kind === 1) bytes = Buffer.concat([before, after]);
    else if (kind === 2) bytes = Buffer.concat([before, part, part, after]);
    else if (kind === 3) bytes = Buffer.concat([before, Buffer.of(rng.integer(256)), part, after]);
    else if (kind === 4 && at + 4 <= bytes.length)
      bytes.writeUInt32LE(numbers[rng.integer(numbers.length)], at);
    else if (kind === 5) bytes = Buffer.from(before);
  }
  return bytes;
}

let reading: Readers;
beforeAll(async () => {
  reading = await openReaders();
});
afterAll(() => reading.close());

describe('mutants', () => {
  it.each(Object.keys(readers))(
    'of %s',
    async (reader) => {
      const rng = createRng(20).fork(reader);
      for (const good of corpus[reader]) {
        const sound = await reading.read(reader, good);
        expect(sound.kind, sound.message).toBe(reader === 'cifarPickle' ? 'refused' : 'value');
        for (let n = 0; n < mutants; n++) {
          const bytes = mutantOf(good, rng);
          const { kind, message, seconds, megabytes } = await reading.read(reader, bytes);
          const about = `${bytes.toString('base64').slice(0, 3000)}: ${message}`;
          expect(kind, about).toMatch(/^(value|refused)$/);
          expect(seconds, about).toBeLessThan(5);
          expect(megabytes, about).toBeLessThan(1000);
        }
      }
    },
    180_000,
  );
});
