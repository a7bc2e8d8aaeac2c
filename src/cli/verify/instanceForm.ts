/** @file `certprune verify --onnx M --vnnlib S`: one instance. */
import { errorOf, requireWritten } from '../../verify/files/errorOf.ts';
import { defaultTimeoutSeconds } from '../../verify/files/limits.ts';
import { resultsText } from '../../verify/files/resultsText.ts';
import { verifyInstance } from '../../verify/files/verifyInstance.ts';
import { steadyClock } from '../../verify/steadyClock.ts';
import type { Answer, Limits } from '../../verify/files/answer.ts';
import type { CliContext } from '../context.ts';
import { streamTarget } from '../liveRegion.ts';
import { answerJson, detailsOf } from './answerText.ts';
import { later } from './later.ts';
import { liveLine, silentLine } from './liveLine.ts';
import type { VerifyOptions } from '../../run/verifyOptions/table.ts';
import { limitsOf, withOptions } from './limits.ts';
import { requireEffect } from './options.ts';
import { certificatePlace, openResults, saveWitness, withCertificate, witnessPlace } from './places.ts';

/** Decides one instance; the word goes to stdout, the rest to stderr. */
export async function verifyInstanceForm(
  files: { readonly onnx: string; readonly vnnlib: string },
  options: VerifyOptions,
  context: CliContext,
  preset: Limits = {},
): Promise<void> {
  const limits = withOptions({ timeoutSeconds: defaultTimeoutSeconds, ...preset }, limitsOf(options));
  requireEffect(options, 'complete', limits.choices?.method);
  const { timeoutSeconds = Infinity } = limits;
  const results = openResults(options.results);
  const witness = witnessPlace(options.witness);
  const certificate = certificatePlace(options.certificate);
  const signal = context.interruptible();
  const quiet = options.quiet === true || options.json === true;
  const live = quiet ? silentLine : liveLine(streamTarget(context.progressStream));
  // The start of this process counts as well.
  const startedAt = context.startedAt;
  let answer: Answer;
  try {
    answer = await verifyInstance(
      { ...withCertificate(limits, certificate), ...files, startedAt },
      {
        signal,
        onProgress(progress) {
          live.show(progress, timeoutSeconds - (steadyClock() - startedAt) / 1000);
        },
      },
    );
  } finally {
    live.clear();
  }
  // The verdict first: whatever fails behind it cannot take it away.
  if (options.json) context.out(JSON.stringify({ ...answerJson(answer), ...limitsJson(limits) }, null, 2));
  else if (answer.result !== 'error') {
    context.out(answer.result);
    if (!quiet) context.say(detailsOf(answer));
    if (!quiet && answer.remark !== undefined) context.say(answer.remark);
  }
  const failures = later();
  failures.attempt(() => results?.write(resultsText(answer)));
  failures.attempt(() => saveWitness(answer, witness));
  failures.attempt(() => requireWritten(answer));
  if (answer.result === 'error') throw errorOf(answer);
  failures.raise();
}

/** The limits that were used; what is not limited is null. */
export const limitsJson = ({ timeoutSeconds = Infinity }: Limits): { timeoutSeconds: number | null } => ({
  timeoutSeconds: Number.isFinite(timeoutSeconds) ? timeoutSeconds : null,
});
