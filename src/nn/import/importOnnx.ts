/** @file ONNX model → network with its numbers. */
import { externalReader } from '../../formats/onnx/externalData.ts';
import { decodeModel, uncompressedModel } from '../../formats/onnx/decode.ts';
import { encodeModel } from '../../formats/onnx/encode.ts';
import { liveNodes } from '../../formats/onnx/liveNodes.ts';
import type { OnnxModel, OnnxNode, OnnxValueInfo } from '../../formats/onnx/model.ts';
import { namingFile, readBytes } from '../../formats/readFile.ts';
import { UserError } from '../../formats/userError.ts';
import { sizeOf, TraceError, type Shape } from '../../tensor/index.ts';
import type { NumberedNetwork } from '../foldBatchNorm.ts';
import type { Network } from '../network.ts';
import { networkBuilder } from './networkBuilder.ts';
import { algebra } from './ops/algebra.ts';
import { operators, supportedOperators } from './operators.ts';
import { requireOneMeaning } from './oneMeaning.ts';
import { thresholdsOf } from './samples.ts';
import { isSinglePrecision, singlePrecision } from './singlePrecision.ts';
import { constantOfTensor, defaultLayout, type LayerValue, type Value } from './value.ts';

/** An imported network, and how the model itself is fed. */
export interface ImportedNetwork extends NumberedNetwork {
  /** The model's argument; `shape` with the batch axis, of length 1. The network takes the same elements in order. */
  readonly input: { readonly name: string; readonly shape: Shape };
  /** The model's result; the network gives the same elements as a vector. */
  readonly output: { readonly name: string; readonly shape: Shape };
  /** Values of the model → the layers that stand for them, where the network needs these. */
  readonly values: ReadonlyMap<string, string>;
}

const oldestOpset = 7;

/** `node 'Conv_3' (Conv)`, by its first output where it has no name. */
const describeNode = ({ name, outputs, opType }: OnnxNode): string =>
  `node '${name !== undefined && name !== '' ? name : (outputs[0] ?? '')}' (${opType})`;

/** Refuses every operation that cannot be imported, all at once. */
function requireSupported(nodes: readonly OnnxNode[]): void {
  const standard = (node: OnnxNode): boolean => ['', 'ai.onnx', undefined].includes(node.domain);
  const refused = nodes.filter((node) => !standard(node) || !Object.hasOwn(operators, node.opType));
  if (refused.length === 0) return;
  const kinds = [...new Map(refused.map((node) => [node.opType, node])).values()];
  throw new UserError(
    `The model uses operations that are not supported: ${kinds.map(describeNode).join(', ')}. ` +
      `Supported are: ${supportedOperators.join(', ')}.`,
  );
}

/** Sizes of the argument, the batch axis set to 1. */
function inputShape({ name, dims }: OnnxValueInfo): Shape {
  if (!dims) throw new UserError(`The model does not tell the shape of its input '${name}'.`);
  return dims.map((size, axis) => {
    if (typeof size === 'number' && size > 0) return size;
    if (axis === 0) return 1;
    throw new UserError(
      `Axis ${axis} of the model's input '${name}' has no fixed size (${size === '' ? 'unknown' : size}). ` +
        'Export the model with fixed sizes but for the batch axis.',
    );
  });
}

function soleInput({ graph }: OnnxModel): OnnxValueInfo {
  const initialized = new Set(graph.initializers.map((t) => t.name));
  const inputs = graph.inputs.filter((i) => !initialized.has(i.name));
  if (inputs.length !== 1)
    throw new UserError(
      `The model has ${inputs.length} inputs (${inputs.map((i) => i.name).join(', ')}); exactly one is supported.`,
    );
  const [input] = inputs as [OnnxValueInfo];
  if (input.dtype !== 'float32' && input.dtype !== 'float64')
    throw new UserError(
      `The model's input '${input.name}' holds ${input.dtype}; only float32 and float64 are supported.`,
    );
  return input;
}

/**
 * Imports a model. Constant parts are computed, shapes are followed statically, dead parts are left out.
 * @throws UserError naming the node and what is wrong, before anything is run
 */
