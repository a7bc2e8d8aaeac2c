/** @file Peak memory of one training step in a process of its own: `stepMemory.ts CASE THREADS` prints megabytes. */
import { prepareStep, trainCase } from './trainSteps.ts';

const [name, threads] = process.argv.slice(2);
const { run } = await prepareStep(trainCase(name), Number(threads));
for (let i = 0; i < 4; i++) await run();
console.log((process.resourceUsage().maxRSS / 1000).toFixed(0));
