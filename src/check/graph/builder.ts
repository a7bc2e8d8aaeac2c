/** @file Where rules put their operations: new elements with their terms, and new sites. */
import type { Constant } from '../files/tensor.ts';
import { CheckFailure } from '../failure.ts';
import type { Affine, Bend, Rounding } from './graph.ts';
import { sizeOf, type Value } from './value.ts';

/** More elements than this are not checked: some 300 MB. */
const largest = 1 << 23;
/** Operands of all operations together, at most: some 300 MB. */
const mostOperands = 1 << 25;

/** Rows of elements times matrices [inner, columns] of weights, plus a bias. */
export interface AffineParts {
  /** Row-major; −1: nothing. */
  readonly elements: Int32Array;
  readonly inner: number;
  readonly columns: number;
  /** One matrix, or more one after the other, of which each serves as many `rows`. */
  readonly weights: Float64Array;
  readonly rows: number;
  readonly bias?: Float64Array | undefined;
  readonly reach?: Float64Array | undefined;
  readonly rounding?: Rounding;
  readonly greaterOf?: Affine['greaterOf'] | undefined;
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
  #operands = 0;

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
    const { elements, inner, columns, rows, weights, bias, reach, rounding = {}, greaterOf } = parts;
    this.#operands += elements.length;
    if (this.#operands > mostOperands)
      throw new CheckFailure('too-large', `Operations read ${this.#operands} operands.`);
    const first = this.size;
    const value = this.elements(shape);
    const { length: size } = value.elements!;
    const patterns = size === 0 ? 0 : size / columns;
    const [start, pattern, base] = [patterns + 1, size, size].map((length) => new Int32Array(length));
    const [column, offset] = [new Int32Array(elements.length), new Int32Array(elements.length)];
    let filled = 0;
    for (let p = 0; p < patterns; p++) {
      for (let k = 0; k < inner; k++) {
        const element = elements[p * inner + k];
        if (element < 0) continue;
        column[filled] = element;
        offset[filled++] = k * columns;
      }
      start[p + 1] = filled;
      const matrix = Math.floor(p / rows) * inner * columns;
      for (let c = 0; c < columns; c++) {
        pattern[p * columns + c] = p;
        base[p * columns + c] = matrix + c;
      }
    }
    this.cost += filled * columns;
    this.operations.push({
      kind: 'affine',
      name,
      first,
      size,
      rounding,
      pattern,
      base,
      start,
      column: column.slice(0, filled),
      offset: offset.slice(0, filled),
      weights,
      bias: bias ?? new Float64Array(size),
      members: base.map((_, i) => i),
      groups: new Int32Array(patterns + 1).map((_, p) => p * columns),
      ...(reach && { reach }),
      ...(greaterOf && { greaterOf }),
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
    const none = { elements: new Int32Array(0), weights: new Float64Array(0), inner: 0, rows: 1 };
    return this.affine('constant', shape, { ...none, columns: constant!.length, bias: constant }).elements!;
  }
}
