/** @file Chart: standard and robust accuracy on the validation split, epoch by epoch; else accuracy in training. */
import { percent } from '../format.ts';
import { percentAxis } from './axes.ts';
import { runChart } from './chart.ts';
import { trainedStates } from './epochs.ts';
import { lineChart } from './lines.ts';
import { stateLabel } from './look.ts';

/** Robust measures in the order of preference for the dashed line: the harder, the more telling. */
const ROBUST = [
  ['pgd', 'PGD'],
  ['fgsm', 'FGSM'],
  ['crown', 'CROWN certified'],
  ['ibp', 'IBP certified'],
] as const;

export const trainingAccuracy = runChart({
  name: 'training-accuracy',
  title: 'Validation accuracy',
  sentence: 'Standard and robust accuracy on the validation split, else accuracy on the training batches.',
  section: 'Training',
  needs: trainedStates,
  draw(states) {
    const all = states.flatMap((state) => state.epochs);
    const validated = all.some((epoch) => epoch.standard !== undefined);
    const measures = [
      validated ? (['standard', 'Standard'] as const) : (['trainAccuracy', 'Training batches'] as const),
      ...ROBUST.filter(([key]) => all.some((epoch) => epoch[key] !== undefined)).slice(0, 1),
    ];
    const [first, second] = measures.map(([, name]) => name);
    const labels = new Map(states.map((state) => [state.state, stateLabel(state)]));
    return lineChart({
      ...(!validated && { title: 'Training accuracy' }),
      caption: `${validated ? 'On the validation split' : 'On the training batches'}, one colour a state${
        second === undefined ? '' : `; solid: ${first.toLowerCase()}, dashed: ${second}`
      }.`,
      rows: states.flatMap(({ state, remainRatio, epochs }) =>
        epochs.flatMap((record) =>
          measures.flatMap(([key, measure]) => {
            const accuracy = record[key];
            return accuracy === undefined
              ? []
              : [{ state, remaining: remainRatio, epoch: record.epoch, measure, accuracy }];
          }),
        ),
      ),
      across: 'epoch',
      up: 'accuracy',
      axis: percentAxis('Accuracy', { zero: false }),
      series: ({ state }) => labels.get(state)!,
      dashes: ({ measure }) => Number(measure !== first),
      word: (share, { measure }) => `${measure} ${percent(share)}`,
    });
  },
});
