/**
 * @file Training steps against their targets: `train.ts [CE] [FGSM] [IBP] [GradAlign] [CROWN-IBP] [NRS]`, default all.
 * cifar_model_deep, batch 128, 3x32x32; ROUNDS (12) repeats taken in turn, THREADS (2).
 */
import { trainLine } from './figures.ts';
import { header } from './machine.ts';
import { crownIbpLine, gradAlignLine, nrsLine } from './stepFigures.ts';
import { trainCase } from './trainSteps.ts';

const threads = Number(process.env['THREADS'] ?? 2);
const rounds = Number(process.env['ROUNDS'] ?? 12);

const figures: Readonly<Record<string, () => Promise<string>>> = {
  CE: () => trainLine(trainCase('CE'), threads, rounds),
  FGSM: () => trainLine(trainCase('FGSM'), threads, rounds),
  IBP: () => trainLine(trainCase('IBP'), threads, rounds),
  GradAlign: () => gradAlignLine(threads, rounds),
  'CROWN-IBP': () => crownIbpLine(threads, rounds),
  NRS: () => nrsLine(threads, rounds),
};

console.log(header());
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(figures);
for (const name of wanted) {
  const figure = figures[name];
  console.log(figure ? await figure() : `no figure '${name}'; there are ${Object.keys(figures).join(', ')}`);
}
