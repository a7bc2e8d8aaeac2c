/** @file One instance as VNN-COMP has them: a model, a property, a time limit. */
import type { Answer, Limits } from './answer.ts';
import { verifyingProcess, type AskOptions } from './verifyingProcess.ts';

/** An instance and what bounds the work on it. */
export interface Instance extends Limits {
  /** Path of a .onnx or .onnx.gz file. */
  readonly onnx: string;
  /** Path of a .vnnlib or .vnnlib.gz file. */
  readonly vnnlib: string;
}

/**
 * Decides an instance in a process of its own, within its limits: everything counts, from reading the files on.
 * Faults of the files are answers too (`error`).
 * @throws the signal's reason
 */
export async function verifyInstance(
  { onnx, vnnlib, ...limits }: Instance,
  options: AskOptions = {},
): Promise<Answer> {
  const process = verifyingProcess();
  try {
    return await process.ask(
      { subject: { kind: 'onnx', path: onnx }, question: { kind: 'vnnlib', path: vnnlib }, limits },
      options,
    );
  } finally {
    process.close();
  }
}
