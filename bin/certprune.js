#!/usr/bin/env node
import { main } from '../dist/cli/main.js';

// The reader of a pipe may leave early (`… | head`), which shows only after the command's end: that is no fault. One who
// leaves the progress behind does not stop the work.
const unlessLeft = (andThen) => (error) => {
  if (error.code !== 'EPIPE') throw error;
  andThen();
};
process.stdout.on(
  'error',
  unlessLeft(() => process.exit()),
);
process.stderr.on(
  'error',
  unlessLeft(() => {}),
);

// Limits count from the start of the process, on the clock that no setting of the time of day moves.
const startedAt = Number(process.hrtime.bigint()) / 1e6 - performance.now();
process.exitCode = await main(process.argv.slice(2), { startedAt });
