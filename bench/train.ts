/** @file Training steps against the machine's matrix-product rate. Arguments: names of cases, default all. */
import { header } from './machine.ts';
import { trainLine } from './figures.ts';
import { trainCases } from './trainSteps.ts';

const threads = Number(process.env['THREADS'] ?? 2);
const rounds = Number(process.env['ROUNDS'] ?? 12);
const wanted = process.argv.slice(2);
console.log(header());
for (const test of trainCases)
  if (wanted.length === 0 || wanted.includes(test.name)) console.log(await trainLine(test, threads, rounds));
