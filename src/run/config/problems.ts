/** @file Faults of a configuration put into words: place, key, what was expected, nearest valid name. */
import type { z } from 'zod';
import { UserError } from '../../formats/userError.ts';
import { label } from '../../formats/visible.ts';
import { suggestion } from '../../family/nearest.ts';
import { valueAt, type ConfigSource, type KeyPath, type Problem } from './source.ts';

/** What other programs call our keys. */
const otherNames: Readonly<Record<string, string>> = {
  learning_rate: 'lr',
  epsilon: 'eps',
  radius: 'eps',
  model: 'arch',
  network: 'arch',
  wd: 'weight_decay',
  criterion: 'prune_method',
  states: 'prune_times',
};

/** zod's issues as problems; unknown keys become one problem each. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  values: unknown,
  keysAt: (path: KeyPath) => readonly string[],
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const prefix = issue.path.map((part) => `${String(part)}.`).join('');
        const near = suggestion(
          prefix + (otherNames[key] ?? key),
          keysAt(issue.path).map((name) => prefix + name),
        );
        return { path: [...issue.path, key], message: `unknown key; ${near}` };
      });
    }
    const value = valueAt(values, issue.path);
    // A name, or something else instead: who writes a text means a name.
    const names = issue.code === 'invalid_union' ? issue.errors[0]?.[0] : undefined;
    if (names?.code === 'invalid_value' && typeof value === 'string')
      return problemsOf([{ ...names, path: issue.path }], values, keysAt);
    if (issue.code === 'invalid_value') {
      return [{ path: issue.path, message: 'unknown', value, candidates: issue.values.map(String) }];
    }
    if (issue.code === 'custom') return [{ path: issue.path, message: issue.message }];
    return [{ path: issue.path, message: `${expectationOf(issue)}, got ${shown(value)}` }];
  });
}

/** Faults that are listed, at most. */
const mostLines = 40;

/** Throws one `UserError` that lists every problem with its place. */
export function throwProblems(problems: readonly Problem[], source: ConfigSource, origin: string): never {
  const lines = problems.map((problem) => {
    const key = label(problem.path.map(String).join('.'));
    const place = problem.place ?? source.place(problem.path);
    const where = [place, key].filter((part) => part !== undefined && part !== '').join(', ');
    return where ? `${where}: ${words(problem, place !== undefined)}` : words(problem, true);
  });
  lines.sort((a, b) => lineNumber(a) - lineNumber(b));
  if (lines.length === 1) throw new UserError(`${origin}, ${lines[0]}`);
  const more = lines.length > mostLines ? [`and ${lines.length - mostLines} more`] : [];
  throw new UserError(
    `${origin} has ${lines.length} faults:\n${[...lines.slice(0, mostLines), ...more].map((line) => `  ${line}`).join('\n')}`,
  );
}

function words(problem: Problem, given: boolean): string {
  if (!problem.candidates) return problem.message;
  if (problem.candidates.length === 0) return 'no value of this key is available in this version';
  const list = problem.candidates.join(', ');
  if (!given) return `not given, and its default is not available in this version; choose one of: ${list}`;
  const near = typeof problem.value === 'string' ? `; ${suggestion(problem.value, problem.candidates)}` : '';
  return `${shown(problem.value)} is not available; expected one of: ${list}${near}`;
}

/** Lines of the file in order, then everything else. */
function lineNumber(text: string): number {
  return Number(/^line (\d+)/.exec(text)?.[1] ?? Number.MAX_SAFE_INTEGER);
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a group of keys',
  array: 'a list',
  record: 'a group of keys',
};

function expectationOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeWords[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `expected ${issue.inclusive ? 'at least' : 'more than'} ${String(issue.minimum)}`;
    case 'too_big':
      return `expected ${issue.inclusive ? 'at most' : 'less than'} ${String(issue.maximum)}`;
    default:
      return issue.message;
  }
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  return label(JSON.stringify(value) ?? String(value), 120);
}
