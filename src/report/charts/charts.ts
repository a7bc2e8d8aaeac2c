/** @file The charts that reports hold, in the order of the page. Adding one is one file and one line here. */
import { family } from '../../family/family.ts';
import type { RunData } from '../runData.ts';
import { accuracy, errors } from './accuracy.ts';
import { channels } from './channels.ts';
import { chartOf, type Chart, type ChartKind } from './chart.ts';
import { comparison, furtherComparisons } from './comparedRuns.ts';
import { decided } from './decided.ts';
import { trainingBounds, trainingLoss, trainingAccuracy } from './epochs.ts';
import { layers } from './layers.ts';
import { layerMeasures } from './measuredLayers.ts';
import { neuronsLinear, neuronsLog } from './neuronMaps.ts';
import { nrsSurface } from './nrsSurface.ts';
import { pareto } from './pareto.ts';
import { radiusBins, radiusCurve } from './radius.ts';
import { sparsity } from './sparsity.ts';
import { unstable, unstableIbp } from './unstable.ts';
import { verificationTime } from './verificationTime.ts';
import { weights } from './weights.ts';

export const charts = family<ChartKind>({ kind: 'chart', plural: 'charts' }, [
  accuracy,
  radiusCurve,
  radiusBins,
  decided,
  verificationTime,
  errors,
  comparison,
  pareto,
  ...furtherComparisons,
  sparsity,
  layers,
  channels,
  weights,
  unstable,
  unstableIbp,
  ...layerMeasures,
  neuronsLinear,
  neuronsLog,
  nrsSurface,
  trainingLoss,
  trainingAccuracy,
  ...trainingBounds,
]);

const drawn = (runs: readonly RunData[], shown: (kind: ChartKind) => unknown): Chart[] =>
  charts.members().flatMap((kind) => (shown(kind) ? (chartOf(kind, runs) ?? []) : []));

/** All charts that the run's data allows; given the name of a section, its alone. */
export const chartsOf = (run: RunData, section?: string): Chart[] =>
  drawn([run], (kind) => (section === undefined ? kind.section : kind.section === section));

/** The charts that the runs' files allow in a comparison. */
export const comparisonCharts = (runs: readonly RunData[]): Chart[] => drawn(runs, (kind) => kind.compares);
