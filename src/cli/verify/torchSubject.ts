/** @file What is said of PyTorch weights before they are verified. */
import { readTorchNetwork } from '../../nn/import/torch.ts';
import type { Subject } from '../../verify/files/subject.ts';

/**
 * Reads the weights once and says what was read off or assumed: the architecture where it was not named, the
 * normalisation where none was given.
 * @param normalized the question brings the normalisation, so that neither model nor file has one
 * @throws UserError where the architecture cannot be told, before any process is started
 */
export function toldSubject(subject: Subject, normalized: boolean, say: (note: string) => void): Subject {
  if (subject.kind !== 'torch') return subject;
  const { path, choices } = subject;
  const told: Subject = {
    kind: 'torch',
    path,
    choices: { ...choices, ...(normalized && { normalization: 'none' }) },
  };
  for (const note of readTorchNetwork(path, told.choices).notes) say(`${path}: ${note}`);
  return told;
}
