/** @file MaxPool, AveragePool, GlobalAveragePool, GlobalMaxPool. */
import { convLength } from '../../../tensor/index.ts';
import { UserError } from '../../../formats/userError.ts';
import type { ImportSite } from '../site.ts';
import { constantOf, type LayerValue } from '../value.ts';
import { affine } from './elementwise.ts';
import { asImage, imageShape, windowOf, type Window } from './window.ts';

interface PoolSite {
  readonly image: LayerValue;
  readonly signal: boolean;
  /** Padding includes what rounding up adds at the bottom and right. */
  readonly window: Window;
  readonly declared: Window['padding'];
  /** Channels, height and width of the result. */
  readonly result: readonly [number, number, number];
}

function poolSite(site: ImportSite): PoolSite {
  const { image, signal } = asImage(site, site.layer(0));
  const [channels, ...size] = image.layout as [number, number, number];
  const window = windowOf(site, size, signal);
  if (window.dilation.some((d) => d !== 1)) throw new UserError('dilated pooling is not supported.');
  const ceiling = site.int('ceil_mode', 0) === 1;
  const padding = [...window.padding] as [number, number, number, number];
  const result = ([0, 1] as const).map((axis) => {
    const [before, after] = [padding[axis], padding[axis === 0 ? 2 : 3]];
    const [kernel, stride, n] = [window.kernel[axis], window.stride[axis], size[axis]];
    const down = convLength(n, kernel, stride, before + after, 1);
    if (!ceiling) return down;
    let up = Math.ceil((n + before + after - kernel) / stride) + 1;
    // The last window must begin inside the input or the padding before it.
    if ((up - 1) * stride >= n + before) up--;
    if (up > down) padding[axis === 0 ? 2 : 3] = (up - 1) * stride + kernel - n - before;
    return up;
  }) as [number, number];
  return {
    image,
    signal,
    window: { ...window, padding },
    declared: window.padding,
    result: [channels, ...result],
  };
}

const fieldsOf = ({ kernel, stride, padding }: Window) => ({ kernel, stride, padding });

/** How many elements each window along one axis averages over. */
function countsAlong(pool: PoolSite, axis: 0 | 1, withPadding: boolean): number[] {
  const { window, declared } = pool;
  const n = pool.image.layout[axis + 1];
  const before = window.padding[axis];
  const [first, last] = withPadding ? [-before, n + declared[axis === 0 ? 2 : 3]] : [0, n];
  return Array.from({ length: pool.result[axis + 1] }, (_, i) => {
    const start = i * window.stride[axis] - before;
    return Math.min(start + window.kernel[axis], last) - Math.max(start, first);
  });
}

/** The layer divides by the whole window; a factor corrects windows that reach beyond the border. */
export function averagePool(site: ImportSite) {
  const pool = poolSite(site);
  const [kernelHeight, kernelWidth] = pool.window.kernel;
  const shape = imageShape(pool.result, pool.signal);
  const y = site.add({ kind: 'avgPool2d', ...fieldsOf(pool.window) }, [pool.image], shape);
  const withPadding = site.int('count_include_pad', 0) === 1;
  const rows = countsAlong(pool, 0, withPadding);
  const columns = countsAlong(pool, 1, withPadding);
  const factors = rows.flatMap((r) => columns.map((c) => (kernelHeight * kernelWidth) / (r * c)));
  if (factors.every((f) => f === 1)) return y;
  const factorShape = pool.signal ? [1, 1, columns.length] : [1, 1, rows.length, columns.length];
  return affine(site.builder, y, { weight: constantOf(factors, factorShape) });
}

export function maxPool(site: ImportSite) {
  if (site.node.outputs.length > 1 && site.node.outputs[1] !== '')
    throw new UserError('its output Indices is not supported.');
  const pool = poolSite(site);
  if (([0, 1] as const).some((axis) => countsAlong(pool, axis, false).some((n) => n <= 0)))
    throw new UserError('one of its windows holds nothing but padding.');
  return site.add(
    { kind: 'maxPool2d', ...fieldsOf(pool.window) },
    [pool.image],
    imageShape(pool.result, pool.signal),
  );
}

export function globalMaxPool(site: ImportSite) {
  const { image, signal } = asImage(site, site.layer(0));
  const [channels, height, width] = image.layout as [number, number, number];
  return site.add(
    { kind: 'maxPool2d', kernel: [height, width], stride: [1, 1], padding: [0, 0, 0, 0] },
    [image],
    imageShape([channels, 1, 1], signal),
  );
}

export function globalAveragePool(site: ImportSite) {
  const { image, signal } = asImage(site, site.layer(0));
  return site.add({ kind: 'globalAvgPool2d' }, [image], imageShape([image.layout[0], 1, 1], signal));
}
