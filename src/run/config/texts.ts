/** @file Texts that mean a size or a norm, wherever they are written. */
import type { Norm } from '../../bounds/ball.ts';

const sizeUnits: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** A text such as `512MB`, `4GB` or `1.5 GiB` as bytes (powers of 1024); undefined where it is none. */
export function bytesOf(text: string): number | undefined {
  const parts = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\s*$/i.exec(text);
  return parts ? Math.round(Number(parts[1]) * sizeUnits[parts[2].toLowerCase()]) : undefined;
}

/** A norm as written: `inf`, `Linf`, `2`, `l2`, `l_1`, or YAML's .inf; undefined where it is none that is available. */
export function normOf(text: string | number): Norm | undefined {
  if (text === Number.POSITIVE_INFINITY) return 'inf';
  const parts = /^l?_?(1|2|inf(?:inity)?)$/i.exec(String(text).trim());
  if (!parts) return undefined;
  return parts[1] === '1' ? 1 : parts[1] === '2' ? 2 : 'inf';
}
