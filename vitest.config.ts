import { defineConfig } from 'vitest/config';

/** What does not depend on the Node at hand: numbers of others, long series of laws, mutants, networks by the dozen. */
const series = [
  'tests/oracles/**/*.test.ts',
  'tests/soundness/**/*.test.ts',
  'tests/fuzz/**/*.test.ts',
  'src/nn/zoo/study.test.ts',
];

/** onnxruntime-node keeps native state per process, so files run in processes, not in threads. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: ['tests/e2e/**', 'tests/exam/**', ...series],
        },
      },
      { extends: true, test: { name: 'series', include: series, testTimeout: 180_000 } },
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
          fileParallelism: false,
        },
      },
    ],
  },
});
