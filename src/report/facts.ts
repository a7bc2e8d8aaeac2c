/** @file The key facts of a run, from its configuration and environment: what was trained, pruned and verified. */
import { datasetLabel } from '../data/own/path.ts';
import { shellWord } from '../formats/shellWord.ts';
import { archName } from '../run/config/archName.ts';
import { configText, configValue, named, pruningMethod, trainingMethod } from './configValue.ts';
import { duration, moment, radius, significant } from './format.ts';
import type { RunData } from './runData.ts';

/** One labelled fact, both sides plain text. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** A radius as configurations write it: a number, `"0.1"` or `"8/255"`. */
function parseRadius(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const [numerator, denominator = '1'] = value.split('/');
  const result = Number(numerator) / Number(denominator);
  return Number.isFinite(result) ? result : undefined;
}

/** The raw-pixel radius of a run: that of its verification, else the configured one. */
export function runEpsilon(run: RunData): number | undefined {
  const verified = run.states.find((state) => state.verification?.epsilon !== undefined);
  return verified?.verification?.epsilon ?? parseRadius(configValue(run.config, ['eps', 'epsilon']));
}

/** What the radius is measured in: `1` or `2`; undefined for the maximum norm. */
function ballNorm(run: RunData): string | undefined {
  const norm = configText(run, 'norm');
  return norm === '1' || norm === '2' ? norm : undefined;
}

/** The dataset's name. */
export function datasetName(run: RunData): string | undefined {
  const name = configText(run, 'dataset') ?? (run.environment.dataset.name || undefined);
  return name && datasetLabel(name);
}

/** The network's name. */
export function networkName(run: RunData): string | undefined {
  const { arch } = run.config;
  return typeof arch === 'object' && arch !== null
    ? archName(arch)
    : configText(run, 'arch', 'network', 'model');
}

const REWINDING: Readonly<Record<string, string>> = {
  lt: 'rewinding to initialisation',
  pt: 'rewinding to pretrained weights',
  rewind_lt: 'rewinding to an early epoch',
  finetune: 'fine-tuning without rewinding',
};

/** One sentence that says what the run is. */
export function describeRun(run: RunData): string {
  const network = networkName(run) ?? 'A ReLU network';
  const dataset = datasetName(run);
  const training = trainingMethod(run);
  const pruning = pruningMethod(run);
  const epsilon = runEpsilon(run);
  const norm = ballNorm(run);
  const change =
    norm === undefined
      ? `change of up to ε = ${radius(epsilon)} a pixel`
      : `change of l${norm} norm up to ε = ${epsilon} (pixels are 0 to 1)`;
  const parts = [
    `${network}${dataset === undefined ? '' : ` on ${dataset}`}`,
    training === undefined ? undefined : `trained by ${training}`,
    pruning === undefined ? undefined : `pruned by ${pruning}`,
    epsilon === undefined ? 'verified image by image' : `verified against every ${change}`,
  ];
  return `${parts.filter((part) => part !== undefined).join(', ')}.`;
}

/** The command that repeats the run: as recorded, else built from where the configuration lies. */
export function reproduceCommand(run: RunData): string {
  return run.environment.command ?? `npx certprune run --config ${shellWord(`runs/${run.name}/config.yaml`)}`;
}

/** The facts at the head of the report, those unknown left out. */
export function keyFacts(run: RunData): Fact[] {
  const { environment } = run;
  const epochs = configText(run, 'epochs');
  const rate = configValue(run.config, ['rate']);
  const trained = run.states.filter((state) => state.meta?.finished).length;
  const verification = run.states.find((state) => state.verification?.complete)?.verification;
  const pruning = pruningMethod(run);
  const rewinding = named(REWINDING, configText(run, 'prune_type', 'rewind'));
  const machine = [
    environment.cpu,
    environment.cores > 0 ? `${environment.cores} cores` : '',
    environment.platform,
  ];
  const versions = [
    environment.certprune && `certprune ${environment.certprune}`,
    environment.onnxruntime && `ONNX Runtime ${environment.onnxruntime}`,
    environment.node && `Node ${environment.node.replace(/^v/, '')}`,
  ];
  const facts: [string, string | undefined][] = [
    ['Dataset', datasetName(run)],
    ['Network', networkName(run)],
    [
      'Radius ε',
      ballNorm(run) === undefined ? radius(runEpsilon(run)) : `${runEpsilon(run)} in l${ballNorm(run)}`,
    ],
    ['Training', joined([trainingMethod(run), epochs && `${epochs} epochs a state`])],
    [
      'Pruning',
      joined([pruning, typeof rate === 'number' ? `rate ${significant(rate)}` : undefined, rewinding]),
    ],
    ['States', `${run.states.length}, ${trained} fully trained`],
    [
      'Verification',
      verification === undefined
        ? undefined
        : joined([
            `${verification.counts.images} test images a state`,
            verification.timeoutSeconds === undefined
              ? undefined
              : `at most ${duration(verification.timeoutSeconds)} an image`,
            verification.which === undefined ? undefined : `weights: ${verification.which}`,
          ]),
    ],
    ['Seed', String(environment.seed)],
    [
      'Started',
      run.environment.started === undefined ? eventTime(run.firstEvent) : moment(run.environment.started),
    ],
    ['Last event', eventTime(run.lastEvent)],
    ['Versions', joined(versions)],
    ['Machine', joined(machine)],
  ];
  return facts.flatMap(([label, value]) => (value === undefined || value === '' ? [] : [{ label, value }]));
}

function eventTime(time: string | undefined): string | undefined {
  return time === undefined ? undefined : moment(time);
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(', ');
}
