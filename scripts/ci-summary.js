/** @file Adds up the JSON results of several vitest runs; the last line is "N passed, N failed". */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** What one run says: its passed, failed and skipped tests, with a word where something else went wrong. */
function countsOf(file) {
  if (!existsSync(file))
    return { passed: 0, failed: 1, skipped: 0, note: 'no results: the run did not finish' };
  const run = JSON.parse(readFileSync(file, 'utf8'));
  // A file that cannot be loaded holds no failed test; it counts as one.
  const unloaded = run.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const counts = {
    passed: run.numPassedTests,
    failed: run.numFailedTests + unloaded,
    skipped: run.numPendingTests + run.numTodoTests,
  };
  if (counts.failed > 0) return counts;
  if (counts.passed === 0) return { ...counts, failed: 1, note: 'no test ran' };
  return run.success ? counts : { ...counts, failed: 1, note: 'an error outside the tests' };
}

const total = { passed: 0, failed: 0 };
for (const file of process.argv.slice(2)) {
  const { passed, failed, skipped, note } = countsOf(file);
  const line = `${basename(file, '.json')}: ${passed} passed, ${failed} failed, ${skipped} skipped`;
  console.log(note === undefined ? line : `${line} (${note})`);
  total.passed += passed;
  total.failed += failed;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
