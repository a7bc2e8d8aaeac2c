/** @file What `--dry-run` prints: the configuration with every default, the states, the cost. */
import { availableParallelism } from 'node:os';
import { toYaml, type RunConfig } from '../run/config/resolve.ts';
import { runPaths } from '../run/paths.ts';
import { planStates, scoreEpochs, type PlannedState } from '../run/plan.ts';
import { formatDuration, formatShare } from './format.ts';
import { renderTable } from './table.ts';
import { missingText, withScores, type TrainingTimes } from './trainingTimes.ts';

/** The plan of a run; nothing is read or written. */
export function planText(config: RunConfig, directory: string, measured: TrainingTimes): string {
  const plan = planStates(config, runPaths(directory));
  const table = renderTable(
    [
      { title: 'state', align: 'right' },
      { title: 'weights', align: 'right' },
      { title: 'epochs', align: 'right' },
      { title: 'starts from' },
    ],
    plan.map(({ state, expectedRemainRatio, prune }) => [
      String(state),
      formatShare(expectedRemainRatio),
      String(config.epochs),
      prune ? beginningWords(config, state) : 'fresh weights',
    ]),
  );
  return `# resolved configuration\n${toYaml(config)}\n# run directory: ${directory}\n\n${table}\n\n${costText(config, plan, measured)}`;
}

function beginningWords(config: RunConfig, state: number): string {
  const mask = `${config.pruneMethod} mask`;
  if (config.oneShot) return `fresh weights, ${mask} before training`;
  const weights: Readonly<Record<string, string>> = {
    lt: 'the initial weights',
    rewind_lt: `the weights of epoch ${config.rewindEpoch}`,
    pt: 'the best dense weights',
    finetune: `the weights of state ${state - 1}`,
  };
  return `${weights[config.pruneType] ?? config.pruneType}, ${mask} of state ${state - 1}`;
}

function costText(config: RunConfig, plan: readonly PlannedState[], measured: TrainingTimes): string {
  const lines = [trainingText(config, plan, measured)];
  const { when, images, timeout, workers } = config.verify;
  if (when !== 'never') {
    const count = plan.length * (images.end - images.start);
    const used = workers || availableParallelism();
    const most = (count * timeout) / used;
    lines.push(`Verification: ${count} images, at most ${formatDuration(most)} with ${used} workers.`);
  }
  return lines.join('\n');
}

function trainingText(config: RunConfig, plan: readonly PlannedState[], measured: TrainingTimes): string {
  const { epochs } = config;
  const prunings = plan.filter(({ prune }) => prune !== undefined).length;
  const product = `${plan.length} × ${epochs} = ${plan.length * epochs} epochs`;
  const counted = `Training: ${withScores(product, prunings * scoreEpochs(config))}`;
  if ('missing' in measured) return `${counted}. ${missingText(measured.missing)}`;
  const about = formatDuration(measured.times.get(config)!.seconds);
  return `${counted}, about ${about} (measured: steps of this network and loss on this machine).`;
}
