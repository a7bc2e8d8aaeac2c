/** @file What a certificate says of itself: the JSON in its file's head. */
import type { Arithmetic } from '../contracts.ts';
import { CheckFailure } from '../failure.ts';

interface Normalized {
  /** What the model is given is (x − mean) / std; f32 numbers, one or one a channel. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/** The property by the hash of its file, or by its fields beside the tensors of the certificate. */
export type PropertyFields =
  | { readonly kind: 'vnnlib'; readonly sha256: string; readonly name?: string }
  | ({
      /** Tensor `image`. All classes but `label` are targets, unless they are listed. */
      readonly kind: 'image';
      readonly label: number;
      readonly classes: number;
      readonly targets?: readonly number[];
      /** Decimals, or quotients such as `2/255`. */
      readonly epsilon: string;
      readonly norm: 'linf' | 'l2' | 'l1';
      readonly range: readonly [string, string];
    } & Normalized)
  /** Tensors `lower`, `upper`, `rows`, `bounds`; how many of the rows each conjunction has. */
  | ({ readonly kind: 'box'; readonly conjunctions: readonly number[] } & Normalized);

export interface Metadata {
  readonly format: 'certprune-certificate';
  readonly version: 1;
  /** Who made it. */
  readonly tool: string;
  /** What is proved, in words; the checker says it in words of its own. */
  readonly statement: string;
  readonly model: { readonly sha256: string; readonly name?: string };
  readonly property: PropertyFields;
  readonly arithmetic: Arithmetic;
}

type Test = (value: unknown) => boolean;

const text: Test = (value) => typeof value === 'string' && value.length <= 10_000;
const hash: Test = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const whole: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const single: Test = (value) => Number.isFinite(value) && Math.fround(value as number) === value;
const list =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.length > 0 && value.every(test);
const is =
  (...values: unknown[]): Test =>
  (value) =>
    values.includes(value);
const maybe =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);
/** Has these fields and no others. */
const record =
  (fields: Readonly<Record<string, Test>>): Test =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).every((key) => Object.hasOwn(fields, key)) &&
    Object.entries(fields).every(([key, test]) => test((value as Record<string, unknown>)[key]));

const normalized = {
  mean: maybe(list(single)),
  std: maybe(list((value) => single(value) && (value as number) > 0)),
};

const properties = {
  vnnlib: record({ kind: text, sha256: hash, name: maybe(text) }),
  image: record({
    kind: text,
    label: whole,
    classes: whole,
    targets: maybe(list(whole)),
    epsilon: text,
    norm: is('linf', 'l2', 'l1'),
    range: (value) => list(text)(value) && (value as unknown[]).length === 2,
    ...normalized,
  }),
  box: record({ ...normalized, kind: text, conjunctions: list((value) => whole(value) && value !== 0) }),
} satisfies Record<PropertyFields['kind'], Test>;

const fields: Readonly<Record<keyof Metadata, Test>> = {
  format: is('certprune-certificate'),
  version: is(1),
  tool: text,
  statement: text,
  model: record({ sha256: hash, name: maybe(text) }),
  property: (value) => {
    const { kind } = Object(value) as PropertyFields;
    return Object.hasOwn(properties, kind) && properties[kind](value);
  },
  arithmetic: record({ float: is('none', 'float32', 'float16', 'bfloat16'), flush: is(true, false) }),
};

/** @throws CheckFailure not-a-certificate, version-unknown */
export function readMetadata(json: unknown): Metadata {
  let value: unknown;
  try {
    value = JSON.parse(String(json));
  } catch {
    throw new CheckFailure('not-a-certificate', 'Its metadata are no JSON.');
  }
  const { format, version } = Object(value) as Partial<Metadata>;
  if (format === 'certprune-certificate' && version !== 1)
    throw new CheckFailure('version-unknown', `Version ${version} of the format; 1 is known.`);
  const wrong = Object.entries(fields).find(
    ([key, test]) => !test((Object(value) as Record<string, unknown>)[key]),
  );
  if (wrong) throw new CheckFailure('not-a-certificate', `The field '${wrong[0]}' of its metadata.`);
  if (!record(fields)(value))
    throw new CheckFailure('not-a-certificate', 'Its metadata have fields too many.');
  return value as Metadata;
}
