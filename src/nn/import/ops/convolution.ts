/** @file Conv, ConvTranspose and BatchNormalization. */
import { convTransposeSize } from '../../layers/convTranspose2d.ts';
import { windowCounts } from '../../layers/window.ts';
import { UserError } from '../../../formats/userError.ts';
import { shapeText } from '../../../tensor/shape.ts';
import type { LayerFields } from '../../network.ts';
import {
  constant,
  flag,
  float,
  int,
  ints,
  layer,
  operator,
  optional,
  since,
  until,
  type Site,
} from '../operator.ts';
import type { ConstantValue, LayerValue } from '../value.ts';
import { asImage, imageShape, pairOf, sharedPadding, windowAttributes, windowOf } from './window.ts';

const inputs = [layer, constant('weights'), optional(constant('bias'))] as const;
const kernels = { ...windowAttributes, dilations: ints, group: int(1) };

/** The image, and the weights that fit it. */
function weighted(site: Site, x: LayerValue, weight: ConstantValue, bias: ConstantValue | undefined) {
  const { image, signal } = asImage(site, x);
  if (weight.shape.length !== x.shape.length)
    throw new UserError(
      `weights ${shapeText(weight.shape)} do not fit an input with ${x.shape.length} axes.`,
    );
  const [channels, height, width] = image.layout as [number, number, number];
  const numbers = { weight: weight.data, ...(bias && { bias: bias.data }) };
  return { image, signal, channels, size: [height, width] as const, numbers };
}

export const convolutions = {
  Conv: operator(inputs, kernels, ([x, weight, bias], attributes, site) => {
    const { image, signal, size, numbers } = weighted(site, x, weight, bias);
    const window = windowOf(attributes, size, signal, weight.shape.slice(2));
    const groups = attributes.group;
    const outChannels = weight.shape[0];
    const inChannels = weight.shape[1] * groups;
    if (outChannels % groups !== 0)
      throw new UserError(`${outChannels} channels do not split into ${groups} groups.`);
    return site.builder.add(
      { kind: 'conv2d', inChannels, outChannels, ...window, groups, bias: bias !== undefined },
      [image],
      imageShape([outChannels, ...windowCounts(size, window, window.dilation)], signal),
      numbers,
    );
  }),
  ConvTranspose: operator(
    inputs,
    { ...kernels, output_padding: ints, output_shape: ints },
    ([x, weight, bias], attributes, site) => {
      const { image, signal, channels, size, numbers } = weighted(site, x, weight, bias);
      const { auto_pad: mode, output_shape: given, group: groups } = attributes;
      const outChannels = weight.shape[1] * groups;
      const fields = {
        kind: 'convTranspose2d',
        inChannels: channels,
        outChannels,
        ...windowOf(attributes, size, signal, weight.shape.slice(2)),
        outputPadding: pairOf(attributes.output_padding, signal, 0),
        groups,
        bias: bias !== undefined,
      } satisfies LayerFields;
      if (given || mode === 'SAME_UPPER' || mode === 'SAME_LOWER') {
        const wanted = given
          ? pairOf(given.slice(-(signal ? 1 : 2)), signal, 1)
          : ([size[0] * fields.stride[0], size[1] * fields.stride[1]] as const);
        const full = convTransposeSize({ ...fields, padding: [0, 0, 0, 0] }, size);
        const cut = full.map((n, axis) => n - wanted[axis]) as [number, number];
        // Runtimes differ in what they make of a padding below 0; what an output_shape adds is the bias alone.
        if (!given && cut.some((n) => n < 0))
          throw new UserError(
            `its auto_pad ${mode} asks for [${wanted.join(',')}], but its kernel makes [${full.join(',')}] of the input.`,
          );
        const added = fields.outputPadding.map((n, axis) => n + Math.max(0, -cut[axis])) as [number, number];
        if (added.some((n, axis) => n >= fields.stride[axis] && cut[axis] < 0))
          throw new UserError(`its output_shape [${wanted.join(',')}] is larger than its result.`);
        fields.outputPadding = added;
        fields.padding = sharedPadding(
          cut.map((n) => Math.max(0, n)) as [number, number],
          mode === 'SAME_UPPER' ? mode : 'SAME_LOWER',
        );
      }
      const shape = imageShape([outChannels, ...convTransposeSize(fields, size)], signal);
      return site.builder.add(fields, [image], shape, numbers);
    },
  ),
  BatchNormalization: operator(
    [layer, constant('scale'), constant('bias'), constant('mean'), constant('variance')],
    {
      epsilon: float(1e-5),
      momentum: float(0.9),
      spatial: until(8, flag(1)),
      training_mode: since(14, flag(0)),
    },
    ([x, weight, bias, mean, variance], { epsilon, momentum, spatial, training_mode }, { builder, node }) => {
      /* Before opset 14 the number of its outputs alone says so. */
      if (training_mode !== 0 || node.outputs.length > 1)
        throw new UserError('it is exported in training mode.');
      if (spatial === 0) throw new UserError('spatial = 0 is not supported.');
      if (x.shape.length < 2 || x.shape[0] !== 1)
        throw new UserError(`its input ${shapeText(x.shape)} does not begin with a batch axis of length 1.`);
      const layout = x.shape.slice(1);
      return builder.add(
        {
          kind: layout.length === 3 ? 'batchNorm2d' : 'batchNorm1d',
          features: layout[0],
          eps: epsilon,
          momentum: 1 - momentum,
        },
        [builder.withLayout(x, layout)],
        x.shape,
        { weight: weight.data, bias: bias.data, running_mean: mean.data, running_var: variance.data },
      );
    },
  ),
};
