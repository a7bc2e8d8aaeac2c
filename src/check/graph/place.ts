/** @file A node of the model as its rule sees it: operands, attributes, and where the operations go. */
import type { Constant, ModelNode } from '../files/model.ts';
import { CheckFailure } from '../failure.ts';
import type { Builder } from './builder.ts';
import type { Value } from './value.ts';

/** The outputs of a node, of which it may have fewer than the rule gives. */
export type Rule = (at: Place) => Value | Value[];

export class Place {
  readonly node: ModelNode;
  readonly opset: number;
  readonly builder: Builder;
  readonly #values: ReadonlyMap<string, Value>;

  constructor(node: ModelNode, opset: number, builder: Builder, values: ReadonlyMap<string, Value>) {
    this.node = node;
    this.opset = opset;
    this.builder = builder;
    this.#values = values;
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

  get count(): number {
    return this.node.inputs.length;
  }

  /** Numbers of an operand that has to be constant. */
  constant(k: number): Float64Array {
    return this.input(k).constant ?? this.refuse(`its operand ${k} is not constant`);
  }

  number(name: string, absent: number): number {
    const value = this.node.attributes.get(name) ?? absent;
    return typeof value === 'number' ? value : this.refuse(`its attribute ${name} is not a number`);
  }

  text(name: string, absent: string): string {
    const value = this.node.attributes.get(name) ?? absent;
    return typeof value === 'string' ? value : this.refuse(`its attribute ${name} is not a text`);
  }

  tensor(name: string): Constant | undefined {
    const value = this.node.attributes.get(name);
    return typeof value === 'object' && 'values' in value && !Array.isArray(value)
      ? (value as Constant)
      : undefined;
  }

  numbers(name: string): readonly number[] | undefined {
    const value = this.node.attributes.get(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((n) => typeof n === 'number')) return value;
    return this.refuse(`its attribute ${name} is not a list of numbers`);
  }

  /** A list that is an attribute before an opset and the operand `k` since. */
  list(name: string, k: number, since: number): readonly number[] | undefined {
    if (this.opset < since) return this.numbers(name);
    return this.optional(k) === undefined ? undefined : [...this.constant(k)];
  }

  /** An axis, counted from the end where negative. */
  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis;
    return counted >= 0 && counted < rank ? counted : this.refuse(`it has no axis ${axis}`);
  }

  /** @throws CheckFailure where an attribute has another value than the only one that the rule holds for */
  require(name: string, only: number, absent = only): void {
    if (this.number(name, absent) !== only) this.refuse(`its ${name} is not ${only}`);
  }
}
