/** @file Checks a certificate: the hashes of what it speaks of, then its trees. */
import { readCertificate, type Certificate } from './certificate/certificate.ts';
import { sha256 } from './certificate/sha256.ts';
import type { CheckReport } from './contracts.ts';
import { CheckFailure } from './failure.ts';
import { readModel } from './files/readModel.ts';
import { compileGraph } from './graph/compile.ts';
import { propertyOf } from './property/fields.ts';
import { statementOf } from './statement.ts';
import { checkTrees, type TreeOptions } from './tree.ts';

async function requireHash(kind: 'model' | 'property', bytes: Uint8Array, wanted: string): Promise<void> {
  const found = await sha256(bytes);
  if (found !== wanted)
    throw new CheckFailure(
      `${kind}-hash`,
      `The certificate is of another ${kind}: SHA-256 ${wanted}, here ${found}.`,
    );
}

const aborted = (signal: AbortSignal | undefined): boolean => signal?.aborted ?? false;

/**
 * Whether a certificate is a proof of what it says about a model. It is read as it comes; memory does not grow with its
 * leaves.
 * @param certificate the bytes of the file, whole or in pieces
 * @param model the bytes of the ONNX file, not compressed
 * @param property the bytes of the VNN-LIB file, not compressed, where the certificate speaks of one
 * @returns a report in every case, whatever the bytes are
 * @throws the reason of `signal`, and errors of the source of the bytes
 */
export async function check(
  certificate: Uint8Array | AsyncIterable<Uint8Array>,
  model: Uint8Array,
  property?: Uint8Array,
  options: TreeOptions = {},
): Promise<CheckReport> {
  let read: Certificate | undefined;
  let statement = '';
  try {
    read = await readCertificate(certificate instanceof Uint8Array ? [certificate] : certificate);
    await requireHash('model', model, read.model.sha256);
    if (read.property.kind === 'vnnlib')
      await requireHash('property', property ?? new Uint8Array(), read.property.sha256);
    const asked = propertyOf(read, property && new TextDecoder().decode(property));
    const graph = compileGraph(readModel(model), asked.normalization);
    statement = statementOf(read, asked);
    const {
      float: held,
      leaves,
      worst,
    } = await checkTrees(graph, asked, read.arithmetic, read.proof, options);
    await read.proof.end();
    /* What is said of a format is about machines that may flush, too. */
    const float = read.arithmetic.flush ? held : 'none';
    return { result: 'proved', statement, arithmetic: { real: true, float }, leaves, worst };
  } catch (error) {
    if (!(error instanceof CheckFailure) || aborted(options.signal)) throw error;
    const { kind, message, outcome, place } = error;
    const nothing = { arithmetic: { real: false, float: 'none' as const }, leaves: 0, worst: Number.NaN };
    return { result: outcome, statement, ...nothing, failure: { kind, message, ...place } };
  }
}
