/** @file The charts that reports hold, in the order of the page. Adding one is one file and one line here. */

import { family } from '../../family/family.ts';
import type { RunData } from '../runData.ts';
import { accuracy } from './accuracy.ts';
import { boundProduct } from './boundProduct.ts';
import { channels } from './channels.ts';
import { chartOf } from './chart.ts';
import type { Chart, ChartKind } from './chart.ts';
import { comparison } from './comparison.ts';
import { comparisonNrs } from './comparisonNrs.ts';
import { comparisonSeconds } from './comparisonSeconds.ts';
import { comparisonStandard } from './comparisonStandard.ts';
import { comparisonUnstable } from './comparisonUnstable.ts';
import { decided } from './decided.ts';
import { errors } from './errors.ts';
import { intervalWidth } from './intervalWidth.ts';
import { layers } from './layers.ts';
import { neuronsLinear } from './neuronsLinear.ts';
import { neuronsLog } from './neuronsLog.ts';
import { nrsLoss } from './nrsLoss.ts';
import { nrsSurface } from './nrsSurface.ts';
import { pareto } from './pareto.ts';
import { sensitivity } from './sensitivity.ts';
import { sparsity } from './sparsity.ts';
import { trainingAccuracy } from './trainingAccuracy.ts';
import { trainingLoss } from './trainingLoss.ts';
import { trainingNrs } from './trainingNrs.ts';
import { trainingUnstable } from './trainingUnstable.ts';
import { trainingVerified } from './trainingVerified.ts';
import { trainingWidth } from './trainingWidth.ts';
import { unstable } from './unstable.ts';
import { unstableIbp } from './unstableIbp.ts';
import { verificationTime } from './verificationTime.ts';
import { weights } from './weights.ts';

export const charts = family<ChartKind>({ kind: 'chart', plural: 'charts' }, [
  accuracy,
  decided,
  verificationTime,
  errors,
  comparison,
  pareto,
  comparisonStandard,
  comparisonUnstable,
  comparisonNrs,
  comparisonSeconds,
  sparsity,
  layers,
  channels,
  weights,
  unstable,
  unstableIbp,
  nrsLoss,
  intervalWidth,
  boundProduct,
  sensitivity,
  neuronsLinear,
  neuronsLog,
  nrsSurface,
  trainingLoss,
  trainingAccuracy,
  trainingVerified,
  trainingUnstable,
  trainingNrs,
  trainingWidth,
]);

const drawn = (runs: readonly RunData[], shown: (kind: ChartKind) => unknown): Chart[] =>
  charts.members().flatMap((kind) => (shown(kind) ? (chartOf(kind, runs) ?? []) : []));

/** All charts that the run's data allows; given the name of a section, its alone. */
export const chartsOf = (run: RunData, section?: string): Chart[] =>
  drawn([run], (kind) => (section === undefined ? kind.section : kind.section === section));

/** The charts that the runs' files allow in a comparison. */
export const comparisonCharts = (runs: readonly RunData[]): Chart[] => drawn(runs, (kind) => kind.compares);
