/** @file `certprune verify --pth FOLDER --dataset D`: the same images for every checkpoint of a folder. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { formatCsv } from '../../formats/csv.ts';
import { systemFault } from '../../formats/systemFault.ts';
import { UserError } from '../../formats/userError.ts';
import { readTorchNetwork } from '../../nn/import/torch.ts';
import { weightsLeft } from '../../nn/weightsLeft.ts';
import { verifyOpen } from '../../run/verifyState.ts';
import { countRows, type ImageCounts } from '../../run/verdictCounts.ts';
import type { CliContext } from '../context.ts';
import { formatShare } from '../format.ts';
import { renderTable } from '../table.ts';
import { threadsFor, type ImagesRequest } from './imageQuestion.ts';
import { csvRow, imagesCsv, type ImageVerdict } from './imageRows.ts';
import { answerImages, imagesRequest, type ImagesPreset } from './imagesForm.ts';
import { sameCommand } from '../work.ts';
import { keptVerdicts, nothingKept } from './keptVerdicts.ts';
import { later } from './later.ts';
import type { VerifyOptions } from '../../run/verifyOptions/table.ts';
import { makeFolderFor } from './places.ts';

/** Endings of PyTorch's files, the original study's `.model` among them. */
const checkpointEnding = /\.(model|pth|pt|tar|ckpt)$/;

/** What was found for one checkpoint, or why nothing was. */
interface CheckpointCounts extends Omit<ImageCounts, 'pgd'> {
  readonly checkpoint: string;
  /** Share of the convolutions' weights that are not zero. */
  readonly weights: number;
  /** Images that are classified right and that the attack left standing; undefined where it was not asked. */
  readonly pgd?: number;
  readonly seconds: number;
  readonly error?: string;
}

/** The checkpoints of a folder whose name holds the word, sorted: of a run of the original study that is by state. */
export function checkpointsOf(folder: string, word: string): string[] {
  const all = namesIn(folder).filter((name) => checkpointEnding.test(name));
  const found = all.filter((name) => name.includes(word)).sort();
  if (found.length > 0) return found;
  throw new UserError(
    all.length === 0
      ? `${folder}: there are no checkpoints (.model, .pth, .pt, .tar, .ckpt) in this folder.`
      : `${folder}: no checkpoint has "${word}" in its name (--which); there are ${all.sort().join(', ')}.`,
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new UserError(`${folder}: the folder cannot be read: ${systemFault(error)}.`);
  }
}

const counted = ['images', 'clean', 'misclassified', 'verified', 'falsified', 'open'] as const;

function csvOf(rows: readonly CheckpointCounts[], { limits, norm }: ImagesRequest): string {
  const { timeoutSeconds = Infinity } = limits;
  const question = [norm, Number.isFinite(timeoutSeconds) ? timeoutSeconds : undefined];
  return formatCsv([
    ['checkpoint', 'weights', ...counted, 'pgd', 'seconds', 'norm', 'timeoutSeconds', 'error'],
    ...rows.map((row) => [
      row.checkpoint,
      ...(['weights', ...counted, 'pgd'] as const).map((column) =>
        row.error === undefined ? row[column] : undefined,
      ),
      row.seconds,
      ...question,
      row.error,
    ]),
  ]);
}

/**
 * Verifies the images with one checkpoint after the other; one that cannot be read or verified has an error in its row and
 * does not stop the others.
 * With `--results FOLDER` the verdicts go to FOLDER/<checkpoint>.csv and the counts to FOLDER/summary.csv, and the same
 * command goes on after any interruption: what FOLDER/.verdicts holds is not asked again.
 * @throws UserError behind the table, where a checkpoint has no verdicts or something could not be written
 */
