/** @file Where rules put their operations: new elements with their terms, and new sites. */
import type { Constant } from '../files/tensor.ts';
import { CheckFailure } from '../failure.ts';
import type { Affine, Bend, Rounding } from './graph.ts';
import { sizeOf, type Value } from './value.ts';

/** More elements or stored columns than this are not checked: some 300 MB. */
const largest = 1 << 23;

/** An operation as its rule tells it: `each` outputs for every pattern, one pattern after the other. */
export interface AffineParts {
  readonly patterns: number;
  readonly each: number;
  /** Tells the terms of a pattern: weights[base + offset] · element. */
  readonly read: (pattern: number, term: (element: number, offset: number) => void) => void;
  /** Where the weights of output c of a pattern begin. */
  readonly base: (pattern: number, c: number) => number;
  readonly weights: Float64Array;
  readonly bias?: Float64Array | undefined;
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
    const [first, size] = [this.size, sizeOf(shape)];
    if (first + size > largest) throw new CheckFailure('too-large', 'The model has too many elements.');
    this.size += size;
    return { shape, type: this.type, elements: new Int32Array(size).map((_, i) => first + i) };
  }

  affine(name: string, shape: readonly number[], parts: AffineParts): Value {
    const { patterns, each, read, base: baseOf, bias, rounding = {}, ...rest } = parts;
    const first = this.size;
    const value = this.elements(shape);
    const size = patterns * each;
    const [start, columns, offsets]: number[][] = [[0], [], []];
    const [pattern, base] = [new Int32Array(size), new Int32Array(size)];
    for (let p = 0; p < patterns; p++) {
      read(p, (element, offset) => {
        columns.push(element);
        offsets.push(offset);
      });
      if (columns.length > largest) throw new CheckFailure('too-large', 'A layer has too many terms.');
      this.cost += each * (columns.length - start[p]);
      start.push(columns.length);
      pattern.fill(p, p * each, (p + 1) * each);
      for (let c = 0; c < each; c++) base[p * each + c] = baseOf(p, c);
    }
    this.operations.push({
      kind: 'affine',
      name,
      first,
      size,
      rounding,
      pattern,
      base,
      start: new Int32Array(start),
      column: new Int32Array(columns),
      offset: new Int32Array(offsets),
      bias: bias ?? new Float64Array(size),
      members: new Int32Array(size).map((_, i) => i),
      groups: new Int32Array(patterns + 1).map((_, p) => p * each),
      ...rest,
    });
    return value;
  }

  /** z where z ≥ kink, else kink + q·(z − kink). */
  bend(name: string, op: string, value: Value, q: Float64Array | number, kinks?: Float64Array): Value {
    const inputs = this.elementsOf(value);
    const first = this.size;
    const size = inputs.length;
    const bend: Bend = {
      kind: 'bend',
      name,
      op,
      first,
      size,
      inputs,
      site: this.sites.length,
      firstAlpha: this.alphas,
      q: typeof q === 'number' ? new Float64Array(size).fill(q) : q,
      kinks: kinks ?? new Float64Array(size),
    };
    this.alphas += size;
    this.operations.push(bend);
    this.sites.push(bend);
    return this.elements(value.shape);
  }

  /** A tensor of elements: constant numbers become outputs without terms. */
  elementsOf({ elements, constant, shape }: Value): Int32Array {
    if (elements) return elements;
    const none = { patterns: 1, read: () => {}, base: () => 0, weights: new Float64Array(0) };
    return this.affine('constant', shape, { ...none, each: constant!.length, bias: constant }).elements!;
  }
}
