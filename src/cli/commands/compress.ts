/** @file `certprune compress`: a trained state without its pruned and dead channels. */
import type { Command } from 'commander';
import { UserError } from '../../formats/userError.ts';
import type { CliContext } from '../context.ts';
import { addStateOptions, chooseState, type StateOptions } from '../configOptions.ts';

interface CompressCommandOptions extends StateOptions {
  readonly out?: string;
  readonly images: string;
  readonly json?: true;
}

/** How far outputs may move: rounding of single precision. */
const tolerance = 1e-5;

/** Adds `compress`. */
export function addCompressCommand(program: Command, context: CliContext): void {
  addStateOptions(program.command('compress'))
    .description('Remove pruned and dead channels of a trained state for good: the same function, smaller.')
    .option(
      '-o, --out <file>',
      'where to write the ONNX file (default: states/NN/compressed.onnx in the run)',
    )
    .option('--images <n>', 'random images on which both networks must agree', '1000')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Both networks run in plain ONNX Runtime on random images; nothing is written where they disagree by more than
${tolerance} (relative to the largest output, where that exceeds 1).

Examples:
  certprune compress runs/mine
  certprune compress mine --state 3 --keep-bn --out small.onnx --json`,
    )
    .action(async (run: string, options: CompressCommandOptions) => compressState(run, options, context));
}

async function compressState(
  run: string,
  options: CompressCommandOptions,
  context: CliContext,
): Promise<void> {
  const images = Number(options.images);
  if (!Number.isInteger(images) || images < 1)
    throw new UserError(`--images ${options.images}: expected a whole number of images.`);
  const chosen = await chooseState(run, options);
  const [
    { compress },
    { compareOutputs, measureLatency },
    { exportNetwork },
    { createRng },
    { runPaths },
    { join },
    { compressAdvice },
    { exportFacts },
  ] = await Promise.all([
    import('../../prune/compress.ts'),
    import('../../prune/runtimeComparison.ts'),
    import('../../nn/exportNetwork.ts'),
    import('../../data/rng.ts'),
    import('../../run/paths.ts'),
    import('node:path'),
    import('../../prune/compressAdvice.ts'),
    import('../../run/exportFacts.ts'),
  ]);
  const small = compress(chosen, { keepBatchNorm: options.keepBn === true });
  const rng = createRng(chosen.seed).fork('compress');
  const { difference, largest } = await compareOutputs(chosen, small, images, rng);
  if (!(difference <= tolerance * Math.max(1, largest)))
    throw new UserError(
      `The compressed network differs by ${difference} from state ${chosen.state} on random images ` +
        `(outputs up to ${largest.toFixed(1)}); nothing was written.`,
    );
  const file = options.out ?? join(runPaths(chosen.directory).state(chosen.state).folder, 'compressed.onnx');
  exportNetwork(small, 'onnx', file, { facts: exportFacts({ ...chosen, which: options.which }, true) });
  const advice = compressAdvice(chosen, small);
  const report = {
    state: chosen.state,
    file,
    images,
    difference,
    before: { ...small.before, latencySeconds: await measureLatency(chosen) },
    after: { ...small.after, latencySeconds: await measureLatency(small) },
    dropped: Object.fromEntries(Object.entries(small.dropped).map(([name, list]) => [name, list.length])),
    ...(advice.length > 0 && { advice }),
  };
  if (options.json) return context.out(JSON.stringify(report, null, 2));
  const [{ renderTable, wrapped }, { formatBytes, formatCount }] = await Promise.all([
    import('../table.ts'),
    import('../format.ts'),
  ]);
  const { before, after } = report;
  type Row = readonly [title: string, a: number, b: number, text: (value: number) => string];
  const table = renderTable<Row>(
    [
      ['', ([title]) => title],
      ['before', ([, a, , text]) => text(a), 'right'],
      ['after', ([, , b, text]) => text(b), 'right'],
      ['ratio', ([, a, b]) => (a === 0 ? '–' : `${(b / a).toFixed(3)}×`), 'right'],
    ],
    [
      ['parameters', before.parameters, after.parameters, formatCount],
      ['not zero', before.nonzero, after.nonzero, formatCount],
      ['multiplications', before.macs, after.macs, formatCount],
      ['… not by 0', before.nonzeroMacs, after.nonzeroMacs, formatCount],
      ['memory', before.bytes, after.bytes, formatBytes],
      ['latency', before.latencySeconds, after.latencySeconds, (s) => `${(1e3 * s).toFixed(2)} ms`],
    ],
  );
  const gone = Object.values(report.dropped).reduce((n, v) => n + v, 0);
  context.out(
    `State ${chosen.state}: ${gone} channels removed; outputs agree to ${difference.toExponential(1)}.`,
  );
  context.out(`\n${table}\n`);
  for (const sentence of advice) context.out(wrapped(sentence, 80, ''));
  context.out(`Written: ${file}`);
}
