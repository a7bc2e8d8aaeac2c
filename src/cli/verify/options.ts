/** @file The options of `certprune verify` as values, and the refusal of those that a form does not take. */
import type { Norm } from '../../bounds/ball.ts';
import type { LowerSlope } from '../../bounds/rules/relu.ts';
import { makeFolder } from '../../formats/makeFolder.ts';
import { systemFault } from '../../formats/systemFault.ts';
import { UserError } from '../../formats/userError.ts';
import type { BranchingName } from '../../verify/branching/table.ts';
import type { Depth, Limits } from '../../verify/files/answer.ts';
import type { Method } from '../../verify/method.ts';
import type { Targets } from '../../verify/specification.ts';
import {
  flagOf,
  optionNames,
  optionTable,
  type Form,
  type OptionName,
  type OptionRow,
} from './optionTable.ts';
import { depths, type ImageRange } from './optionValues.ts';

/** Options that are given, as values; `optionTable` says what each means. */
export interface VerifyOptions {
  readonly onnx?: string;
  readonly vnnlib?: string;
  readonly csv?: string;
  readonly expected?: string;
  readonly abcrown?: string;
  readonly pth?: string;
  /** Another word for `pth`, which stands in its place once options are read. */
  readonly load?: string;
  readonly model?: string;
  readonly dataset?: string;
  readonly labels?: string;
  /** A radius, or the path of a .npy file with one for each image. */
  readonly epsilon?: number | string;
  readonly norm?: Norm;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly start?: number;
  readonly end?: number;
  readonly images?: ImageRange;
  readonly targets?: Targets;
  readonly unsafe?: string;
  readonly mode?: Depth;
  readonly method?: Method;
  readonly branching?: BranchingName;
  readonly relaxation?: LowerSlope;
  readonly intermediate?: number;
  readonly shareAlpha?: true;
  readonly states?: readonly number[] | 'all';
  readonly which?: string;
  readonly runs?: string;
  readonly fresh?: true;
  /** Seconds; Infinity: without a limit. */
  readonly timeout?: number;
  /** Bytes. */
  readonly memory?: number;
  readonly workers?: number;
  readonly threads?: number;
  readonly seed?: number;
  readonly results?: string;
  readonly witness?: string;
  readonly quiet?: true;
  readonly json?: true;
}

/** What commander gives: texts, and `true` for switches. */
export type OptionTexts = Partial<Record<OptionName, string | true>>;

/**
 * Reads the texts of all options.
 * @throws UserError naming the first that is not understood, or two that contradict each other
 */
export async function readOptions(texts: OptionTexts): Promise<VerifyOptions> {
  const values: Record<string, unknown> = {};
  for (const name of optionNames) {
    const text = texts[name];
    if (text === undefined) continue;
    const { parse } = optionTable[name] as OptionRow<unknown>;
    values[name] = parse && typeof text === 'string' ? await parse(text, flagOf(name)) : text;
  }
  const { load, ...others } = values as VerifyOptions;
  if (load !== undefined && others.pth !== undefined)
    throw new UserError('--load and --pth are the same. Give one of them.');
  const options: VerifyOptions = { ...others, ...(load !== undefined && { pth: load }) };
  if (options.images && (options.start !== undefined || options.end !== undefined))
    throw new UserError('--images says the same as --start and --end. Give one of them.');
  if (options.targets !== undefined && options.unsafe !== undefined)
    throw new UserError('--unsafe stands instead of --targets. Give one of them.');
  if (options.onnx !== undefined && options.pth !== undefined)
    throw new UserError('--onnx and --pth both name the model. Give one of them.');
  if (options.onnx !== undefined && options.model !== undefined)
    throw new UserError('--model goes with --pth; an ONNX file tells its architecture.');
  return options;
}

/** The images that are asked for, as far as either way of saying so tells. */
export const rangeAsked = ({ images, start, end }: VerifyOptions): Partial<ImageRange> =>
  images ?? { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };

/** Forms in words. */
export const formWords: Readonly<Record<Form, string>> = {
  run: 'a run',
  instance: 'one instance (--onnx with --vnnlib)',
  images: 'images of a data set (--dataset)',
  folder: 'a folder of checkpoints (--pth FOLDER)',
  csv: 'a list of instances (--csv)',
};

/**
 * Nothing that is given is passed over in silence.
 * @throws UserError naming every option that the form does not take, and what to do instead
 */
export function requireApplicable(form: Form, options: VerifyOptions): void {
  const stray = optionNames.filter(
    (name) => options[name] !== undefined && !optionTable[name].forms.includes(form),
  );
  if (stray.length > 0)
    throw new UserError(
      stray
        .map((name) => {
          const takers = optionTable[name].forms.map((taker) => formWords[taker]).join(', ');
          const instead = optionTable[name].instead?.[form] ?? `it is for ${takers}`;
          return `${flagOf(name)} does not apply to ${formWords[form]}: ${instead}.`;
        })
        .join('\n'),
    );
  if (options.fresh && (form === 'folder' || form === 'csv') && options.results === undefined)
    throw new UserError(
      '--fresh throws away what was kept beside --results, and no --results is given: nothing is kept.',
    );
}

/**
 * Nor is what changes nothing, since the question does not go as far as where it matters.
 * @param method what decides what bounds leave open, wherever it is named
 * @throws UserError naming every option that has no effect, and what to do instead
 */
export function requireEffect(options: VerifyOptions, depth: Depth, method: Method = 'bab'): void {
  const idle = optionNames.filter((name) => {
    const { from } = optionTable[name];
    return options[name] !== undefined && from !== undefined && order.indexOf(from) > order.indexOf(depth);
  });
  if (idle.length > 0)
    throw new UserError(
      `${idle.map(flagOf).join(', ')}: nothing would change by it, since the mode ${modeOf(depth)} ` +
        `${depth === 'clean' ? 'only classifies the images' : 'does not search'}. ` +
        'Leave it out, or ask for another --mode.',
    );
  if (options.branching !== undefined && method === 'mip')
    throw new UserError(
      '--branching does not apply to the method mip, whose programs choose for themselves. Use bab or bab-refine.',
    );
}

const order: readonly Depth[] = ['clean', 'bounds', 'complete'];

const modeOf = (depth: Depth): string => Object.entries(depths).find(([, value]) => value === depth)![0];

/** Time, memory, threads and the choices of the pipeline, as far as they are given. */
export function limitsOf(options: VerifyOptions): Limits {
  const { timeout, memory, threads, seed, method, branching, relaxation, intermediate, shareAlpha } = options;
  return {
    ...(timeout !== undefined && { timeoutSeconds: timeout }),
    ...(memory !== undefined && { memoryBytes: memory }),
    ...(threads !== undefined && { threads }),
    choices: {
      ...(seed !== undefined && { seed }),
      ...(method && { method }),
      ...(branching && { branching }),
      ...(relaxation && { relaxation }),
      ...(intermediate !== undefined && { intermediateIterations: intermediate }),
      ...(shareAlpha && { sharedAlpha: true }),
    },
  };
}

/** The limits of a configuration, where the command line does not say otherwise. */
export function withOptions(preset: Limits, given: Limits): Limits {
  const choices = { ...preset.choices, ...given.choices };
  return { ...preset, ...given, choices };
}

/** Makes the folder that an option names, if one is wanted. @throws UserError where it cannot be made */
export function makeFolderFor(option: string, path: string | undefined): void {
  if (path === undefined) return;
  try {
    makeFolder(path);
  } catch (error) {
    throw new UserError(`${option} ${path}: the folder cannot be made: ${systemFault(error)}.`);
  }
}
