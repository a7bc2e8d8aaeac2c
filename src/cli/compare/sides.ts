/** @file The two networks of a comparison: files or trained states of runs, and what each is asked. */
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../../formats/userError.ts';
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';
import { isOnnx } from '../../nn/import/importNetwork.ts';
import { readOnnxNetwork, type ImportedFile } from '../../nn/import/importOnnx.ts';
import { readTorchNetwork } from '../../nn/import/torch.ts';
import { layerShapes } from '../../nn/shapes.ts';
import { differing, nameOf, type Asked } from '../../run/asked.ts';
import { loadConfig } from '../../run/config/presets.ts';
import { runPaths, type VerifyFiles } from '../../run/paths.ts';
import { readStateNetwork } from '../../run/stateNetwork.ts';
import { verdictSettings } from '../../run/verifyState.ts';
import { isVerified, readSummary } from '../../run/verdictFiles.ts';
import type { VerifyOptions } from '../../run/verifyOptions/table.ts';
import { sizeOf } from '../../tensor/shape.ts';
import type { Subject } from '../../verify/files/subject.ts';
import { chooseRun, type ChosenRun } from '../configOptions.ts';
import type { AskedImages } from '../verify/imageQuestion.ts';
import { imagesRequest } from '../verify/imagesForm.ts';
import { stateRequest } from '../verify/radiusRun.ts';
import { askedOf, settingsOf } from '../verify/runForm.ts';

/** A trained state, and what its run says of it. */
export interface StateSide {
  readonly chosen: ChosenRun;
  readonly state: number;
  readonly asked: Asked;
  /** The verdicts on this very question under these very settings, where there are any. */
  readonly verdicts: VerifyFiles | undefined;
  /** Where its certified radii are, if anywhere. */
  readonly radii: string;
}

/** One network. */
export interface Side {
  readonly name: string;
  readonly network: NumberedNetwork | ImportedFile;
  readonly subject: Subject;
  readonly inputShape: readonly number[];
  readonly outputs: number;
  readonly state?: StateSide;
}

/**
 * Opens a network by the word on the command line: a file, the folder of an imported network, or `RUN`, `RUN@STATE`.
 * @throws UserError where it is none of them
 */
export async function openSide(word: string, options: VerifyOptions): Promise<Side> {
  const imported = join(word, 'weights.safetensors');
  if (existsSync(join(word, 'network.yaml')) && existsSync(imported))
    return fileSide(word, imported, options);
  if (statSync(word, { throwIfNoEntry: false })?.isFile()) return fileSide(word, word, options);
  const [, run, number] = /^(.*?)(?:@(\d+))?$/.exec(word)!;
  const chosen = await chooseRun([run], options.runs === undefined ? {} : { runs: options.runs });
  return stateSide(chosen, number === undefined ? undefined : Number(number), options);
}

function fileSide(word: string, path: string, { model, mean, std }: VerifyOptions): Side {
  if (isOnnx(path)) {
    const network = readOnnxNetwork(path);
    return side(word, network, { kind: 'onnx', path });
  }
  const choices = {
    ...(model !== undefined && { model }),
    ...((mean ?? std) && { normalization: 'none' as const }),
  };
  const { network, numbers } = readTorchNetwork(path, choices);
  return side(word, { network, numbers }, { kind: 'torch', path, choices });
}

function stateSide(given: ChosenRun, wanted: number | undefined, options: VerifyOptions): Side {
  const { directory } = given;
  const { config } = runPaths(directory);
  const overrides = settingsOf(options, given.config.verify.images);
  const { verify } = loadConfig({ config }, overrides);
  const seed = options.seed ?? given.config.seed;
  const chosen = { directory, config: { ...given.config, verify, seed } };
  const { state, network, numbers } = readStateNetwork(directory, chosen.config, verify.which, wanted);
  const asked = differing(askedOf(options), given.config);
  const files = runPaths(directory).verify(state, nameOf(asked));
  const same = isVerified(files) && readSummary(files).settings === verdictSettings(chosen.config, asked);
  const { epsilon: _, ...beside } = asked;
  const radii = ['radius', nameOf(beside)].filter((part) => part !== '');
  const net = { network, numbers };
  return {
    ...side(`${basename(directory)}@${state}`, net, { kind: 'network', network: net }),
    state: {
      chosen,
      state,
      asked,
      verdicts: same ? files : undefined,
      radii: runPaths(directory).verify(state, radii.join(',')).csv,
    },
  };
}

