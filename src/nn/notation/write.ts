/** @file A network → the list of layers that it is written as: read again it is the same network. */
import { isDeepStrictEqual } from 'node:util';
import type { Shape } from '../../tensor/index.ts';
import { isNormalize } from '../layers/normalize.ts';
import { parametersOf, ruleOf } from '../layers/rules.ts';
import type { Layer, Network } from '../network.ts';
import { layerShapes } from '../shapes.ts';
import { notationOf } from './words.ts';

type Values = Record<string, unknown>;

/** Word and fields of a layer, without what its place says. */
function written(
  layer: Layer,
  inputs: readonly Shape[],
): readonly [word: string, behind: unknown, fields: Values] {
  const { word, main, fields = {}, joins, infer } = notationOf(layer.kind);
  const inferred: Values = infer?.(inputs) ?? {};
  const own = layer as unknown as Readonly<Values>;
  const before: Values = {};
  const values: Values = {};
  let behind: unknown;
  for (const [name, { fallback, keys, write }] of Object.entries(fields)) {
    const usual = typeof fallback === 'function' ? (fallback as (read: Values) => unknown)(before) : fallback;
    before[name] = own[name];
    if (name === main) behind = write(own[name]);
    else if (!isDeepStrictEqual(own[name], usual) && !(name in inferred)) values[keys[0]] = write(own[name]);
  }
  return [word, joins ? layer.inputs : behind, values];
}

/** Whether the modules are those of a Sequential of the same layers, a first normalisation aside. */
function isSequential({ layers, modules = {} }: Network): boolean {
  const first = isNormalize(layers[0]) ? 1 : 0;
  return layers.every(
    (layer, i) =>
      layer.inputs.length === 1 &&
      layer.inputs[0] === (i === 0 ? 'input' : layers[i - 1].name) &&
      modules[layer.name] === (parametersOf(layer).length > 0 ? String(i - first) : undefined),
  );
}

/** Entries of a list of layers; a name, a source and a module stand where they are not what the place says. */
export function writeLayers(network: Network): unknown[] {
  const shapes = layerShapes(network);
  const { layers, modules = {} } = network;
  const sequential = isSequential(network);
  const counts = new Map<string, number>();
  return layers.map((layer, i) => {
    const { name, inputs, kind } = layer;
    const prefix = ruleOf(layer).prefix ?? kind;
    const count = (counts.get(prefix) ?? 0) + 1;
    const numbered = `${prefix}${count}` === name;
    if (numbered) counts.set(prefix, count);
    const [word, behind, values] = written(
      layer,
      inputs.map((input) => shapes.get(input)!),
    );
    const joins = notationOf(kind).joins === true;
    const place = {
      ...(!joins && inputs[0] !== (i === 0 ? 'input' : layers[i - 1].name) && { from: inputs[0] }),
      ...(!numbered && { name }),
      ...(!sequential && Object.hasOwn(modules, name) && { module: modules[name] }),
    };
    if (behind !== undefined) return { [word]: behind, ...values, ...place };
    const alone = Object.keys(values).length === 0;
    if (alone && Object.keys(place).length === 0) return word;
    return { [word]: alone ? true : values, ...place };
  });
}
