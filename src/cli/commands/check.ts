/** @file `certprune check`: certificates under the independent checker. */
import { availableParallelism } from 'node:os';
import { CommanderError, type Command } from 'commander';
import { UserError } from '../../formats/userError.ts';
import type { CliContext } from '../context.ts';
import { wholeNumber } from '../configOptions.ts';

interface CheckCommandOptions {
  readonly onnx?: string;
  readonly vnnlib?: string;
  readonly exact?: boolean;
  readonly threads?: string;
  readonly json?: boolean;
}

/** Adds `check`. */
export function addCheckCommand(program: Command, context: CliContext): void {
  program
    .command('check')
    .description('Check certificates of proofs, without the prover.')
    .argument('<files...>', 'certificates, or folders of them')
    .option('--onnx <file>', 'the model (default: beside the certificate, by name or hash)')
    .option('--vnnlib <file>', 'the property, where it is a VNN-LIB file (default: likewise)')
    .option('--exact', 'rational arithmetic, for networks of up to some 200 neurons')
    .option('--threads <n>', 'threads (default: one per core)')
    .option('--json', 'print the reports as JSON')
    .addHelpText(
      'after',
      `
Ends with 0 where every certificate is proved, 1 where one is rejected (no proof of what it says), 2 where one
could not be checked: a file is missing, or the checker does not know an operator. docs/certificates.md says
what is proved, what has to be trusted, and how the files are made up.

Examples:
  certprune check prop_1.safetensors
  certprune check proof.safetensors --onnx net.onnx --vnnlib prop_1.vnnlib
  certprune check runs/a/verify/00.certificates --json`,
    )
    .exitOverride((error) => {
      throw new CommanderError(error.exitCode === 0 ? 0 : 2, error.code, error.message);
    })
    .action((files: string[], options: CheckCommandOptions) => checkCommand(files, options, context));
}

/** Ends the command with a code, everything being said. */
const end = (code: number): never => {
  throw new CommanderError(code, 'certprune.check', '');
};

async function checkCommand(
  paths: readonly string[],
  { onnx, vnnlib, exact = false, threads, json = false }: CheckCommandOptions,
  context: CliContext,
): Promise<void> {
  const [
    { certificatesOf },
    { checkAll },
    texts,
    { liveRegion, streamTarget },
    { formatCount, formatDuration },
  ] = await Promise.all([
    import('../check/places.ts'),
    import('../check/checkAll.ts'),
    import('../check/reportText.ts'),
    import('../liveRegion.ts'),
    import('../format.ts'),
  ]);
  const signal = context.interruptible();
  const live = liveRegion(streamTarget(context.progressStream));
  const start = performance.now();
  try {
    const files = certificatesOf(paths);
    let done = 0;
    const shares = new Map<string, number>();
    const reports = await checkAll(files, {
      onnx,
      vnnlib,
      exact,
      signal,
      threads: threads === undefined ? availableParallelism() : wholeNumber('--threads', threads, 1),
      onProgress(file, leaves, share) {
        shares.set(file, share);
        const seconds = (performance.now() - start) / 1000;
        if (seconds < 1 || !live.isDue()) return;
        const whole = (done + [...shares.values()].reduce((a, b) => a + b, 0)) / files.length;
        const left = seconds * (1 / Math.max(whole, 1e-9) - 1);
        const about = whole > 0.02 && whole < 1 ? `, about ${formatDuration(Math.max(1, left))} left` : '';
        const which = files.length > 1 ? `${done + 1}/${files.length}  ` : '';
        live.draw([`${which}${(100 * whole).toFixed(0)} %${about}  ${file}: ${formatCount(leaves)} leaves`]);
      },
      onReport(report) {
        done++;
        shares.delete(report.file);
        if (!json) context.out(files.length > 1 ? texts.shortText(report) : texts.reportText(report));
      },
    });
    live.clear();
    if (json) context.out(JSON.stringify(reports, null, 2));
    else if (files.length > 1) context.out(texts.summaryText(reports));
    const all = new Set(reports.map(({ result }) => result));
    if (all.has('rejected')) end(1);
    if (all.size > 1 || !all.has('proved')) end(2);
  } catch (error) {
    live.clear();
    if (!(error instanceof UserError)) throw error;
    context.say(`certprune: ${error.message}`);
    end(2);
  }
}
