/** @file What makes an operator importable: the inputs and attributes that it may have, and what it becomes of them. */
// An attribute that is not listed is refused by name; every one that is listed is asked about in the exam.
import type { OnnxNode, OnnxTensor } from '../../formats/onnx/model.ts';
import { UserError } from '../../formats/userError.ts';
import type { NetworkBuilder } from './networkBuilder.ts';
import type { Algebra } from './ops/algebra.ts';
import type { ConstantValue, LayerValue, Value } from './value.ts';

/** One node at the moment of its import. All errors get the node's name put before them. */
export interface Site {
  readonly node: OnnxNode;
  readonly opset: number;
  readonly builder: NetworkBuilder;
  /** Arithmetic on values. */
  readonly values: Algebra;
}

/** What may stand at one place of a node's inputs. */
export interface InputRule<T> {
  /** @throws UserError where it is missing, or something else */
  read(given: Value | undefined, index: number, name: string): T;
  readonly optional?: true;
}

export const value: InputRule<Value> = {
  read(given, index) {
    if (!given) throw new UserError(`input ${index} is missing.`);
    return given;
  },
};

/** What comes from the network's input. */
export const layer: InputRule<LayerValue> = {
  read(given, index, name) {
    const found = value.read(given, index, name);
    if (found.kind === 'layer') return found;
    throw new UserError(`input '${name}' is a constant; this operation is not folded.`);
  },
};

/** What must be known at import. */
export const constant = (role: string): InputRule<ConstantValue> => ({
  read(given, index, name) {
    if (!given) throw new UserError(`its ${role} (input ${index}) is missing.`);
    if (given.kind === 'constant') return given;
    throw new UserError(
      `its ${role} '${name}' depends on the network's input; only constants are supported there.`,
    );
  },
});

const known = <T>(role: string, part: (found: ConstantValue, place: string) => T): InputRule<T> => ({
  read: (given, index, name) => part(constant(role).read(given, index, name), `its ${role} (input ${index})`),
});

/** Whole numbers (int32 or int64) in any shape. */
export const whole = (role: string): InputRule<ConstantValue> =>
  known(role, (found, place) => {
    if (found.dtype === 'int64' || found.dtype === 'int32') return found;
    throw new UserError(`${place} holds ${found.dtype}, not whole numbers.`);
  });

/** A list of them. */
export const wholes = (role: string): InputRule<readonly number[]> => ({
  read: (...given) => [...whole(role).read(...given).data],
});

export const number = (role: string): InputRule<number> =>
  known(role, ({ data, shape }, place) => {
    if (data.length === 1 && shape.length <= 1) return data[0];
    throw new UserError(`${place} has the shape [${shape.join(',')}]; one number is wanted.`);
  });

export const optional = <T>({ read }: InputRule<T>): InputRule<T | undefined> => ({
  optional: true,
  read: (given, ...place) => given && read(given, ...place),
});

/** One input after the other, or one rule for any number of them. */
type Inputs = readonly InputRule<unknown>[] | InputRule<unknown>;
type ReadAs<I> =
  I extends InputRule<infer T>
    ? readonly [T, ...T[]]
    : { readonly [K in keyof I]: I[K] extends InputRule<infer T> ? T : never };

/** One attribute of an operator. */
export interface AttributeRule<T = unknown> {
  readonly kind: 'int' | 'float' | 'string' | 'tensor' | 'ints' | 'floats';
  /** The only values it may have, where they are few. */
  readonly values?: readonly (number | string)[];
  /** First and last operator set that has it. */
  readonly since?: number;
  readonly until?: number;
  /** What it is where the node does not say. */
  readonly otherwise: T;
}

type Attributes = Readonly<Record<string, AttributeRule>>;
/** Attributes as importers get them. */
export type ValuesOf<A extends Attributes> = {
  readonly [K in keyof A]: A[K] extends AttributeRule<infer T> ? T : never;
};

