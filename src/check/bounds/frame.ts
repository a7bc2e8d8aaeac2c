/** @file Bounds of every element in one case, and how far an operation's result may be from its definition there. */
import { CheckFailure } from '../failure.ts';
import type { Affine, Bend, Graph } from '../graph/graph.ts';
import { addends, gamma, greatest, outward, vanishing, type Format } from './arithmetic.ts';

/** By element. */
export interface Frame {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /**
   * At least |z|, and for an affine result the whole sum S = Σ|w|·M + |b|: then a format that merges operations, or sums in
   * another order, stays within the disturbance.
   */
  readonly magnitude: Float64Array;
  /**
   * What a coefficient a of this element costs, in units of |a|: the format's error of the operation; what the checker itself
   * may lose when it carries a to the operands; and when it adds a·b to the bound.
   */
  readonly unit: Float64Array;
  /** The same in real arithmetic: without the format's error. The bounds hold there too, since that error may be 0. */
  readonly realUnit: Float64Array;
  /** In a format, of an affine result; 0 of others. */
  readonly merged: Merged;
}

/**
 * What a runtime may form that merges affine operations (a BatchNormalization into its Conv, a factor moved behind a product),
 * in any order, through as many of them as follow each other.
 */
export interface Merged {
  /** ΣM of the operands of all of them: what a merged weight is multiplied with that vanishes. */
  readonly operands: Float64Array;
  /** The greatest merged weight. */
  readonly weight: Float64Array;
  /** The greatest value where factors below 1 come last. */
  readonly value: Float64Array;
}

/** A graph in an arithmetic. */
export interface Machine {
  readonly graph: Graph;
  /** Absent: real arithmetic. */
  readonly format: (Format & { readonly least: number }) | undefined;
  /** How many addends meet in the coefficient of an element. */
  readonly fan: Int32Array;
  /** At each operation, the most of its operands. */
  readonly fans: readonly number[];
}

export function machineOf(graph: Graph, format?: Format, flush = true): Machine {
  const fan = new Int32Array(graph.size);
  const columnsOf = (op: Affine | Bend): Int32Array => (op.kind === 'bend' ? op.inputs : op.column);
  for (const op of graph.operations) {
    if (op.kind === 'bend') for (const j of op.inputs) fan[j]++;
    else
      for (let p = 0; p + 1 < op.start.length; p++)
        for (let k = op.start[p]; k < op.start[p + 1]; k++)
          fan[op.column[k]] += op.groups[p + 1] - op.groups[p];
  }
  for (const element of graph.outputs) fan[element]++;
  const fans = graph.operations.map((op) => columnsOf(op).reduce((most, j) => Math.max(most, fan[j]), 0));
  return {
    graph,
    fan,
    fans,
    format: format && { ...format, least: flush ? format.normal : format.subnormal },
  };
}

export function emptyFrame({ graph: { size }, format }: Machine): Frame {
  const unit = new Float64Array(size);
  return {
    lower: new Float64Array(size),
    upper: new Float64Array(size),
    magnitude: new Float64Array(size),
    unit,
    realUnit: format ? new Float64Array(size) : unit,
    merged: {
      operands: new Float64Array(size),
      weight: new Float64Array(size),
      value: new Float64Array(size),
    },
  };
}

/** Intervals of the results of operation `index`: [Σ w⁺l + w⁻u + b, Σ w⁺u + w⁻l + b], widened by the disturbance. */
export function forward(machine: Machine, index: number, frame: Frame): void {
  const op = machine.graph.operations[index];
  if (op.kind === 'affine') forwardAffine(machine, op, machine.fans[index], frame);
  else forwardBend(machine, op, machine.fans[index], frame);
}

