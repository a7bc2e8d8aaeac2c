/** @file The rule of the rooms: which folder of src/ may import what. Pure: file texts in, violations out. */
import { posix } from 'node:path';
import { parseSync } from 'vite';

/** Folders of src/ in their order: each imports only from itself and from those before it. */
export const rooms = [
  'check',
  'formats',
  'family',
  'tensor',
  'engine',
  'data',
  'nn',
  'bounds',
  'certify',
  'attack',
  'train',
  'prune',
  'verify',
  'run',
  'report',
  'library',
  'cli',
];

/** Packages that one room alone may import; tests may too, as an oracle. */
const ownedPackages: Record<string, string> = {
  'onnxruntime-node': 'engine',
  'onnxruntime-common': 'engine',
};

/** Rooms that import nothing but themselves: no package, no Node module either. */
const closedRooms = ['check'];

/** Rooms that another must not reach even through others: reading a run must not load the machine. */
const unreachable: Record<string, string[]> = { report: ['engine'] };

/** One broken rule, at a 1-based line of a file given by its path from the project's root. */
export interface Violation {
  file: string;
  line: number;
  message: string;
}

interface Import {
  specifier: string;
  line: number;
  typeOnly: boolean;
}

interface Node {
  type: string;
  start: number;
  [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

const textOf = (value: unknown): string | undefined =>
  isNode(value) && value.type === 'Literal' && typeof value['value'] === 'string'
    ? value['value']
    : undefined;

const isNamed = (value: unknown, name: string): boolean => isNode(value) && value['name'] === name;

/** The module a node refers to: import, re-export, import(), import type, require(), new URL('./worker.ts', …). */
function specifierOf(node: Node): string | undefined {
  if (node.type === 'TSExternalModuleReference') return textOf(node['expression']);
  const first = Array.isArray(node['arguments']) ? textOf(node['arguments'][0]) : undefined;
  if (node.type === 'CallExpression' && isNamed(node['callee'], 'require')) return first;
  const isUrl = node.type === 'NewExpression' && isNamed(node['callee'], 'URL');
  if (isUrl && first !== undefined && /^\.{1,2}\/.*\.[jt]s$/.test(first)) return first;
  return textOf(node['source']);
}

/** Imports of a file, in their order; undefined where the file is not TypeScript. */
function importsOf(file: string, text: string): Import[] | undefined {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) return undefined;
  const found: Import[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isNode(value)) return;
    const specifier = specifierOf(value);
    if (specifier !== undefined) {
      const line = text.slice(0, value.start).split('\n').length;
      const kind = value['importKind'] ?? value['exportKind'];
      found.push({ specifier, line, typeOnly: kind === 'type' || value.type === 'TSImportType' });
    }
    Object.values(value).forEach(visit);
  };
  visit(program);
  return found;
}

const folderOf = (path: string): string => path.split('/')[1] ?? '';
const isTest = (path: string): boolean => path.endsWith('.test.ts');
const isInRoom = (path: string): boolean => path.startsWith('src/') && path.split('/').length > 2;

/** The file that a relative import names. */
const targetOf = (file: string, specifier: string): string =>
  posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts');

/** What is wrong with one import of one file of src/, or undefined. */
function judge(file: string, specifier: string): string | undefined {
  const from = isInRoom(file) ? folderOf(file) : undefined;
  if (!specifier.startsWith('.')) {
    if (from !== undefined && closedRooms.includes(from) && !isTest(file))
      return `${from} stands on the ground: it imports no package (${specifier})`;
    const owner = ownedPackages[specifier.split('/')[0]];
    return owner !== undefined && owner !== from && !isTest(file)
      ? `${specifier} is imported by src/${owner} only`
      : undefined;
  }
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  if (!target.startsWith('src/')) return `src imports nothing from outside src (${target})`;
  if (!isInRoom(target)) {
    return from === undefined ? undefined : `a room does not import the public library (${target})`;
  }
  const to = folderOf(target);
  if (from === undefined) return to === 'cli' ? 'the public library does not import cli' : undefined;
  if (rooms.indexOf(to) <= rooms.indexOf(from)) return undefined;
  return `${from} must not import ${to}: arrows point from later rooms to earlier ones (${rooms.join(', ')})`;
}

