/** @file Limits of the command line, alone and over those of a configuration. */
import { choicesOf, given } from '../../run/verifyOptions/choices.ts';
import type { VerifyOptions } from '../../run/verifyOptions/table.ts';
import type { Limits } from '../../verify/files/answer.ts';

/** Time, memory, threads and the choices of the pipeline, as far as they are given. */
export const limitsOf = (options: VerifyOptions): Limits => ({
  ...given({
    timeoutSeconds: options.timeout,
    memoryBytes: options.memory,
    threads: options.threads,
  }),
  choices: choicesOf(options),
});

/** The limits of a configuration, where the command line does not say otherwise. */
export function withOptions(preset: Limits, asked: Limits): Limits {
  const choices = { ...preset.choices, ...asked.choices };
  return { ...preset, ...asked, choices };
}
