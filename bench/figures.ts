/** @file One line for each figure: time against flops/rate, both taken in the same rounds. */
import { layerMultiplyAccumulates } from './flops.ts';
import { ibpCase, domainBlock, initialNetwork, unstableCounts } from './domains.ts';
import { interleave, type Timing } from './interleave.ts';
import { matrixProduct } from './matmulRate.ts';
import { prepareStep, type TrainCase } from './trainSteps.ts';
import { cifar10 } from '../src/data/cifar10.ts';

interface Measured {
  readonly name: string;
  readonly flops: number;
  readonly time: Timing;
  readonly product: Timing;
  readonly productFlops: number;
  readonly threads: number;
  readonly target?: number | undefined;
}

const milliseconds = (seconds: number): string => (seconds * 1e3).toFixed(seconds < 0.02 ? 1 : 0);

/** The quotient by wall time, and by processor time, which other processes disturb less but which hides idle threads. */
function line({ name, flops, time, product, productFlops, threads, target }: Measured): string {
  const quotient = (kind: keyof Timing): string =>
    (time[kind] / ((flops * product[kind]) / productFlops)).toFixed(2);
  const rate = productFlops / product.wall;
  return (
    `${name}: ${milliseconds(time.wall)} ms; ${(flops / 1e9).toFixed(2)} GFLOP at ${(rate / 1e9).toFixed(0)} GFLOP/s ` +
    `(f32 matrix product, ${threads} thread${threads === 1 ? '' : 's'}) = ${milliseconds(flops / rate)} ms: ` +
    `${quotient('wall')} x, by processor time ${quotient('cpu')} x${target === undefined ? '' : ` (target ${target})`}`
  );
}

/** A training step: its least time over the rounds against the best rate of the same rounds. */
export async function trainLine(test: TrainCase, threads: number, rounds: number): Promise<string> {
  const step = await prepareStep(test, threads);
  const product = await matrixProduct(threads, step.flops);
  const times = await interleave(rounds, { product: product.run, step: step.run });
  const { name, target } = test;
  const { step: time } = times;
  return line({
    name: `${name} step`,
    flops: step.flops,
    time,
    product: times.product,
    productFlops: product.flops,
    threads,
    target,
  });
}

export const deepNetwork = () =>
  initialNetwork('cifar_model_deep', {
    classes: 10,
    inputShape: [3, 32, 32],
    bn: true,
    normalization: cifar10.normalization,
  });

/** Share of unstable neurons of the benchmark's box; adversarially trained networks have 5 to 20 % in use. */
export const unstableShare = 0.2;

/** One iteration of β-CROWN over 32 domains on one thread: coefficients backward, values forward. */
export async function betaCrownLine(rounds: number): Promise<string[]> {
  const domains = 32;
  const iterations = 10;
  const bounded = await ibpCase(deepNetwork(), unstableShare, { threads: 1 });
  const block = domainBlock(bounded, domains, iterations);
  const evaluation = domainBlock(bounded, domains, 0);
  const flops = 4 * domains * layerMultiplyAccumulates(bounded.machine.net.network).all;
  const product = await matrixProduct(1, flops * iterations);
  await block.run();
  await evaluation.run();
  const times = await interleave(rounds, {
    product: product.run,
    block: block.run,
    productAgain: product.run,
    evaluation: evaluation.run,
  });
  const per = (kind: keyof Timing): number => (times.block[kind] - times.evaluation[kind]) / iterations;
  const best = (kind: keyof Timing): number => Math.min(times.product[kind], times.productAgain[kind]);
  const figure = line({
    name: 'beta-CROWN iteration, 32 domains',
    flops,
    time: { wall: per('wall'), cpu: per('cpu') },
    product: { wall: best('wall'), cpu: best('cpu') },
    productFlops: product.flops,
    threads: 1,
    target: 2.3,
  });
  return [
    figure,
    `  a block of ${iterations} with its sound evaluation ${milliseconds(times.block.wall)} ms, the evaluation alone ` +
      `${milliseconds(times.evaluation.wall)} ms; unstable neurons by ReLU ${unstableCounts(bounded.sites)}`,
  ];
}
