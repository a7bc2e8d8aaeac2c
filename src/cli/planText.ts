/** @file What `certprune run --dry-run` prints: the configuration with every default, the states, the cost. */
import { toYaml } from '../run/config/resolve.ts';
import { formatDuration, formatShare } from './format.ts';
import type { RunPlan } from './runPlan.ts';
import { renderTable } from './table.ts';
import { estimatedWords, missingText, withScores } from './trainingTimes.ts';

/** The plan of a run in words. */
export function planText(plan: RunPlan): string {
  const table = renderTable(
    [
      { title: 'state', align: 'right' },
      { title: 'weights', align: 'right' },
      { title: 'epochs', align: 'right' },
      { title: 'starts from' },
    ],
    plan.states.map(({ state, expectedRemainRatio, epochs, startsFrom }) => [
      String(state),
      formatShare(expectedRemainRatio),
      String(epochs),
      startsFrom,
    ]),
  );
  const cost = [trainingText(plan), ...verificationText(plan)].join('\n');
  return `# resolved configuration\n${toYaml(plan.config)}\n# run directory: ${plan.directory}\n\n${table}\n\n${cost}`;
}

function trainingText({ states, config, training }: RunPlan): string {
  const product = `${states.length} × ${config.epochs} = ${training.epochs} epochs`;
  const counted = `Training: ${withScores(product, training.scoreEpochs)}`;
  if (training.seconds === undefined) return `${counted}. ${missingText(training.notMeasured ?? '')}`;
  const about = formatDuration(training.seconds);
  const how = training.estimated
    ? estimatedWords
    : 'measured: steps of this network and loss on this machine';
  return `${counted}, about ${about} (${how}).`;
}

function verificationText({ verification }: RunPlan): string[] {
  if (!verification) return [];
  const { images, workers, secondsAtMost } = verification;
  return [
    `Verification: ${images} images, at most ${formatDuration(secondsAtMost)} with ${workers} workers.`,
  ];
}
