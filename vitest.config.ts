import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const files = ['src', 'tests']
  .flatMap((folder) =>
    readdirSync(join(import.meta.dirname, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file).replaceAll('\\', '/'),
    ),
  )
  .filter((file) => file.endsWith('.test.ts'));

const isOfTheCommand = (file: string): boolean => /^tests\/(?:e2e|exam)\//.test(file);
/** What does not depend on the Node at hand: numbers of others, long series of laws, mutants, networks by the dozen. */
const isOfASeries = (file: string): boolean =>
  /^tests\/(?:oracles|soundness|fuzz)\/|^src\/nn\/zoo\/study\.test/.test(file);

/** Such a file replaces modules, spies on the process or adds members to families: its process is good for no other. */
const changesItsProcess = (file: string): boolean =>
  /\bvi\.(?:mock|hoisted|spyOn)\b|plugin|queues\.testing/i.test(
    readFileSync(join(import.meta.dirname, file), 'utf8'),
  );

/** Loading the modules takes as long as many a test: files share processes, and those that cannot are a project beside. */
const sharing = (name: string, include: readonly string[], testTimeout = 30_000) => [
  {
    extends: true as const,
    test: { name, isolate: false, testTimeout, include: include.filter((file) => !changesItsProcess(file)) },
  },
  {
    extends: true as const,
    test: { name: `${name}-alone`, testTimeout, include: include.filter(changesItsProcess) },
  },
];

/** onnxruntime-node keeps native state per process, so files run in processes, not in threads. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    hookTimeout: 60_000,
    projects: [
      ...sharing(
        'unit',
        files.filter((file) => !isOfTheCommand(file) && !isOfASeries(file)),
      ),
      ...sharing('series', files.filter(isOfASeries), 180_000),
      {
        extends: true,
        test: { name: 'exam', include: ['tests/exam/**/*.test.ts'], testTimeout: 300_000 },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
