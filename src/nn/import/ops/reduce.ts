/** @file ReduceSum and ReduceMean. */
import { sizeOf, sum } from '../../../tensor/index.ts';
import { axisOf, listOf, type ImportSite, type OnnxImporter } from '../site.ts';
import { fold, type Value } from '../value.ts';
import { scalarAffine } from './elementwise.ts';

/** Sum over axes times `factor(number of terms)`. */
function reduced(site: ImportSite, factor: (count: number) => number): Value {
  const x = site.value(0);
  const rank = x.shape.length;
  const given = listOf(site, 'axes', 1) ?? [];
  if (given.length === 0 && site.int('noop_with_empty_axes', 0) === 1) return x;
  const axes = given.length > 0 ? given.map((a) => axisOf(a, rank)) : x.shape.map((_, i) => i);
  const keep = site.int('keepdims', 1) === 1;
  const shape = keep
    ? x.shape.map((n, i) => (axes.includes(i) ? 1 : n))
    : x.shape.filter((_, i) => !axes.includes(i));
  const by = factor(sizeOf(axes.map((a) => x.shape[a])));
  if (x.kind === 'constant') {
    const total = fold((t) => sum(t, axes, keep), x);
    return { ...total, data: total.data.map((v) => v * by) };
  }
  const long = axes.filter((a) => x.shape[a] !== 1);
  if (long.length === 0) return scalarAffine(site.builder, { ...x, shape }, by, 0);
  const lead = x.shape.length > 1 && x.shape[0] === 1 ? 1 : 0;
  const view = site.builder.withLayout(x, x.shape.slice(lead));
  const total = site.add({ kind: 'sum', axes: long.map((a) => a - lead) }, [view], shape);
  return scalarAffine(site.builder, total, by, 0);
}

export const reduction: Readonly<Record<string, OnnxImporter>> = {
  ReduceSum: (site) => reduced(site, () => 1),
  ReduceMean: (site) => reduced(site, (count) => 1 / count),
};
