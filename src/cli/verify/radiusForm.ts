/** @file `certprune verify … --radius`: the certified radius of each image. */
import { sizeOf } from '../../tensor/shape.ts';
import { requireWritten } from '../../verify/files/errorOf.ts';
import { basename, dirname, join } from 'node:path';
import type { Norm } from '../../bounds/ball.ts';
import { pixelDomain, valueAt } from '../../data/domain.ts';
import { UserError } from '../../formats/userError.ts';
import { certifiedCurve, radiiCsv, radiusHistogram, radiusRow, type RadiusRow } from '../../run/radii.ts';
import { certifiedRadii } from '../../verify/files/certifiedRadii.ts';
import type { LabelledImages } from '../../verify/files/images.ts';
import { requireMethodFor } from '../../verify/method.ts';
import type { RadiusEnds } from '../../verify/radius/bisection.ts';
import type { VerifyOptions } from '../../run/verifyOptions/table.ts';
import type { CliContext } from '../context.ts';
import { streamTarget } from '../liveRegion.ts';
import { wrapped } from '../table.ts';
import { sameCommand } from '../work.ts';
import { openQuestion, workersFor, type AskedImages } from './imageQuestion.ts';
import { keptRadii, noneKept, type KeptRadii } from './keptRadii.ts';
import { settingsOf } from './keptVerdicts.ts';
import { later, type Later } from './later.ts';
import { atRest, liveLine, silentLine } from './liveLine.ts';
import { makeFolderFor, openResults, saveWitness } from './places.ts';
import { curveTable, radiusJson, radiusSummary, radiusTable, radiusWords } from './radiusText.ts';

/** Where radii are looked for; by default from 0 to where the ball holds every input. */
export function radiusEnds(options: VerifyOptions, { images, norm }: AskedImages): RadiusEnds {
  const { radiusFrom: from = 0, radiusTo, tolerance = 0.001 } = options;
  const to = radiusTo ?? widest(images, norm);
  if (from >= to) throw new UserError(`--radius-from ${from}: the ball of radius ${to} is all there is.`);
  return { from, to, tolerance };
}

/** A radius whose ball holds every input, whatever the image. @throws UserError where inputs have no range */
function widest({ shape, domain = pixelDomain }: LabelledImages, norm: Norm): number {
  const size = sizeOf(shape);
  const { lower, upper, radii } = domain;
  const widths = Array.from({ length: size }, (_, i) => {
    const radius = valueAt(radii, i, size);
    if (radius === 0) return 0;
    return lower && upper ? (valueAt(upper, i, size) - valueAt(lower, i, size)) / radius : Infinity;
  });
  const widest = widths.reduce((most, width) => Math.max(most, width), 0);
  const sum = widths.reduce((total, width) => total + (norm === 1 ? width : width * width), 0);
  const to = norm === 'inf' ? widest : norm === 2 ? Math.sqrt(sum) : sum;
  if (to === Infinity)
    throw new UserError('The data has no range, so that the search needs an end: give --radius-to.');
  if (to === 0) throw new UserError('Every feature of the data is held fixed: no radius moves anything.');
  return to;
}

/** Finds the radii of a file's images, with live figures, files and a table. */
export async function radiiOfFile(
  request: AskedImages,
  options: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const results = openResults(options.results);
  const { results: path, fresh = false } = options;
  const steps =
    path !== undefined && results?.isFile ? join(dirname(path), `.${basename(path)}.radii.jsonl`) : undefined;
  const kept = steps === undefined ? noneKept : keptRadii(steps, path, settingsOf(request, options), fresh);
  const failures = later((message) => context.say(`certprune: ${message}`));
  const write = (rows: readonly RadiusRow[]): void => failures.attempt(() => results?.write(radiiCsv(rows)));
  write([]);
  const { rows, seconds } = await answerRadii(request, options, context, { kept, failures, onRow: write });
  await tellRadii(rows, seconds, options, context, failures);
}

/** What `answerRadii` is told beside the request. */
export interface RadiiHooks {
  /** Stands before an image in the live line. */
  readonly about?: string;
  readonly kept: KeptRadii;
  readonly failures: Later;
  /** Called with all rows so far, in order, whenever one more is known. */
  readonly onRow?: (rows: readonly RadiusRow[]) => void;
}

