/** @file What a certificate says of itself, the JSON in its file's head, and what JSON has to be like. */
import type { Arithmetic } from '../contracts.ts';
import { CheckFailure } from '../failure.ts';

/** Whether a value is of a type. */
type Is<T> = (value: unknown) => value is T;
type Fields = Readonly<Record<string, Is<unknown>>>;
type Of<F extends Fields> = { readonly [K in keyof F]: F[K] extends Is<infer T> ? T : never };

const test =
  <T>(holds: (value: T) => boolean): Is<T> =>
  (value): value is T =>
    holds(value as T);
export const oneOf = <const T extends readonly unknown[]>(...values: T): Is<T[number]> =>
  test((value) => values.includes(value));
export const list = <T>(is: Is<T>, least = 1, most = Infinity): Is<readonly T[]> =>
  test((value) => Array.isArray(value) && value.length >= least && value.length <= most && value.every(is));
/** Has these fields, perhaps some others, and no more. */
export const record = <F extends Fields, O extends Fields>(
  fields: F,
  optional: O,
): Is<Of<F> & Partial<Of<O>>> =>
  test<Of<F> & Partial<Of<O>>>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      Object.entries(value).every(([key, own]) =>
        Object.hasOwn(fields, key) ? fields[key](own) : Object.hasOwn(optional, key) && optional[key](own),
      ) &&
      Object.keys(fields).every((key) => Object.hasOwn(value, key)),
  );
export const whole: Is<number> = test((value) => Number.isSafeInteger(value) && value >= 0);
const text: Is<string> = test((value) => typeof value === 'string' && value.length <= 10_000);
const hash: Is<string> = test((value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value));
const single: Is<number> = test((value) => Number.isFinite(value) && Math.fround(value) === value);

/** What the model is given is (x − mean) / std; f32 numbers, one or one a channel. */
const normalized = { mean: list(single), std: list(test<number>((value) => single(value) && value > 0)) };

const vnnlib = record({ kind: oneOf('vnnlib'), sha256: hash }, { name: text });
/** Tensor `image`. All classes but `label` are targets, unless they are listed. Decimals, or quotients such as `2/255`, are texts. */
const image = record(
  {
    kind: oneOf('image'),
    label: whole,
    classes: whole,
    epsilon: text,
    norm: oneOf('linf', 'l2', 'l1'),
    range: list(text, 2, 2),
  },
  { targets: list(whole), ...normalized },
);
/** Tensors `lower`, `upper`, `rows`, `bounds`; how many of the rows each conjunction has. */
const conjunctions = list(test<number>((value) => whole(value) && value > 0));
const box = record({ kind: oneOf('box'), conjunctions }, normalized);

type TypeOf<I> = I extends Is<infer T> ? T : never;
/** The property by the hash of its file, or by its fields beside the tensors of the certificate. */
export type PropertyFields = TypeOf<typeof vnnlib> | TypeOf<typeof image> | TypeOf<typeof box>;

const fields = {
  format: oneOf('certprune-certificate'),
  version: oneOf(1),
  /** Who made it. */
  tool: text,
  /** What is proved, in words; the checker says it in words of its own. */
  statement: text,
  model: record({ sha256: hash }, { name: text }),
  property: test<PropertyFields>((value) => vnnlib(value) || image(value) || box(value)),
  arithmetic: record(
    { float: oneOf('none', 'float32', 'float16', 'bfloat16'), flush: oneOf(true, false) },
    {},
  ) satisfies Is<Arithmetic>,
};

export type Metadata = Of<typeof fields>;

/** @throws CheckFailure not-a-certificate, version-unknown */
export function readMetadata(json: unknown): Metadata {
  let value: Readonly<Record<string, unknown>>;
  try {
    value = Object(JSON.parse(String(json)));
  } catch {
    throw new CheckFailure('not-a-certificate', 'Its metadata are no JSON.');
  }
  if (fields.format(value['format']) && !fields.version(value['version']))
    throw new CheckFailure('version-unknown', `Version ${value['version']} of the format; 1 is known.`);
  const wrong = Object.entries<Is<unknown>>(fields).find(([key, is]) => !is(value[key]))?.[0];
  if (wrong !== undefined || !record(fields, {})(value))
    throw new CheckFailure('not-a-certificate', `Its metadata: ${wrong ?? 'fields too many'}.`);
  return value;
}
