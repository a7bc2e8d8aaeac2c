/** @file Exam: rules made wrong on purpose, each of which the laws must notice. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExamFamily } from './family.ts';

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs the suite of mutations in a process of its own: it replaces modules. Its failures are in the report it writes. */
const runSuite = (report: string, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const suite = 'tests/soundness/mutations.test.ts';
    const args = [
      vitest,
      'run',
      '--project',
      'series*',
      suite,
      '--reporter=json',
      `--outputFile.json=${report}`,
    ];
    execFile(process.execPath, args, { cwd: root, signal }, (error) =>
      error === null || typeof error.code === 'number' ? resolve() : reject(error),
    );
  });

export const plantedBugs: ExamFamily = {
  name: 'planted bugs',
  asks: 'Each bound rule is made wrong as a slip of the pen would; the laws of bounds must notice.',
  truth: 'The same networks and boxes break no law with the right rules.',
  leastRight: { small: 20, full: 20 },
  async sit({ folder, signal, answered }) {
    const report = join(folder, 'mutations.json');
    await runSuite(report, signal);
    const { testResults } = JSON.parse(await readFile(report, 'utf8')) as Report;
    for (const { fullName, status, failureMessages } of testResults.flatMap((file) => file.assertionResults))
      answered(
        status === 'passed'
          ? { question: fullName, outcome: 'right' }
          : { question: fullName, outcome: 'wrong', detail: failureMessages[0] ?? status },
      );
  },
};
