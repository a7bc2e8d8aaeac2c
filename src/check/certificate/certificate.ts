/** @file The file of a certificate: safetensors, the tensors of its property first, its proof last. */
import { CheckFailure } from '../failure.ts';
import { byteSource } from './byteSource.ts';
import { readMetadata, type Metadata } from './metadata.ts';
import { proofReader, type ProofReader } from './proofReader.ts';

/** Numbers of a property, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

export interface Certificate extends Metadata {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly proof: ProofReader;
}

/** Bytes of the head, and elements of a tensor beside the proof, at most. */
const maxHead = 1 << 20;
const maxElements = 1 << 23;

const sizes: Readonly<Record<string, number>> = { F32: 4, F64: 8, U8: 1 };

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function malformed(what: string): never {
  throw new CheckFailure('not-a-certificate', `Not a certificate: ${what}.`);
}

/** The tensors in the order of their bytes, which follow each other without a gap. */
function entriesOf(head: Record<string, unknown>): Entry[] {
  const entries = Object.entries(head).map(([name, value]): Entry => {
    const { dtype, shape, data_offsets: offsets } = Object(value) as Record<string, unknown>;
    if (typeof dtype !== 'string' || !Object.hasOwn(sizes, dtype)) malformed(`the element type of '${name}'`);
    if (!Array.isArray(shape) || !shape.every(isSize)) malformed(`the shape of '${name}'`);
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
      malformed(`the place of '${name}'`);
    const [begin, end] = offsets;
    const count = shape.reduce((product, size) => product * size, 1);
    if (count * sizes[dtype] !== end - begin) malformed(`'${name}' is not as long as its shape`);
    return { name, dtype, shape, begin, end };
  });
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  entries.forEach(({ name, begin }, i) => {
    if (begin !== (entries[i - 1]?.end ?? 0)) malformed(`a gap or an overlap before '${name}'`);
  });
  return entries;
}

/**
 * Reads a certificate up to its proof, which is read step by step.
 * @throws CheckFailure not-a-certificate, version-unknown, truncated
 */
export async function readCertificate(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Certificate> {
  const source = byteSource(chunks);
  const length = await source.decode((cursor) => cursor.u64());
  if (length > maxHead) malformed(`a head of ${length} bytes`);
  const bytes = await source.decode((cursor) => cursor.bytes(length));
  let head: unknown;
  try {
    head = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    malformed('its head is no JSON');
  }
  if (typeof head !== 'object' || head === null || Array.isArray(head))
    malformed('its head is no JSON object');
  const { __metadata__: strings, ...rest } = head as Record<string, unknown>;
  const metadata = readMetadata((Object(strings) as Record<string, unknown>)['certificate']);
  const entries = entriesOf(rest);
  const last = entries.pop();
  if (last?.name !== 'proof' || last.dtype !== 'U8') malformed('its last tensor is no proof');
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const count = (end - begin) / sizes[dtype];
    if (dtype === 'U8' || count > maxElements) malformed(`the tensor '${name}'`);
    const values = await source.decode((cursor) =>
      Float64Array.from({ length: count }, dtype === 'F32' ? cursor.f32 : cursor.f64),
    );
    if (!values.every(Number.isFinite))
      throw new CheckFailure('not-finite', `The tensor '${name}' has numbers that are not finite.`);
    tensors.set(name, { shape, values });
  }
  return { ...metadata, tensors, proof: proofReader(source, last.end - last.begin) };
}
