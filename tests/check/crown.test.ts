import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readModel } from '../../src/check/files/readModel.ts';
import { compileGraph } from '../../src/check/graph/compile.ts';
import { openCheck } from '../../src/check/session.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { encodeModel } from '../../src/formats/onnx/encode.ts';
import { sharedPath } from '../../src/formats/shared.testing.ts';
import { stateDictOf } from '../../src/formats/stateDict.ts';
import { readTorch } from '../../src/formats/torchFile.ts';
import { matchStateDict, numbersOf } from '../../src/nn/loadStateDict.ts';
import { toOnnx } from '../../src/nn/toOnnx.ts';
import { convThenLinear } from '../../src/nn/zoo/model.ts';

const convs = [
  { channels: 16, kernel: 4, stride: 2, padding: 1 },
  { channels: 32, kernel: 4, stride: 2, padding: 1 },
];

/** auto_LiRPA, f64. The checker meets every walk with the interval of the bounds before it, so it may be above, not below. */
it('gives bounds of CROWN or a little better where multipliers are adaptive (mnist_cnn_a_adv, ε .3)', () => {
  const paths = [
    'models/sdp/mnist_cnn_a_adv.model',
    'data/sdp/mnist_x.npy',
    'oracle/crown/mnist_cnn_a_adv.json',
  ].map(sharedPath);
  if (paths.includes(undefined)) return;
  const [model, images, oracle] = paths as string[];
  const network = convThenLinear(
    'cnn_a',
    convs,
    [100],
  )({ inputShape: [1, 28, 28], classes: 10, bn: false, normalization: { mean: [0], std: [1] } });
  const numbers = numbersOf(matchStateDict(network, stateDictOf(readTorch(model))).matched);
  const graph = compileGraph(readModel(encodeModel(toOnnx(network, numbers))));
  const pixels = readNpy(images).data as ArrayLike<number>;
  const { mnist } = JSON.parse(readFileSync(oracle, 'utf8')) as {
    mnist: {
      index: number;
      label: number;
      targets: number[];
      CROWN: number[];
      'alpha-joint-100': number[];
    }[];
  };
  for (const { index, label, targets, CROWN, 'alpha-joint-100': joint } of mnist) {
    const x = Float64Array.from({ length: 784 }, (_, i) => pixels[index * 784 + i]);
    const unsafe = targets.map((target) => {
      const coefficients = new Float64Array(10);
      [coefficients[label], coefficients[target]] = [1, -1];
      return [{ coefficients, bound: 0 }];
    });
    const set = {
      lower: x.map((v) => Math.max(0, v - 0.3)),
      upper: x.map((v) => Math.min(1, v + 0.3)),
      unsafe,
    };
    const session = openCheck(graph, set, { float: 'none', flush: false });
    const path = session.derive(session.root, { kind: 'adaptive' });
    const proof = { rows: [], changes: [], betas: new Float64Array(0) };
    const bounds = session.leaves(targets.map((_, conjunction) => ({ path, conjunction, proof })));
    CROWN.forEach((bound, k) => {
      expect(bounds[k]).toBeGreaterThan(bound - 1e-5);
      expect(bounds[k]).toBeLessThan(joint[k] + 1e-3);
    });
  }
});
