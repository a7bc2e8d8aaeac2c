/** @file CROWN bounds of all that nonlinear layers read, by one backward walk a layer. */
import { ibp } from '../../bounds/ibp.ts';
import type { Interval } from '../../bounds/interval.ts';
import { isNonlinear } from '../../bounds/nonlinear/table.ts';
import type { LowerSlope } from '../../bounds/nonlinear/lowerSlope.ts';
import { bendsAtZero } from '../../nn/layers/rules.ts';
import { readersOf } from '../../nn/graphEdits.ts';
import { UserError } from '../../formats/userError.ts';
import {
  constant,
  expand,
  gt,
  logicalAnd,
  lt,
  maximum,
  minimum,
  neg,
  reshape,
  sizeOf,
  where,
  type Tensor,
} from '../../tensor/index.ts';
import type { BoundedPass } from './boundedPass.ts';
import { crownLower } from './margins.ts';

/** Coefficients of one walk beyond which it does not fit into memory (a gigabyte). */
const mostCoefficients = 2 ** 28;

/** Unit rows of every neuron for every image, [B·n, …shape]. */
function unitRows(batch: number, shape: readonly number[]): Tensor {
  const n = sizeOf(shape);
  const identity = new Float64Array(n * n);
  for (let i = 0; i < n; i++) identity[i * n + i] = 1;
  return reshape(expand(constant(identity, [1, n, n]), [batch, n, n]), [batch * n, ...shape]);
}

/** Tighter intervals of the neurons that intervals leave unstable; a stable ReLU is exact whatever its bounds. */
function keepStable(interval: Interval, tighter: Interval): Interval {
  const unstable = logicalAnd(lt(interval.lower, 0), gt(interval.upper, 0));
  return {
    lower: where(unstable, tighter.lower, interval.lower),
    upper: where(unstable, tighter.upper, interval.upper),
  };
}

/**
 * The same pass with tighter intervals: those of IBP met with CROWN's, layer by layer, the later ones profiting from
 * the earlier ones.
 * @throws UserError where a layer has too many neurons for that
 */
export function crownIntermediates(pass: BoundedPass, slope?: LowerSlope): BoundedPass {
  const { network, context } = pass;
  const box = pass.intervals.get('input')!;
  const { ball } = pass.box;
  const batch = box.lower.shape[0];
  const known = new Map<string, Interval>();
  let intervals: ReadonlyMap<string, Interval> = pass.intervals;
  const readers = readersOf(network);
  const stableStay = (source: string): boolean =>
    readers.get(source)!.every((layer) => !isNonlinear(layer.kind) || bendsAtZero(layer));
  let passed = 0;
  for (const { kind, inputs } of network.layers) {
    const source = inputs[0];
    if (!isNonlinear(kind) || known.has(source)) continue;
    const interval = intervals.get(source)!;
    // Intervals are exact before the first nonlinear layer of a chain (of a ball: but for what the box cuts off).
    if (passed++ === 0) {
      known.set(source, interval);
      continue;
    }
    const shape = context.shapeOf(source);
    const widest = Math.max(...network.layers.map((l) => sizeOf(context.shapeOf(l.name))));
    if (batch * sizeOf(shape) * widest > mostCoefficients)
      throw new UserError(
        `Layer ${source} of ${network.name} has too many neurons (${sizeOf(shape)} in a batch of ${batch}) for CROWN in ` +
          'one program. Training steps walk them in blocks.',
      );
    const rows = unitRows(batch, shape);
    const bound = (r: Tensor): Tensor =>
      reshape(crownLower({ ...pass, intervals }, r, slope, source), interval.lower.shape);
    const crown = {
      lower: maximum(interval.lower, bound(rows)),
      upper: minimum(interval.upper, neg(bound(neg(rows)))),
    };
    known.set(source, stableStay(source) ? keepStable(interval, crown) : crown);
    intervals = ibp(network, box, context, { known, ball });
  }
  return { ...pass, intervals };
}
