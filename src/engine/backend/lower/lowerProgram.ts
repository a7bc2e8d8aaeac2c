/** @file lowerProgram: a traced program → the bytes of an ONNX model. */
import { encodeModel } from '../../../formats/onnx/encode.ts';
import type { OnnxNode, OnnxValueInfo } from '../../../formats/onnx/model.ts';
import { programNodes } from '../../../tensor/program.ts';
import {
  isOp,
  type PrimitiveName,
  type Program,
  type Tensor,
  type TensorSpec,
} from '../../../tensor/tensor.ts';
import { blockedDomain } from './blocked.ts';
import { liveNodes, withoutUnusedConstants } from '../../../formats/onnx/liveNodes.ts';
import {
  constantOf,
  createBodyEmitter,
  createEmitter,
  emit,
  emitNode,
  freshName,
  ints,
  type Emitter,
} from './emitter.ts';
import type { Lowering, LoweredName } from './lowering.ts';
import { lowerings } from './table.ts';

/** Operator set and file version written: what ONNX Runtime 1.20 and later read. */
const opset = 21;
const irVersion = 10;

/** An ONNX model and how to feed it. */
export interface LoweredProgram {
  readonly bytes: Uint8Array;
  /** Graph inputs in the order of `program.inputs`. */
  readonly inputNames: readonly string[];
  /** Graph outputs in the order of `program.outputs`. */
  readonly outputNames: readonly string[];
  /** Whether operations of the blocked layout occur. */
  readonly usesBlocked: boolean;
}

const valueInfo = (name: string, spec: TensorSpec): OnnxValueInfo => ({
  name,
  dtype: spec.dtype,
  dims: spec.shape,
});

/** Lowers one node that is a function of its inputs. */
function lowerFunction(emitter: Emitter, node: Tensor, nameOf: (tensor: Tensor) => string): string {
  const lowering = lowerings[node.op as LoweredName] as Lowering<PrimitiveName>;
  return lowering({ emitter, node, nameOf, inputs: node.inputs.map(nameOf) });
}

/** Emits a program's nodes; `given` names its inputs. Returns the names of its outputs. */
function lowerNodes(emitter: Emitter, program: Program, given: ReadonlyMap<Tensor, string>): string[] {
  const names = new Map<Tensor, string>(given);
  const loops = new Map<Tensor, readonly string[]>();
  const nameOf = (tensor: Tensor): string => names.get(tensor)!;
  for (const node of programNodes(program)) {
    if (names.has(node)) continue;
    if (isOp(node, 'loop')) {
      loops.set(node, lowerLoop(emitter, node, nameOf));
      names.set(node, '');
    } else if (isOp(node, 'loopResult')) names.set(node, loops.get(node.inputs[0])![node.attributes.index]);
    else if (isOp(node, 'constant')) names.set(node, constantOf(emitter, node));
    else names.set(node, lowerFunction(emitter, node, nameOf));
  }
  return program.outputs.map(nameOf);
}

/**
 * Graph outputs under names of their own: ONNX wants each to be made by a node of the graph and to be named once,
 * while a program may return an argument, a constant, or one value twice.
 */
function nameOutputs(emitter: Emitter, values: readonly string[], names: readonly string[]): void {
  values.forEach((value, i) => emit(emitter, 'Identity', [value], {}, names[i]));
}

/**
 * Outputs of a loop body, whose names are free: a value that one of its own nodes makes is returned as it is, once;
 * an Identity would copy it in every iteration.
 */
function bodyOutputs(emitter: Emitter, values: readonly string[]): string[] {
  const own = new Set(emitter.nodes.flatMap((node) => node.outputs));
  return values.map((value) => (own.delete(value) ? value : emit(emitter, 'Identity', [value])));
}

/** ONNX Loop: the body reads captured values by name from the graph around it. */
function lowerLoop(emitter: Emitter, node: Tensor<'loop'>, nameOf: (tensor: Tensor) => string): string[] {
  const { body, carried, count } = node.attributes;
  const inner = createBodyEmitter(emitter);
  const iteration = freshName(inner);
  const going = freshName(inner);
  const given = new Map<Tensor, string>([[body.inputs[0], emit(inner, 'Cast', [iteration], { to: 6 })]]);
  const state = body.inputs.slice(1, 1 + carried);
  for (const input of state) given.set(input, freshName(inner));
  body.inputs.slice(1 + carried).forEach((input, i) => given.set(input, nameOf(node.inputs[carried + i])));

  const results = lowerNodes(inner, body, given);
  const outputs = bodyOutputs(inner, results);
  const goesOn = emit(inner, 'Identity', [going]);
  const graph = withoutUnusedConstants({
    name: freshName(inner),
    nodes: liveNodes(inner.nodes, [...outputs, goesOn]),
    initializers: [...inner.initializers.values()],
    inputs: [
      { name: iteration, dtype: 'int64' as const, dims: [] },
      { name: going, dtype: 'bool' as const, dims: [] },
      ...state.map((input) => valueInfo(given.get(input)!, input)),
    ],
    outputs: [
      { name: goesOn, dtype: 'bool' as const, dims: [] },
      ...body.outputs.map((output, i) => valueInfo(outputs[i], output)),
    ],
  });
  const made = outputs.map(() => freshName(emitter));
  const start = node.inputs.slice(0, carried).map(nameOf);
  emitNode(emitter, 'Loop', [ints(emitter, [count], []), '', ...start], made, { body: { graph } });
  return made;
}

/**
 * @param program simplified or not; nodes that no output needs are left out
 * @param blockSize channels of a block of the blocked layout (`blockSize`); 0 keeps to standard operations
 */
export function lowerProgram(program: Program, blockSize = 0): LoweredProgram {
  const emitter = createEmitter(blockSize);
  const inputNames = program.inputs.map((input) => `in/${input.attributes.name}`);
  const outputNames = program.outputNames.map((name) => `out/${name}`);
  const given = new Map<Tensor, string>(program.inputs.map((input, i) => [input, inputNames[i]]));
  nameOutputs(emitter, lowerNodes(emitter, program, given), outputNames);
  const nodes: readonly OnnxNode[] = liveNodes(emitter.nodes, outputNames);
  const graph = withoutUnusedConstants({
    name: 'program',
    nodes,
    initializers: [...emitter.initializers.values()],
    inputs: program.inputs.map((input, i) => valueInfo(inputNames[i], input)),
    outputs: program.outputs.map((output, i) => valueInfo(outputNames[i], output)),
  });
  const { usesBlocked } = emitter.shared;
  const bytes = encodeModel({
    irVersion,
    opsets: usesBlocked ? { '': opset, [blockedDomain]: 1 } : { '': opset },
    producerName: 'certprune',
    graph,
  });
  return { bytes, inputNames, outputNames, usesBlocked };
}
