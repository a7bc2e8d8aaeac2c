/** @file The modules of a state dict, each with its tensors, in the order in which they are applied as far as told. */
import type { NdArray } from '../formats/ndArray.ts';

export interface TorchModule {
  /** Path: what stands before the last dot of its keys. */
  readonly name: string;
  /** By role: `weight`, `bias`, `running_mean`, … */
  readonly tensors: ReadonlyMap<string, NdArray>;
  /** The key of one of its tensors. */
  keyOf(role: string): string;
}

export interface ModuleOrder {
  readonly modules: readonly TorchModule[];
  /** All are numbered members of one Sequential, and stand in the order of their numbers. */
  readonly numbered: boolean;
  /** Why the order cannot be relied on: numbers in the names say another than the file. */
  readonly contradiction: string | undefined;
}

/** The last number of a name with what stands around it: `features.12` → 12 of `features.#`. */
function numberIn(name: string): { readonly template: string; readonly number: number } | undefined {
  const found = /^(.*?)(\d+)(\D*)$/.exec(name);
  return found ? { template: `${found[1]}#${found[3]}`, number: Number(found[2]) } : undefined;
}

const signature = ({ tensors }: TorchModule): string =>
  [...tensors]
    .map(([role, { shape }]) => `${role}[${shape.join()}]`)
    .sort()
    .join();

/** @param tensors of a state dict, `num_batches_tracked` left out */
export function modulesInOrder(tensors: ReadonlyMap<string, NdArray>): ModuleOrder {
  const groups = new Map<string, Map<string, NdArray>>();
  for (const [key, tensor] of tensors) {
    const dot = key.lastIndexOf('.');
    const name = key.slice(0, Math.max(0, dot));
    if (!groups.has(name)) groups.set(name, new Map());
    groups.get(name)!.set(key.slice(dot + 1), tensor);
  }
  const modules = [...groups].map(([name, group]): TorchModule => ({
    name,
    tensors: group,
    keyOf: (role) => (name === '' ? role : `${name}.${role}`),
  }));
  const places = modules.map(({ name }) => numberIn(name));
  const head = places[0]?.template;
  if (head?.endsWith('#') && places.every((place) => place?.template === head)) {
    const numberOf = (module: TorchModule): number => numberIn(module.name)!.number;
    return {
      modules: [...modules].sort((a, b) => numberOf(a) - numberOf(b)),
      numbered: true,
      contradiction: undefined,
    };
  }
  return { modules, numbered: false, contradiction: contradictionIn(modules) };
}

/** Modules that could be exchanged, where their numbers say that they should be. */
function contradictionIn(modules: readonly TorchModule[]): string | undefined {
  const last = new Map<string, { readonly name: string; readonly number: number }>();
  for (const module of modules) {
    const place = numberIn(module.name);
    if (!place) continue;
    const kind = `${place.template} ${signature(module)}`;
    const before = last.get(kind);
    if (before && before.number > place.number)
      return (
        `The file holds '${before.name}' before '${module.name}', of the same shapes: its order and its names contradict ` +
        'each other. Name the architecture whose names these are, or export the model as ONNX.'
      );
    last.set(kind, { name: module.name, number: place.number });
  }
  return undefined;
}
