/** @file The verifier as the exam asks it: bounds alone must tell, no attack finds what they overlook. */
import type { NumberedNetwork } from '../../src/nn/foldBatchNorm.ts';
import { createVerifier, type VerifyOptions } from '../../src/verify/pipeline.ts';
import { prepareNetwork } from '../../src/verify/prepare.ts';
import type { Specification } from '../../src/verify/specification.ts';
import type { VerificationResult } from '../../src/verify/verdict.ts';

const feeble = { steps: 1, restarts: 0, relativeStep: 1 };

/** Small limits: an answer within them, or none. */
const limits: VerifyOptions = {
  timeoutSeconds: 10,
  maxDomains: 64,
  intermediateIterations: 2,
  cheapAttack: feeble,
  strongAttack: feeble,
};

/** One network, ready to be asked; `outputs` are those of plain ONNX Runtime. */
export async function openVerifier(given: NumberedNetwork): Promise<{
  readonly verify: (spec: Specification, options?: VerifyOptions) => Promise<VerificationResult>;
  readonly outputs: (input: Float32Array) => Promise<Float32Array>;
}> {
  const verifier = await createVerifier(prepareNetwork(given), { threads: 1 });
  return {
    verify: (spec, options = {}) => verifier.verify(spec, { ...limits, ...options }),
    outputs: verifier.replayer.outputs,
  };
}
