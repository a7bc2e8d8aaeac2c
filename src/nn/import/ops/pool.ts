/** @file MaxPool, AveragePool, GlobalAveragePool, GlobalMaxPool. */
import { windowCounts, type Padding } from '../../layers/window.ts';
import { UserError } from '../../../formats/userError.ts';
import { flag, ints, layer, operator, since, type Site, type ValuesOf } from '../operator.ts';
import { constantOf, type LayerValue } from '../value.ts';
import { affine } from './elementwise.ts';
import { asImage, imageShape, windowAttributes, windowOf } from './window.ts';

const pooling = (dilated: number) => ({
  ...windowAttributes,
  ceil_mode: since(10, flag(0)),
  dilations: since(dilated, ints),
});

/** A pooling's window, whose padding includes what rounding up adds at the bottom and right, and its result. */
function poolOf(site: Site, x: LayerValue, given: ValuesOf<ReturnType<typeof pooling>>) {
  const { image, signal } = asImage(site, x);
  const [channels, ...size] = image.layout as [number, number, number];
  const { dilation, ...declared } = windowOf(given, size, signal);
  if (dilation.some((d) => d !== 1)) throw new UserError('dilated pooling is not supported.');
  const { kernel, stride } = declared;
  const padding = [...declared.padding] as [number, number, number, number];
  const counts = windowCounts(size, declared).map((down, axis) => {
    const [n, before, after] = [size[axis], padding[axis], padding[axis + 2]];
    if (given.ceil_mode === 0) return down;
    let up = Math.ceil((n + before + after - kernel[axis]) / stride[axis]) + 1;
    // The last window must begin inside the input or the padding before it.
    if ((up - 1) * stride[axis] >= n + before) up--;
    if (up > down) padding[axis + 2] = (up - 1) * stride[axis] + kernel[axis] - n - before;
    return up;
  });
  /** How many elements each window along one axis holds, `behind` of the padding at its end counted too. */
  const countsAlong = (axis: 0 | 1, reach: Padding): number[] =>
    Array.from({ length: counts[axis] }, (_, i) => {
      const start = i * stride[axis] - padding[axis];
      const last = size[axis] + reach[axis + 2];
      return Math.min(start + kernel[axis], last) - Math.max(start, -reach[axis]);
    });
  const shape = imageShape([channels, ...counts], signal);
  return { image, signal, shape, declared, countsAlong, window: { kernel, stride, padding } };
}

const none: Padding = [0, 0, 0, 0];

export const pools = {
  MaxPool: operator(
    [layer],
    { ...pooling(10), storage_order: since(8, flag(0)) },
    ([x], given, site): LayerValue => {
      const { outputs } = site.node;
      if (outputs.length > 1 && outputs[1] !== '')
        throw new UserError('its output Indices is not supported.');
      const { image, shape, window, countsAlong } = poolOf(site, x, given);
      if (([0, 1] as const).some((axis) => countsAlong(axis, none).some((n) => n <= 0)))
        throw new UserError('one of its windows holds nothing but padding.');
      return site.builder.add({ kind: 'maxPool2d', ...window }, [image], shape);
    },
  ),
  /** The layer divides by the whole window; a factor corrects windows that reach beyond the border. */
  AveragePool: operator([layer], { ...pooling(19), count_include_pad: flag(0) }, ([x], given, site) => {
    const { image, signal, shape, window, declared, countsAlong } = poolOf(site, x, given);
    const y = site.builder.add({ kind: 'avgPool2d', ...window }, [image], shape);
    const reach = given.count_include_pad === 1 ? declared.padding : none;
    const [rows, columns] = [countsAlong(0, reach), countsAlong(1, reach)];
    const taps = window.kernel[0] * window.kernel[1];
    const factors = rows.flatMap((r) => columns.map((c) => taps / (r * c)));
    if (factors.every((f) => f === 1)) return y;
    const weight = constantOf(factors, imageShape([1, rows.length, columns.length], signal));
    return affine(site.builder, y, { weight });
  }),
  GlobalMaxPool: operator([layer], {}, ([x], _, site) => {
    const { image, signal } = asImage(site, x);
    const [channels, height, width] = image.layout as [number, number, number];
    return site.builder.add(
      { kind: 'maxPool2d', kernel: [height, width], stride: [1, 1], padding: none },
      [image],
      imageShape([channels, 1, 1], signal),
    );
  }),
  GlobalAveragePool: operator([layer], {}, ([x], _, site) => {
    const { image, signal } = asImage(site, x);
    return site.builder.add(
      { kind: 'globalAvgPool2d' },
      [image],
      imageShape([image.layout[0], 1, 1], signal),
    );
  }),
};
