/** @file The tensors of a PyTorch state dict as the numbers of a network of the zoo, matched by name. */
import type { NdArray } from '../formats/ndArray.ts';
import { UserError } from '../formats/userError.ts';
import { sameShape, shapeText } from '../tensor/shape.ts';
import type { Network } from './network.ts';
import { parameterSpecs, type ParameterSpec } from './parameters.ts';
import { modulesInOrder, type TorchModule } from './torchModules.ts';
import { torchKeys } from './torchKeys.ts';

/** What decided which tensor is which parameter. */
export type MatchedBy =
  /** Every name is the network's, in PyTorch or here. */
  | 'names'
  /** The modules' numbers, as in a Sequential that counts other modules too. */
  | 'numbers'
  /** The order of the modules in the file. */
  | 'order';

/** A parameter and the tensor that it is. */
export interface MatchedTensor {
  readonly spec: ParameterSpec;
  /** Key in the file. */
  readonly name: string;
  readonly tensor: NdArray;
}

function requireFit({ name, tensor, spec }: MatchedTensor, network: string): void {
  const { shape, dtype } = tensor;
  if (sameShape(shape, spec.shape) && (dtype === 'float32' || dtype === 'float64')) return;
  throw new UserError(
    `Tensor '${name}' ${shapeText(shape)} ${dtype} does not fit ${spec.key} ${shapeText(spec.shape)} float32 of ` +
      `${network}. Choose the architecture that the weights belong to.`,
  );
}

/** What all names begin with, up to a dot; empty where they begin otherwise. */
function commonPrefix(names: readonly string[]): string {
  let prefix = '';
  for (;;) {
    const dot = names[0]?.indexOf('.', prefix.length) ?? -1;
    if (dot < 0) return prefix;
    const longer = names[0].slice(0, dot + 1);
    if (!names.every((name) => name.startsWith(longer))) return prefix;
    prefix = longer;
  }
}

/** Name in the file of every parameter, where the file has these very keys, behind a common prefix at most. */
function byNames(
  wanted: readonly { readonly key: string; readonly name: string }[],
  given: ReadonlyMap<string, NdArray>,
): Map<string, string> | undefined {
  if (wanted.length !== given.size) return undefined;
  const prefix = commonPrefix([...given.keys()]).slice(commonPrefix(wanted.map(({ name }) => name)).length);
  for (const before of new Set(['', prefix]))
    if (wanted.every(({ name }) => given.has(before + name)))
      return new Map(wanted.map(({ key, name }) => [key, before + name]));
  return undefined;
}

/** Modules of the file and parameterised layers side by side. @throws UserError naming the first that do not fit */
function byOrder(network: Network, modules: readonly TorchModule[]): MatchedTensor[] {
  const layers = new Map<string, ParameterSpec[]>();
  for (const spec of parameterSpecs(network))
    layers.set(spec.layer, [...(layers.get(spec.layer) ?? []), spec]);
  const found = [...layers].flatMap(([layer, specs], i) => {
    const module = modules.at(i);
    if (!module)
      throw new UserError(
        `The weights end before ${specs[0].key} ${shapeText(specs[0].shape)} of ${network.name}: ${modules.length} ` +
          `modules for ${layers.size} layers.`,
      );
    const unknown = [...module.tensors.keys()].find((role) => specs.every(({ name }) => name !== role));
    if (unknown !== undefined)
      throw new UserError(
        `'${module.keyOf(unknown)}' is left over: ${layer} of ${network.name} has ${specs.map(({ name }) => name).join(', ')}.`,
      );
    return specs.map((spec) => {
      const tensor = module.tensors.get(spec.name);
      if (!tensor)
        throw new UserError(
          `Module '${module.name}' holds no '${spec.name}', which ${spec.key} of ${network.name} needs.`,
        );
      return { spec, name: module.keyOf(spec.name), tensor };
    });
  });
  const left = modules.at(layers.size);
  if (left)
    throw new UserError(
      `The weights hold ${modules.length} modules, but ${network.name} has ${layers.size} layers; ` +
        `'${left.keyOf([...left.tensors.keys()][0])}' is left over.`,
    );
  return found;
}

/**
 * Names decide: those of PyTorch's state dict for this network, or ours. Where the file has others, its modules are
 * taken in the order of their numbers (a Sequential) or of the file, and within a module the names decide still.
 * `num_batches_tracked` is passed over.
 * @throws UserError naming the first tensor that does not fit, or where numbers in names contradict the file's order
 */
export function matchStateDict(
  network: Network,
  tensors: ReadonlyMap<string, NdArray>,
): { readonly matched: readonly MatchedTensor[]; readonly by: MatchedBy } {
  const given = new Map([...tensors].filter(([name]) => !name.endsWith('num_batches_tracked')));
  const specs = parameterSpecs(network);
  const named =
    byNames(
      torchKeys(network).map(({ key, torchKey }) => ({ key, name: torchKey })),
      given,
    ) ??
    byNames(
      specs.map(({ key }) => ({ key, name: key })),
      given,
    );
  const order = named ? undefined : modulesInOrder(given);
  const matched = named
    ? specs.map((spec) => ({ spec, name: named.get(spec.key)!, tensor: given.get(named.get(spec.key)!)! }))
    : byOrder(network, order!.modules);
  for (const match of matched) requireFit(match, network.name);
  if (order?.contradiction !== undefined) throw new UserError(order.contradiction);
  return { matched, by: !order ? 'names' : order.numbered ? 'numbers' : 'order' };
}

/** Matched tensors as numbers by our keys (`conv1.weight`, …), f32. */
export const numbersOf = (matched: readonly MatchedTensor[]): Record<string, Float32Array> =>
  Object.fromEntries(
    matched.map(({ spec, tensor }) => [
      spec.key,
      Float32Array.from(tensor.data as Float32Array | Float64Array),
    ]),
  );
