/** @file The steps of a proof, one after the other, from its bytes. */
import { CheckFailure } from '../failure.ts';
import { bfloat } from '../files/tensor.ts';
import type { ByteSource, Cursor } from './byteSource.ts';
import type { BoundsSection, Changes, DerivedRow, SiteChange, Step } from './steps.ts';

/** First byte of a step. */
export const stepNumbers = { alpha: 1, bounds: 2, split: 3, halve: 4, leaf: 5, empty: 6 } as const;

/** A bf16 number that is finite and not negative. */
function weight(cursor: Cursor): number {
  const value = bfloat(cursor.byte() + 256 * cursor.byte());
  if (!Number.isFinite(value)) throw new CheckFailure('not-finite', `A multiplier is ${value}.`);
  if (value < 0) throw new CheckFailure('multiplier-range', `A multiplier is ${value}, below 0.`);
  return value;
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new CheckFailure('not-finite', `A split at ${value}.`);
}

/** Sites and elements are written as steps from the one before, so that they increase. */
function changes(cursor: Cursor): Changes {
  let site = -1;
  return Array.from({ length: cursor.count('things', 2) }, (): SiteChange => {
    site += 1 + cursor.varint();
    const count = cursor.count('numbers', 2);
    const [elements, alphas] = [new Uint32Array(count), new Uint8Array(count)];
    for (let i = 0, element = -1; i < count; i++) {
      element += 1 + cursor.varint();
      if (element > 0xffffffff) throw new CheckFailure('element-unknown', `Element ${element} of a site.`);
      elements[i] = element;
      alphas[i] = cursor.byte();
    }
    return { site, elements, alphas };
  });
}

function section(cursor: Cursor): BoundsSection {
  const kind = cursor.byte();
  if (kind === 0) return { kind: 'none' };
  if (kind > 2) throw new CheckFailure('step-malformed', `Section of bounds of kind ${kind}.`);
  let [site, element] = [0, -1];
  const rows = Array.from({ length: cursor.count('things', 4) }, (): DerivedRow => {
    const step = cursor.varint();
    if (step > 0) [site, element] = [site + step, -1];
    element += 1 + cursor.varint();
    const sides = cursor.byte();
    if (sides < 1 || sides > 3) throw new CheckFailure('step-malformed', `Sides ${sides} of a bound.`);
    const lower = sides & 1 ? { lower: changes(cursor) } : {};
    return { site, element, ...lower, ...(sides & 2 ? { upper: changes(cursor) } : {}) };
  });
  return { kind: kind === 1 ? 'adaptive' : 'list', rows };
}

function leafRows(cursor: Cursor): { row: number; weight: number }[] {
  const rows = Array.from({ length: cursor.count('things', 3) }, () => ({
    row: cursor.varint(),
    weight: weight(cursor),
  }));
  return rows.length > 0 ? rows : [{ row: 0, weight: 1 }];
}

/** By step number. */
const steps: readonly (((cursor: Cursor, splits: number) => Step) | undefined)[] = [
  undefined,
  (cursor) => ({ kind: 'alpha', changes: changes(cursor) }),
  (cursor) => ({ kind: 'bounds', section: section(cursor) }),
  (cursor) => {
    const [site, element, point] = [cursor.varint(), cursor.varint(), cursor.view(4).getFloat32(0, true)];
    return { kind: 'split', site, element, point: finite(point) };
  },
  (cursor) => {
    const [input, value] = [cursor.varint(), cursor.view(8).getFloat64(0, true)];
    return { kind: 'halve', input, value: finite(value) };
  },
  (cursor, splits) => {
    const [rows, slopes] = [leafRows(cursor), changes(cursor)];
    const betas = Float64Array.from({ length: splits }, () => weight(cursor));
    return { kind: 'leaf', rows, changes: slopes, betas };
  },
  () => ({ kind: 'empty' }),
];

function step(cursor: Cursor, splits: number): Step {
  const number = cursor.byte();
  const read = steps[number];
  if (!read) throw new CheckFailure('step-malformed', `Step number ${number}.`);
  return read(cursor, splits);
}

export type ProofReader = ReturnType<typeof proofReader>;

/**
 * @param source the bytes from the proof's first on
 * @param length bytes that the proof has
 */
export function proofReader(source: ByteSource, length: number) {
  const start = source.taken;
  return {
    /** The number of sets, at the start. */
    sets: () => source.decode((cursor) => cursor.varint()),
    /** The section that begins each set. */
    bounds: () => source.decode(section),
    /** The next step of a tree. @param splits splits of neurons on the path to it */
    async step(splits: number): Promise<Step> {
      if (await source.ended())
        throw new CheckFailure('child-missing', 'The proof ends where a tree should begin.');
      return source.decode((cursor) => step(cursor, splits));
    },
    /** To be called behind the last tree. @throws CheckFailure trailing-bytes */
    async end(): Promise<void> {
      if (source.taken - start !== length || !(await source.ended()))
        throw new CheckFailure('trailing-bytes', 'Bytes follow the last tree of the proof.');
    },
    length,
    /** Bytes of the proof that are read. */
    get taken() {
      return source.taken - start;
    },
  };
}
