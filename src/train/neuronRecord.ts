/** @file What is recorded of a trained state's neurons: measures by layer, and neurons counted by instability × sensitivity. */
import type { NeuronRecord } from './neuronsSchema.ts';

/** A neuron over the sample. Instability: share of images at which it is unstable. Sensitivity: mean |∂margin/∂a|. */
export interface NeuronMeasure {
  readonly instability: Float64Array;
  readonly sensitivity: Float64Array;
}

const linearBins = { instability: 16, sensitivity: 32 };
/** Octaves of instability below 1, and those of sensitivity from 2^firstExponent on. */
const logBins = { instability: 8, firstExponent: -20, sensitivity: 28 };

const emptyCounts = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, () => new Array<number>(columns).fill(0));

const clampIndex = (value: number, bins: number): number =>
  Math.min(bins - 1, Math.max(0, Math.floor(value)));

/**
 * The smallest power of two that 99.5 % of the values stay below: a few outliers must not squeeze all others into one
 * bin, and powers of two let maps of several states be brought to one scale by merging bins.
 */
function limitOf(values: Float64Array): number {
  const sorted = values.toSorted();
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.995))] ?? 0;
  return value > 0 && Number.isFinite(value) ? 2 ** (Math.floor(Math.log2(value)) + 1) : 1;
}

/** Counts neurons on both scales. Those of measures that are not finite are left out. */
export function countNeurons({
  instability,
  sensitivity,
}: NeuronMeasure): Pick<NeuronRecord, 'linear' | 'log'> {
  const limit = limitOf(sensitivity);
  const linear = emptyCounts(linearBins.instability, linearBins.sensitivity);
  const log = emptyCounts(logBins.instability + 1, logBins.sensitivity + 1);
  instability.forEach((share, neuron) => {
    const reaction = sensitivity[neuron];
    if (!Number.isFinite(reaction)) return;
    linear[clampIndex(share * linearBins.instability, linearBins.instability)][
      clampIndex((reaction / limit) * linearBins.sensitivity, linearBins.sensitivity)
    ]++;
    const row =
      share === 0
        ? 0
        : 1 + clampIndex(logBins.instability + Math.ceil(Math.log2(share)) - 1, logBins.instability);
    const column =
      reaction < 2 ** logBins.firstExponent
        ? 0
        : 1 + clampIndex(Math.log2(reaction) - logBins.firstExponent, logBins.sensitivity);
    log[row][column]++;
  });
  return { linear: { limit, counts: linear }, log: { firstExponent: logBins.firstExponent, counts: log } };
}

/** Linear counts on a larger limit: as the limits are powers of two, neighbouring bins are merged and nothing is split. */
export function rescaledCounts({ limit, counts }: NeuronRecord['linear'], wanted: number): number[][] {
  const times = Math.max(1, Math.round(wanted / limit));
  return counts.map((row) => {
    const merged = new Array<number>(row.length).fill(0);
    row.forEach((count, bin) => (merged[Math.floor(bin / times)] += count));
    return merged;
  });
}
