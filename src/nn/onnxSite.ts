/** @file One layer on its way into an ONNX graph, and the nodes of layers that imported networks bring. */
import type { OnnxAttribute, OnnxNode } from '../formats/onnx/model.ts';
import { convTransposeWeightShape } from './layers/convTranspose2d.ts';
import type { Layer, LayerOfKind } from './network.ts';

/** One layer and the names around it. */
export interface OnnxSite<L extends Layer = Layer> {
  readonly layer: L;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Rank of the input, batch axis included. */
  readonly rank: number;
  /** Adds a constant and returns its name. */
  constant(name: string, shape: readonly number[], values: ArrayLike<number>): string;
  /** Adds a list of int64 for this layer and returns its name. */
  integers(name: string, values: readonly number[]): string;
  /** The layer's parameter as a constant. */
  parameter(name: string, shape: readonly number[]): string;
}

/** Layer kinds that hardly occur but in imported networks. */
export type ImportedLayer = LayerOfKind<
  'affine' | 'convTranspose2d' | 'reshape' | 'permute' | 'slice' | 'cat' | 'pad' | 'gather' | 'sum'
>;

const ints = (values: readonly number[]): OnnxAttribute => ({ ints: values });

/** Nodes of one layer; its last node makes `site.output`. */
export function importedLayerNodes(site: OnnxSite<ImportedLayer>): OnnxNode[] {
  const { layer, inputs, output } = site;
  const node = (
    opType: string,
    from: readonly string[],
    attributes: Record<string, OnnxAttribute> = {},
  ): OnnxNode => ({ opType, name: layer.name, inputs: from, outputs: [output], attributes });
  switch (layer.kind) {
    case 'affine': {
      const parts: OnnxNode[] = [];
      const scaled = layer.bias ? `${output}/scaled` : output;
      if (layer.weight)
        parts.push({
          opType: 'Mul',
          inputs: [inputs[0], site.parameter('weight', layer.shape)],
          outputs: [scaled],
        });
      if (layer.bias)
        parts.push(node('Add', [layer.weight ? scaled : inputs[0], site.parameter('bias', layer.shape)]));
      return parts.length > 0 ? parts : [node('Identity', inputs)];
    }
    case 'convTranspose2d': {
      const parameters = [site.parameter('weight', convTransposeWeightShape(layer))];
      if (layer.bias) parameters.push(site.parameter('bias', [layer.outChannels]));
      return [
        node('ConvTranspose', [...inputs, ...parameters], {
          kernel_shape: ints(layer.kernel),
          strides: ints(layer.stride),
          pads: ints(layer.padding),
          output_padding: ints(layer.outputPadding),
          dilations: ints(layer.dilation),
          group: { int: layer.groups },
        }),
      ];
    }
    case 'reshape':
      // 0 copies the batch axis.
      return [node('Reshape', [inputs[0], site.integers('shape', [0, ...layer.shape])])];
    case 'permute':
      return [node('Transpose', inputs, { perm: ints([0, ...layer.order.map((axis) => axis + 1)]) })];
    case 'slice':
      return [
        node('Slice', [
          inputs[0],
          site.integers('starts', layer.starts),
          site.integers('ends', layer.ends),
          site.integers(
            'axes',
            layer.starts.map((_, axis) => axis + 1),
          ),
          site.integers('steps', layer.steps),
        ]),
      ];
    case 'cat':
      return [node('Concat', inputs, { axis: { int: layer.axis + 1 } })];
    case 'pad':
      return [node('Pad', [inputs[0], site.integers('pads', [0, ...layer.before, 0, ...layer.after])])];
    case 'gather':
      return [
        node('Gather', [inputs[0], site.integers('indices', layer.indices)], {
          axis: { int: layer.axis + 1 },
        }),
      ];
    case 'sum':
      return [
        node('ReduceSum', [
          inputs[0],
          site.integers(
            'axes',
            layer.axes.map((axis) => axis + 1),
          ),
        ]),
      ];
  }
}
