/** @file The table of a run's charts, in the order of the page. Adding a chart is one file and one line here. */

import type { RunData } from '../runData.ts';
import { accuracyChart } from './accuracy.ts';
import { channelsChart } from './channels.ts';
import type { Chart, ChartBuilder } from './chart.ts';
import { decidedChart } from './decided.ts';
import { layersChart } from './layers.ts';
import { lossChart, validationChart } from './training.ts';
import { unstableChart } from './unstable.ts';
import { verifyTimeChart } from './verifyTime.ts';
import { weightsChart } from './weights.ts';

const BUILDERS: readonly ChartBuilder[] = [
  accuracyChart,
  decidedChart,
  verifyTimeChart,
  unstableChart,
  layersChart,
  channelsChart,
  weightsChart,
  lossChart,
  validationChart,
];

/** All charts that the run's data allows. */
export function chartsOf(run: RunData): Chart[] {
  return BUILDERS.flatMap((build) => build(run) ?? []);
}