/** The radii of all images in order, and the seconds that they took. */
export async function answerRadii(
  request: AskedImages,
  options: VerifyOptions,
  context: CliContext,
  { about = '', kept, failures, onRow }: RadiiHooks,
): Promise<{ readonly rows: readonly RadiusRow[]; readonly seconds: number }> {
  const { images, indices, norm, limits, depth } = request;
  const ends = radiusEnds(options, request);
  requireMethodFor(limits.choices?.method, norm);
  makeFolderFor('--witness', options.witness);
  makeFolderFor('--certificate', options.certificate);
  makeFolderFor('--charts', options.charts);
  const signal = context.interruptible(kept === noneKept ? undefined : sameCommand(context));
  const quiet = options.quiet === true || options.json === true;
  const live = quiet ? silentLine : liveLine(streamTarget(context.progressStream));
  const { question, subject } = openQuestion(request, (note) => {
    if (!options.quiet) context.say(wrapped(`${about}${note}`));
  });
  const known = indices.reduce((sum, index) => sum + kept.of(index).length, 0);
  if (known > 0 && !quiet)
    context.say(`${about}${known} questions were answered before; --fresh asks them again.`);
  const { witness, certificate } = options;
  const place = (index: number): string | undefined => witness && join(witness, `${index}.npy`);
  const rows: RadiusRow[] = [];
  const nearest = new Map<number, number>();
  const started = performance.now();
  try {
    await certifiedRadii(
      {
        subject,
        limits,
        workers: workersFor(request),
        indices,
        question,
        ends,
        depth: depth === 'bounds' ? 'bounds' : 'complete',
        kept: kept.of,
        ...(certificate !== undefined && { certificates: certificate }),
      },
      {
        signal,
        onClassified: (count) =>
          live.show({ ...atRest, step: `classified ${count} of ${indices.length} images` }, undefined, about),
        onProgress: (progress, index) => live.show(progress, undefined, `${about}image ${index}  `),
        onStep(step, answer, index) {
          failures.attempt(() => kept.add(index, step));
          failures.attempt(() => requireWritten(answer));
          const { distance = Infinity } = step;
          if (!(distance < (nearest.get(index) ?? Infinity))) return;
          nearest.set(index, distance);
          failures.attempt(() => saveWitness(answer, place(index)));
        },
        onRadius(radius, index) {
          const found = radius.upper < Infinity && radius.upperBy !== 'clean';
          rows.push(
            radiusRow({ index, label: images.label(index) }, radius, {
              witness: (found && place(index)) || '',
              norm: String(norm),
              tolerance: ends.tolerance,
              timeoutSeconds: limits.timeoutSeconds ?? Infinity,
            }),
          );
          rows.sort((a, b) => a.index - b.index);
          live.say(`${about}${rows.length}/${indices.length} image ${index}: ${radiusWords(radius)}`);
          onRow?.(rows);
        },
      },
    );
  } finally {
    live.clear();
  }
  return { rows, seconds: (performance.now() - started) / 1000 };
}

/** Prints the radii, draws their charts, and raises what failed before. */
export async function tellRadii(
  rows: readonly RadiusRow[],
  seconds: number,
  { json, charts }: VerifyOptions,
  context: CliContext,
  failures: Later,
): Promise<void> {
  if (json) {
    const [curve, histogram] = [certifiedCurve(rows), radiusHistogram(rows)];
    context.out(JSON.stringify({ images: radiusJson(rows), curve, histogram }, null, 2));
  } else context.out(`${radiusTable(rows)}\n\n${curveTable(rows)}\n\n${radiusSummary(rows, seconds)}`);
  if (charts !== undefined) {
    const { writeRadiusCharts } = await import('../../report/writeRadii.ts');
    const files = await writeRadiusCharts([{ state: 0, rows }], charts);
    if (!json) context.out(`Charts: ${files.filter((file) => file.endsWith('.svg')).join(', ')}`);
  }
  failures.raise();
}
