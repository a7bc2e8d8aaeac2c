/** @file Standard, attacked and certified accuracy of images, each with its interval. */
import { wilsonInterval } from '../../report/intervals.ts';
import type { ImageCounts } from '../../run/verdictCounts.ts';
import type { Depth } from '../../verify/files/answer.ts';
import { formatShare } from '../format.ts';
import { renderTable } from '../table.ts';

/** A share of images, in words and as counts. */
export interface Accuracy {
  readonly name: string;
  readonly count: number;
  readonly images: number;
  /** Wilson's 95 % interval. */
  readonly lower: number;
  readonly upper: number;
}

/**
 * The accuracies that a question of such depth tells. PGD counts the images that the attack left standing, whatever the
 * search found afterwards: so it can be compared with other attacks, and what the search refuted is told apart.
 */
export function accuraciesOf(counts: ImageCounts, depth: Depth): Accuracy[] {
  const { images, clean, pgd, verified } = counts;
  const all: readonly (readonly [string, number, readonly Depth[]])[] = [
    ['standard', clean, ['clean', 'attack', 'bounds', 'complete']],
    ['PGD', pgd, ['attack', 'bounds', 'complete']],
    ['certified', verified, ['bounds', 'complete']],
  ];
  return all
    .filter(([, , of]) => of.includes(depth))
    .map(([name, count]) => ({ name, count, images, ...wilsonInterval(count, images) }));
}

/** `67.7 % … 88.9 %`. */
export const intervalText = ({ lower, upper }: Pick<Accuracy, 'lower' | 'upper'>): string =>
  `${formatShare(lower)} … ${formatShare(upper)}`;

/** One line an accuracy. */
export const accuracyTable = (accuracies: readonly Accuracy[]): string =>
  renderTable<Accuracy>(
    [
      ['accuracy', ({ name }) => name],
      ['images', ({ count, images }) => `${count}/${images}`, 'right'],
      ['share', ({ count, images }) => formatShare(count / images), 'right'],
      ['95 % interval', intervalText, 'right'],
    ],
    accuracies,
  );
