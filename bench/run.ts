/**
 * @file Every figure of performance in one run: `npm run bench [figure …]`, figures CE, FGSM, beta, workers, startup,
 * memory, torch (all by default), and by name only, for minutes: sparse, compress, gathered; `certify` has options of its own.
 * ROUNDS (12) repeats, THREADS (2) of the training steps, PRESET (mnist-smoke) of memory.
 */
import { betaCrownLine, trainLine } from './figures.ts';
import { certifyTables } from './certify.ts';
import { gatheredLines } from './gathered.ts';
import { header } from './machine.ts';
import { compressLines } from './compress.ts';
import { memoryLine } from './memory.ts';
import { sparseLines } from './sparse.ts';
import { startupLine } from './startup.ts';
import { trainCase } from './trainSteps.ts';
import { torchLine } from './torch.ts';
import { workersLine } from './workers.ts';

const threads = Number(process.env['THREADS'] ?? 2);
const rounds = Number(process.env['ROUNDS'] ?? 12);
const preset = process.env['PRESET'] ?? 'mnist-smoke';

const training = (name: string) => async (): Promise<string[]> => [
  await trainLine(trainCase(name), threads, rounds),
];

const figures: Readonly<Record<string, () => Promise<string[]>>> = {
  CE: training('CE'),
  FGSM: training('FGSM'),
  beta: () => betaCrownLine(rounds),
  workers: async () => [await workersLine(Math.ceil(rounds / 3), 2)],
  startup: async () => [await startupLine(Math.ceil(rounds / 2))],
  memory: async () => [await memoryLine(preset)],
  torch: async () => [await torchLine(threads, rounds)],
};

const longFigures: Readonly<Record<string, () => AsyncIterable<string>>> = {
  sparse: sparseLines,
  compress: compressLines,
  gathered: () => gatheredLines(20 * rounds),
};
const known = { ...figures, ...longFigures };

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(figures);
const unknown = wanted.filter((name) => !Object.hasOwn(known, name));
if (wanted[0] === 'certify') await certifyTables(wanted.slice(1));
else if (unknown.length > 0) {
  console.error(`no figure '${unknown.join("', '")}'; there are ${Object.keys(known).join(', ')}`);
  process.exitCode = 2;
} else {
  console.log(header());
  console.log(`least times and best rates of ${rounds} rounds taken in turn (x: times flops/rate)`);
  for (const name of wanted) for await (const line of await known[name]()) console.log(line);
}
