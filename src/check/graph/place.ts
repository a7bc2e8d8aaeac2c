/** @file A node of the model as its rule sees it: operands, attributes, and where the operations go. */
import type { Attribute, ModelNode } from '../files/readModel.ts';
import type { Constant } from '../files/tensor.ts';
import { CheckFailure } from '../failure.ts';
import type { Builder } from './builder.ts';
import { range, type Value } from './value.ts';

/** The outputs of a node, of which it may have fewer than the rule gives. */
export type Rule = (at: Place) => Value | Value[];

/** By operator. */
export type Rules = Readonly<Record<string, Rule>>;

export class Place {
  readonly node: ModelNode;
  readonly opset: number;
  readonly builder: Builder;
  readonly #values: ReadonlyMap<string, Value>;

  constructor(node: ModelNode, opset: number, builder: Builder, values: ReadonlyMap<string, Value>) {
    [this.node, this.opset, this.builder, this.#values] = [node, opset, builder, values];
  }

  get name(): string {
    return this.node.name || this.node.outputs[0];
  }

  /** @throws CheckFailure operator-unknown */
  refuse(what: string): never {
    throw new CheckFailure('operator-unknown', `${this.node.op} ${this.name}: ${what}.`);
  }

  optional(k: number): Value | undefined {
    const name = this.node.inputs[k] ?? '';
    if (name === '') return undefined;
    return this.#values.get(name) ?? this.refuse(`its operand ${name} is not computed before it`);
  }

  input(k: number): Value {
    return this.optional(k) ?? this.refuse(`operand ${k} is missing`);
  }

  get inputs(): Value[] {
    return range(this.node.inputs.length).map((k) => this.input(k));
  }

  /** Numbers of an operand that has to be constant. */
  constant(k: number): Float64Array {
    return this.input(k).constant ?? this.refuse(`its operand ${k} is not constant`);
  }

  #attribute<T extends Attribute>(name: string, is: (value: Attribute) => value is T): T | undefined {
    const value = this.node.attributes.get(name);
    return value === undefined || is(value) ? value : this.refuse(`its attribute ${name} is of another kind`);
  }

  number(name: string, absent: number): number {
    return this.#attribute(name, (value) => typeof value === 'number') ?? absent;
  }

  text(name: string, absent: string): string {
    return this.#attribute(name, (value) => typeof value === 'string') ?? absent;
  }

  tensor(name: string): Constant | undefined {
    return this.#attribute(
      name,
      (value): value is Constant => typeof value === 'object' && 'values' in value && !Array.isArray(value),
    );
  }

  numbers(name: string): readonly number[] | undefined {
    return this.#attribute(
      name,
      (value): value is readonly number[] =>
        Array.isArray(value) && value.every((n) => typeof n === 'number'),
    );
  }

  /** A list that is an attribute before an opset and the operand `k` since. */
  list(name: string, k: number, since: number): readonly number[] | undefined {
    if (this.opset < since) return this.numbers(name);
    return this.optional(k) && [...this.constant(k)];
  }

  /** An axis, counted from the end where negative. */
  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis;
    return counted >= 0 && counted < rank ? counted : this.refuse(`it has no axis ${axis}`);
  }

  /** Axes of a list, which is asked for without repetitions: what those would mean is nowhere said. */
  axes(list: readonly number[], rank: number): number[] {
    const counted = list.map((axis) => this.axis(axis, rank));
    return new Set(counted).size === counted.length ? counted : this.refuse('it names an axis twice');
  }

  /** @throws CheckFailure where an attribute has another value than the only one that the rule holds for */
  require(name: string, only: number, absent = only): void {
    if (this.number(name, absent) !== only) this.refuse(`its ${name} is not ${only}`);
  }
}
