/** @file Texts of `certprune verify`'s options → values, and the refusal of those that a form does not take. */
import { UserError } from '../../formats/userError.ts';
import { modeOf, type ImageRange } from '../../run/verifyOptions/kinds.ts';
import type { Form } from '../../run/verifyOptions/row.ts';
import {
  flagNames,
  flagOf,
  helpOf,
  rowOf,
  type FlagName,
  type VerifyOptions,
} from '../../run/verifyOptions/table.ts';
import { depths, type Depth } from '../../verify/files/answer.ts';
import type { Method } from '../../verify/method.ts';

/** The options as commander takes them, `-s, --states <list>`, with the sentence of the help. */
export const commanderOptions = (
  which: (name: FlagName) => boolean = () => true,
): (readonly [string, string])[] =>
  flagNames.filter(which).map((name) => {
    const { short, kind } = rowOf(name);
    const value = kind.placeholder === undefined ? '' : ` ${kind.placeholder}`;
    return [`${short === undefined ? '' : `-${short}, `}${flagOf(name)}${value}`, helpOf(name)];
  });

/** What commander gives: texts, and `true` for switches. */
export type OptionTexts = Partial<Record<FlagName, string | true>>;

/**
 * Reads the texts of all options.
 * @throws UserError naming the first that is not understood, or two that contradict each other
 */
export async function readOptions(texts: OptionTexts): Promise<VerifyOptions> {
  const values: Record<string, unknown> = {};
  for (const name of flagNames) {
    const text = texts[name];
    if (text === undefined) continue;
    values[name] = typeof text === 'string' ? await rowOf(name).kind.parse(text, flagOf(name)) : text;
  }
  const { load, ...others } = values as VerifyOptions;
  if (load !== undefined && others.pth !== undefined)
    throw new UserError('--load and --pth are the same. Give one of them.');
  const options: VerifyOptions = { ...others, ...(load !== undefined && { pth: load }) };
  if (options.images && (options.start !== undefined || options.end !== undefined))
    throw new UserError('--images says the same as --start and --end. Give one of them.');
  if (options.targets !== undefined && options.unsafe !== undefined)
    throw new UserError('--unsafe stands instead of --targets. Give one of them.');
  if (options.certificate !== undefined && options.certify === 'never')
    throw new UserError(
      '--certificate writes down checked proofs, and --certify never checks none. Give one of them.',
    );
  if (options.roundoff !== undefined && options.certify === 'never')
    throw new UserError(
      '--roundoff says what checked proofs hold for, and --certify never checks none. Give one of them.',
    );
  if (options.onnx !== undefined && options.pth !== undefined)
    throw new UserError('--onnx and --pth both name the model. Give one of them.');
  if (options.onnx !== undefined && options.model !== undefined)
    throw new UserError('--model goes with --pth; an ONNX file tells its architecture.');
  return options;
}

/**
 * What belongs to `--radius`, and what contradicts it.
 * @throws UserError naming the options
 */
export function requireRadius(options: VerifyOptions): void {
  const { radius, radiusFrom = 0, radiusTo = Infinity, tolerance } = options;
  if (!radius) {
    const idle = (['radiusFrom', 'radiusTo', 'tolerance', 'charts'] as const).filter(
      (name) => options[name] !== undefined,
    );
    if (idle.length > 0) throw new UserError(`${idle.map(flagOf).join(', ')}: this goes with --radius.`);
    return;
  }
  if (options.epsilon !== undefined)
    throw new UserError(
      '--radius looks for the radius, --epsilon gives one. Leave --epsilon out; --radius-from and --radius-to bound the search.',
    );
  if (radiusFrom >= radiusTo)
    throw new UserError(`--radius-to ${radiusTo} is not above --radius-from ${radiusFrom}.`);
  if (tolerance === 0) throw new UserError('--tolerance 0: expected a number above 0.');
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
  const stray = flagNames.filter((name) => options[name] !== undefined && !rowOf(name).forms!.includes(form));
  if (stray.length > 0)
    throw new UserError(
      stray
        .map((name) => {
          const takers = rowOf(name)
            .forms!.map((taker) => formWords[taker])
            .join(', ');
          const instead = rowOf(name).instead?.[form] ?? `it is for ${takers}`;
          return `${flagOf(name)} does not apply to ${formWords[form]}: ${instead}.`;
        })
        .join('\n'),
    );
  if (form === 'images' && options.fresh && !options.radius)
    throw new UserError(
      `--fresh does not apply to ${formWords.images} without --radius: nothing is kept, the work is always new.`,
    );
  if (options.fresh && form !== 'run' && form !== 'instance' && options.results === undefined)
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
  const idle = flagNames.filter((name) => {
    const { from } = rowOf(name);
    return options[name] !== undefined && from !== undefined && depths.indexOf(from) > depths.indexOf(depth);
  });
  if (idle.length > 0)
    throw new UserError(
      `${idle.map(flagOf).join(', ')}: nothing would change by it, since the mode ${modeOf(depth)} ` +
        `${endsWith[depth]}. ` +
        'Leave it out, or ask for another --mode.',
    );
  if (options.branching !== undefined && method === 'mip')
    throw new UserError(
      '--branching does not apply to the method mip, whose programs choose for themselves. Use bab or bab-refine.',
    );
}

/** What a mode does of the whole. */
const endsWith: Readonly<Record<Depth, string>> = {
  clean: 'only classifies the images',
  attack: 'only attacks the images',
  bounds: 'does not search',
  complete: 'goes to the end',
};
