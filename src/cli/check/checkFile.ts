/** @file Checks one certificate, or a part of its leaves, with the files that it speaks of. */
import { createReadStream } from 'node:fs';
import { readCertificate } from '../../check/certificate/certificate.ts';
import { check } from '../../check/check.ts';
import type { CheckReport } from '../../check/contracts.ts';
import { CheckFailure } from '../../check/failure.ts';
import { UserError } from '../../formats/userError.ts';
import { systemFault } from '../../formats/systemFault.ts';
import { contentOf, findBeside } from './places.ts';

/** What a thread is asked for. */
export interface CheckTask {
  readonly certificate: string;
  readonly onnx: string | undefined;
  readonly vnnlib: string | undefined;
  readonly exact: boolean;
  /** Every `of`-th group of leaves, from the `at`-th on. */
  readonly part: { readonly at: number; readonly of: number };
}

/** The head of a certificate; undefined where it has none that can be read. */
async function headOf(path: string): Promise<Awaited<ReturnType<typeof readCertificate>> | undefined> {
  const stream = createReadStream(path, { end: 1 << 27 });
  try {
    return await readCertificate(stream);
  } catch (error) {
    if (error instanceof CheckFailure) return undefined;
    throw new UserError(`${path}: ${systemFault(error)}.`);
  } finally {
    stream.destroy();
  }
}

/** @throws UserError where a file is missing or unreadable */
export async function checkFile(
  { certificate, onnx, vnnlib, exact, part }: CheckTask,
  onProgress: (leaves: number, share: number) => void,
): Promise<CheckReport> {
  const head = await headOf(certificate);
  const beside = async (
    what: 'model' | 'property',
    given: string | undefined,
    option: string,
    ending: RegExp,
  ): Promise<Uint8Array | undefined> => {
    if (given !== undefined) return contentOf(given, what);
    const sought = head?.[what];
    if (sought === undefined || !('sha256' in sought)) return undefined;
    return findBeside(certificate, { what, name: sought.name, sha256: sought.sha256, option, ending });
  };
  const model = await beside('model', onnx, '--onnx', /\.onnx(\.gz)?$/);
  const property = await beside('property', vnnlib, '--vnnlib', /\.vnnlib(\.gz)?$/);
  const none = new Uint8Array();
  return check(createReadStream(certificate), model ?? none, property, { onProgress, exact, part });
}
