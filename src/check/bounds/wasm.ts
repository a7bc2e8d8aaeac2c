/** @file The one inner loop, as a WebAssembly module written out instruction by instruction.
 * Two f64 go at a time. The arithmetic is JavaScript's: every product and every sum is rounded once to f64, in this order:
 *
 *     for r = begin … end, by 32                  four rows
 *       for k = columns … columnsEnd, by 16       four operands, the sums of which stay in registers
 *         for e = list … listEnd, by 8            results
 *           sum[operand k][r] += number at (weights of e + offset of k) · coefficient of e in r
 *
 * All are addresses and distances in bytes. Lists are of i32: at `list` pairs (where the weights of a result begin, and its
 * coefficients), at `columns` the coefficients of an operand, at `columns + offsets` how far its weight is from the first.
 */

type Code = readonly number[];
const sequence = (...parts: Code[]): Code => parts.flat();

/** An unsigned number of up to 14 bits (LEB128). */
const leb = (n: number): Code => (n < 128 ? [n] : [(n & 127) | 128, n >> 7]);
const sized = (code: Code): Code => [...leb(code.length), ...code];
const section = (id: number, ...content: Code): Code => [id, ...sized(content)];

const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const tee = (local: number): Code => [0x22, local];
/** Below 64 a constant is its own signed LEB128. */
const constant = (n: number): Code => [0x41, n];
const add = [0x6a];
const isBelow = [0x49];
const loadInt = (offset = 0): Code => [0x28, 2, offset];
const loadPair = (offset = 0): Code => [0xfd, 0, 3, offset];
/** One f64 into both places. */
const loadTwice = [0xfd, 10, 3, 0];
const storePair = (offset = 0): Code => [0xfd, 11, 3, offset];
const addPairs = [0xfd, 0xf0, 1];
const multiplyPairs = [0xfd, 0xf2, 1];
/** The body, then `at` += step; again while `at` < end. */
const loop = (body: Code, at: number, step: number, end: number): Code =>
  sequence(
    [0x03, 0x40],
    body,
    sequence(get(at), constant(step), add, tee(at), get(end), isBelow),
    [0x0d, 0, 0x0b],
  );

const i32 = 0x7f;
const v128 = 0x7b;
const [list, listEnd, columns, columnsEnd, offsets, begin, end] = [0, 1, 2, 3, 4, 5, 6];
const [r, k, e, weights, from] = [7, 8, 9, 10, 11];
/** By operand: where its coefficients are in row r, the distance of its weight, and two pairs of sums. */
const targets = [12, 13, 14, 15];
const distances = [16, 17, 18, 19];
const [low, high, weight] = [20, 21, 22];
const sums = [23, 25, 27, 29];
const each = (code: (operand: number) => Code): Code => [0, 1, 2, 3].flatMap(code);
const increase = (sum: number, pair: number): Code =>
  sequence(get(sum), get(pair), get(weight), multiplyPairs, addPairs, set(sum));

const overList = sequence(
  sequence(get(e), loadInt(), set(weights)),
  sequence(get(e), loadInt(4), get(r), add, tee(from), loadPair(), set(low)),
  sequence(get(from), loadPair(16), set(high)),
  each((n) =>
    sequence(
      sequence(get(weights), get(distances[n]), add, loadTwice, set(weight)),
      increase(sums[n], low),
      increase(sums[n] + 1, high),
    ),
  ),
);
const overColumns = sequence(
  each((n) =>
    sequence(
      sequence(get(k), loadInt(4 * n), get(r), add, tee(targets[n]), loadPair(), set(sums[n])),
      sequence(get(targets[n]), loadPair(16), set(sums[n] + 1)),
      sequence(get(k), get(offsets), add, loadInt(4 * n), set(distances[n])),
    ),
  ),
  sequence(get(list), set(e), loop(overList, e, 8, listEnd)),
  each((n) =>
    sequence(
      sequence(get(targets[n]), get(sums[n]), storePair()),
      sequence(get(targets[n]), get(sums[n] + 1), storePair(16)),
    ),
  ),
);
const overRows = sequence(get(columns), set(k), loop(overColumns, k, 16, columnsEnd));
const body = sequence(get(begin), set(r), loop(overRows, r, 32, end), [0x0b]);
const locals = [2, 5 + targets.length + distances.length, i32, 3 + 2 * sums.length, v128];

const bytes = Uint8Array.from(
  sequence(
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    /* One type: seven i32, no result. */
    section(1, 1, 0x60, 7, i32, i32, i32, i32, i32, i32, i32, 0),
    /* The memory "m"."m"; a function of that type; its export "f"; its body. */
    section(2, 1, 1, 0x6d, 1, 0x6d, 2, 0, 1),
    section(3, 1, 0),
    section(7, 1, 1, 0x66, 0, 0),
    section(10, 1, ...sized([...locals, ...body])),
  ),
);

/** The loop above; `begin` < `end`, and no list is empty. */
export type Multiply = (
  list: number,
  listEnd: number,
  columns: number,
  columnsEnd: number,
  offsets: number,
  begin: number,
  end: number,
) => void;

let compiled: WebAssembly.Module | undefined;

export function multiplyIn(memory: WebAssembly.Memory): Multiply {
  compiled ??= new WebAssembly.Module(bytes);
  return new WebAssembly.Instance(compiled, { m: { m: memory } }).exports['f'] as Multiply;
}
