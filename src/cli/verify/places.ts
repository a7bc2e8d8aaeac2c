/** @file Where results and counterexamples go: checked and made before the work. */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openOutput, type OutputFile } from '../../formats/outputFile.ts';
import { makeFolder } from '../../formats/makeFolder.ts';
import { systemFault } from '../../formats/systemFault.ts';
import { UserError } from '../../formats/userError.ts';
import type { Answer, Limits } from '../../verify/files/answer.ts';
import { writeWitness } from '../../verify/files/witnessFiles.ts';

/** Makes the folder that an option names, if one is wanted. @throws UserError where it cannot be made */
export function makeFolderFor(option: string, path: string | undefined): void {
  if (path === undefined) return;
  try {
    makeFolder(path);
  } catch (error) {
    throw new UserError(`${option} ${path}: the folder cannot be made: ${systemFault(error)}.`);
  }
}

/** Opens `--results`. @throws UserError where nothing can be written there */
export function openResults(path: string | undefined): OutputFile | undefined {
  return path === undefined ? undefined : naming('--results', () => openOutput(path));
}

/**
 * The file of one counterexample: the path, or `counterexample.npy` in it where it is a folder or ends like one. Missing
 * folders are made.
 * @throws UserError where nothing can be written there
 */
export const witnessPlace = (path: string | undefined): string | undefined =>
  placeOf('--witness', path, 'counterexample.npy');

/** The file of one certificate: as `witnessPlace`. @throws UserError where nothing can be written there */
export const certificatePlace = (path: string | undefined): string | undefined =>
  placeOf('--certificate', path, 'certificate.safetensors');

/** Limits under which a proof is written down as a certificate. */
export const withCertificate = (limits: Limits, certificate: string | undefined): Limits =>
  certificate === undefined ? limits : { ...limits, choices: { ...limits.choices, certificate } };

function placeOf(option: string, path: string | undefined, name: string): string | undefined {
  if (path === undefined) return undefined;
  const isFolder = /[/\\]$/.test(path) || statSync(path, { throwIfNoEntry: false })?.isDirectory();
  const file = isFolder ? join(path, name) : path;
  makeFolderFor(option, dirname(file));
  // A pipe or a device is opened when there is something to write.
  if (!(statSync(file, { throwIfNoEntry: false })?.isFile() === false))
    naming(option, () => openOutput(file));
  return file;
}

/** Writes a counterexample where one was found and a path is given. @throws UserError where it cannot be written */
export function saveWitness(answer: Answer, path: string | undefined): void {
  const { witness } = answer;
  if (!witness || path === undefined) return;
  writeWitness(path, witness.input, answer.inputShape ?? [witness.input.length]);
}

function naming<T>(option: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${option}: ${error.message}`);
    throw error;
  }
}
