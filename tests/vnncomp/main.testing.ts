/** @file The command line run from its sources, for tests that start it as a process. */
import { main } from '../../src/cli/main.ts';

process.exitCode = await main(process.argv.slice(2), {
  startedAt: Number(process.hrtime.bigint()) / 1e6 - performance.now(),
});
