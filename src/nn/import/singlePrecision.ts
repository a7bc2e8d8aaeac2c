/** @file The same ONNX model with f32 input and output, whatever it computes in: what replays feed. */
import type { OnnxDtype, OnnxModel, OnnxNode, OnnxValueInfo } from '../../formats/onnx/model.ts';
import { dtypeCode } from '../../formats/onnx/schema.ts';

type Other = OnnxValueInfo & { readonly dtype: 'float64' };

const isOther = (value: OnnxValueInfo): value is Other => value.dtype === 'float64';

/** True where input and output are f32 already. */
export const isSinglePrecision = ({ graph }: OnnxModel): boolean =>
  ![...graph.inputs, ...graph.outputs].some(isOther);

/** Puts casts behind the inputs and before the outputs that are f64; names stay. */
export function singlePrecision(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const inner = (name: string): string => `${name}/inner`;
  const initialized = new Set(graph.initializers.map((t) => t.name));
  const inputs = graph.inputs.filter(isOther).filter((i) => !initialized.has(i.name));
  const outputs = graph.outputs.filter(isOther);
  const renamed = new Set([...inputs, ...outputs].map((v) => v.name));
  const rename = (name: string): string => (renamed.has(name) ? inner(name) : name);
  const cast = (from: string, to: string, dtype: OnnxDtype): OnnxNode => ({
    opType: 'Cast',
    inputs: [from],
    outputs: [to],
    attributes: { to: { int: dtypeCode[dtype] } },
  });
  const asSingle = (values: readonly OnnxValueInfo[]): OnnxValueInfo[] =>
    values.map((v) => (renamed.has(v.name) ? { ...v, dtype: 'float32' } : v));
  return {
    ...model,
    graph: {
      ...graph,
      inputs: asSingle(graph.inputs),
      outputs: asSingle(graph.outputs),
      valueInfos: [],
      nodes: [
        ...inputs.map((i) => cast(i.name, inner(i.name), i.dtype)),
        ...graph.nodes.map((node) => ({
          ...node,
          inputs: node.inputs.map(rename),
          outputs: node.outputs.map(rename),
        })),
        ...outputs.map((o) => cast(inner(o.name), o.name, 'float32')),
      ],
    },
  };
}