export async function verifyFolderForm(
  folder: string,
  options: VerifyOptions,
  context: CliContext,
  preset: ImagesPreset = {},
): Promise<void> {
  const request = imagesRequest({ ...options, pth: folder }, preset);
  const checkpoints = checkpointsOf(folder, options.which ?? 'last');
  const { results, witness, certificate } = options;
  makeFolderFor('--results', results);
  const found: CheckpointCounts[] = [];
  const failures = later((message) => context.say(`certprune: ${message}`));
  for (const [i, name] of checkpoints.entries()) {
    const about = `${i + 1}/${checkpoints.length} ${name}  `;
    const { results: _, ...rest } = options;
    const pth = join(folder, name);
    const mine: VerifyOptions = {
      ...rest,
      pth,
      ...(witness !== undefined && { witness: join(witness, name) }),
      ...(certificate !== undefined && { certificate: join(certificate, name) }),
    };
    const one = { ...request, subject: { ...request.subject, path: pth } };
    const kept = results === undefined ? undefined : join(results, '.verdicts', `${name}.jsonl`);
    try {
      const weights = weightsLeftOf(one.subject);
      const { rows, seconds } = await verdictsOf(one, mine, kept, context, about);
      const { pgd, ...counts } = countRows(rows);
      found.push({
        checkpoint: name,
        weights,
        ...counts,
        ...(request.depth !== 'clean' && { pgd }),
        seconds: Number(seconds.toFixed(1)),
      });
      if (results !== undefined)
        failures.attempt(() => writeFileAtomic(join(results, `${name}.csv`), imagesCsv(rows)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      context.say(`${about}${error.message}`);
      found.push({ checkpoint: name, weights: 0, ...countRows([]), seconds: 0, error: error.message });
    }
    if (results !== undefined)
      failures.attempt(() => writeFileAtomic(join(results, 'summary.csv'), csvOf(found, request)));
  }
  context.out(options.json ? JSON.stringify(found.map(jsonOf), null, 2) : tableOf(found));
  const broken = found.filter(({ error }) => error !== undefined);
  failures.raise();
  if (broken.length > 0)
    throw new UserError(
      `${broken.length} of ${found.length} checkpoints could not be verified: ` +
        `${broken.map(({ checkpoint }) => checkpoint).join(', ')}.`,
    );
}

const jsonOf = ({ error, checkpoint, ...counts }: CheckpointCounts): object =>
  error === undefined ? { checkpoint, ...counts } : { checkpoint, error };

function weightsLeftOf(subject: ImagesRequest['subject']): number {
  if (subject.kind !== 'torch') return 1;
  return weightsLeft(readTorchNetwork(subject.path, subject.choices));
}

/** The table of the paper: what is left of the weights beside standard, attacked and certified accuracy. */
function tableOf(found: readonly CheckpointCounts[]): string {
  const images = Math.max(0, ...found.map((row) => row.images));
  const sound =
    (cell: (row: CheckpointCounts) => string) =>
    (row: CheckpointCounts): string =>
      row.error === undefined ? cell(row) : '';
  const share = (count: number | undefined, { images: all }: CheckpointCounts): string =>
    count === undefined ? '' : formatShare(count / all);
  const table = renderTable<CheckpointCounts>(
    [
      ['checkpoint', ({ checkpoint }) => checkpoint],
      ['weights', ({ error, weights }) => (error === undefined ? formatShare(weights) : 'error'), 'right'],
      ['clean', sound((row) => share(row.clean, row)), 'right'],
      ['PGD', sound((row) => share(row.pgd, row)), 'right'],
      ['verified', sound((row) => share(row.verified, row)), 'right'],
      ['falsified', sound((row) => String(row.falsified)), 'right'],
      ['open', sound((row) => String(row.open)), 'right'],
      ['seconds', sound((row) => row.seconds.toFixed(1)), 'right'],
    ],
    found,
  );
  return (
    `${table}\n\n${images} images each. Weights: those of the convolutions that are not zero; PGD: right, and left\n` +
    'standing by the attack; verified: right, and proved to stay so.'
  );
}

/**
 * The verdicts of one checkpoint in the order of the images: those that are kept, and those of the images left.
 * @param path of the verdicts as they come; undefined where none are kept
 */
async function verdictsOf(
  request: ImagesRequest,
  options: VerifyOptions,
  path: string | undefined,
  context: CliContext,
  about: string,
): Promise<{ readonly rows: readonly ImageVerdict[]; readonly seconds: number }> {
  // Told by all images, not by those left: sums in another order would give other bits.
  const limits = { ...request.limits, threads: threadsFor(request) };
  const kept = path === undefined ? nothingKept : keptVerdicts(path, { ...request, limits }, options);
  const before = new Set(kept.outcomes.map(({ row }) => row.index));
  const again = request.indices.filter((index) => before.has(index)).length;
  if (again > 0 && !options.quiet && !options.json)
    context.say(`${about}${again} of ${request.indices.length} images were answered before`);
  const { outcomes, seconds } = await verifyOpen(kept, request.indices, async (indices, done) => {
    if (indices.length === 0) return;
    const { failures } = await answerImages({ ...request, limits, indices }, options, context, {
      about,
      onAnswer: (answered) => done({ row: csvRow(answered, options.witness) }),
      ...(path !== undefined && { goOn: sameCommand(context) }),
    });
    failures.raise();
  });
  return { rows: outcomes.map(({ row }) => row as ImageVerdict), seconds };
}
