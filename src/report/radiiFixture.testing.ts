/** @file For tests only: invented certified radii beside invented verdicts. */
import type { RadiusRow } from '../run/radii.ts';
import type { VerifyRow } from '../run/records.ts';

/** The harder an image, the smaller its radius; as far as the verdicts at 0.1 allow. */
export function radiiOf(
  rows: readonly VerifyRow[],
  difficulty: readonly number[],
  quality: number,
): RadiusRow[] {
  return rows.map(({ index, label, prediction, verdict, by }) => {
    const lost = by === 'clean';
    const easy = Math.max(0, 1 - difficulty[index] + quality);
    const radius = verdict === 'verified' ? 0.101 + 0.12 * easy : 0.098 - 0.3 * Math.max(0, 0.12 - easy);
    const lower = lost ? 0 : Math.max(0.004, radius);
    return {
      index,
      label,
      prediction,
      lower,
      upper: lost ? 0 : lower + (verdict === 'unknown' ? 0.02 : 0.001),
      lowerBy: lost ? '' : 'crown',
      upperBy: lost ? 'clean' : 'attack',
      why: verdict === 'unknown' ? 'timeout' : '',
      questions: lost ? 0 : 9,
      seconds: lost ? 0 : 2,
      domains: 0,
      checked: '',
      arithmetic: '',
      witness: '',
      norm: 'inf',
      tolerance: 0.001,
      timeoutSeconds: 60,
    };
  });
}
