/** @file Settings of a configuration as a program gives them: the keys of the YAML files, with their values. */
import { UserError } from '../formats/userError.ts';
import { loadConfig, readOverlay } from '../run/config/presets.ts';
import { resolveConfig, type RunConfig } from '../run/config/resolve.ts';

/** Keys as in docs/configuration.md, nested groups as objects: `{ epochs: 10, lr: 0.01, verify: { timeout: 30 } }`. */
export type Settings = Readonly<Record<string, unknown>>;

/** Where a configuration begins, and what is laid over it. */
export interface ConfigurationChoice {
  /** Name of a preset. */
  readonly preset?: string;
  /** A YAML file. */
  readonly file?: string;
  /** Overlays in the order in which they are laid: names of those that come with certprune, or files. */
  readonly with?: readonly string[];
  /** Laid over all that. Without preset and file they are the whole configuration. */
  readonly settings?: Settings;
}

/**
 * Resolves the configuration of a run.
 * @throws UserError with every fault: unknown keys with the nearest that is known, values out of their range
 */
export function configuration({
  preset,
  file,
  with: overlays,
  settings = {},
}: ConfigurationChoice): RunConfig {
  if (preset === undefined && file === undefined) {
    if (overlays !== undefined && overlays.length > 0)
      throw new UserError('Overlays need something to be laid over: name a preset or a file.');
    return resolveConfig({ text: JSON.stringify(settings), origin: 'the settings' });
  }
  const { overrides } = readOverlay({ text: JSON.stringify(settings), origin: 'the settings' });
  return loadConfig({ preset, config: file, with: overlays }, overrides);
}

/** Keys that say what is trained, or what becomes of it: a program hands those over itself. */
const handedOver: readonly string[] = [
  'arch',
  'bn',
  'normalization',
  'dataset',
  'data',
  'train_size',
  'validation_size',
  'verify',
  'prune',
  'prune_type',
  'prune_times',
  'one_shot',
  'resume_state',
  'name',
];

/** Training alone, of a network and images at hand; clean images and no augmentation unless the settings say otherwise. */
export function trainingSettings(settings: Settings): RunConfig {
  const foreign = handedOver.filter((key) => key in settings);
  if (foreign.length > 0)
    throw new UserError(
      `Settings of training do not take ${foreign.join(', ')}: network, images and masks are handed over as they are.`,
    );
  return configuration({ settings: { trainer: 'natural', augment: 'none', ...settings } });
}
