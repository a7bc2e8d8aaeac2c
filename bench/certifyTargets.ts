/** @file The targets of certificates, and whether what was measured meets them. */
import type { Answer } from '../src/verify/files/answer.ts';
import type { FreshCheck } from './freshCheck.ts';
import type { Judged } from './verifyTargets.ts';

/** One instance: answered without a check, with the default one, and with a certificate, which a fresh process checked. */
export interface Certified {
  readonly never: Answer;
  readonly auto?: Answer;
  readonly always?: Answer;
  readonly check?: FreshCheck;
}

/** Searches that checking is held against: shorter ones are start-up. */
const longSearch = 500;

const decided = ({ result }: Answer): boolean => result === 'sat' || result === 'unsat';
const isNumber = (x: number | undefined): x is number => x !== undefined && Number.isFinite(x);

/** Undefined of none. */
export function geometricMean(list: readonly number[]): number | undefined {
  return list.length === 0
    ? undefined
    : Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / list.length);
}
function median(list: readonly number[]): number | undefined {
  const sorted = list.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[half]
    : sorted.length > 0
      ? (sorted[half - 1] + sorted[half]) / 2
      : undefined;
}

/** CPU time with the default check in that without; undefined where a process was ended before it told. */
export function slowdown({ never, auto }: Certified): number | undefined {
  return auto?.cpuSeconds && never.cpuSeconds ? auto.cpuSeconds / never.cpuSeconds : undefined;
}

/** CPU time of a fresh check in that of the search, where it was a long one. */
export const checkShare = ({ never, check }: Certified): number | undefined =>
  check && never.domains >= longSearch ? check.cpuSeconds / (never.cpuSeconds ?? Number.NaN) : undefined;

const text = (x: number | undefined, digits: number): string => (isNumber(x) ? x.toFixed(digits) : 'none');

/** @param done the instances that were solved without a check */
export function judgeCertificates(done: readonly Certified[]): Judged[] {
  const atMost = (
    name: string,
    reached: number | undefined,
    most: number,
    unit: string,
    digits = 2,
  ): Judged => ({
    name,
    reached: `${text(reached, digits)}${unit}`,
    wanted: `≤ ${most}${unit}`,
    met: !isNumber(reached) || reached <= most,
  });
  const greatest = (list: readonly (number | undefined)[]): number | undefined => {
    const known = list.filter(isNumber);
    return known.length === 0 ? undefined : Math.max(...known);
  };
  const verified = done.filter(({ never }) => never.result === 'unsat');
  const checks = done.flatMap((one) => (one.check ? [{ ...one, check: one.check }] : []));
  const proved = checks.filter(({ check }) => check.report.result === 'proved').length;
  const late = done.filter(({ never, auto }) => decided(never) && auto && !decided(auto)).length;
  const share = (part: number, all: number): Judged['reached'] => `${part}/${all}`;
  const inTime = verified.filter(({ auto }) => auto?.checked === 'yes').length;
  return [
    atMost('CPU, default/never, geo mean', geometricMean(done.map(slowdown).filter(isNumber)), 1.25, ''),
    { name: 'solved, but not with the default check', reached: String(late), wanted: '0', met: late === 0 },
    {
      name: 'checked by default',
      reached: share(inTime, verified.length),
      wanted: 'all',
      met: inTime === verified.length,
    },
    {
      name: 'accepted in a fresh process',
      reached: share(proved, verified.length),
      wanted: 'all',
      met: proved === verified.length,
    },
    atMost(
      `CPU, check/search, the worst of ≥ ${longSearch} domains`,
      greatest(done.map(checkShare)),
      0.25,
      '',
    ),
    atMost('certificate, median', median(checks.map(({ check }) => check.report.bytes / 1e6)), 1, ' MB'),
    atMost(
      'certificate less 8 MB, a domain, the worst',
      greatest(
        checks.map(
          ({ never, check }) => Math.max(0, check.report.bytes - 8e6) / 1e3 / Math.max(1, never.domains),
        ),
      ),
      1,
      ' kB',
    ),
    atMost(
      'memory of check, the worst',
      greatest(checks.map(({ check }) => check.peakBytes / 1e6)),
      300,
      ' MB',
      0,
    ),
  ];
}