export function importOnnx(model: OnnxModel): ImportedNetwork {
  const { graph } = model;
  requireOneMeaning(model);
  const opset = model.opsets[''] ?? model.opsets['ai.onnx'] ?? 0;
  if (opset < oldestOpset)
    throw new UserError(
      `The model uses operator set ${opset}; ${oldestOpset} and later are supported. Convert it with onnx.version_converter.`,
    );
  const input = soleInput(model);
  if (graph.outputs.length !== 1)
    throw new UserError(
      `The model has ${graph.outputs.length} outputs (${graph.outputs.map((o) => o.name).join(', ')}); exactly one is supported.`,
    );
  const outputName = graph.outputs[0].name;
  const nodes = liveNodes(graph.nodes, [outputName]);
  requireSupported(nodes);

  const shape = inputShape(input);
  const builder = networkBuilder(defaultLayout(shape));
  const arithmetic = algebra(builder);
  const values = new Map<string, Value>();
  values.set(input.name, { kind: 'layer', layer: 'input', shape, layout: defaultLayout(shape) });
  const initializers = new Map(graph.initializers.map((t) => [t.name, t]));
  const valueOf = (name: string): Value => {
    const tensor = initializers.get(name);
    if (tensor && !values.has(name)) values.set(name, constantOfTensor(tensor));
    const value = values.get(name);
    if (!value) throw new UserError(`it reads '${name}', which nothing before it makes.`);
    return value;
  };
  const mostFolded = 2 ** 26 + 8 * graph.initializers.reduce((n, t) => n + sizeOf(t.dims), 0);
  let folded = 0;
  for (const node of nodes) {
    try {
      const made = operators[node.opType].import({ node, opset, builder, values: arithmetic }, valueOf);
      made.forEach((value, i) => {
        if (node.outputs[i]) values.set(node.outputs[i], value);
        if (value.kind === 'constant') folded += value.data.length;
      });
      if (folded > mostFolded)
        throw new UserError(`with it the constants made at import are ${folded} numbers; that is too many.`);
    } catch (error) {
      const ofModel =
        error instanceof UserError || error instanceof TraceError || error instanceof RangeError;
      if (!ofModel) throw error;
      throw new UserError(`ONNX ${describeNode(node)}: ${error.message}`);
    }
  }
  const output = values.get(outputName);
  if (!output) throw new UserError(`No node of the model makes its output '${outputName}'.`);
  if (output.kind === 'constant')
    throw new UserError(`The model's output '${outputName}' does not depend on its input.`);
  const { network, numbers } = builder.finish(graph.name, asVector(output));
  return {
    network,
    numbers,
    input: { name: input.name, shape },
    output: { name: outputName, shape: output.shape },
    values: layersOf(values, network),
  };

  function asVector(value: LayerValue): LayerValue {
    const flat = builder.withLayout(value, [value.layout.reduce((a, b) => a * b, 1)]);
    return flat.layer === 'input' ? builder.add({ kind: 'flatten' }, [flat], flat.shape) : flat;
  }
}

function layersOf(values: ReadonlyMap<string, Value>, network: Network): Map<string, string> {
  const kept = new Set(['input', ...network.layers.map((l) => l.name)]);
  const found = new Map<string, string>();
  for (const [name, value] of values)
    if (value.kind === 'layer' && kept.has(value.layer)) found.set(name, value.layer);
  return found;
}

/** An imported network with the model it came from, ready for plain ONNX Runtime. */
export interface ImportedFile extends ImportedNetwork {
  /** The model, uncompressed, with f32 input and output. */
  readonly bytes: Uint8Array;
  /** The file as it stands, uncompressed. */
  readonly file: Uint8Array;
  /** The model computes in f64, so that its values are rounded where they are compared. */
  readonly rounded: boolean;
  /** Constants that its values are compared with: bounds of Clip, Max and Min. */
  readonly thresholds: readonly number[];
  /** Files beside the model that hold some of its weights. */
  readonly external: readonly string[];
}

/**
 * Imports the bytes of a .onnx or .onnx.gz file.
 * @param path of the file, beside which external data lie; the model counts as one file that holds them
 * @throws UserError naming place and fault
 */
export function importOnnxBytes(bytes: Uint8Array, path?: string): ImportedFile {
  const outside = new Set<string>();
  const model = decodeModel(
    bytes,
    path === undefined ? undefined : externalReader(path, (found) => outside.add(found)),
  );
  const imported = importOnnx(model);
  const single = isSinglePrecision(model);
  const file = outside.size > 0 ? encodeModel(model) : uncompressedModel(bytes);
  return {
    ...imported,
    bytes: single ? file : encodeModel(singlePrecision(model)),
    file,
    rounded: !single,
    thresholds: thresholdsOf(model),
    external: [...outside],
  };
}

/** Reads and imports a .onnx or .onnx.gz file. @throws UserError naming the file and the fault */
export function readOnnxNetwork(path: string): ImportedFile {
  const bytes = readBytes(path, 'ONNX model');
  return namingFile(path, () => importOnnxBytes(bytes, path));
}
