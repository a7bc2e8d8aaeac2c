/** @file What every model promises. */
import { isNormalize } from '../../../nn/layers/normalize.ts';
import { createRng, type Rng } from '../../../data/rng.ts';
import { encodeModel } from '../../../formats/onnx/encode.ts';
import { hostTensor } from '../../../engine/hostTensor.ts';
import { openPlainModel } from '../../../engine/replay.ts';
import { networkRunner } from '../../../nn/import/runners.ts';
import { initialize } from '../../../nn/initialize.ts';
import type { NumberedNetwork } from '../../../nn/foldBatchNorm.ts';
import type { Network } from '../../../nn/network.ts';
import { layerShapes, outputShape } from '../../../nn/shapes.ts';
import { onnxNames, toOnnx } from '../../../nn/toOnnx.ts';
import type { Model } from '../../../nn/zoo/model.ts';
import { sizeOf } from '../../../tensor/index.ts';
import { createVerifier } from '../../../verify/pipeline.ts';
import { prepareNetwork } from '../../../verify/prepare.ts';
import { robustness } from '../../../verify/specification.ts';
import { checksOf, holds, type Check } from './check.ts';

/** Images and classes that a model is built for. */
const kinds = [
  { inputShape: [1, 28, 28], classes: 10 },
  { inputShape: [3, 32, 32], classes: 5 },
];

const normalizationOf = (channels: number) => ({
  mean: new Array<number>(channels).fill(0.4),
  std: new Array<number>(channels).fill(0.25),
});

const randomImage = (network: Network, rng: Rng): Float32Array =>
  rng.fillUniform(new Float32Array(sizeOf(network.inputShape)), 0, 1);

/** Logits at an image, through the engine. */
function logitsOf(net: NumberedNetwork): (x: Float32Array) => Promise<number[]> {
  const run = networkRunner(net);
  return async (x) => Array.from(await run(x));
}

/** @param model a member of the family, under its name */
export function modelChecks({ build, fixed }: Model): Check[] {
  const choices = (fixed ? [fixed] : kinds).flatMap((kind) =>
    [false, true].map((bn) => ({ ...kind, bn, normalization: normalizationOf(kind.inputShape[0]) })),
  );
  const smallest = (): { network: Network; numbers: Record<string, Float32Array> } => {
    const network = build(choices[0]);
    return { network, numbers: initialize(network, createRng('model check')) };
  };
  return checksOf({
    'shapes fit, from the image to a logit a class'() {
      for (const choice of choices) {
        const network = build(choice);
        const asked = `${choice.inputShape.join('x')}, ${choice.classes} classes`;
        holds(
          network.inputShape.join() === choice.inputShape.join(),
          `for ${asked} it takes images of ${network.inputShape.join('x')}`,
        );
        const found = outputShape(network).join();
        holds(found === String(choice.classes), `for ${asked} its output has the shape [${found}]`);
        for (const [layer, shape] of layerShapes(network))
          holds(Math.min(...shape) > 0, `for ${asked} ${layer} has the shape [${shape.join(',')}]`);
        holds(
          network.layers.find(isNormalize)?.inputs[0] === 'input',
          `for ${asked} the first layer is not the normalisation it was handed`,
        );
      }
    },
    async 'the exported ONNX file computes the same'() {
      const net = smallest();
      const shape = [1, ...net.network.inputShape];
      const plain = await openPlainModel(encodeModel(toOnnx(net.network, net.numbers)), { threads: 1 });
      const own = logitsOf(net);
      const rng = createRng('export check');
      for (let i = 0; i < 3; i++) {
        const x = randomImage(net.network, rng);
        const outputs = await plain.run({ [onnxNames.input]: hostTensor(x, shape) });
        const [there, here] = [outputs[onnxNames.output].data, await own(x)];
        const worst = Math.max(...here.map((v, j) => Math.abs(v - Number(there[j]))));
        holds(worst <= 1e-4 * Math.max(1, ...here.map(Math.abs)), `logits differ by ${worst}`);
      }
    },
    async 'bounds hold: no sampled margin is below what the verifier proves'() {
      const net = smallest();
      const { classes } = choices[0];
      const verifier = await createVerifier(prepareNetwork(net), { threads: 1 });
      const own = logitsOf(net);
      const rng = createRng('bounds check');
      for (const epsilon of [0.002, 0.02]) {
        const image = randomImage(net.network, rng);
        const logits = await own(image);
        const label = logits.indexOf(Math.max(...logits));
        const spec = robustness(image, label, classes, epsilon);
        const { lowerBound, verdict } = await verifier.verify(spec, { timeoutSeconds: 5 });
        for (let k = 0; k < 50; k++) {
          const x = image.map((v) =>
            Math.min(1, Math.max(0, v + epsilon * Math.sign(rng.uniform(0, 1) - 0.5))),
          );
          const at = await own(x);
          const margin = Math.min(...at.filter((_, j) => j !== label).map((v) => at[label] - v));
          holds(
            margin >= lowerBound - 1e-4 && (verdict.kind !== 'verified' || margin > -1e-4),
            `within ${epsilon} the margin falls to ${margin}, proven is ${lowerBound} (${verdict.kind})`,
          );
        }
      }
    },
  });
}
