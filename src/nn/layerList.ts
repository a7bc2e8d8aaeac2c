/** @file How networks are put together: layers are added, their shapes inferred, their names numbered by kind. */
import type { Shape } from '../tensor/index.ts';
import { ruleOf } from './layers/rules.ts';
import type { Layer, LayerFields } from './network.ts';

export interface LayerList {
  readonly layers: readonly Layer[];
  /**
   * Adds a layer that reads those named.
   * @param name default: what names of its kind begin with, and a number
   * @returns its name
   * @throws UserError where the inputs do not fit
   */
  add(fields: LayerFields, inputs: readonly string[], name?: string): string;
  shapeOf(name: string): Shape;
}

/** @param given shapes of values that may be read, `input` for one, without the batch axis */
export function layerList(given: Iterable<readonly [string, Shape]>): LayerList {
  const layers: Layer[] = [];
  const counts = new Map<string, number>();
  const shapes = new Map(given);
  const shapeOf = (name: string): Shape => shapes.get(name)!;
  const numbered = (prefix: string): string => {
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    return `${prefix}${counts.get(prefix)}`;
  };
  return {
    layers,
    shapeOf,
    add(fields, inputs, name) {
      const rule = ruleOf(fields);
      const layer = { ...fields, name: name ?? numbered(rule.prefix ?? fields.kind), inputs } as Layer;
      layers.push(layer);
      shapes.set(layer.name, rule.shape(layer, inputs.map(shapeOf)));
      return layer.name;
    },
  };
}
