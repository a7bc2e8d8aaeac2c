/** @file One question each about many images of one network, several side by side. */
import { join } from 'node:path';
import type { Answer, ImageQuestion, Limits } from './answer.ts';
import { overImages, type ImagesListener, type ImagesWork } from './overImages.ts';

export interface ImagesTask extends Omit<ImagesWork, 'clean'> {
  readonly question: (index: number) => ImageQuestion;
  /** Folder of the certificates of proofs, by index. */
  readonly certificates?: string;
}

export interface ImagesOptions extends ImagesListener {
  /** Called in the order of completion. Every answer has a prediction. */
  readonly onAnswer: (answer: Answer, index: number) => void | Promise<void>;
}

/** Limits under which the proof of an image is written down in a folder. */
export const withCertificates = (limits: Limits, folder: string | undefined, index: number): Limits =>
  folder === undefined
    ? limits
    : { ...limits, choices: { ...limits.choices, certificate: join(folder, `${index}.safetensors`) } };

/**
 * Answers every index. The time of an image begins when a process takes it up.
 * @throws as `overImages`
 */
export async function verifyImages(
  { question, certificates, ...work }: ImagesTask,
  { onAnswer, ...listener }: ImagesOptions,
): Promise<void> {
  await overImages({ ...work, clean: question }, listener, async ({ index, known, ask }) => {
    const asked = question(index);
    const told = asked.depth === 'clean' || (known.by === 'clean' && !asked.unsafe);
    await onAnswer(
      told ? known : await ask(asked, withCertificates(work.limits, certificates, index)),
      index,
    );
  });
}
