/** @file What `certprune sweep --dry-run` prints: runs, jobs, and what they cost. */
import { formatBytes, formatDuration } from './format.ts';
import { jobKinds, type SweepCost } from './sweepPlan.ts';
import { renderTable } from './table.ts';
import { estimatedWords, missingText, withScores } from './trainingTimes.ts';

/** The plan of a sweep in words. */
export function sweepPlanText(cost: SweepCost): string {
  const table = renderTable(
    [
      { title: 'run' },
      { title: 'states', align: 'right' },
      { title: 'epochs', align: 'right' },
      { title: 'images', align: 'right' },
      { title: 'jobs', align: 'right' },
      { title: 'done', align: 'right' },
    ],
    cost.runs.map(({ name, states, epochs, images, jobs, done }) => [
      name,
      ...[states, epochs, images, jobs, done].map(String),
    ]),
  );
  return `# ${cost.runs.length} runs in ${cost.directory}\n\n${table}\n\n${costText(cost)}`;
}

function costText({ jobs, done, sideBySide, left, memoryBytes }: SweepCost): string {
  const all = jobKinds.reduce((sum, kind) => sum + jobs[kind], 0);
  const counts = jobKinds.map((kind) => `${jobs[kind]} ${kind}`).join(', ');
  const memory = jobKinds.flatMap((kind) => {
    const bytes = memoryBytes[kind];
    return bytes === undefined ? [] : [`${kind} ${formatBytes(bytes)}`];
  });
  const training = withScores(`${left.epochs} epochs of training`, left.scoreEpochs);
  const { trainingSeconds, estimated, notMeasured } = left;
  const about =
    trainingSeconds === undefined
      ? ''
      : `, about ${formatDuration(trainingSeconds)} ${estimated ? `(${estimatedWords})` : 'as measured here'}`;
  const images = `${left.images} images to verify, at most ${formatDuration(left.verificationSecondsAtMost)}`;
  return [
    `Jobs: ${all} (${counts}); ${done} are done.`,
    `Left, with ${sideBySide} side by side: ${training}${about}; ${images}.`,
    ...(notMeasured === undefined ? [] : [missingText(notMeasured)]),
    ...(memory.length > 0 ? [`Memory that a job is given, at most: ${memory.join(', ')}.`] : []),
  ].join('\n');
}
