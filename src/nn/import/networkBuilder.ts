/** @file Collects the layers and numbers of a network that is being imported. */
import { layerList } from '../layerList.ts';
import { parametersOf } from '../layers/rules.ts';
import { UserError } from '../../formats/userError.ts';
import { sizeOf, type Shape } from '../../tensor/index.ts';
import { sameShape } from '../../tensor/shape.ts';
import type { NumberedNetwork } from '../foldBatchNorm.ts';
import type { LayerFields } from '../network.ts';
import type { LayerValue } from './value.ts';

/** f32 where that holds every number exactly: half the memory. */
function compact(values: ArrayLike<number>): Float32Array | Float64Array {
  if (values instanceof Float32Array) return values;
  const single = Float32Array.from(values);
  for (let i = 0; i < single.length; i++) if (single[i] !== values[i]) return Float64Array.from(values);
  return single;
}

function requireFinite(name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(Math.fround(values[i])))
      throw new UserError(
        `its ${name} holds ${values[i]} (element ${i}); weights must be finite f32 numbers.`,
      );
}

/** Results of all layers together: what a run could hold in a gigabyte. */
const largestNetwork = 2 ** 28;

export type NetworkBuilder = ReturnType<typeof networkBuilder>;

/** @param inputShape without the batch axis */
export function networkBuilder(inputShape: Shape) {
  const list = layerList([['input', inputShape]]);
  const numbers: Record<string, Float32Array | Float64Array> = {};
  const reshaped = new Map<string, LayerValue>();
  let elements = 0;

  /**
   * Adds a layer.
   * @param shape the result's shape as ONNX sees it
   * @param parameters the layer's parameters by name
   * @throws UserError where inputs do not fit or numbers are not finite
   */
  function add(
    fields: LayerFields,
    inputs: readonly LayerValue[],
    shape: Shape,
    parameters: Readonly<Record<string, ArrayLike<number>>> = {},
  ): LayerValue {
    const name = list.add(
      fields,
      inputs.map((i) => i.layer),
    );
    const layout = list.shapeOf(name);
    elements += sizeOf(layout);
    if (elements > largestNetwork)
      throw new UserError(
        `with it the network has ${elements} neurons; up to ${largestNetwork} are supported.`,
      );
    if (sizeOf(layout) !== sizeOf(shape))
      throw new Error(`import: ${name} makes [${layout.join(',')}], not [${shape.join(',')}]`);
    for (const { name: own, shape: wanted } of parametersOf(list.layers.at(-1)!)) {
      const values = parameters[own];
      if (values.length !== sizeOf(wanted))
        throw new UserError(`its ${own} has ${values.length} numbers, but [${wanted.join(',')}] is wanted.`);
      requireFinite(own, values);
      numbers[`${name}.${own}`] = compact(values);
    }
    return { kind: 'layer', layer: name, shape, layout };
  }

  /** The value with this layout, through a flatten or reshape layer where it has another. */
  function withLayout(value: LayerValue, layout: Shape): LayerValue {
    if (sameShape(value.layout, layout)) return value;
    const key = `${value.layer} ${layout.join()}`;
    const before = reshaped.get(key);
    if (before) return { ...before, shape: value.shape };
    const fields: LayerFields =
      layout.length === 1 ? { kind: 'flatten' } : { kind: 'reshape', shape: layout };
    const made = add(fields, [value], value.shape);
    reshaped.set(key, made);
    return made;
  }

  /** The network that ends in `output`, and no layer that it does not need. */
  function finish(name: string, output: LayerValue): NumberedNetwork {
    const needed = new Set([output.layer]);
    for (const layer of list.layers.toReversed())
      if (needed.has(layer.name)) layer.inputs.forEach((input) => needed.add(input));
    const kept = Object.entries(numbers).filter(([key]) => needed.has(key.slice(0, key.indexOf('.'))));
    const layers = list.layers.filter((layer) => needed.has(layer.name));
    return { network: { name, inputShape, layers }, numbers: Object.fromEntries(kept) };
  }

  return { add, withLayout, finish };
}
