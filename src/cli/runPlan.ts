/** @file What a run will do and what that costs: the plan that `--dry-run` prints, for people or as JSON. */
import { basename, dirname } from 'node:path';
import { availableParallelism } from 'node:os';
import type { RunConfig } from '../run/config/schema.ts';
import { runPaths } from '../run/paths.ts';
import { planStates, scoreEpochs } from '../run/plan.ts';
import type { TrainingTime } from '../run/trainingTime.ts';
import { estimatedWords, missingText, withScores, type TrainingTimes } from './trainingTimes.ts';
import { toYaml } from '../run/config/resolve.ts';
import { formatDuration, formatShare } from './format.ts';
import { renderTable } from './table.ts';

/** One state before it exists. */
export interface PlannedStateLine {
  readonly state: number;
  /** Share of prunable weights that remains, 0..1, as far as the rate tells it. */
  readonly expectedRemainRatio: number;
  readonly epochs: number;
  /** In words. */
  readonly startsFrom: string;
}

/** The plan of a run. */
export interface RunPlan {
  readonly directory: string;
  readonly config: RunConfig;
  readonly states: readonly PlannedStateLine[];
  readonly training: {
    readonly epochs: number;
    /** Epochs in which pruning trains its scores (hydra). */
    readonly scoreEpochs: number;
    /** As measured here. */
    readonly seconds?: number;
    /** Part of it was not measured but estimated from operations. */
    readonly estimated?: true;
    /** Why `seconds` is missing. */
    readonly notMeasured?: string;
  };
  /** Absent where a run does not verify. */
  readonly verification?: {
    readonly images: number;
    readonly workers: number;
    readonly secondsAtMost: number;
  };
}

/** Nothing is read or written. */
export function runPlan(config: RunConfig, directory: string, measured: TrainingTimes): RunPlan {
  const plan = planStates(config, runPaths(directory));
  const prunings = plan.filter(({ prune }) => prune !== undefined).length;
  const { when, images, timeout, workers: wanted } = config.verify;
  const count = plan.length * (images.end - images.start);
  const workers = wanted || availableParallelism();
  const verification = { images: count, workers, secondsAtMost: (count * timeout) / workers };
  return {
    directory,
    config,
    states: plan.map(({ state, expectedRemainRatio, prune }) => ({
      state,
      expectedRemainRatio,
      epochs: config.epochs,
      startsFrom: prune ? beginningWords(config, state) : firstWeights(config),
    })),
    training: {
      epochs: plan.length * config.epochs,
      scoreEpochs: prunings * scoreEpochs(config),
      ...('missing' in measured ? { notMeasured: measured.missing } : timesOf(measured.times.get(config)!)),
    },
    ...(when !== 'never' && { verification }),
  };
}

const timesOf = ({
  seconds,
  estimated,
}: TrainingTime): Pick<RunPlan['training'], 'seconds' | 'estimated'> => ({
  seconds,
  ...(estimated && { estimated }),
});

const firstWeights = ({ init }: RunConfig): string =>
  init ? `the weights of ${basename(dirname(init.file))}/${basename(init.file)}` : 'fresh weights';

function beginningWords(config: RunConfig, state: number): string {
  const mask = `${config.pruneMethod} mask`;
  if (config.oneShot) return `${firstWeights(config)}, ${mask} before training`;
  const weights: Readonly<Record<string, string>> = {
    lt: 'the initial weights',
    rewind_lt: `the weights of epoch ${config.rewindEpoch}`,
    pt: 'the best dense weights',
    finetune: `the weights of state ${state - 1}`,
  };
  return `${weights[config.pruneType] ?? config.pruneType}, ${mask} of state ${state - 1}`;
}

/** The plan of a run in words. */
export function planText(plan: RunPlan): string {
  const table = renderTable(
    [
      ['state', ({ state }) => String(state), 'right'],
      ['weights', ({ expectedRemainRatio }) => formatShare(expectedRemainRatio), 'right'],
      ['epochs', ({ epochs }) => String(epochs), 'right'],
      ['starts from', ({ startsFrom }) => startsFrom],
    ],
    plan.states,
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
