/** @file Figures of training steps that are measured against other steps: PyTorch's, the original's, the same without NRS. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { interleave } from './interleave.ts';
import { openTorch } from './torch.ts';
import { prepareStep, trainCase } from './trainSteps.ts';

const memoryScript = fileURLToPath(new URL('./stepMemory.ts', import.meta.url));

const milliseconds = (seconds: number): string => `${(seconds * 1e3).toFixed(0)} ms`;

/** Most megabytes of a process that does nothing but the step. */
async function peakOf(name: string, threads: number): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    memoryScript,
    name,
    String(threads),
  ]);
  return Number(stdout);
}

/** FGSM with gradient alignment in turn with PyTorch's; memory of both processes. */
export async function gradAlignLine(threads: number, rounds: number): Promise<string> {
  const name = 'FGSM + GradAlign';
  const peak = await peakOf(name, threads);
  const { run } = await prepareStep(trainCase(name), threads);
  const torch = await openTorch(threads);
  let megabytes = 0;
  const times = await interleave(rounds, {
    own: run,
    ...(torch && { torch: async () => ({ megabytes } = await torch.step(name)) }),
  } as Record<'own' | 'torch', () => Promise<unknown>>);
  torch?.close();
  const own = `${name} step: ${milliseconds(times.own.wall)}, ${peak.toFixed(0)} MB in a process of its own (target 1200 MB)`;
  if (!torch) return `${own}; PyTorch not measured, python3-torch is not installed`;
  return (
    `${own}; PyTorch ${torch.version} eager ${milliseconds(times.torch.wall)}, ${megabytes.toFixed(0)} MB: ` +
    `${(times.own.wall / times.torch.wall).toFixed(2)} x its time (target 0.85)`
  );
}

/** Milliseconds of the original study's CROWN-IBP step with loss fusion on two shared cores: best and worst seen. */
const originalCrownIbp = [1640, 2180] as const;

/** CROWN-IBP with loss fusion against the original's step, which is not run here. */
export async function crownIbpLine(threads: number, rounds: number): Promise<string> {
  const name = 'CROWN-IBP, loss fusion';
  const peak = await peakOf(name, threads);
  const { run } = await prepareStep(trainCase(name), threads);
  const { own } = await interleave(rounds, { own: run });
  const parts = originalCrownIbp.map((ms) => ((own.wall * 1e3) / ms).toFixed(2)).join(' to ');
  return (
    `${name}, step: ${milliseconds(own.wall)} (${milliseconds(own.cpu)} of processor time), ${peak.toFixed(0)} MB; the original's ` +
    `${originalCrownIbp.join(' to ')} ms (auto_LiRPA, known figure): ${parts} x (target 0.45)`
  );
}

/** An FGSM step with the NRS loss on whole batches, in turn with one without. */
export async function nrsLine(threads: number, rounds: number): Promise<string> {
  const plain = await prepareStep(trainCase('FGSM'), threads);
  const regularized = await prepareStep(trainCase('FGSM + NRS'), threads);
  const times = await interleave(rounds, { plain: plain.run, regularized: regularized.run });
  const added = (kind: 'wall' | 'cpu'): string =>
    `${(100 * (times.regularized[kind] / times.plain[kind] - 1)).toFixed(0)} %`;
  return (
    `NRS on an FGSM step: ${milliseconds(times.plain.wall)} to ${milliseconds(times.regularized.wall)}, ` +
    `+${added('wall')}, by processor time +${added('cpu')} (target 60 %; ` +
    `the formulas need +${(100 * (regularized.flops / plain.flops - 1)).toFixed(0)} %)`
  );
}