type Maybe<T> = AttributeRule<T | undefined>;
export const int = <T extends number | undefined>(otherwise: T): AttributeRule<number | T> => ({
  kind: 'int',
  otherwise,
});
export const flag = (otherwise: 0 | 1): AttributeRule<number> => ({ kind: 'int', values: [0, 1], otherwise });
export const float = <T extends number | undefined>(otherwise: T): AttributeRule<number | T> => ({
  kind: 'float',
  otherwise,
});
export const ints: Maybe<readonly number[]> = { kind: 'ints', otherwise: undefined };
export const floats: Maybe<readonly number[]> = { kind: 'floats', otherwise: undefined };
export const tensor: Maybe<OnnxTensor> = { kind: 'tensor', otherwise: undefined };
/** The first of the words where the node does not say. */
export const word = (...values: [string, ...string[]]): AttributeRule<string> => ({
  kind: 'string',
  values,
  otherwise: values[0],
});
export const since = <R extends AttributeRule>(version: number, rule: R): R => ({ ...rule, since: version });
export const until = <R extends AttributeRule>(version: number, rule: R): R => ({ ...rule, until: version });

/** An operator. */
export interface Operator {
  readonly attributes: Attributes;
  /** Met only on constants: what exporters write to compute shapes and weights. */
  readonly ofConstants?: true;
  /**
   * @returns values, one for each of the node's outputs that matter
   * @throws UserError where the node has inputs or attributes, or values of one, that its operator does not have in this
   *   operator set, and where it cannot be imported
   */
  import(site: Site, valueOf: (name: string) => Value): readonly Value[];
}

function inputsOf(rules: Inputs, names: readonly string[], valueOf: (name: string) => Value): unknown {
  const list = 'read' in rules ? undefined : rules;
  const [least, most] = list ? [list.filter((rule) => !rule.optional).length, list.length] : [1, Infinity];
  if (names.length < least || names.length > most)
    throw new UserError(
      `it has ${names.length} inputs; ${least === most ? '' : 'at least '}${least} are expected.`,
    );
  const read = (rule: InputRule<unknown>, index: number): unknown => {
    const name = names[index] ?? '';
    return rule.read(name === '' ? undefined : valueOf(name), index, name);
  };
  return list ? list.map(read) : names.map((_, index) => read(rules as InputRule<unknown>, index));
}

function attributesOf(rules: Attributes, { attributes = {} }: OnnxNode, opset: number) {
  const found = Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, rule.otherwise]));
  for (const [name, attribute] of Object.entries(attributes)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) throw new UserError(`its attribute ${name} is not supported.`);
    const { kind, values, since: first = 0, until: last = Infinity } = rule;
    if (opset < first || opset > last)
      throw new UserError(`its attribute ${name} does not exist in operator set ${opset}.`);
    if (!(kind in attribute)) throw new UserError(`its attribute ${name} is not of the kind ${kind}.`);
    const [given] = Object.values(attribute) as unknown[];
    if (values && !values.includes(given as number | string))
      throw new UserError(
        `its attribute ${name} is ${JSON.stringify(given)}; known are ${values.join(', ')}.`,
      );
    found[name] = given;
  }
  return found;
}

/** @param make the value that the operator gives, or one for each output */
export const operator = <const I extends Inputs, const A extends Attributes>(
  inputs: I,
  attributes: A,
  make: (inputs: ReadAs<I>, attributes: ValuesOf<A>, site: Site) => Value | readonly Value[],
): Operator => ({
  attributes,
  import(site, valueOf) {
    const options = attributesOf(attributes, site.node, site.opset) as ValuesOf<A>;
    const made = make(inputsOf(inputs, site.node.inputs, valueOf) as ReadAs<I>, options, site);
    return Array.isArray(made) ? (made as readonly Value[]) : [made as Value];
  },
});

/** A possibly negative axis of a value. @throws UserError outside its rank */
export function axisOf(axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(index) && index >= 0 && index < rank))
    throw new UserError(`axis ${axis} is outside a tensor with ${rank} axes.`);
  return index;
}
