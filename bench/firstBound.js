/** @file A process of the built package that bounds a small network once: what `startup.ts` times. */
import { alphaRows } from '../dist/bounds/rowBounds.js';
import { boxOf } from '../dist/bounds/box.js';
import { boundMachine } from '../dist/bounds/machine.js';
import { rootBounds } from '../dist/bounds/rootBounds.js';
import { createRng } from '../dist/data/rng.js';
import { initialize } from '../dist/nn/initialize.js';
import { buildModel } from '../dist/nn/zoo/models.js';
import { prepareNetwork } from '../dist/verify/prepare.js';

const network = buildModel('cnn_small', {
  classes: 10,
  inputShape: [1, 28, 28],
  bn: false,
  normalization: { mean: [0], std: [1] },
});
const { bounded } = prepareNetwork({ network, numbers: initialize(network, createRng(0)) });
const machine = boundMachine(bounded, { threads: 1 });
const box = boxOf(new Float64Array(784).fill(0.45), new Float64Array(784).fill(0.46));
const root = await rootBounds(machine, box);
const row = Float32Array.of(1, -1, 0, 0, 0, 0, 0, 0, 0, 0);
const { lower } = await alphaRows(machine, box, root, row, 1, 0);
process.stdout.write(`${lower[0]}\n`);
