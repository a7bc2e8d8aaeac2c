/** @file A grid of configurations: axes in, the product of their values out, each with a name. */
import { UserError } from '../../formats/userError.ts';
import { dottedKeys } from '../config/dottedKeys.ts';

/** One choice along an axis: a part of the run's name, and the configuration keys it sets. */
export interface GridChoice {
  readonly label: string;
  /** Dotted key → value, in the words of the YAML file. */
  readonly keys: Readonly<Record<string, unknown>>;
}

/** One axis of a grid, e.g. `seed` with its choices. */
export interface GridAxis {
  readonly name: string;
  readonly choices: readonly GridChoice[];
}

/** One point of a grid. */
export interface GridPoint {
  /** The labels joined by `-`; `run` where there is no axis. */
  readonly name: string;
  readonly choices: readonly GridChoice[];
}

/** What an axis may be in the file: values of the key it is named after, or groups of keys by name. */
export type RawAxis = readonly unknown[] | Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;

/** An axis of the file. @throws UserError where it has no choice */
export function readAxis(name: string, raw: RawAxis): GridAxis {
  const choices = isList(raw)
    ? raw.map((value, index) => ({ label: labelOf(name, value, index), keys: { [name]: value } }))
    : Object.entries(raw).map(([label, keys]) => ({ label: plain(label), keys: dottedKeys(keys ?? {}) }));
  if (choices.length === 0) throw new UserError(`grid.${name}: expected at least one value.`);
  return { name, choices };
}

/** Runs of a study, at most. */
const mostRuns = 10_000;

/**
 * Every combination, the last axis changing fastest.
 * @throws UserError where there are too many, before any is made, or two have the same name
 */
export function gridPoints(axes: readonly GridAxis[]): GridPoint[] {
  const count = axes.reduce((product, { choices }) => product * choices.length, 1);
  if (count > mostRuns)
    throw new UserError(
      `The grid has ${count.toLocaleString('en-US', { maximumSignificantDigits: 15 })} runs ` +
        `(${axes.map(({ name, choices }) => `${name}: ${choices.length}`).join(' x ')}); a study has at most ` +
        `${mostRuns.toLocaleString('en-US')}. Take values or axes away, or make several studies of it.`,
    );
  let points: GridChoice[][] = [[]];
  for (const { choices } of axes)
    points = points.flatMap((point) => choices.map((choice) => [...point, choice]));
  const named = points.map((choices) => ({
    name: choices.map(({ label }) => label).join('-') || 'run',
    choices,
  }));
  const names = new Set<string>();
  const double = named.find(({ name }) => names.size === names.add(name.toLowerCase()).size);
  if (double)
    throw new UserError(
      `The grid has two runs named "${double.name}": take a value away that is given twice, or name the choices ` +
        'of an axis, as in method: {plain: {…}, nrs: {…}}.',
    );
  return named;
}

/** Words stand for themselves; numbers and flags come after the last part of their key. */
function labelOf(axis: string, value: unknown, index: number): string {
  const key = axis.slice(axis.lastIndexOf('.') + 1);
  if (typeof value === 'number') return plain(`${key}${value}`);
  if (typeof value === 'boolean') return plain(`${key}-${value ? 'on' : 'off'}`);
  if (typeof value !== 'string') return plain(`${key}${index + 1}`);
  return plain(/^[\d.]/.test(value) ? `${key}${value}` : value);
}

/** Letters, digits, `-`, `_` and `.` only, as names of runs are. */
const plain = (text: string): string => text.replace(/[^\w.-]/g, '_').replace(/^\.+/, '');

const isList = (raw: RawAxis): raw is readonly unknown[] => Array.isArray(raw);
