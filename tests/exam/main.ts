/**
 * @file `npm run exam [-- --small] [-- --only NAME] [-- --page]`: sits the exam, prints the counts, and with `--page`
 * writes them into docs/exam.md. Exit code 1 if anything was answered wrong.
 */
import { parseArgs } from 'node:util';
import { families } from './families.ts';
import { writePage } from './page.ts';
import { failuresOf, sit, type FamilyResult } from './sit.ts';

const { values: options } = parseArgs({
  options: {
    small: { type: 'boolean', default: false },
    only: { type: 'string' },
    page: { type: 'boolean', default: false },
  },
});
const size = options.small ? 'small' : 'full';
const asked = families.filter(({ name }) => options.only === undefined || name.includes(options.only));
if (asked.length === 0) {
  console.error(`no family '${options.only}'; there are: ${families.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
if (options.page && asked.length < families.length) {
  console.error('--page writes the counts of all families: leave --only out');
  process.exit(2);
}

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const live = process.stderr.isTTY;
const results: FamilyResult[] = [];
for (const [index, family] of asked.entries()) {
  let questions = 0;
  const result = await sit(family, size, interrupt.signal, ({ outcome, question, detail }) => {
    questions++;
    if (outcome === 'wrong') console.error(`\nWRONG ${family.name}: ${question}: ${detail ?? ''}`);
    if (live) process.stderr.write(`\r[${index + 1}/${asked.length}] ${family.name}: ${questions} questions`);
  });
  if (live) process.stderr.write('\r\u001b[K');
  const { right, wrong, open, refused } = result.counts;
  console.log(
    `${family.name}: ${right} right, ${wrong} wrong, ${open} open, ${refused} refused; ${result.seconds.toFixed(0)} s`,
  );
  results.push(result);
  if (interrupt.signal.aborted) break;
}
const failures = results.flatMap((result) =>
  failuresOf(result, size).map((failure) => `${result.family.name}: ${failure}`),
);
for (const failure of failures) console.error(failure);
if (interrupt.signal.aborted) process.exitCode = 130;
else {
  if (options.page) await writePage(results, size);
  process.exitCode = failures.length > 0 ? 1 : 0;
}