function forwardAffine({ graph, format }: Machine, op: Affine, fan: number, frame: Frame): void {
  const { lower, upper, magnitude, unit, realUnit, merged } = frame;
  const { extra = 0, wobble = 0, gain = 0, exact } = op.rounding;
  const limit = Math.min(greatest, format?.greatest ?? greatest);
  const constants = gamma(addends(graph.size));
  if (wobble > 1 && format && format.roundoff > 2 ** -24)
    throw new CheckFailure('arithmetic-unknown', `${op.name} in so coarse a format.`);
  for (let i = 0; i < op.size; i++) {
    const p = op.pattern[i];
    const n = op.start[p + 1] - op.start[p];
    let [low, high] = [op.bias[i], op.bias[i]];
    const reach = op.reach ? op.reach[i] : Math.abs(low);
    let [sum, inputs] = [reach, 0];
    let [heaviest, swollen] = [gain, reach];
    for (let k = op.start[p]; k < op.start[p + 1]; k++) {
      const w = op.weights[op.base[i] + op.offset[k]];
      const j = op.column[k];
      low += w > 0 ? w * lower[j] : w * upper[j];
      high += w > 0 ? w * upper[j] : w * lower[j];
      sum += Math.abs(w) * magnitude[j];
      if (!format) continue;
      inputs += magnitude[j] + merged.operands[j];
      heaviest = Math.max(heaviest, Math.abs(w) * Math.max(1, gain, merged.weight[j]));
      swollen += Math.max(1, Math.abs(w)) * Math.max(magnitude[j], merged.value[j]);
    }
    const real = gamma(Math.max(n, fan) + 4 + wobble) * sum;
    let own = real;
    if (format) {
      const roundings = n + 1 + extra + (format.roundoff > 2 ** -24 ? 2 : 0);
      own += exact
        ? 2 * format.least
        : gamma(roundings, format.roundoff) * sum + format.least * roundings * (1 + gain + inputs);
    }
    own = own * outward + vanishing;
    const most = Math.max(sum + own, heaviest, swollen);
    if (!(most <= limit))
      throw new CheckFailure('not-finite', `Values of ${op.name} may be as large as ${most}.`);
    const at = op.first + i;
    if (format) {
      merged.operands[at] = inputs;
      merged.weight[at] = heaviest;
      merged.value[at] = swollen;
    }
    const [a, b] = op.greaterOf?.map((elements) => elements[i]) ?? [at, at];
    lower[at] = op.greaterOf ? Math.max(low - own, lower[a], lower[b]) : low - own;
    upper[at] = op.greaterOf ? Math.min(high + own, Math.max(upper[a], upper[b])) : high + own;
    magnitude[at] = sum + own;
    realUnit[at] = real * outward + vanishing + constants * reach * outward;
    unit[at] = own + constants * reach * outward;
  }
}

function forwardBend(
  { format }: Machine,
  op: Bend,
  fan: number,
  { lower, upper, magnitude, unit, realUnit }: Frame,
): void {
  for (let i = 0; i < op.size; i++) {
    const at = op.first + i;
    let most = 0;
    let [own, real] = [0, 0];
    const [j, q, p] = [op.inputs[i], op.q[i], op.kinks[i]];
    const ends = [lower[j], upper[j]].map((z) => (z >= p ? z : q === 0 ? p : q * z));
    if (lower[j] < p && upper[j] > p) ends.push(p);
    most = magnitude[j] * Math.max(1, Math.abs(q));
    if (!(most <= Math.min(greatest, format?.greatest ?? greatest)))
      throw new CheckFailure('not-finite', `Values of ${op.name} may be as large as ${most}.`);
    // Single precision holds every kink.
    if (format && format.roundoff > 2 ** -24 && p !== 0)
      own += (gamma(1, format.roundoff) * Math.abs(p) + format.least) * outward;
    if (q !== 0 && Math.abs(q) !== 1) {
      real = gamma(2) * most;
      own += real;
      if (format) own += gamma(2, format.roundoff) * most + 2 * format.least * (1 + most);
      own = own * outward + vanishing;
    }
    lower[at] = Math.min(...ends) - own;
    upper[at] = Math.max(...ends) + own;
    magnitude[at] = Math.max(Math.abs(lower[at]), Math.abs(upper[at]));
    realUnit[at] = (real + gamma(fan + 5) * most) * outward + vanishing;
    unit[at] = (own + gamma(fan + 5) * most) * outward + vanishing;
  }
}
