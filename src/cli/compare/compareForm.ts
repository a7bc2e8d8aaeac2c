/** @file `certprune compare A B`: two networks asked the same, side by side. */
import { existsSync, readFileSync } from 'node:fs';
import { parseVerdicts } from '../../report/readVerdicts.ts';
import { networkSize } from '../../nn/networkSize.ts';
import { measureLatency } from '../../prune/runtimeComparison.ts';
import { countRows } from '../../run/verdictCounts.ts';
import { parseRadii, type RadiusRow } from '../../run/radii.ts';
import type { VerifyRow } from '../../run/records.ts';
import type { VerifyOptions } from '../../run/verifyOptions/table.ts';
import { modeOf } from '../../run/verifyOptions/kinds.ts';
import type { CliContext } from '../context.ts';
import { accuraciesOf } from '../verify/accuracies.ts';
import type { AskedImages } from '../verify/imageQuestion.ts';
import { answerImages } from '../verify/imagesForm.ts';
import { csvRow } from '../verify/imageRows.ts';
import { noneKept } from '../verify/keptRadii.ts';
import { later } from '../verify/later.ts';
import { answerRadii } from '../verify/radiusForm.ts';
import { radiusStatistics } from '../verify/radiusText.ts';
import { pairingsOf, type Comparison, type Found } from './comparison.ts';
import { comparisonText } from './compareText.ts';
import { openSide, questionsOf, requireSameSizes, type Side } from './sides.ts';

/** Asks both networks, and tells what differs. */
export async function compareForm(
  words: readonly [string, string],
  options: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const [first, second] = [await openSide(words[0], options), await openSide(words[1], options)];
  requireSameSizes(first, second);
  const [ofFirst, ofSecond] = questionsOf(first, second, options);
  const a = await find(first, ofFirst, 'A', options, context);
  const b = await find(second, ofSecond, 'B', options, context);
  const found = { a, b, request: ofFirst, pairings: pairingsOf(a, b, ofFirst) };
  context.out(options.json ? JSON.stringify(jsonOf(found), null, 2) : comparisonText(found));
}

async function find(
  side: Side,
  request: AskedImages,
  letter: string,
  options: VerifyOptions,
  context: CliContext,
): Promise<Found> {
  const about = `${letter}  `;
  const { state } = side;
  const kept = options.dataset === undefined && !options.radius ? state?.verdicts : undefined;
  const quiet = options.quiet === true || options.json === true;
  const failures = later();
  let rows: readonly VerifyRow[] = [];
  let radii = radiiOfState(side, request);
  if (options.radius) {
    ({ rows: radii } = await answerRadii(request, options, context, { about, kept: noneKept, failures }));
  } else if (kept) {
    if (!quiet) context.say(`${about}verdicts of ${kept.csv}`);
    rows = parseVerdicts(readFileSync(kept.csv, 'utf8'), kept.csv);
  } else {
    const answered = await answerImages(request, options, context, { about });
    rows = answered.rows.map((row) => csvRow(row, undefined));
    answered.failures.raise();
  }
  failures.raise();
  const counts = countRows(rows);
  return {
    name: side.name,
    rows,
    counts,
    accuracies: options.radius ? [] : accuraciesOf(counts, request.depth),
    kept: kept !== undefined,
    ...(radii && { radii }),
    size: networkSize(side.network),
    latencySeconds: await measureLatency(side.network),
  };
}

/** The radii that a run's state has, where they are of the same images. */
function radiiOfState({ state }: Side, { indices, norm }: AskedImages): readonly RadiusRow[] | undefined {
  if (!state || !existsSync(state.radii)) return undefined;
  const rows = parseRadii(readFileSync(state.radii, 'utf8'), state.radii);
  const of = new Set(rows.filter((row) => row.norm === String(norm)).map(({ index }) => index));
  return indices.every((index) => of.has(index))
    ? rows.filter(({ index }) => indices.includes(index))
    : undefined;
}

function jsonOf({ a, b, request, pairings }: Comparison): object {
  const { indices, norm, depth, limits, epsilon } = request;
  const one = ({ name, counts, accuracies, radii, size, latencySeconds, kept, rows }: Found): object => ({
    name,
    ...(rows.length > 0 && {
      images: counts.images,
      ...Object.fromEntries(
        accuracies.map(({ name: measure, count, images, lower, upper }) => [
          measure.toLowerCase(),
          { count, share: count / images, lower, upper },
        ]),
      ),
      falsified: counts.falsified,
      open: counts.open,
      keptVerdicts: kept,
    }),
    ...(radii && { radius: radiusStatistics(radii) }),
    ...size,
    latencySeconds,
  });
  return {
    question: {
      images: indices.length,
      ...(a.rows.length > 0 && { epsilon: epsilon(indices[0]) }),
      norm,
      mode: modeOf(depth),
      timeoutSeconds: Number.isFinite(limits.timeoutSeconds ?? Infinity) ? limits.timeoutSeconds : null,
    },
    a: one(a),
    b: one(b),
    paired: Object.fromEntries(
      pairings.map(({ name, onlyA, onlyB, p }) => [name.toLowerCase(), { onlyA, onlyB, mcNemarP: p }]),
    ),
  };
}
