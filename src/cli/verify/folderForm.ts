/** @file `certprune verify --pth FOLDER --dataset D`: the same images for every checkpoint of a folder. */
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { formatCsv } from '../../formats/csv.ts';
import { UserError } from '../../formats/userError.ts';
import type { CliContext } from '../context.ts';
import { formatShare } from '../format.ts';
import { renderTable } from '../table.ts';
import { countsOf, type ImageCounts } from './imageRows.ts';
import { answerImages, imagesRequest } from './imagesForm.ts';
import type { VerifyOptions } from './options.ts';

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
 * With `--results FOLDER` the verdicts go to FOLDER/<checkpoint>.csv and the counts to FOLDER/summary.csv.
 */
export async function verifyFolderForm(
  folder: string,
  options: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const checkpoints = checkpointsOf(folder, options.which ?? 'last');
  const { results, witness } = options;
  if (results !== undefined) mkdirSync(results, { recursive: true });
  const found: CheckpointCounts[] = [];
  for (const [i, name] of checkpoints.entries()) {
    const mine: VerifyOptions = {
      ...options,
      pth: join(folder, name),
      ...(results !== undefined && { results: join(results, `${name}.csv`) }),
      ...(witness !== undefined && { witness: join(witness, name) }),
    };
    const about = `${i + 1}/${checkpoints.length} ${basename(name)}  `;
    const { rows, seconds } = await answerImages(await imagesRequest(mine), mine, context, about);
    found.push({ checkpoint: name, ...countsOf(rows), seconds: Number(seconds.toFixed(1)) });
    if (results !== undefined) writeFileAtomic(join(results, 'summary.csv'), csvOf(found));
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
