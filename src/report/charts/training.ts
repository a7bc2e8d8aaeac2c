/** @file Charts: training loss and validation accuracy, epoch by epoch, one line a state. */

import { percent, significant } from '../format.ts';
import type { RunData } from '../runData.ts';
import { framed, isNarrow, stateLabel } from './chart.ts';
import type { Chart } from './chart.ts';
import { epochAxis, lineAndPoints, stateColour, trainedStates } from './epochs.ts';

/** Loss on the training batches. */
export function lossChart(run: RunData): Chart | undefined {
  const states = trainedStates(run);
  const rows = states.flatMap((state) =>
    state.epochs
      .filter((epoch) => epoch.loss !== undefined)
      .map((epoch) => ({
        state: state.state,
        remaining: state.remainRatio,
        label: stateLabel(state),
        epoch: epoch.epoch,
        loss: epoch.loss,
        tip: `State ${stateLabel(state)}, epoch ${epoch.epoch}: loss ${significant(epoch.loss)}`,
      })),
  );
  if (rows.length === 0) return undefined;
  return {
    id: 'training-loss',
    title: 'Training loss',
    caption: 'Mean loss of each epoch’s batches, one line a state.',
    alt: `Line chart of the training loss. ${states
      .map((state) => `State ${stateLabel(state)} ends at ${significant(state.epochs.at(-1)!.loss)}`)
      .join('. ')}.`,
    wide: false,
    rows: rows.map(({ tip: _, label: __, ...row }) => row),
    spec: (width) =>
      framed(width, isNarrow(width) ? 200 : 240, {
        data: { values: rows },
        encoding: {
          x: epochAxis(states),
          y: { field: 'loss', type: 'quantitative', title: 'Loss', axis: { tickCount: 5 } },
          color: stateColour(states, width),
        },
        layer: lineAndPoints(rows, {}),
      }),
  };
}

/** Validation measures in the order of preference for the dashed line: the harder, the more telling. */
const ROBUST_MEASURES = [
  ['pgd', 'PGD'],
  ['fgsm', 'FGSM'],
  ['crown', 'CROWN certified'],
  ['ibp', 'IBP certified'],
] as const;

/** Standard and, where it was measured, robust accuracy on the validation split; else accuracy in training. */
export function validationChart(run: RunData): Chart | undefined {
  const states = trainedStates(run);
  const epochs = states.flatMap((state) => state.epochs);
  const robust = ROBUST_MEASURES.find(([key]) => epochs.some((epoch) => epoch[key] !== undefined));
  const validated = epochs.some((epoch) => epoch.standard !== undefined);
  const measures: readonly (readonly [string, string])[] = [
    validated ? (['standard', 'Standard'] as const) : (['trainAccuracy', 'Training batches'] as const),
    ...(robust === undefined ? [] : [robust]),
  ];
  const rows = states.flatMap((state) =>
    state.epochs.flatMap((epoch) =>
      measures.flatMap(([key, measure]) => {
        const accuracy = (epoch as unknown as Record<string, number | undefined>)[key];
        if (accuracy === undefined) return [];
        const label = stateLabel(state);
        const tip = `State ${label}, epoch ${epoch.epoch}: ${measure} ${percent(accuracy)}`;
        return [
          {
            state: state.state,
            remaining: state.remainRatio,
            label,
            epoch: epoch.epoch,
            measure,
            accuracy,
            tip,
          },
        ];
      }),
    ),
  );
  if (rows.length === 0) return undefined;
  const names = measures.map(([, name]) => name);
  const title = validated ? 'Validation accuracy' : 'Training accuracy';
  const dashes = [
    [1, 0],
    [5, 4],
  ];
  return {
    id: 'training-accuracy',
    title,
    caption: `${validated ? 'On the validation split' : 'On the training batches'}, one colour a state${
      names.length > 1 ? `; solid: ${names[0].toLowerCase()}, dashed: ${names[1]}` : ''
    }.`,
    alt: `Line chart. ${states
      .map((state) => {
        const own = rows.filter((row) => row.state === state.state);
        const last = names.flatMap((name) => own.findLast((row) => row.measure === name) ?? []);
        return `State ${stateLabel(state)} ends at ${last.map((row) => `${row.measure} ${percent(row.accuracy)}`).join(', ')}`;
      })
      .join('. ')}.`,
    wide: false,
    rows: rows.map(({ tip: _, label: __, ...row }) => row),
    spec: (width) =>
      framed(width, isNarrow(width) ? 200 : 240, {
        data: { values: rows },
        encoding: {
          x: epochAxis(states),
          y: {
            field: 'accuracy',
            type: 'quantitative',
            title: 'Accuracy',
            scale: { zero: false },
            axis: { format: '.0%', tickCount: 5 },
          },
          color: stateColour(states, width),
        },
        layer: lineAndPoints(rows, {
          strokeDash: {
            field: 'measure',
            type: 'nominal',
            scale: { domain: names, range: dashes },
            legend: null,
          },
        }),
      }),
  };
}