/** Chains of loaded modules that lead from a room to one it must not reach; one violation a starting file. */
function forbiddenChains(imports: Map<string, Import[]>): Violation[] {
  const violations: Violation[] = [];
  for (const start of imports.keys()) {
    const forbidden = isInRoom(start) && !isTest(start) ? unreachable[folderOf(start)] : undefined;
    if (forbidden === undefined) continue;
    const cameFrom = new Map<string, string | undefined>([[start, undefined]]);
    for (const file of cameFrom.keys()) {
      if (forbidden.includes(folderOf(file))) {
        const chain = [file];
        for (let at = cameFrom.get(file); at !== undefined; at = cameFrom.get(at)) chain.unshift(at);
        const message = `${folderOf(start)} must not load ${folderOf(file)}: ${chain.join(' → ')}`;
        violations.push({ file: start, line: 1, message });
        break;
      }
      for (const { specifier, typeOnly } of imports.get(file) ?? []) {
        if (typeOnly || !specifier.startsWith('.')) continue;
        const target = targetOf(file, specifier);
        if (!cameFrom.has(target)) cameFrom.set(target, file);
      }
    }
  }
  return violations;
}

/** Circles of imports, those of types included; one violation at each import that closes one. */
function circles(imports: ReadonlyMap<string, Import[]>): Violation[] {
  const violations: Violation[] = [];
  const done = new Set<string>();
  const visit = (file: string, before: readonly string[]): void => {
    if (done.has(file)) return;
    const path = [...before, file];
    for (const { specifier, line } of imports.get(file) ?? []) {
      const target = targetOf(file, specifier);
      const at = path.indexOf(target);
      if (at < 0) visit(target, path);
      else violations.push({ file, line, message: `a circle: ${[...path.slice(at), target].join(' → ')}` });
    }
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return violations;
}

/**
 * The arrows between rooms as a Mermaid chart: which room imports which, drawn from production files. An arrow that
 * follows from others is left out.
 */
export function roomChart(files: ReadonlyMap<string, string>): string {
  const direct = new Map<string, Set<string>>(rooms.map((room) => [room, new Set()]));
  for (const [file, text] of files) {
    if (!isInRoom(file) || isTest(file) || file.endsWith('.testing.ts')) continue;
    for (const { specifier } of importsOf(file, text) ?? [])
      if (specifier.startsWith('.')) direct.get(folderOf(file))?.add(folderOf(targetOf(file, specifier)));
  }
  const reached = new Map<string, Set<string>>();
  const lines: string[] = [];
  for (const room of rooms) {
    const others = [...direct.get(room)!].filter((other) => other !== room);
    reached.set(room, new Set(others.flatMap((other) => [other, ...(reached.get(other) ?? [])])));
    const implied = (to: string): boolean => others.some((other) => reached.get(other)?.has(to));
    const drawn = others.filter((to) => !implied(to)).sort((a, b) => rooms.indexOf(b) - rooms.indexOf(a));
    lines.unshift(...drawn.map((to) => `  ${room} --> ${to}`));
  }
  return ['```mermaid', 'flowchart TD', ...lines, '```'].join('\n');
}

/**
 * Checks every TypeScript file of src/: known room, `@file` line, arrows, owned packages, circles. Tests beside their
 * file obey the arrows too; they may use owned packages as oracles and need no `@file` line.
 * @param files path from the project's root, with forward slashes → text
 */
export function findViolations(files: ReadonlyMap<string, string>): Violation[] {
  const violations: Violation[] = [];
  const imports = new Map<string, Import[]>();
  for (const [file, text] of files) {
    if (!isTest(file) && !text.startsWith('/** @file ')) {
      violations.push({ file, line: 1, message: 'the file opens with /** @file … */, its one subject' });
    }
    if (isInRoom(file) && !isTest(file) && !rooms.includes(folderOf(file))) {
      violations.push({
        file,
        line: 1,
        message: `src/${folderOf(file)} is not a room (${rooms.join(', ')})`,
      });
    }
    const found = importsOf(file, text);
    if (found === undefined) {
      violations.push({ file, line: 1, message: 'the file does not parse' });
      continue;
    }
    imports.set(file, found);
    for (const { specifier, line } of found) {
      const message = judge(file, specifier);
      if (message !== undefined) violations.push({ file, line, message });
    }
  }
  return [...violations, ...forbiddenChains(imports), ...circles(imports)];
}
