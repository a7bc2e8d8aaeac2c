/** @file What can be said of data of one's own, on the command line and in configurations. */
import type { Option, Options, OptionValues } from '../../family/option.ts';
import { UserError } from '../../formats/userError.ts';

/** Whatever the form: how parts are split off, what inputs may be, what the network takes off them. */
export const commonOptions = {
  testShare: {
    type: 'number',
    above: 0,
    most: 1,
    key: 'test_share',
    sentence:
      'Share of the data that is the test part, of each class, where the data has none. Default: 0.2.',
  },
  splitSeed: {
    type: 'integer',
    least: 0,
    key: 'split_seed',
    sentence: 'Seed of the choice of the test part; runs of all seeds share it. Default: 0.',
  },
  dataMin: {
    type: 'numbers',
    key: 'data_min',
    sentence: 'Least valid value, one, or one a channel or feature: the radius goes no further.',
  },
  dataMax: { type: 'numbers', key: 'data_max', sentence: 'Largest valid value, likewise.' },
  epsScale: {
    type: 'numbers',
    key: 'eps_scale',
    sentence: 'Radius of each channel or feature, as a multiple of the radius asked for.',
  },
  fixedFeatures: {
    type: 'names',
    key: 'fixed_features',
    sentence:
      'Features or channels that are held fixed (integers, one-hot): names, indices, ranges 3-7, beginnings job_*.',
  },
  mean: {
    type: 'numbers',
    key: 'mean',
    sentence:
      'Mean that the network takes off, one or one a channel. Default: the file’s, or of the training part.',
  },
  std: { type: 'numbers', key: 'std', sentence: 'Deviation that it divides by, likewise.' },
} as const satisfies Options;

/** Of pictures. */
export const pictureOptions = {
  ...commonOptions,
  resize: {
    type: 'numbers',
    key: 'resize',
    sentence: 'Height and width that pictures are brought to, bilinearly; one number for both.',
  },
  channels: {
    type: 'integer',
    least: 1,
    most: 3,
    key: 'channels',
    sentence: '1 for grey, 3 for colour, where pictures are of both kinds or of the other.',
  },
} as const satisfies Options;

/** Of arrays in files. */
export const arrayOptions = {
  ...commonOptions,
  labels: { type: 'text', key: 'labels', sentence: 'File of the labels, where it is not told by its name.' },
} as const satisfies Options;

/** Of tables. */
export const tableOptions = {
  ...commonOptions,
  labelColumn: {
    type: 'text',
    key: 'label_column',
    sentence: 'Column of the labels, by name or number from 0. Default: label, class, target or y.',
  },
  header: {
    type: 'flag',
    key: 'header',
    sentence: 'Whether the first line names the columns. Default: looked at.',
  },
  ignoreColumns: { type: 'names', key: 'ignore_columns', sentence: 'Columns that are no features.' },
  featureScale: {
    type: 'choice',
    choices: ['none', 'minmax'],
    key: 'feature_scale',
    sentence: 'minmax: every feature becomes 0..1, by data_min and data_max or by what its column holds.',
  },
} as const satisfies Options;

/** Every option of data of one's own. */
export const ownOptions = { ...pictureOptions, ...arrayOptions, ...tableOptions } as const satisfies Options;

type Given<O extends Options> = { readonly [K in keyof OptionValues<O>]?: OptionValues<O>[K] | undefined };
/** What was said; absent: not said. */
export type OwnOptions = Given<typeof ownOptions>;
export type OwnOptionName = keyof typeof ownOptions;

export const ownOptionNames = Object.keys(ownOptions) as OwnOptionName[];

/** `data_min`: as configurations say it. */
export const ownKey = (name: OwnOptionName): string => ownOptions[name].key;

/** `--data-min`. */
export const ownFlag = (name: OwnOptionName): string => `--${ownKey(name).replaceAll('_', '-')}`;

/** The options among others. */
export const ownOptionsIn = (values: Readonly<Record<string, unknown>>): OwnOptions =>
  Object.fromEntries(
    ownOptionNames.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]),
  );

/** The value of an option from the command line's text. @throws UserError naming the flag and what is expected */
export function parseOwnOption(name: OwnOptionName, text: string): unknown {
  const option: Option = ownOptions[name];
  const wrong = (expected: string): UserError =>
    new UserError(`${ownFlag(name)} ${text}: expected ${expected}.`);
  const parts = text.split(',').map((part) => part.trim());
  switch (option.type) {
    case 'text':
      return text;
    case 'names':
      return parts.filter((part) => part !== '');
    case 'flag':
      if (text !== 'true' && text !== 'false') throw wrong('true or false');
      return text === 'true';
    case 'choice': {
      const choices = option.choices as readonly string[];
      if (!choices.includes(text)) throw wrong(choices.join(' or '));
      return text;
    }
    case 'numbers': {
      const numbers = parts.map((part) => (part === '' ? Number.NaN : Number(part)));
      if (!numbers.every(Number.isFinite)) throw wrong('a number, or several separated by commas');
      return numbers;
    }
    default: {
      const { least = -Infinity, most = Infinity, above = -Infinity } = option as Option & { type: 'number' };
      const value = text.trim() === '' ? Number.NaN : Number(text);
      if (
        !(value >= least && value <= most && value > above) ||
        (option.type === 'integer' && !Number.isInteger(value))
      )
        throw wrong(
          `a ${option.type === 'integer' ? 'whole number' : 'number'} from ${Math.max(least, above)} to ${most}`,
        );
      return value;
    }
  }
}
