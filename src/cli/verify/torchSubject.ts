/** @file What is said of PyTorch weights before they are verified. */
import { readTorchNetwork } from '../../nn/import/torch.ts';
import { models } from '../../nn/zoo/models.ts';
import type { Subject } from '../../verify/files/subject.ts';

/**
 * Reads the weights once and says what was read off or assumed: the architecture where it was not named, the
 * normalisation where none was given.
 * @param normalized the question brings the normalisation, so that neither model nor file has one
 * @throws UserError where the architecture cannot be told, before any process is started
 */
export function toldSubject(subject: Subject, normalized: boolean, say: (note: string) => void): Subject {
  if (subject.kind !== 'torch') return subject;
  const { path } = subject;
  const choices = { ...subject.choices, ...(normalized && { normalization: 'none' as const }) };
  const { network, notes } = readTorchNetwork(path, choices);
  for (const note of notes) say(`${path}: ${note}`);
  // The processes that verify need not look for it again.
  const model = choices.model ?? (models.has(network.name) ? network.name : undefined);
  return { kind: 'torch', path, choices: { ...choices, ...(model !== undefined && { model }) } };
}
