/** @file Conv, ConvTranspose and BatchNormalization. */
import { convTransposeSize } from '../../layers/convTranspose2d.ts';
import { convLength } from '../../../tensor/index.ts';
import { UserError } from '../../../formats/userError.ts';
import { shapeText } from '../../../tensor/shape.ts';
import type { LayerFields } from '../../network.ts';
import type { ImportSite } from '../site.ts';
import type { ConstantValue } from '../value.ts';
import { asImage, imageShape, pairOf, sharedPadding, windowOf } from './window.ts';

interface Weights {
  readonly weight: ConstantValue;
  readonly bias: ConstantValue | undefined;
  readonly numbers: Readonly<Record<string, ArrayLike<number>>>;
}

function weightsOf(site: ImportSite, rank: number): Weights {
  const weight = site.requiredConstant(1, 'weights');
  const bias = site.constant(2, 'bias');
  if (weight.shape.length !== rank)
    throw new UserError(`weights ${shapeText(weight.shape)} do not fit an input with ${rank} axes.`);
  return { weight, bias, numbers: { weight: weight.data, ...(bias && { bias: bias.data }) } };
}

export function convolution(site: ImportSite) {
  const x = site.layer(0);
  const { image, signal } = asImage(site, x);
  const { weight, bias, numbers } = weightsOf(site, x.shape.length);
  const [, height, width] = image.layout as [number, number, number];
  const window = windowOf(site, [height, width], signal, weight.shape.slice(2));
  const groups = site.int('group', 1);
  const outChannels = weight.shape[0];
  const inChannels = weight.shape[1] * groups;
  if (outChannels % groups !== 0)
    throw new UserError(`${outChannels} channels do not split into ${groups} groups.`);
  const along = (axis: 0 | 1, n: number): number =>
    convLength(
      n,
      window.kernel[axis],
      window.stride[axis],
      window.padding[axis] + window.padding[axis === 0 ? 2 : 3],
      window.dilation[axis],
    );
  const result = [outChannels, along(0, height), along(1, width)];
  return site.add(
    { kind: 'conv2d', inChannels, outChannels, ...window, groups, bias: bias !== undefined },
    [image],
    imageShape(result, signal),
    numbers,
  );
}

export function convTranspose(site: ImportSite) {
  const x = site.layer(0);
  const { image, signal } = asImage(site, x);
  const { weight, bias, numbers } = weightsOf(site, x.shape.length);
  const [inChannels, height, width] = image.layout as [number, number, number];
  const groups = site.int('group', 1);
  const outChannels = weight.shape[1] * groups;
  const mode = site.text('auto_pad', 'NOTSET');
  const read = windowOf(site, [height, width], signal, weight.shape.slice(2));
  const fields = {
    kind: 'convTranspose2d',
    inChannels,
    outChannels,
    ...read,
    outputPadding: pairOf(site.ints('output_padding'), signal, 0),
    groups,
    bias: bias !== undefined,
  } satisfies LayerFields;
  if (signal) fields.outputPadding = [0, fields.outputPadding[1]];
  const given = site.ints('output_shape');
  const same = mode === 'SAME_UPPER' || mode === 'SAME_LOWER';
  if (given || same) {
    const wanted = given
      ? pairOf(given.slice(-(signal ? 1 : 2)), signal, 1)
      : ([height * read.stride[0], width * read.stride[1]] as const);
    const full = convTransposeSize({ ...fields, padding: [0, 0, 0, 0] }, [height, width]);
    const cut = full.map((n, axis) => n - wanted[axis]) as [number, number];
    if (cut.some((n) => n < 0))
      throw new UserError(`its output_shape [${wanted.join(',')}] is larger than its result.`);
    fields.padding = sharedPadding(cut, mode === 'SAME_UPPER' ? mode : 'SAME_LOWER');
  }
  const size = convTransposeSize(fields, [height, width]);
  return site.add(fields, [image], imageShape([outChannels, ...size], signal), numbers);
}

export function batchNormalization(site: ImportSite) {
  const x = site.layer(0);
  if (site.int('training_mode', 0) !== 0) throw new UserError('it is exported in training mode.');
  if (site.opset < 9 && site.int('spatial', 1) === 0) throw new UserError('spatial = 0 is not supported.');
  if (x.shape.length < 2 || x.shape[0] !== 1)
    throw new UserError(`its input ${shapeText(x.shape)} does not begin with a batch axis of length 1.`);
  const constant = (index: number, role: string) => site.requiredConstant(index, role).data;
  const layout = x.shape.slice(1);
  return site.add(
    {
      kind: layout.length === 3 ? 'batchNorm2d' : 'batchNorm1d',
      features: layout[0],
      eps: site.float('epsilon', 1e-5),
      momentum: 1 - site.float('momentum', 0.9),
    },
    [site.builder.withLayout(x, layout)],
    x.shape,
    {
      weight: constant(1, 'scale'),
      bias: constant(2, 'bias'),
      running_mean: constant(3, 'mean'),
      running_var: constant(4, 'variance'),
    },
  );
}
