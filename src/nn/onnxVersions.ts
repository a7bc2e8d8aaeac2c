/** @file An exported model in another operator set, and of another version of the file format. */
import { UserError } from '../formats/userError.ts';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../formats/onnx/model.ts';
import { onnxTensor, tensorNumbers } from '../formats/onnx/tensor.ts';

/** What readers of the file can take; absent: operator set 17, format 8. */
export interface OnnxVersions {
  readonly opset?: number;
  readonly ir?: number;
}

/** Operator sets, and versions of the format, that are written. */
const range = { opset: [7, 22], ir: [4, 11] } as const;

/** The oldest format that may name an operator set (ONNX, docs/Versioning.md). */
const formatOf = (opset: number): number =>
  opset >= 21
    ? 10
    : opset >= 19
      ? 9
      : opset >= 15
        ? 8
        : opset >= 12
          ? 7
          : opset >= 11
            ? 6
            : opset >= 10
              ? 5
              : 4;

/** The lists that a node reads as constants, as the attributes that they were before. */
interface Earlier {
  /** Operator set that turned attributes into inputs. */
  readonly until: number;
  /** Inputs behind the first, in order; `steps` is no attribute and must be 1. */
  readonly lists: readonly string[];
}

const earlier: Readonly<Record<string, Earlier>> = {
  ReduceSum: { until: 13, lists: ['axes'] },
  Slice: { until: 10, lists: ['starts', 'ends', 'axes', 'steps'] },
  Pad: { until: 11, lists: ['pads'] },
};

/**
 * The model for other readers: operators take as attributes what later operator sets made inputs.
 * @throws UserError where the operator set is none that is written, or has no such operator
 */
export function inVersions(model: OnnxModel, { opset = 17, ir }: OnnxVersions): OnnxModel {
  const check = (option: 'opset' | 'ir', value: number): void => {
    const [least, most] = range[option];
    if (!Number.isInteger(value) || value < least || value > most)
      throw new UserError(`--${option} ${value}: expected a whole number from ${least} to ${most}.`);
  };
  check('opset', opset);
  if (ir !== undefined) check('ir', ir);
  if (ir !== undefined && ir < formatOf(opset))
    throw new UserError(
      `--ir ${ir}: operator set ${opset} needs version ${formatOf(opset)} of the format at least; choose an older --opset.`,
    );
  const { graph } = model;
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const added: OnnxTensor[] = [];
  const gone = new Set<string>();
  const nodes = graph.nodes.map((node): OnnxNode => {
    const { opType, inputs, attributes = {} } = node;
    if (opType === 'Gemm' && inputs.length === 2 && opset < 11) {
      const name = `${inputs[1]}.zeros`;
      added.push(onnxTensor(name, [1], new Float32Array(1)));
      return { ...node, inputs: [...inputs, name] };
    }
    const before = earlier[opType];
    if (!before || opset >= before.until) return node;
    const lists = inputs.slice(1).map((name) => {
      gone.add(name);
      return [...tensorNumbers(constants.get(name)!)];
    });
    const ofName = Object.fromEntries(before.lists.map((name, i) => [name, lists[i]]));
    const { steps, ...ints } = ofName;
    if (steps?.some((step) => step !== 1))
      throw new UserError(
        `--opset ${opset}: it cannot slice with steps, as ${node.name} does; 10 and later can.`,
      );
    return {
      ...node,
      inputs: inputs.slice(0, 1),
      attributes: {
        ...attributes,
        ...Object.fromEntries(
          Object.entries(ints).flatMap(([name, list]) => (list ? [[name, { ints: list }]] : [])),
        ),
      },
    };
  });
  return {
    ...model,
    irVersion: ir ?? Math.max(model.irVersion, formatOf(opset)),
    opsets: { '': opset },
    graph: {
      ...graph,
      nodes,
      initializers: [...graph.initializers.filter(({ name }) => !gone.has(name)), ...added],
    },
  };
}
