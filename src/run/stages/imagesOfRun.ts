/** @file A run's test images, and the limits under which its states are asked about them. */
import { imageCount, pixelsOf } from '../../data/dataset.ts';
import type { Limits } from '../../verify/files/answer.ts';
import type { LabelledImages } from '../../verify/files/images.ts';
import { defaultMemoryBytes } from '../../verify/files/limits.ts';
import type { RunConfig } from '../config/schema.ts';
import { runChoices } from '../verifyOptions/runChoices.ts';
import type { RunData } from './setting.ts';

/** The test images by number. */
export const imagesOfRun = ({ test }: Pick<RunData, 'test'>): LabelledImages => ({
  count: imageCount(test),
  shape: test.shape,
  domain: test.domain,
  pixels: (index) => pixelsOf(test, index),
  label: (index) => test.labels[index],
  name: (index) => `test image ${index}`,
});

/** Limits of one image; it has one thread. */
export function limitsOfRun(config: RunConfig): Limits {
  const { timeout, memory } = config.verify;
  return {
    timeoutSeconds: timeout,
    // The configuration's memory is the search's; the network and its programs come beside it.
    memoryBytes: defaultMemoryBytes + memory,
    threads: 1,
    choices: { ...runChoices(config), memoryBytes: memory },
  };
}
