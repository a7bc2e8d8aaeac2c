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
  readonly merged: Merged;
}

/**
 * What a runtime may form that merges affine operations (a BatchNormalization into its Conv, a factor moved behind a product),
 * in any order, through as many of them as follow each other: of an affine result in a format; of others |z|.
 */
export interface Merged {
  /** ΣM of the result and the operands of all of them: what a merged weight is multiplied with that vanishes. */
  readonly operands: Float64Array;
  /** The greatest value where factors below 1 come last. */
  readonly value: Float64Array;
}

/** A graph in an arithmetic. */
export interface Machine {
  readonly graph: Graph;
  /** Absent: real arithmetic. */
  readonly format: (Format & { readonly least: number }) | undefined;
  /** Of an affine result the greatest weight that a runtime may merge of it; 0 of others. */
  readonly weight: Float64Array;
  /** How many addends meet in the coefficient of an element. */
  readonly fan: Int32Array;
  /** At each operation, the most of its operands. */
  readonly fans: readonly number[];
}

const machines = new WeakMap<Graph, Omit<Machine, 'format'>>();

export function machineOf(graph: Graph, format?: Format, flush = true): Machine {
  let machine = machines.get(graph);
  if (!machine) machines.set(graph, (machine = countsOf(graph)));
  return { ...machine, format: format && { ...format, least: flush ? format.normal : format.subnormal } };
}

function countsOf(graph: Graph): Omit<Machine, 'format'> {
  const fan = new Int32Array(graph.size);
  const weight = new Float64Array(graph.size);
  for (const op of graph.operations) {
    if (op.kind === 'bend') {
      for (const j of op.inputs) fan[j]++;
      continue;
    }
    const { start, groups, members, column, weights, base, offset, first } = op;
    const { gain = 0 } = op.rounding;
    for (let p = 0; p + 1 < start.length; p++) {
      for (let k = start[p]; k < start[p + 1]; k++) fan[column[k]] += groups[p + 1] - groups[p];
      for (let m = groups[p]; m < groups[p + 1]; m++) {
        let most = gain;
        for (let k = start[p]; k < start[p + 1]; k++) {
          const merged =
            Math.abs(weights[base[members[m]] + offset[k]]) * Math.max(1, gain, weight[column[k]]);
          if (!(merged <= most)) most = merged;
        }
        weight[first + members[m]] = most;
      }
    }
  }
  for (const element of graph.outputs) fan[element]++;
  const fans = graph.operations.map((op) =>
    (op.kind === 'bend' ? op.inputs : op.column).reduce((most, j) => Math.max(most, fan[j]), 0),
  );
  return { graph, weight, fan, fans };
}

export function emptyFrame({ graph: { size }, format }: Machine): Frame {
  const unit = new Float64Array(size);
  return {
    lower: new Float64Array(size),
    upper: new Float64Array(size),
    magnitude: new Float64Array(size),
    unit,
    realUnit: format ? new Float64Array(size) : unit,
    merged: { operands: new Float64Array(size), value: new Float64Array(size) },
  };
}

/** What follows from the bounds of an input. */
export function enter({ lower, upper, magnitude, merged }: Frame, j: number): void {
  magnitude[j] = merged.operands[j] = merged.value[j] = Math.max(Math.abs(lower[j]), Math.abs(upper[j]));
}

/** Intervals of the results of operation `index`: [Σ w⁺l + w⁻u + b, Σ w⁺u + w⁻l + b], widened by the disturbance. */
export function forward(machine: Machine, index: number, frame: Frame): void {
  const op = machine.graph.operations[index];
  if (op.kind === 'affine') forwardAffine(machine, op, machine.fans[index], frame);
  else forwardBend(machine, op, machine.fans[index], frame);
}

