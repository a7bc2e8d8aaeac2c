/** @file How numbers are written in the report: shares, seconds, radii, counts. */

/** Narrow no-break space between a number and its unit. */
const THIN = '\u202f';
/** What stands where no value is known. */
export const ABSENT = '–';

/** A share in 0..1 as a percentage, e.g. `71.0 %`; an absent or non-finite value as a dash. */
export function percent(share: number | undefined, digits = 1): string {
  if (share === undefined || !Number.isFinite(share)) return ABSENT;
  return `${(share * 100).toFixed(digits)}${THIN}%`;
}

/** A share of remaining weights: no decimals where they say nothing, more where few weights remain. */
export function remaining(ratio: number | undefined): string {
  if (ratio === undefined || !Number.isFinite(ratio)) return ABSENT;
  const value = ratio * 100;
  let digits = 2;
  if (value >= 9.95) digits = Math.abs(value - Math.round(value)) < 0.05 ? 0 : 1;
  else if (value >= 0.995) digits = 1;
  return `${value.toFixed(digits)}${THIN}%`;
}

/** Seconds in the unit a reader would choose: `4 ms`, `0.21 s`, `12.3 s`, `4 min 10 s`, `2 h 05 min`. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return ABSENT;
  if (seconds <= 0) return `0${THIN}s`;
  if (seconds < 0.0995) return `${Math.max(1, Math.round(seconds * 1000))}${THIN}ms`;
  if (Number.isInteger(seconds) && seconds < 100) return `${seconds}${THIN}s`;
  if (seconds < 9.995) return `${seconds.toFixed(2)}${THIN}s`;
  if (seconds < 99.95) return `${seconds.toFixed(1)}${THIN}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}${THIN}min ${whole % 60}${THIN}s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)}${THIN}h ${String(minutes % 60).padStart(2, '0')}${THIN}min`;
}

/** A raw-pixel radius as a decimal and as a fraction of 255, e.g. `0.1 (25.5/255)`. */
export function radius(epsilon: number | undefined): string {
  if (epsilon === undefined || !Number.isFinite(epsilon)) return ABSENT;
  return `${significant(epsilon, 4)} (${significant(epsilon * 255, 4)}/255)`;
}

/** A raw-pixel radius as papers write it: `0.1`, `2/255`. */
export function shortRadius(epsilon: number | undefined): string {
  const decimal = significant(epsilon, 4);
  const levels = Math.round((epsilon ?? Number.NaN) * 255);
  const fraction = `${levels}/255`;
  return levels / 255 === epsilon && fraction.length < decimal.length ? fraction : decimal;
}

/** At most `digits` significant digits, without trailing zeros, with a proper minus sign. */
export function significant(value: number | undefined, digits = 3): string {
  if (value === undefined || !Number.isFinite(value)) return ABSENT;
  return String(Number(value.toPrecision(digits))).replace('-', '−');
}

/** A whole number with thin spaces between groups of three digits. */
export function count(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return ABSENT;
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, THIN);
}

/** `1 image`, `3 images`. */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** An ISO time as `2025-03-01 14:05 UTC`; text that is no time is given back as it is. */
export function moment(iso: string | undefined): string {
  if (iso === undefined) return ABSENT;
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

/** A probability as statisticians print it: `p = 0.031`, `p < 0.001`. */
export function probability(p: number): string {
  return p < 0.001 ? 'p\u00a0<\u00a00.001' : `p\u00a0=\u00a0${p.toFixed(p < 0.1 ? 3 : 2)}`;
}
