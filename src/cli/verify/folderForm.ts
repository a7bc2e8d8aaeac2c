/** @file `certprune verify --pth FOLDER --dataset D`: the same images for every checkpoint of a folder. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { formatCsv } from '../../formats/csv.ts';
import { UserError } from '../../formats/userError.ts';
import type { VerifyRow } from '../../run/records.ts';
import { verdictCsv } from '../../run/verdictFiles.ts';
import type { CliContext } from '../context.ts';
import { formatShare } from '../format.ts';
import { renderTable } from '../table.ts';
import { countsOf, csvRow, type ImageCounts } from './imageRows.ts';
import { answerImages, imagesRequest, threadsFor } from './imagesForm.ts';
import { keptVerdicts } from './keptVerdicts.ts';
import { makeFolderFor, type VerifyOptions } from './options.ts';

/** Endings of PyTorch's files, the original study's `.model` among them. */
const checkpointEnding = /\.(model|pth|pt|tar|ckpt)$/;

/** What was found for one checkpoint. */
interface CheckpointCounts extends ImageCounts {
  readonly checkpoint: string;
  readonly seconds: number;
}

/** The checkpoints of a folder whose name holds the word, sorted: of a run of the original study that is by state. */
function checkpointsOf(folder: string, word: string): string[] {
  const all = readdirSync(folder).filter((name) => checkpointEnding.test(name));
  const found = all.filter((name) => name.includes(word)).sort();
  if (found.length > 0) return found;
  throw new UserError(
    all.length === 0
      ? `${folder}: there are no checkpoints (.model, .pth, .pt, .tar, .ckpt) in this folder.`
      : `${folder}: no checkpoint has "${word}" in its name (--which); there are ${all.sort().join(', ')}.`,
  );
}

const columns = ['checkpoint', 'images', 'clean', 'verified', 'falsified', 'open', 'seconds'] as const;

const csvOf = (rows: readonly CheckpointCounts[]): string =>
  formatCsv([columns, ...rows.map((row) => columns.map((column) => row[column]))]);

/**
 * Verifies the images with one checkpoint after the other.
 * With `--results FOLDER` the verdicts go to FOLDER/<checkpoint>.csv and the counts to FOLDER/summary.csv, and the same
 * command goes on after any interruption: what FOLDER/.verdicts holds is not asked again.
 */
export async function verifyFolderForm(
  folder: string,
  options: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const checkpoints = checkpointsOf(folder, options.which ?? 'last');
  const { results, witness } = options;
  makeFolderFor('--results', results);
  const found: CheckpointCounts[] = [];
  for (const [i, name] of checkpoints.entries()) {
    const about = `${i + 1}/${checkpoints.length} ${name}  `;
    const { results: _, ...rest } = options;
    const mine: VerifyOptions = {
      ...rest,
      pth: join(folder, name),
      ...(witness !== undefined && { witness: join(witness, name) }),
    };
    const kept = results === undefined ? undefined : join(results, '.verdicts', `${name}.jsonl`);
    const { rows, seconds } = await verdictsOf(mine, kept, context, about);
    found.push({ checkpoint: name, ...countsOf(rows), seconds: Number(seconds.toFixed(1)) });
    if (results === undefined) continue;
    writeFileAtomic(join(results, `${name}.csv`), verdictCsv(rows));
    writeFileAtomic(join(results, 'summary.csv'), csvOf(found));
  }
  if (options.json) return context.out(JSON.stringify(found, null, 2));
  context.out(
    renderTable(
      [
        { title: 'checkpoint' },
        ...['images', 'clean', 'verified', 'falsified', 'open', 'seconds'].map((title) => ({
          title,
          align: 'right' as const,
        })),
      ],
      found.map(({ checkpoint, images, clean, verified, falsified, open, seconds }) => [
        checkpoint,
        String(images),
        formatShare(clean / images),
        formatShare(verified / images),
        String(falsified),
        String(open),
        seconds.toFixed(1),
      ]),
    ),
  );
}

/**
 * The verdicts of one checkpoint in the order of the images: those that are kept, and those of the images left.
 * @param path of the verdicts as they come; undefined where none are kept
 */
async function verdictsOf(
  options: VerifyOptions,
  path: string | undefined,
  context: CliContext,
  about: string,
): Promise<{ readonly rows: readonly VerifyRow[]; readonly seconds: number }> {
  const request = await imagesRequest(options);
  // Told by all images, not by those left: sums in another order would give other bits.
  const limits = { ...request.limits, threads: threadsFor(request) };
  const kept = path === undefined ? undefined : keptVerdicts(path, options, limits.threads);
  const known = new Map(kept?.outcomes.map(({ row }) => [row.index, row]));
  const indices = request.indices.filter((index) => !known.has(index));
  const before = request.indices.length - indices.length;
  if (before > 0 && !options.quiet && !options.json)
    context.say(`${about}${before} of ${request.indices.length} images were answered before`);
  const earlier = kept?.seconds ?? 0;
  if (indices.length === 0)
    return { rows: request.indices.map((index) => known.get(index)!), seconds: earlier };
  const started = performance.now();
  const seconds = (): number => earlier + (performance.now() - started) / 1000;
  await answerImages({ ...request, limits, indices }, options, context, {
    about,
    onAnswer(answered) {
      const row = csvRow(answered, options.witness);
      known.set(row.index, row);
      kept?.add({ row }, seconds());
    },
  });
  return { rows: request.indices.map((index) => known.get(index)!), seconds: seconds() };
}
