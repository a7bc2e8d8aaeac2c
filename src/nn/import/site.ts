/** @file One ONNX node at the moment of its import: its inputs, attributes and how to say what is wrong. */
import { UserError } from '../../formats/userError.ts';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from '../../formats/onnx/model.ts';
import type { Shape } from '../../tensor/index.ts';
import type { LayerFields } from '../network.ts';
import { algebra, type Algebra } from './ops/algebra.ts';
import type { NetworkBuilder } from './networkBuilder.ts';
import type { ConstantValue, LayerValue, Value } from './value.ts';

/** What importers may ask and do. All errors they throw get the node's name put before them. */
export interface ImportSite {
  readonly node: OnnxNode;
  readonly opset: number;
  readonly builder: NetworkBuilder;
  /** Arithmetic on values. */
  readonly values: Algebra;
  /** Number of inputs written down, empty ones included. */
  readonly inputCount: number;
  /** An optional input. */
  input(index: number): Value | undefined;
  /** A required input of either kind. */
  value(index: number): Value;
  /** A required input that must come from the network's input. */
  layer(index: number): LayerValue;
  /** An optional input that must be known at import. */
  constant(index: number, role: string): ConstantValue | undefined;
  /** The same, required. */
  requiredConstant(index: number, role: string): ConstantValue;
  /** A list of whole numbers (int32 or int64) that must be known at import; required unless told. */
  wholes(index: number, role: string, need?: 'optional'): readonly number[] | undefined;
  /** A single number that must be known at import. */
  number(index: number, role: string): number | undefined;
  int(name: string, otherwise: number): number;
  float(name: string, otherwise: number): number;
  text(name: string, otherwise: string): string;
  ints(name: string): readonly number[] | undefined;
  floats(name: string): readonly number[] | undefined;
  tensor(name: string): OnnxTensor | undefined;
  /** Adds a layer; see {@link NetworkBuilder.add}. */
  add(
    fields: LayerFields,
    inputs: readonly LayerValue[],
    shape: Shape,
    numbers?: Readonly<Record<string, ArrayLike<number>>>,
  ): LayerValue;
}

/** Turns a node into values, one for each of its outputs that matter. @throws UserError */
export type OnnxImporter = (site: ImportSite) => Value | readonly Value[];

/** `node 'Conv_3' (Conv)`, by its first output where it has no name. */
export const describeNode = (node: OnnxNode): string =>
  `node '${node.name !== undefined && node.name !== '' ? node.name : (node.outputs[0] ?? '')}' (${node.opType})`;

export function importSite(
  node: OnnxNode,
  opset: number,
  builder: NetworkBuilder,
  valueOf: (name: string) => Value,
): ImportSite {
  const attribute = <K extends string>(name: string, key: K): unknown => {
    const found: OnnxAttribute | undefined = node.attributes?.[name];
    if (found === undefined) return undefined;
    if (!(key in found)) throw new UserError(`its attribute ${name} is not of the kind ${key}.`);
    return (found as Record<string, unknown>)[key];
  };
  const input = (index: number): Value | undefined => {
    const name = node.inputs[index];
    return name === undefined || name === '' ? undefined : valueOf(name);
  };
  const value = (index: number): Value => {
    const found = input(index);
    if (!found) throw new UserError(`input ${index} is missing.`);
    return found;
  };
  const constant = (index: number, role: string): ConstantValue | undefined => {
    const found = input(index);
    if (found?.kind === 'layer')
      throw new UserError(
        `its ${role} '${node.inputs[index]}' depends on the network's input; only constants are supported there.`,
      );
    return found;
  };
  return {
    node,
    opset,
    builder,
    values: algebra(builder),
    inputCount: node.inputs.length,
    input,
    value,
    layer(index) {
      const found = value(index);
      if (found.kind === 'constant')
        throw new UserError(`input '${node.inputs[index]}' is a constant; this operation is not folded.`);
      return found;
    },
    constant,
    requiredConstant(index, role) {
      const found = constant(index, role);
      if (!found) throw new UserError(`its ${role} (input ${index}) is missing.`);
      return found;
    },
    wholes(index, role, need) {
      const found = need === 'optional' ? constant(index, role) : this.requiredConstant(index, role);
      if (found && found.dtype !== 'int64' && found.dtype !== 'int32')
        throw new UserError(`its ${role} (input ${index}) holds ${found.dtype}, not whole numbers.`);
      return found && [...found.data];
    },
    number(index, role) {
      const found = constant(index, role);
      if (found && (found.data.length !== 1 || found.shape.length > 1))
        throw new UserError(
          `its ${role} (input ${index}) has the shape [${found.shape.join(',')}]; one number is wanted.`,
        );
      return found?.data[0];
    },
    int: (name, otherwise) => (attribute(name, 'int') as number | undefined) ?? otherwise,
    float: (name, otherwise) => (attribute(name, 'float') as number | undefined) ?? otherwise,
    text: (name, otherwise) => (attribute(name, 'string') as string | undefined) ?? otherwise,
    ints: (name) => attribute(name, 'ints') as readonly number[] | undefined,
    floats: (name) => attribute(name, 'floats') as readonly number[] | undefined,
    tensor: (name) => attribute(name, 'tensor') as OnnxTensor | undefined,
    add: builder.add,
  };
}

/** A possibly negative axis of a value. @throws UserError outside its rank */
export function axisOf(axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(index) && index >= 0 && index < rank))
    throw new UserError(`axis ${axis} is outside a tensor with ${rank} axes.`);
  return index;
}

/** Whole numbers given as an attribute in older operator sets and as an input in newer ones. */
export function listOf(site: ImportSite, name: string, index: number): readonly number[] | undefined {
  const attribute = site.ints(name);
  if (attribute) return attribute;
  return site.wholes(index, name, 'optional');
}
