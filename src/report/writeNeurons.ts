/** @file The report of checkpoints from elsewhere: what their neurons and bounds are like, one page with its files. */
import { recordsCsv } from '../formats/csv.ts';
import { chartsOf } from './charts/charts.ts';
import { neuronsPage, type MeasuredCheckpoint, type NeuronReport } from './html/neurons.ts';
import type { RunData } from './runData.ts';
import { drawCharts, writeContents, type WrittenPage } from './writeReport.ts';

/** Charts take runs: the checkpoints as states of one, by their place in the list. */
function asRun({ title, checkpoints }: NeuronReport): RunData {
  return {
    name: title,
    directory: '',
    config: {},
    configText: '',
    environment: {} as RunData['environment'],
    states: checkpoints.map(({ remainRatio, record }, state) => ({
      state,
      remainRatio,
      layers: [],
      epochs: [],
      neurons: record,
    })),
    notes: [],
    notices: [],
  };
}

/** One row a checkpoint and layer. */
export function neuronsCsv(checkpoints: readonly MeasuredCheckpoint[]): string {
  return recordsCsv(
    checkpoints.flatMap(({ name, remainRatio, record }, state) =>
      record.layers.map(({ name: layer, ...measures }) => ({
        state,
        checkpoint: name,
        remainRatio,
        epsilon: record.epsilon,
        images: record.images,
        layer,
        ...measures,
      })),
    ),
  );
}

/**
 * Writes the page, its charts (SVG, PNG, CSV) and `neurons.csv`.
 * @throws UserError where the folder cannot be made
 */
export async function writeNeurons(
  report: NeuronReport,
  folder: string,
  now = new Date(),
): Promise<WrittenPage> {
  const contents = new Map<string, string | Uint8Array>();
  contents.set('neurons.csv', neuronsCsv(report.checkpoints));
  const charts = await drawCharts(chartsOf(asRun(report), 'Neurons and bounds'), '', contents);
  return writeContents(folder, neuronsPage(report, charts, now), contents);
}
