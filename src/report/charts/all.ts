/** @file The table of a run's charts, in the order of the page. Adding a chart is one file and one line here. */

import type { RunData } from '../runData.ts';
import { accuracyChart } from './accuracy.ts';
import { batchNormInstabilityChart } from './batchNormInstability.ts';
import { channelsChart } from './channels.ts';
import type { Chart, ChartBuilder } from './chart.ts';
import { decidedChart } from './decided.ts';
import { errorsChart } from './errors.ts';
import { boundProductChart, intervalWidthChart, nrsLossChart, sensitivityChart } from './layerMeasures.ts';
import { layersChart } from './layers.ts';
import { linearNeuronMap, logNeuronMap } from './neuronMaps.ts';
import { nrsSurfaceChart } from './nrsSurface.ts';
import { paretoChart } from './pareto.ts';
import { sparsityChart } from './sparsity.ts';
import { lossChart, validationChart } from './training.ts';
import {
  nrsTrainingChart,
  unstableTrainingChart,
  verifiedTrainingChart,
  widthTrainingChart,
} from './trainingBounds.ts';
import { unstableChart } from './unstable.ts';
import { verifyTimeChart } from './verifyTime.ts';
import { weightsChart } from './weights.ts';

const SECTIONS: Readonly<Record<string, readonly ChartBuilder[]>> = {
  'Accuracy and verification': [
    accuracyChart,
    decidedChart,
    verifyTimeChart,
    errorsChart,
    (run) => paretoChart([run]),
  ],
  Pruning: [sparsityChart, layersChart, channelsChart, weightsChart],
  'Neurons and bounds': [
    unstableChart,
    batchNormInstabilityChart,
    nrsLossChart,
    intervalWidthChart,
    boundProductChart,
    sensitivityChart,
    linearNeuronMap,
    logNeuronMap,
    nrsSurfaceChart,
  ],
  Training: [
    lossChart,
    validationChart,
    verifiedTrainingChart,
    unstableTrainingChart,
    nrsTrainingChart,
    widthTrainingChart,
  ],
};

/** Of them those of measured neurons. */
export const neuronChartsOf = (run: RunData): Chart[] =>
  SECTIONS['Neurons and bounds'].flatMap((build) => build(run) ?? []);

/** All charts that the run's data allows. */
export function chartsOf(run: RunData): Chart[] {
  return Object.entries(SECTIONS).flatMap(([section, builders]) =>
    builders.flatMap((build) => {
      const chart = build(run);
      return chart ? [{ ...chart, section }] : [];
    }),
  );
}
