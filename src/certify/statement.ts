/** @file What a certificate says: a question in the checker's words, and its proof confirmed and written down. */
import type { Tensor } from '../check/certificate/certificate.ts';
import type { Metadata, PropertyFields } from '../check/certificate/metadata.ts';
import { sha256 } from '../check/certificate/sha256.ts';
import { CheckFailure } from '../check/failure.ts';
import { propertyOf } from '../check/property/fields.ts';
import type { Property } from '../check/property/property.ts';
import { readVnnlib } from '../check/property/vnnlib.ts';
import { openCheck } from '../check/session.ts';
import { UserError } from '../formats/userError.ts';
import { certify, unchecked, type Certified, type CertifyTask } from './certify.ts';
import { certificateWriter } from './certificateWriter.ts';
import type { CheckedModel } from './checkedModel.ts';
import { formatFor, type FloatFormat } from './formats.ts';
import type { RecordedRow } from './record.ts';

/** What the network is given instead of pixels: (x − mean)/std, one number each or one a channel. */
interface Normalized {
  readonly normalization?: { readonly mean: readonly number[]; readonly std: readonly number[] };
}

/** A question as certificates hold it. */
export type Statement =
  /** The property of a .vnnlib file. */
  | { readonly kind: 'vnnlib'; readonly text: string; readonly name?: string }
  /** A box of the model's inputs, or of pixels. */
  | ({
      readonly kind: 'box';
      readonly lower: Float64Array;
      readonly upper: Float64Array;
      readonly unsafe: readonly (readonly RecordedRow[])[];
    } & Normalized)
  /** An image that keeps its label within a distance, in raw pixels 0..1. */
  | ({
      readonly kind: 'image';
      readonly image: Float32Array;
      readonly label: number;
      readonly classes: number;
      readonly epsilon: number;
      readonly norm: 'inf' | 1 | 2;
      readonly targets: 'all' | readonly number[];
    } & Normalized);

export interface StatementTask extends Pick<
  CertifyTask,
  'machine' | 'toBounded' | 'records' | 'limits' | 'signal' | 'onProgress'
> {
  readonly model: CheckedModel;
  /** The format that is claimed beside the reals; default: as declared, else float32. */
  readonly format?: FloatFormat | undefined;
  /** Where the certificate is written. */
  readonly certificate?: string;
}

/** A property as a certificate has it. */
export interface StatedProperty {
  readonly fields: PropertyFields;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

const tensor = (shape: readonly number[], values: ArrayLike<number>): Tensor => ({
  shape,
  values: Float64Array.from(values),
});

/** The type that a .vnnlib file declares its numbers to be of; undefined where it declares none, or is not understood. */
export function declaredIn(text: string): string | undefined {
  try {
    return readVnnlib(text).declared;
  } catch (error) {
    if (!(error instanceof CheckFailure)) throw error;
    return undefined;
  }
}

async function stated(statement: Statement): Promise<StatedProperty> {
  if (statement.kind === 'vnnlib') {
    const { text, name } = statement;
    const hash = await sha256(new TextEncoder().encode(text));
    return {
      fields: { kind: 'vnnlib', sha256: hash, ...(name !== undefined && { name }) },
      tensors: new Map(),
    };
  }
  const { normalization } = statement;
  const normalized = normalization && {
    mean: normalization.mean.map(Math.fround),
    std: normalization.std.map(Math.fround),
  };
  if (statement.kind === 'image') {
    const { image, label, classes, epsilon, norm, targets } = statement;
    return {
      fields: {
        kind: 'image',
        label,
        classes,
        ...(targets !== 'all' && { targets }),
        epsilon: String(epsilon),
        norm: norm === 'inf' ? 'linf' : `l${norm}`,
        range: ['0', '1'],
        ...normalized,
      },
      tensors: new Map([['image', tensor([image.length], image)]]),
    };
  }
  const { lower, upper, unsafe } = statement;
  const rows = unsafe.flat();
  return {
    fields: { kind: 'box', conjunctions: unsafe.map(({ length }) => length), ...normalized },
    tensors: new Map([
      ['lower', tensor([lower.length], lower)],
      ['upper', tensor([upper.length], upper)],
      [
        'rows',
        tensor(
          [rows.length, rows[0].coefficients.length],
          rows.flatMap(({ coefficients }) => Array.from(coefficients)),
        ),
      ],
      [
        'bounds',
        tensor(
          [rows.length],
          rows.map(({ bound }) => bound),
        ),
      ],
    ]),
  };
}

/** What is proved, for people. */
function wordsOf(statement: Statement): string {
  switch (statement.kind) {
    case 'vnnlib':
      return `The property ${statement.name ?? ''} holds for the model.`;
    case 'image': {
      const { label, epsilon, norm, targets } = statement;
      const others = targets === 'all' ? 'every other output' : `output ${targets.join(', ')}`;
      const place = `within ${epsilon} of the image (l${norm}) with pixels in 0..1`;
      return `For every input ${place}, output ${label} is greater than ${others}.`;
    }
    case 'box':
      return 'No input of the box has outputs that meet all rows of one of the conjunctions.';
  }
}

/** From the property's inputs to those of the network as the search was asked about it. */
function toNetwork({ normalization }: Property): (x: Float64Array) => Float64Array {
  if (!normalization) return (x) => x;
  const { mean, std } = normalization;
  const of = (values: readonly number[], i: number, size: number): number =>
    values[Math.floor((i * values.length) / size)];
  return (x) => x.map((v, i) => (v - of(mean, i, x.length)) / of(std, i, x.length));
}

/**
 * Confirms the proof of a statement, and writes its certificate where one is wanted.
 * @throws as `certify`
 */
export const certifyStatement = (statement: Statement, task: StatementTask): Promise<Certified> =>
  confirmStatement(statement, task).catch(unchecked);

/** The message of the UserError that some work ends with: a proof stands, wherever its file is. */
export function faultOf(work: () => void): string | undefined {
  try {
    work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
  return undefined;
}

async function confirmStatement(statement: Statement, task: StatementTask): Promise<Certified> {
  const { model, certificate, toBounded } = task;
  const { fields, tensors } = await stated(statement);
  const property = propertyOf(
    { property: fields, tensors },
    statement.kind === 'vnnlib' ? statement.text : undefined,
  );
  const toOwn = toNetwork(property);
  const writer = certificate === undefined ? undefined : certificateWriter();
  try {
    const found = await certify({
      ...task,
      ...formatFor(property.declared, task.format),
      property,
      toNetwork: toOwn,
      toBounded: (x) => toBounded(toOwn(x)),
      open: (set, float, checkpoint) =>
        openCheck(model.graph(property.normalization), set, { float, flush: true }, { checkpoint }),
      begin: writer?.begin,
      beginSet: writer?.beginSet,
      emit: writer?.emit,
    });
    if (found.kind !== 'yes') return found;
    if (writer) {
      const { bytes, name } = model;
      const metadata: Metadata = {
        format: 'certprune-certificate',
        version: 1,
        tool: 'certprune',
        statement: wordsOf(statement),
        model: { sha256: await sha256(bytes), ...(name !== undefined && { name }) },
        property: fields,
        arithmetic: { float: found.asked, flush: true },
      };
      const unwritten = faultOf(() => writer.write(certificate!, metadata, tensors));
      if (unwritten !== undefined) return { ...found, unwritten };
    }
    return found;
  } finally {
    writer?.close();
  }
}
