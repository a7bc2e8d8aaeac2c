/** @file Python's pickles as plain data. Nothing of a pickle is ever executed. */
import type { PickleReader } from './pickleReader.ts';

/** What a pickle may call: a function of this program, chosen by the name of a Python class or function. */
export class PickleCallable {
  readonly call: (args: readonly unknown[]) => unknown;

  constructor(call: (args: readonly unknown[]) => unknown) {
    this.call = call;
  }
}

/** What stands for a Python object of a class that is not known here: inert data. */
export class PickleObject {
  readonly pythonClass: string;
  readonly args: readonly unknown[];
  /** What the pickle gave it as its attributes. */
  state: unknown;

  constructor(pythonClass: string, args: readonly unknown[]) {
    this.pythonClass = pythonClass;
    this.args = args;
  }
}

/** What names and outside ids of a pickle mean. */
export interface PickleMeaning {
  /** What stands for a Python class or function. */
  resolve(module: string, name: string): PickleCallable;
  /** What stands for something that lies outside; without it such ids are refused. */
  outside?(id: unknown): unknown;
  /** For Python 2, which wrote bytes as text: every text is read as one character a byte. */
  bytesAsText?: boolean;
}

/** Instructions of one pickle, at most: each makes no more than one small object. */
const mostInstructions = 2 ** 22;

/** Values of a tuple that is the key of a dict, at most. */
const mostKeyParts = 16;

type Primitive = string | number | bigint | boolean | null;

/** A text, a number, a flag or None. */
export const isPrimitive = (value: unknown): value is Primitive =>
  value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);

/** The objects on the stack, the marks between them, and those kept for later. */
class Machine {
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();

  push(value: unknown): void {
    this.#stack.push(value);
  }

  /** A mark hides what lies below it. */
  #depth(): number {
    return this.#stack.length - (this.#marks.at(-1) ?? 0);
  }

  pop(): unknown {
    if (this.#depth() < 1) throw new RangeError('an object is missing');
    return this.#stack.pop();
  }

  top(): unknown {
    if (this.#depth() < 1) throw new RangeError('an object is missing');
    return this.#stack.at(-1);
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** The objects above the last mark, which is gone then. */
  popMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new RangeError('a mark is missing');
    return this.#stack.splice(mark);
  }

  keep(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) throw new RangeError(`object ${index} is not kept`);
    this.push(this.#memo.get(index));
  }
}

/** Lists and tuples both are arrays. */
function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new TypeError('a list is missing');
  return value;
}

function mapOf(value: unknown): Map<unknown, unknown> {
  if (!(value instanceof Map)) throw new TypeError('a dict is missing');
  return value;
}

function setOf(value: unknown): Set<unknown> {
  if (!(value instanceof Set)) throw new TypeError('a set is missing');
  return value;
}

function keyOf(value: unknown): unknown {
  const flat = Array.isArray(value) && value.length <= mostKeyParts && value.every(isPrimitive);
  if (!isPrimitive(value) && !flat)
    throw new TypeError('the key of a dict is neither a text nor a number nor a small tuple of these');
  return value;
}

function setItems(map: Map<unknown, unknown>, items: readonly unknown[]): Map<unknown, unknown> {
  if (items.length % 2 !== 0) throw new RangeError('a key has no value');
  for (let at = 0; at < items.length; at += 2) map.set(keyOf(items[at]), items[at + 1]);
  return map;
}

function called(callable: unknown, args: unknown): unknown {
  if (!(callable instanceof PickleCallable)) throw new TypeError('what is called is no class or function');
  return callable.call(listOf(args));
}

/** Attributes: kept of what is unknown, left out of dicts; what is known has none. */
function build(target: unknown, state: unknown): void {
  if (target instanceof PickleObject) target.state = state;
  else if (!(target instanceof Map)) throw new TypeError('attributes are set on what has none');
}

function decimal(text: string): number | bigint {
  if (!/^[+-]?\d{1,19}$/.test(text)) throw new RangeError('a line is no number');
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

function float(text: string): number {
  if (!/^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|inf|nan)$/i.test(text)) throw new RangeError('a line is no number');
  return /inf/i.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);
}