const side = (name: string, network: Side['network'], subject: Subject): Side => ({
  name,
  network,
  subject,
  inputShape: network.network.inputShape,
  outputs: sizeOf([...layerShapes(network.network).values()].at(-1)!),
});

/** @throws UserError naming what differs, where no image can be shown to both */
export function requireSameSizes(a: Side, b: Side): void {
  const told = ({ inputShape }: Side): string => `[${inputShape.join(',')}]`;
  if (sizeOf(a.inputShape) !== sizeOf(b.inputShape))
    throw new UserError(
      `${a.name} takes inputs of ${told(a)}, ${b.name} of ${told(b)}: networks of other input sizes cannot be ` +
        'asked about the same images.',
    );
  if (a.outputs !== b.outputs)
    throw new UserError(
      `${a.name} tells ${a.outputs} classes, ${b.name} ${b.outputs}: they do not answer the same question.`,
    );
}

/**
 * What both are asked: by the options, else by the run of one, else by the runs of both where they agree.
 * @throws UserError naming what two runs ask differently, or what is lacking
 */
export function questionsOf(a: Side, b: Side, options: VerifyOptions): readonly [AskedImages, AskedImages] {
  const runs = [a, b].filter(({ state }) => state !== undefined);
  if (runs.length === 2) requireSameQuestion(a, b, options);
  if ((options.mean ?? options.std) !== undefined && runs.length === 2)
    throw new UserError('--mean and --std are for files: the networks of runs normalise inside.');
  const common = commonQuestion(runs[0], options);
  return [a, b].map((one): AskedImages => {
    const { normalization, ...rest } = common;
    const ofFile = one.state === undefined && normalization !== undefined;
    return { ...rest, subject: one.subject, ...(ofFile && { normalization }) };
  }) as unknown as readonly [AskedImages, AskedImages];
}

function commonQuestion(run: Side | undefined, options: VerifyOptions): AskedImages {
  const { mean, std } = options;
  const own = run?.state;
  if (options.dataset !== undefined) {
    const epsilon = options.epsilon ?? own?.chosen.config.eps;
    const norm = options.norm ?? own?.chosen.config.norm;
    return imagesRequest({
      ...options,
      onnx: 'network',
      ...(epsilon !== undefined && !options.radius && { epsilon }),
      ...(norm !== undefined && { norm }),
    });
  }
  if (!own)
    throw new UserError('Name the images that both networks are asked about: --dataset, with --epsilon.');
  // What a run's networks take is normalised inside.
  const { normalization: _, ...asked } = own.asked;
  const request = stateRequest(own.chosen, own.state, asked, options);
  return {
    ...request,
    ...((mean ?? std) && { normalization: { mean: mean ?? [0], std: std ?? [1] } }),
  };
}

function requireSameQuestion(
  { state: a, name: nameA }: Side,
  { state: b, name: nameB }: Side,
  options: VerifyOptions,
): void {
  const [first, second] = [a!.chosen.config, b!.chosen.config];
  const range = ({ start, end }: { readonly start: number; readonly end: number }): string =>
    `images ${start} to ${end - 1}`;
  const differences = [
    ...(options.dataset === undefined && first.dataset !== second.dataset
      ? [[`images of ${first.dataset}`, `of ${second.dataset}`, '--dataset']]
      : []),
    ...(options.epsilon === undefined && !options.radius && first.eps !== second.eps
      ? [[`radius ${first.eps}`, `radius ${second.eps}`, '--epsilon']]
      : []),
    ...(options.norm === undefined && first.norm !== second.norm
      ? [[`norm ${first.norm}`, `norm ${second.norm}`, '--norm']]
      : []),
    ...(options.dataset === undefined && range(first.verify.images) !== range(second.verify.images)
      ? [[range(first.verify.images), range(second.verify.images), '--start and --end']]
      : []),
  ];
  if (differences.length > 0)
    throw new UserError(
      `The runs ask other questions, which cannot be compared:\n${differences
        .map(([one, other, option]) => `  ${nameA} ${one}, ${nameB} ${other} (${option} says it for both)`)
        .join('\n')}`,
    );
}