function forwardAffine({ graph, weight, format }: Machine, op: Affine, fan: number, frame: Frame): void {
  const { lower, upper, magnitude, unit, realUnit, merged } = frame;
  const { pattern, start, column, offset, weights, base, bias, greaterOf } = op;
  const { extra = 0, wobble = 0, gain = 0, exact } = op.rounding;
  const limit = Math.min(greatest, format?.greatest ?? greatest);
  const constants = gamma(addends(graph.size));
  /* Formats whose greatest number is that of the statement have no room for a sum that is scaled behind it. */
  const ahead = limit < greatest ? gain : 0;
  if (wobble > 1 && format && format.roundoff > 2 ** -24)
    throw new CheckFailure('arithmetic-unknown', `${op.name} in so coarse a format.`);
  let inputs = 0;
  for (let i = 0; i < op.size; i++) {
    const from = start[pattern[i]];
    const to = start[pattern[i] + 1];
    const n = to - from;
    if (format && (i === 0 || pattern[i] !== pattern[i - 1])) {
      inputs = 0;
      for (let k = from; k < to; k++) inputs += merged.operands[column[k]];
    }
    const reach = op.reach ? op.reach[i] : Math.abs(bias[i]);
    let low = bias[i];
    let high = low;
    let sum = reach;
    let swollen = reach;
    for (let k = from; k < to; k++) {
      const w = weights[base[i] + offset[k]];
      const j = column[k];
      /* Of w⁺ and w⁻, both exact unless they vanish, one is 0. */
      const size = Math.abs(w);
      const positive = w / 2 + size / 2;
      const negative = w - positive;
      low += positive * lower[j] + negative * upper[j];
      high += positive * upper[j] + negative * lower[j];
      sum += size * magnitude[j];
      swollen += Math.max(1, size, size * ahead) * merged.value[j];
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
    const at = op.first + i;
    const most = format ? Math.max(sum + own, weight[at], swollen) : Math.max(sum + own, gain);
    if (!(most <= limit && low <= high))
      throw new CheckFailure('not-finite', `Values of ${op.name} may be as large as ${most}.`);
    low -= own;
    high += own;
    if (greaterOf) {
      low = Math.max(low, lower[greaterOf[0][i]], lower[greaterOf[1][i]]);
      high = Math.min(high, Math.max(upper[greaterOf[0][i]], upper[greaterOf[1][i]]));
    }
    lower[at] = low;
    upper[at] = high;
    magnitude[at] = sum + own;
    merged.operands[at] = sum + own + inputs;
    merged.value[at] = Math.max(sum + own, swollen);
    realUnit[at] = real * outward + vanishing + constants * reach * outward;
    unit[at] = own + constants * reach * outward;
  }
}

function forwardBend({ format }: Machine, op: Bend, fan: number, frame: Frame): void {
  const { lower, upper, magnitude, unit, realUnit, merged } = frame;
  for (let i = 0; i < op.size; i++) {
    const at = op.first + i;
    const j = op.inputs[i];
    const q = op.q[i];
    const p = op.kinks[i];
    const most = magnitude[j] * Math.max(1, Math.abs(q));
    const reached = upper[j] <= p ? Math.max(most, Math.abs(valueOf(upper[j], q, p))) : most;
    if (!(reached <= Math.min(greatest, format?.greatest ?? greatest)))
      throw new CheckFailure('not-finite', `Values of ${op.name} may be as large as ${reached}.`);
    let own = 0;
    let real = 0;
    // Single precision holds every kink.
    if (format && format.roundoff > 2 ** -24 && p !== 0)
      own += (gamma(1, format.roundoff) * Math.abs(p) + format.least) * outward;
    if (q !== 0 && Math.abs(q) !== 1) {
      real = gamma(2) * most;
      own += real;
      if (format) own += gamma(2, format.roundoff) * most + 2 * format.least * (1 + most);
      own = own * outward + vanishing;
    }
    const first = valueOf(lower[j], q, p);
    const last = valueOf(upper[j], q, p);
    const kink = lower[j] < p && upper[j] > p ? p : first;
    lower[at] = Math.min(first, last, kink) - own;
    upper[at] = Math.max(first, last, kink) + own;
    magnitude[at] = Math.max(Math.abs(lower[at]), Math.abs(upper[at]));
    merged.operands[at] = merged.value[at] = magnitude[at];
    realUnit[at] = (real + gamma(fan + 5) * most) * outward + vanishing;
    unit[at] = (own + gamma(fan + 5) * most) * outward + vanishing;
  }
}

const valueOf = (z: number, q: number, p: number): number => (z >= p ? z : q === 0 ? p : q * z);

/** Intervals and sizes anew, within the bounds that a frame has. @returns undefined where nothing is left */
export function resized(machine: Machine, { lower, upper }: Frame): Frame | undefined {
  const fresh = emptyFrame(machine);
  for (let j = 0; j < machine.graph.inputs; j++) {
    fresh.lower[j] = lower[j];
    fresh.upper[j] = upper[j];
    enter(fresh, j);
  }
  for (const [index, { first, size }] of machine.graph.operations.entries()) {
    forward(machine, index, fresh);
    for (let j = first; j < first + size; j++) {
      if (lower[j] > fresh.lower[j]) fresh.lower[j] = lower[j];
      if (upper[j] < fresh.upper[j]) fresh.upper[j] = upper[j];
      if (fresh.lower[j] > fresh.upper[j]) return undefined;
    }
  }
  return fresh;
}