function quoted(text: string): string {
  if (!/^(['"]).*\1$/.test(text) || text.length < 2) throw new RangeError('a text is not quoted');
  return text.slice(1, -1);
}

type Instruction = (machine: Machine, reader: PickleReader, meaning: PickleMeaning) => void;

const global = (machine: Machine, { resolve }: PickleMeaning, module: unknown, name: unknown): void => {
  if (typeof module !== 'string' || typeof name !== 'string') throw new TypeError('a name is no text');
  machine.push(resolve(module, name));
};
const outside = (machine: Machine, meaning: PickleMeaning, id: unknown): void => {
  if (!meaning.outside) throw new TypeError('an object lies outside');
  machine.push(meaning.outside(id));
};
const tuple = (machine: Machine, size: number): void => {
  const items = Array.from({ length: size }, () => machine.pop());
  machine.push(items.reverse());
};
const utf8 = ({ bytesAsText }: PickleMeaning): 'latin1' | 'utf8' => (bytesAsText ? 'latin1' : 'utf8');

/** By opcode, as in Python's pickletools; what is not here is refused. Each reads no more than it takes off the file. */
const instructions: Readonly<Record<string, Instruction>> = {
  '\x80': (_, r) => {
    const version = r.byte();
    if (version > 5) throw new RangeError(`protocol ${version} is unknown`);
  },
  '\x95': (_, r) => void r.bytes(8),
  '(': (m) => m.mark(),
  '1': (m) => void m.popMark(),
  '0': (m) => void m.pop(),
  '2': (m) => m.push(m.top()),
  p: (m, r) => m.keep(Number(decimal(r.line()))),
  q: (m, r) => m.keep(r.byte()),
  r: (m, r) => m.keep(r.uint32()),
  '\x94': (m) => m.keep(),
  g: (m, r) => m.recall(Number(decimal(r.line()))),
  h: (m, r) => m.recall(r.byte()),
  j: (m, r) => m.recall(r.uint32()),
  N: (m) => m.push(null),
  '\x88': (m) => m.push(true),
  '\x89': (m) => m.push(false),
  I: (m, r) => {
    const line = r.line();
    m.push(line === '01' ? true : line === '00' ? false : decimal(line));
  },
  L: (m, r) => m.push(decimal(r.line().replace(/L$/, ''))),
  F: (m, r) => m.push(float(r.line())),
  S: (m, r) => m.push(quoted(r.line())),
  V: (m, r) => m.push(r.line()),
  J: (m, r) => m.push(r.int32()),
  K: (m, r) => m.push(r.byte()),
  M: (m, r) => m.push(r.uint16()),
  '\x8a': (m, r) => m.push(r.integer(r.byte())),
  '\x8b': (m, r) => m.push(r.integer(r.uint32())),
  G: (m, r) => m.push(r.float64()),
  B: (m, r) => m.push(r.bytes(r.int32())),
  C: (m, r) => m.push(r.bytes(r.byte())),
  '\x8e': (m, r) => m.push(r.bytes(r.uint64())),
  '\x96': (m, r) => m.push(r.bytes(r.uint64())),
  T: (m, r) => m.push(r.text(r.int32(), 'latin1')),
  U: (m, r) => m.push(r.text(r.byte(), 'latin1')),
  X: (m, r, how) => m.push(r.text(r.uint32(), utf8(how))),
  '\x8c': (m, r, how) => m.push(r.text(r.byte(), utf8(how))),
  '\x8d': (m, r, how) => m.push(r.text(r.uint64(), utf8(how))),
  ')': (m) => m.push([]),
  t: (m) => m.push(m.popMark()),
  '\x85': (m) => tuple(m, 1),
  '\x86': (m) => tuple(m, 2),
  '\x87': (m) => tuple(m, 3),
  ']': (m) => m.push([]),
  l: (m) => m.push(m.popMark()),
  a: (m) => {
    const item = m.pop();
    listOf(m.top()).push(item);
  },
  e: (m) => {
    const items = m.popMark();
    const list = listOf(m.top());
    for (const item of items) list.push(item);
  },
  '}': (m) => m.push(new Map()),
  d: (m) => m.push(setItems(new Map(), m.popMark())),
  s: (m) => {
    const value = m.pop();
    const key = m.pop();
    setItems(mapOf(m.top()), [key, value]);
  },
  u: (m) => {
    const items = m.popMark();
    setItems(mapOf(m.top()), items);
  },
  '\x8f': (m) => m.push(new Set()),
  '\x91': (m) => m.push(new Set(m.popMark())),
  '\x90': (m) => {
    const items = m.popMark();
    const set = setOf(m.top());
    for (const item of items) set.add(item);
  },
  c: (m, r, how) => global(m, how, r.line(), r.line()),
  '\x93': (m, _, how) => {
    const name = m.pop();
    global(m, how, m.pop(), name);
  },
  i: (m, r, how) => {
    const args = m.popMark();
    m.push(how.resolve(r.line(), r.line()).call(args));
  },
  o: (m) => {
    const [callable, ...args] = m.popMark();
    m.push(called(callable, args));
  },
  '\x81': (m) => {
    const args = m.pop();
    m.push(called(m.pop(), args));
  },
  '\x92': (m) => {
    m.pop();
    const args = m.pop();
    m.push(called(m.pop(), args));
  },
  R: (m) => {
    const args = m.pop();
    m.push(called(m.pop(), args));
  },
  b: (m) => {
    const state = m.pop();
    build(m.top(), state);
  },
  P: (m, r, how) => outside(m, how, r.line()),
  Q: (m, _, how) => outside(m, how, m.pop()),
};

const byCode: readonly (Instruction | undefined)[] = Array.from(
  { length: 256 },
  (_, code) => instructions[String.fromCharCode(code)],
);
const stop = '.'.charCodeAt(0);

/**
 * Reads one pickle, protocols 0 to 5; the reader stands behind its end then. Time and memory are linear in its bytes.
 * @returns dicts as `Map`, lists and tuples as arrays (which may hold each other, even themselves), bytes as views
 * @throws RangeError or TypeError in few words where it is damaged, cut off or beyond what is read here, and whatever
 *   `meaning` throws
 */
export function readPickle(reader: PickleReader, meaning: PickleMeaning): unknown {
  const machine = new Machine();
  for (let count = 0; count < mostInstructions; count++) {
    const code = reader.byte();
    if (code === stop) return machine.pop();
    const instruction = byCode[code];
    if (!instruction) throw new RangeError(`the instruction ${code} is not read`);
    instruction(machine, reader, meaning);
  }
  throw new RangeError(`it has more than ${mostInstructions} instructions`);
}
