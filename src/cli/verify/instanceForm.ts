/** @file `certprune verify --onnx M --vnnlib S`: one instance. */
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { errorOf } from '../../verify/files/errorOf.ts';
import { steadyClock } from '../../verify/steadyClock.ts';
import { resultsText } from '../../verify/files/resultsText.ts';
import { verifyInstance } from '../../verify/files/verifyInstance.ts';
import type { Answer, Limits } from '../../verify/files/answer.ts';
import type { CliContext } from '../context.ts';
import { streamTarget } from '../progress.ts';
import { answerJson, detailsOf } from './answerText.ts';
import { liveLine, silentLine } from './liveLine.ts';
import { limitsOf, requireWritable, withOptions, type VerifyOptions } from './options.ts';

/** Decides one instance; the word goes to stdout, the rest to stderr. */
export async function verifyInstanceForm(
  files: { readonly onnx: string; readonly vnnlib: string },
  options: VerifyOptions,
  context: CliContext,
  preset: Limits = {},
): Promise<void> {
  const limits = withOptions(preset, await limitsOf(options));
  requireWritable('--results', options.results);
  requireWritable('--witness', options.witness);
  const signal = context.interruptible();
  const quiet = options.quiet === true || options.json === true;
  const live = quiet ? silentLine : liveLine(streamTarget(context.progressStream));
  // The start of this process counts as well.
  const startedAt = context.startedAt;
  let answer: Answer;
  try {
    answer = await verifyInstance(
      { ...files, ...limits, startedAt },
      {
        signal,
        onProgress(progress) {
          const elapsed = (steadyClock() - startedAt) / 1000;
          live.show(
            progress,
            limits.timeoutSeconds === undefined ? undefined : limits.timeoutSeconds - elapsed,
          );
        },
      },
    );
  } finally {
    live.clear();
  }
  if (options.results !== undefined) writeFileAtomic(options.results, resultsText(answer));
  await saveWitness(answer, options.witness);
  if (options.json) context.out(JSON.stringify(answerJson(answer), null, 2));
  if (answer.result === 'error') throw errorOf(answer);
  if (options.json) return;
  context.out(answer.result);
  if (!quiet) context.say(detailsOf(answer));
}

/** Writes a counterexample where one was found and a path is given. */
export async function saveWitness(answer: Answer, path: string | undefined): Promise<void> {
  const { witness } = answer;
  if (!witness || path === undefined) return;
  const { writeWitness } = await import('../../verify/files/witnessFiles.ts');
  writeWitness(path, witness.input, answer.inputShape ?? [witness.input.length]);
}
