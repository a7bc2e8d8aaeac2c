/** @file The file of a certificate: safetensors, the tensors of its property first, its proof last. */
import { CheckFailure } from '../failure.ts';
import { byteSource } from './byteSource.ts';
import { list, oneOf, readMetadata, record, whole, type Metadata } from './metadata.ts';
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

const sizes = { F32: 4, F64: 8, U8: 1 };
const isEntry = record(
  { dtype: oneOf('F32', 'F64', 'U8'), shape: list(whole, 0), data_offsets: list(whole, 2, 2) },
  {},
);

function malformed(what: string): never {
  throw new CheckFailure('not-a-certificate', `Not a certificate: ${what}.`);
}

/** The object that a JSON text is, or an empty one. */
function objectOf(bytes: DataView): Record<string, unknown> {
  try {
    return { ...JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return malformed('its head is no JSON');
  }
}

/**
 * Reads a certificate up to its proof, which is read step by step. Tensors follow each other without a gap.
 * @throws CheckFailure not-a-certificate, version-unknown, truncated
 */
export async function readCertificate(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Certificate> {
  const source = byteSource(chunks);
  const length = await source.decode((cursor) => Number(cursor.view(8).getBigUint64(0, true)));
  if (length > maxHead) malformed(`a head of ${length} bytes`);
  const head = await source.decode((cursor) => objectOf(cursor.view(length)));
  const { __metadata__: strings, ...rest } = head;
  const metadata = readMetadata(Object(strings)['certificate']);
  const entries = Object.entries(rest).map(([name, value]) => {
    if (!isEntry(value)) return malformed(`the entry of the tensor '${name}'`);
    const { dtype, shape, data_offsets } = value;
    const [begin, end] = data_offsets;
    const count = shape.reduce((product, size) => product * size, 1);
    if (count * sizes[dtype] !== end - begin) malformed(`'${name}' is not as long as its shape`);
    return { name, dtype, shape, begin, end, count };
  });
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  entries.forEach(({ name, begin }, i) => {
    if (begin !== (entries[i - 1]?.end ?? 0)) malformed(`a gap or an overlap before '${name}'`);
  });
  const last = entries.pop();
  if (last?.name !== 'proof' || last.dtype !== 'U8') malformed('its last tensor is no proof');
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, count } of entries) {
    if (dtype === 'U8' || count > maxElements) malformed(`the tensor '${name}'`);
    const values = await source.decode((cursor) => {
      const view = cursor.view(count * sizes[dtype]);
      return new Float64Array(count).map((_, i) =>
        dtype === 'F32' ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true),
      );
    });
    if (!values.every(Number.isFinite))
      throw new CheckFailure('not-finite', `The tensor '${name}' has numbers that are not finite.`);
    tensors.set(name, { shape, values });
  }
  return { ...metadata, tensors, proof: proofReader(source, last.count) };
}
