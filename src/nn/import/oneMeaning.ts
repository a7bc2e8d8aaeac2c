/** @file Models that give a name two meanings: readers differ in which one counts, so they are refused by name. */
import type { OnnxModel, OnnxTensor, OnnxValueInfo } from '../../formats/onnx/model.ts';
import { UserError } from '../../formats/userError.ts';

function requireDistinct(names: readonly string[], what: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new UserError(`The model has ${what} '${name}' twice.`);
    seen.add(name);
  }
}

/** An initializer that is also an argument of the graph must be what the argument is declared to be. */
function requireDeclared(tensor: OnnxTensor, declared: OnnxValueInfo): void {
  const { dtype, dims } = declared;
  const fits =
    dtype === tensor.dtype &&
    (dims === undefined ||
      (dims.length === tensor.dims.length &&
        dims.every((size, axis) => typeof size === 'string' || size === tensor.dims[axis])));
  if (!fits)
    throw new UserError(
      `The model's initializer '${tensor.name}' is ${tensor.dtype} [${tensor.dims.join(',')}], but its input of this ` +
        `name is declared as ${dtype} [${dims?.join(',') ?? ''}].`,
    );
}

/** @throws UserError naming what is given twice */
export function requireOneMeaning({ opsets, graph }: OnnxModel): void {
  const { '': standard, 'ai.onnx': alias } = opsets;
  if (standard !== undefined && alias !== undefined && standard !== alias)
    throw new UserError(
      `The model uses two versions of the standard operator set: ${standard} and ${alias}.`,
    );
  const initializers = graph.initializers.map((t) => t.name);
  const arguments_ = graph.inputs.map((i) => i.name);
  const made = graph.nodes.flatMap((n) => n.outputs).filter((name) => name !== '');
  requireDistinct(initializers, 'the initializer');
  requireDistinct(arguments_, 'the input');
  requireDistinct(
    graph.outputs.map((o) => o.name),
    'the output',
  );
  requireDistinct([...made, ...new Set([...initializers, ...arguments_])], 'a value named');
  const declared = new Map(graph.inputs.map((i) => [i.name, i]));
  for (const tensor of graph.initializers) {
    const info = declared.get(tensor.name);
    if (info) requireDeclared(tensor, info);
  }
}
