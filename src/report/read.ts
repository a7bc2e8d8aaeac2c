/** @file Reads a run directory into memory: every file checked, missing parts left out, damage named. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { ZodType } from 'zod';
import { inTodaysWords } from '../run/config/saved.ts';
import { checksumOf } from '../formats/sealed.ts';
import { UserError } from '../formats/userError.ts';
import { label, labelled } from '../formats/visible.ts';
import { parseYaml } from '../formats/yaml.ts';
import {
  environmentSchema,
  neuronsSchema,
  stateMetaSchema,
  verifySummarySchema,
  type EpochRecord,
  type Fixed,
  type NeuronRecord,
  type NoteRecord,
  type PruneRecord,
  type StateMeta,
  type VerifySummary,
} from '../run/records.ts';
import { parseRadii, type RadiusRow } from '../run/radii.ts';
import { countVerdicts } from '../run/verdictCounts.ts';
import { parseEvents, parseRecord, readRequiredText, readTextIfPresent } from './readFile.ts';
import { parsePartialVerdicts, parseVerdicts } from './readVerdicts.ts';
import type { RunData, StateData, StateVerification } from './runData.ts';

/**
 * Reads everything the report shows of a run. Only `config.yaml` and `environment.json` must exist: a run that is
 * still at work, or was killed, is read as far as it came.
 *
 * @throws {UserError} naming the file (and line or field) that is missing or damaged
 */
export async function readRun(directory: string): Promise<RunData> {
  const root = resolve(directory);
  const found = await stat(root).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new UserError(`${directory} is not a directory. Give the directory of a run, e.g. runs/<name>.`);
  }
  const configText = await readRequiredText(join(root, 'config.yaml'), 'the resolved configuration');
  const config = parseConfig(configText, join(root, 'config.yaml'));
  const environmentFile = join(root, 'environment.json');
  const environment = parseRecord(
    await readRequiredText(environmentFile, 'the record of versions, seed and dataset'),
    environmentSchema,
    environmentFile,
  );

  const eventsFile = join(root, 'events.jsonl');
  const log = parseEvents((await readTextIfPresent(eventsFile)) ?? '', eventsFile);
  const epochs = log.events.filter((event): event is EpochRecord => event.type === 'epoch');
  const prunes = log.events.filter((event): event is PruneRecord => event.type === 'prune');
  const metas = await readOfStates(root, 'meta.json', stateMetaSchema);
  const neurons = await readOfStates(root, 'neurons.json', neuronsSchema);
  const notices = [...log.notices];
  const verifications = await readVerifications(root, notices);
  const radii = await readRadii(root);

  const numbers = new Set([
    ...epochs.map((event) => event.state),
    ...prunes.map((event) => event.state),
    ...metas.keys(),
    ...verifications.keys(),
    ...radii.keys(),
  ]);
  const states = [...numbers]
    .toSorted((a, b) => a - b)
    .map((state) =>
      joinState(
        state,
        metas.get(state),
        prunes.findLast((p) => p.state === state),
        epochs,
        verifications.get(state),
        neurons.get(state),
        radii.get(state),
      ),
    );
  return {
    name: typeof config.name === 'string' ? config.name : label(basename(root)),
    directory: root,
    config,
    configText,
    environment,
    states,
    notes: log.events.filter((event): event is NoteRecord => event.type === 'note'),
    notices,
    ...(log.events.length > 0 && {
      firstEvent: log.events[0].time,
      lastEvent: log.events.at(-1)!.time,
    }),
  };
}

function parseConfig(text: string, file: string): Record<string, unknown> {
  let config: unknown;
  try {
    config = parseYaml(text);
  } catch (error) {
    throw new UserError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new UserError(`${file} holds no configuration: a mapping of keys to values is expected.`);
  }
  return labelled(inTodaysWords(config as Record<string, unknown>));
}

async function namesIn(directory: string): Promise<string[]> {
  const names: string[] = await readdir(directory).catch(() => []);
  return names.toSorted((a, b) => (a < b ? -1 : 1));
}

/** One file of every state that has it, by state. */
async function readOfStates<T>(
  root: string,
  fileName: string,
  schema: ZodType<T>,
): Promise<Map<number, Fixed<T>>> {
  const found = new Map<number, Fixed<T>>();
  for (const name of await namesIn(join(root, 'states'))) {
    if (!/^\d+$/.test(name)) continue;
    const file = join(root, 'states', name, fileName);
    const text = await readTextIfPresent(file);
    if (text !== undefined) found.set(Number(name), parseRecord(text, schema, file));
  }
  return found;
}

