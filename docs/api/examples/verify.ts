// A network of this library's own, a box around an input, a verdict, its certificate, and the check of it.
import { readFileSync } from 'node:fs';
import {
  check,
  createRng,
  initialize,
  marginRow,
  robustness,
  safetyMargin,
  sequential,
  verify,
} from 'certprune';

const network = sequential('little', [4]).linear(8).relu().linear(3).build();
const numbers = initialize(network, createRng(1));
const image = [0.2, 0.8, 0.4, 0.6];

// "The answer stays class c": asked for every class, one of which it is.
for (const label of [0, 1, 2]) {
  const question = robustness(image, label, 3, 0.01);
  const { verdict } = await verify({ network, numbers }, question, {
    timeoutSeconds: 20,
    signal: AbortSignal.timeout(60_000),
    certificate: `proof-${label}.safetensors`,
  });
  console.log(label, verdict.kind);
  if (verdict.kind === 'falsified') console.log(safetyMargin(question.unsafe, verdict.witness.outputs) <= 0);
  if (verdict.kind !== 'verified') continue;
  // Independent of the prover, and of this library: bytes in, a report out.
  const { result, statement } = await check(
    readFileSync(`proof-${label}.safetensors`),
    readFileSync('model.onnx'),
  );
  console.log(result, statement);
}

// The same question in its parts: unsafe where logit 0 − logit 2 ≤ 0.
console.log(marginRow(0, 2, 3).coefficients.join(' '));
