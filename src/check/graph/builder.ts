/** @file Where rules put their operations: new elements with their terms, and new sites. */
import type { Constant } from '../files/model.ts';
import { CheckFailure } from '../failure.ts';
import type { Affine, Bend, Rounding } from './graph.ts';
import { sizeOf, type Value } from './value.ts';

/** More elements or stored columns than this are not checked: some 300 MB. */
const largest = 1 << 23;

/** Terms of an operation while a rule tells them, output by output. */
export class TermList {
  readonly start: number[] = [0];
  readonly column: number[] = [];
  readonly offset: number[] = [];
  readonly pattern: Int32Array;
  readonly base: Int32Array;

  constructor(size: number) {
    this.pattern = new Int32Array(size);
    this.base = new Int32Array(size);
  }

  /** Adds a term to the pattern that is being told. */
  term(column: number, offset: number): void {
    this.column.push(column);
    this.offset.push(offset);
  }

  /** Ends the pattern that is being told. @returns its number */
  close(): number {
    if (this.column.length > largest) throw new CheckFailure('too-large', 'A layer has too many terms.');
    return this.start.push(this.column.length) - 2;
  }

  output(i: number, pattern: number, base: number): void {
    this.pattern[i] = pattern;
    this.base[i] = base;
  }
}

/** What an operation is beside its terms. */
export interface AffineParts {
  readonly weights: Float64Array;
  readonly bias?: Float64Array;
  readonly reach?: Float64Array;
  readonly rounding?: Rounding;
  readonly greaterOf?: NonNullable<Affine['greaterOf']>;
}

/** The operations so far. */
export class Builder {
  readonly operations: (Affine | Bend)[] = [];
  readonly sites: Bend[] = [];
  size = 0;
  /** Of the model's inputs. */
  readonly type: Constant['type'];
  alphas = 0;
  cost = 0;

  constructor(type: Constant['type']) {
    this.type = type;
  }

  /** New elements, as a tensor. */
  elements(shape: readonly number[]): Value {
    const first = this.size;
    const size = sizeOf(shape);
    if (first + size > largest) throw new CheckFailure('too-large', 'The model has too many elements.');
    this.size += size;
    return { shape, type: this.type, elements: Int32Array.from({ length: size }, (_, i) => first + i) };
  }

  affine(name: string, shape: readonly number[], terms: TermList, parts: AffineParts): Value {
    const first = this.size;
    const value = this.elements(shape);
    const { pattern, base } = terms;
    const start = Int32Array.from(terms.start);
    const groups = new Int32Array(start.length);
    for (const p of pattern) groups[p + 1]++;
    for (let p = 1; p < groups.length; p++) {
      this.cost += groups[p] * (start[p] - start[p - 1]);
      groups[p] += groups[p - 1];
    }
    const next = groups.slice();
    const members = new Int32Array(pattern.length);
    pattern.forEach((p, i) => (members[next[p]++] = i));
    const { bias = new Float64Array(pattern.length), rounding = {}, ...rest } = parts;
    const [column, offset] = [Int32Array.from(terms.column), Int32Array.from(terms.offset)];
    const own = { name, first, size: pattern.length, rounding, members, groups };
    this.operations.push({ kind: 'affine', ...own, pattern, base, start, column, offset, bias, ...rest });
    return value;
  }

  bend(
    name: string,
    op: string,
    shape: readonly number[],
    inputs: Int32Array,
    q: Float64Array,
    kinks: Float64Array,
  ): Value {
    const [first, firstAlpha] = [this.size, this.alphas];
    const value = this.elements(shape);
    const size = value.elements!.length;
    const own = { name, op, first, size, inputs, site: this.sites.length, firstAlpha };
    const bend: Bend = { kind: 'bend', ...own, q, kinks };
    this.alphas += size;
    this.operations.push(bend);
    this.sites.push(bend);
    return value;
  }

  /** A tensor of elements: constant numbers become outputs without terms. */
  elementsOf(value: Value): Int32Array {
    if (value.elements) return value.elements;
    const terms = new TermList(value.constant!.length);
    terms.close();
    return this.affine('constant', value.shape, terms, {
      weights: new Float64Array(0),
      bias: value.constant!,
    }).elements!;
  }
}
