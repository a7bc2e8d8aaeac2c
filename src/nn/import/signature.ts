/** @file What an importable operation may be given: its inputs, and its attributes with the operator sets that have them. */
// An attribute that is not listed is refused by name; every one that is listed is asked about in the exam.
import type { OnnxAttribute, OnnxNode } from '../../formats/onnx/model.ts';
import { UserError } from '../../formats/userError.ts';

/** One attribute of an operation. */
export interface AttributeRule {
  readonly kind: 'int' | 'float' | 'string' | 'tensor' | 'ints' | 'floats';
  /** The only values it may have, where they are few. */
  readonly values?: readonly (number | string)[];
  /** First and last operator set that has it. */
  readonly since?: number;
  readonly until?: number;
}

/** What an operation may be given. */
export interface Signature {
  /** Least and greatest number of inputs. */
  readonly inputs: readonly [number, number];
  readonly attributes: Readonly<Record<string, AttributeRule>>;
}

export const int: AttributeRule = { kind: 'int' };
export const flag: AttributeRule = { kind: 'int', values: [0, 1] };
export const float: AttributeRule = { kind: 'float' };
export const ints: AttributeRule = { kind: 'ints' };
export const since = (version: number, rule: AttributeRule): AttributeRule => ({ ...rule, since: version });
export const until = (version: number, rule: AttributeRule): AttributeRule => ({ ...rule, until: version });

const valueOf = (attribute: OnnxAttribute): unknown => Object.values(attribute)[0];

/**
 * @throws UserError where a node has an attribute, or a value of one, that its operation does not have in this operator
 *   set, or another number of inputs
 */
export function requireSignature(
  { inputs: [least, most], attributes: rules }: Signature,
  { inputs, attributes = {} }: OnnxNode,
  opset: number,
): void {
  if (inputs.length < least || inputs.length > most)
    throw new UserError(
      `it has ${inputs.length} inputs; ${least === most ? '' : 'at least '}${least} are expected.`,
    );
  for (const [name, attribute] of Object.entries(attributes)) {
    const rule: AttributeRule | undefined = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) throw new UserError(`its attribute ${name} is not supported.`);
    const { kind, values, since: first = 0, until: last = Infinity } = rule;
    if (opset < first || opset > last)
      throw new UserError(`its attribute ${name} does not exist in operator set ${opset}.`);
    if (!(kind in attribute)) throw new UserError(`its attribute ${name} is not of the kind ${kind}.`);
    const value = valueOf(attribute) as number | string;
    if (values && !values.includes(value))
      throw new UserError(
        `its attribute ${name} is ${JSON.stringify(value)}; known are ${values.join(', ')}.`,
      );
  }
}