/** `verify/NN-radius.csv` of every state that has it. */
async function readRadii(root: string): Promise<Map<number, readonly RadiusRow[]>> {
  const found = new Map<number, readonly RadiusRow[]>();
  for (const name of await namesIn(join(root, 'verify'))) {
    const state = /^(\d+)-radius\.csv$/.exec(name)?.[1];
    if (state === undefined) continue;
    const file = join(root, 'verify', name);
    found.set(Number(state), parseRadii(await readRequiredText(file, 'certified radii'), file));
  }
  return found;
}

async function readVerifications(root: string, notices: string[]): Promise<Map<number, StateVerification>> {
  const verifications = new Map<number, StateVerification>();
  const names = await namesIn(join(root, 'verify'));
  const stems = new Set(
    names
      .map((name) => /^(\d+)\.(?:csv|json|partial\.jsonl)$/.exec(name)?.[1])
      .filter((s) => s !== undefined),
  );
  for (const stem of stems) {
    const csvFile = join(root, 'verify', `${stem}.csv`);
    const jsonFile = join(root, 'verify', `${stem}.json`);
    const csv = await readTextIfPresent(csvFile);
    const json = await readTextIfPresent(jsonFile);
    const partialFile = join(root, 'verify', `${stem}.partial.jsonl`);
    const partial =
      csv === undefined && json === undefined ? await readTextIfPresent(partialFile) : undefined;
    const summary = json === undefined ? undefined : parseRecord(json, verifySummarySchema, jsonFile);
    if (summary?.csv !== undefined && csv !== undefined && checksumOf(csv) !== summary.csv)
      throw new UserError(
        `${csvFile} is not what was written: its checksum is wrong. Let "certprune run --resume" verify the state again, ` +
          'or restore the file.',
      );
    let rows: StateVerification['rows'] = [];
    if (csv !== undefined) rows = parseVerdicts(csv, csvFile);
    else if (partial !== undefined) rows = parsePartialVerdicts(partial, partialFile);
    if (summary === undefined && rows.length === 0) continue;
    if (summary === undefined) {
      notices.push(`State ${Number(stem)}: verification is unfinished, ${rows.length} images so far.`);
    } else if (csv === undefined) {
      notices.push(
        `State ${Number(stem)}: ${jsonFile} has no table of images beside it; only its totals are shown.`,
      );
    } else if (summary.images !== rows.length) {
      notices.push(
        `State ${Number(stem)}: the summary speaks of ${summary.images} images, the table holds ${rows.length}; the table counts.`,
      );
    }
    verifications.set(Number(stem), joinVerification(rows, summary));
  }
  return verifications;
}

function joinVerification(rows: StateVerification['rows'], summary?: VerifySummary): StateVerification {
  if (summary === undefined) {
    return { rows, complete: false, counts: countVerdicts(rows), unstableRatioByLayer: {} };
  }
  const of = (share: number): number => Math.round(share * summary.images);
  const { standard, pgd, certified, unknown, images, which, epsilon, timeoutSeconds, seconds, workers } =
    summary;
  return {
    rows,
    complete: true,
    counts:
      rows.length > 0
        ? countVerdicts(rows)
        : {
            images,
            standard: of(standard),
            pgd: of(pgd),
            certified: of(certified),
            checked: 0,
            unknown: of(unknown),
          },
    unstableRatioByLayer: summary.unstableRatioByLayer,
    which,
    epsilon,
    timeoutSeconds,
    seconds,
    workers,
  };
}

function joinState(
  state: number,
  meta: StateMeta | undefined,
  prune: PruneRecord | undefined,
  allEpochs: readonly EpochRecord[],
  verification: StateVerification | undefined,
  neurons: NeuronRecord | undefined,
  radii: readonly RadiusRow[] | undefined,
): StateData {
  const byEpoch = new Map<number, EpochRecord>();
  for (const event of allEpochs) if (event.state === state) byEpoch.set(event.epoch, event);
  const remainRatio = meta?.remainRatio ?? prune?.remainRatio ?? (state === 0 ? 1 : undefined);
  const layers = meta !== undefined && meta.layers.length > 0 ? meta.layers : (prune?.layers ?? []);
  return {
    state,
    layers,
    epochs: [...byEpoch.values()].toSorted((a, b) => a.epoch - b.epoch),
    ...(remainRatio !== undefined && { remainRatio }),
    ...(meta && { meta }),
    ...(prune && { prune }),
    ...(verification && { verification }),
    ...(neurons && { neurons }),
    ...(radii && { radii }),
  };
}
