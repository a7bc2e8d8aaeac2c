/** @file Tighter bounds of pre-activations by linear or mixed-integer programs, for small networks. */
import type { Box } from '../../bounds/box.ts';
import { sitesBefore, type BoundNetwork, type Site } from '../../bounds/boundNetwork.ts';
import { unstableNeurons, type HostBounds, type HostInterval } from '../../bounds/hostBounds.ts';
import type { Highs } from 'highs';
import { nextSingle } from '../singleSides.ts';
import { constantForm, type AffineForm } from './affineForm.ts';
import { encodeNetwork, type Encoding, type EncodeOptions } from './encode.ts';
import { highs } from './highs.ts';
import { integerSearch } from './integerSearch.ts';

export interface RefineOptions extends Pick<EncodeOptions, 'weightError'> {
  /** `lp`: the triangle relaxation; `mip`: exact, as far as branching goes. Both are safe bounds. */
  readonly method: 'lp' | 'mip';
  /** Neurons to bound, in this order; default all unstable ones. */
  readonly neurons?: readonly number[];
  /** Limit of each of a neuron's two programs. */
  readonly secondsPerBound?: number;
  /** Linear programs in each mixed-integer one at most: what it ends with is sound, and the same on every machine. */
  readonly nodesPerBound?: number;
  /** Time for all of them; neurons that it does not reach keep their bounds. */
  readonly remainingSeconds?: () => number;
  /** Called between programs; throws to stop. */
  readonly checkpoint?: () => void;
}

/** Bounds by branching, all from one loaded program; of a relaxed encoding its linear program alone. */
function minimizer(
  solver: Highs,
  encoding: Encoding,
  seconds: () => number,
  maxPrograms: number,
  checkpoint: () => void,
): { minimize: (form: AffineForm) => Promise<number>; close: () => void } {
  const { builder } = encoding;
  const search = integerSearch(solver, encoding, builder.finish(constantForm(0)));
  return {
    async minimize({ index, value, constant, error }) {
      const cost = new Float64Array(builder.lower.length);
      index.forEach((column, j) => (cost[column] = value[j]));
      const until = performance.now() + 1000 * seconds();
      const { lower } = await search.minimize(cost, constant - error, {
        maxPrograms,
        remainingSeconds: () => (until - performance.now()) / 1000,
        checkpoint,
      });
      return lower;
    },
    close: search.close,
  };
}

const negated = (form: AffineForm): AffineForm => ({
  ...form,
  value: form.value.map((v) => -v),
  constant: -form.constant,
});

/** The greatest f32 number ≤ x; −Infinity below all of them. */
export function roundDown(x: number): number {
  const near = Math.fround(x);
  if (near <= x) return near;
  return near === Infinity ? largestSingle : -nextSingle(-near);
}

const largestSingle = (2 - 2 ** -23) * 2 ** 127;

/**
 * Bounds of one ReLU's unstable neurons, met with what is known; stable neurons keep theirs.
 * @param site the ReLU whose input is bounded
 * @param root sound bounds of this ReLU and of those before it
 * @returns undefined where a layer before it is not supported
 */
export async function refineRelu(
  net: BoundNetwork,
  box: Box,
  root: HostBounds,
  site: Site,
  options: RefineOptions,
): Promise<HostInterval | undefined> {
  const { method, secondsPerBound = Infinity, nodesPerBound = Infinity, weightError } = options;
  const { neurons = unstableNeurons(root[site.name]), remainingSeconds = () => Infinity } = options;
  const { checkpoint = () => {} } = options;
  const before = Object.fromEntries(sitesBefore(net, site.input).map(({ name }) => [name, root[name]]));
  const encoding = encodeNetwork(net, box, before, {
    nonlinear: method === 'lp' ? 'relaxed' : 'integer',
    layer: site.input,
    ...(weightError !== undefined && { weightError }),
  });
  if (encoding.kind === 'unsupported') return undefined;
  const lower = root[site.name].lower.slice();
  const upper = root[site.name].upper.slice();
  const solver = await highs();
  const seconds = (): number => Math.min(secondsPerBound, remainingSeconds());
  const { minimize, close } = minimizer(solver, encoding, seconds, nodesPerBound, checkpoint);
  try {
    for (const neuron of neurons) {
      const form = encoding.outputs[neuron];
      checkpoint();
      if (remainingSeconds() <= 0) break;
      lower[neuron] = Math.max(lower[neuron], roundDown(await minimize(form)));
      if (lower[neuron] >= 0) continue;
      checkpoint();
      upper[neuron] = Math.min(upper[neuron], -roundDown(await minimize(negated(form))));
    }
  } finally {
    close();
  }
  return { lower, upper };
}
