/** @file A comparison of two networks in words. */
import { formatBytes, formatCount, formatShare } from '../format.ts';
import { renderTable, wrapped } from '../table.ts';
import { radiusStatistics, shortRadius } from '../verify/radiusText.ts';
import type { Comparison, Found, Pairing } from './comparison.ts';

interface Line {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly change: string;
}

const points = (difference: number): string =>
  `${difference > 0 ? '+' : difference < 0 ? '−' : ''}${Math.abs(100 * difference).toFixed(1)}`;
const ratio = (a: number, b: number): string => (a === 0 ? '–' : `${(b / a).toFixed(3)}×`);

function accuracyLines(a: Found, b: Found): Line[] {
  const cell = ({ count, images, lower, upper }: Found['accuracies'][number]): string =>
    `${formatShare(count / images)} (${(100 * lower).toFixed(1)}…${(100 * upper).toFixed(1)})`;
  return a.accuracies.map((one, i) => {
    const other = b.accuracies[i];
    return {
      name: one.name,
      a: cell(one),
      b: cell(other),
      change: points(other.count / other.images - one.count / one.images),
    };
  });
}

function radiusLines(a: Found, b: Found): Line[] {
  if (!a.radii || !b.radii) return [];
  const [first, second] = [radiusStatistics(a.radii), radiusStatistics(b.radii)];
  return (['mean', 'median'] as const).map((which) => ({
    name: `radius, ${which}`,
    a: shortRadius(first[which]),
    b: shortRadius(second[which]),
    change: ratio(first[which], second[which]),
  }));
}

function sizeLines(a: Found, b: Found): Line[] {
  const line = (name: string, of: (one: Found) => number, text: (value: number) => string): Line => ({
    name,
    a: text(of(a)),
    b: text(of(b)),
    change: ratio(of(a), of(b)),
  });
  return [
    line('parameters', ({ size }) => size.parameters, formatCount),
    line('not zero', ({ size }) => size.nonzero, formatCount),
    line('multiplications', ({ size }) => size.macs, formatCount),
    line('memory', ({ size }) => size.bytes, formatBytes),
    line(
      'latency',
      ({ latencySeconds }) => latencySeconds,
      (s) => `${(1e3 * s).toFixed(2)} ms`,
    ),
  ];
}

const probability = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`);

const pairingText = ({ name, onlyA, onlyB, p }: Pairing): string =>
  `  ${`${name}:`.padEnd(11)}only A ${onlyA}, only B ${onlyB}: ${probability(p)}`;

/** The networks by letter, a table of 80 columns at most, and McNemar's exact test of each accuracy. */
export function comparisonText({ a, b, request, pairings }: Comparison): string {
  const kept = (one: Found): string => (one.kept ? ', with the verdicts that its run has' : '');
  const radius = a.rows.length > 0 ? `, radius ${shortRadius(request.epsilon(request.indices[0]))}` : '';
  const open = [a, b].map(({ counts }) => counts.open);
  const lines = [...accuracyLines(a, b), ...radiusLines(a, b), ...sizeLines(a, b)];
  return [
    wrapped(`A  ${a.name}${kept(a)}`),
    wrapped(`B  ${b.name}${kept(b)}`),
    `${request.indices.length} images${radius}, norm ${request.norm}; intervals are of 95 %.`,
    '',
    renderTable<Line>(
      [
        ['', ({ name }) => name],
        ['A', (line) => line.a, 'right'],
        ['B', (line) => line.b, 'right'],
        ['B to A', ({ change }) => change, 'right'],
      ],
      lines,
    ),
    '',
    'Image by image (McNemar, exact, two-sided):',
    ...pairings.map(pairingText),
    ...(open.some((count) => count > 0)
      ? [`Left open, and not counted as certified: ${open[0]} of A, ${open[1]} of B.`]
      : []),
  ].join('\n');
}
