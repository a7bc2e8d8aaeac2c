/** @file The library's one call: does a network fulfil a specification? */
import type { VnnlibProperty } from '../../formats/vnnlib/property.ts';
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';
import type { ImportedFile } from '../../nn/import/importOnnx.ts';
import { requireBox, type Specification } from '../specification.ts';
import type { VerificationResult } from '../verdict.ts';
import { refuteAll, type RefuteOptions } from './refuteAll.ts';
import { boxStatement } from './statements.ts';
import { openNetwork } from './subject.ts';
import { requireMatch, specificationsOf } from './vnnlibSpecification.ts';

/** Choices of `verify`; all have defaults. Time and memory limits cover everything that the call does. */
export interface LibraryOptions extends RefuteOptions {
  /** Threads of one operation; default one a processor. */
  readonly threads?: number;
}

/**
 * Decides whether a network fulfils a specification: attack, interval bounds, CROWN, α-CROWN, branch and bound; the
 * first answer wins. Works in the calling thread and gives way to other events only now and then: put long questions
 * into a worker, or use `verifyInstance`, which has a process of its own.
 *
 * ```ts
 * const network = readOnnxNetwork('model.onnx');
 * const result = await verify(network, readVnnlib('property.vnnlib'), {
 *   timeoutSeconds: 60,
 *   onProgress: ({ domains, worstBound }) => console.log(domains, worstBound),
 *   signal: AbortSignal.timeout(90_000),
 * });
 * if (result.verdict.kind === 'falsified') console.log(result.verdict.witness.input);
 * ```
 *
 * @param network of this library, an imported ONNX model (counterexamples are then replayed in the file's own
 *   model), or PyTorch weights (`readTorchNetwork`)
 * @param specification a box with unsafe outputs (`robustness` makes those of images), several of them (all must
 *   hold), or a property read from VNN-LIB
 * @returns `verified`, `falsified` with a counterexample that plain ONNX Runtime has confirmed, or `unknown` and why
 * @throws UserError where sizes do not fit; the signal's reason on cancellation; errors of the engine
 */
export async function verify(
  network: NumberedNetwork | ImportedFile,
  specification: Specification | readonly Specification[] | VnnlibProperty,
  { threads, ...options }: LibraryOptions = {},
): Promise<VerificationResult> {
  const started = performance.now();
  options.signal?.throwIfAborted();
  const opened = await openNetwork(network, threads === undefined ? {} : { threads });
  if ('cases' in specification)
    requireMatch(specification, opened, { property: 'the property', model: network.network.name });
  const specs = 'cases' in specification ? specificationsOf(specification) : [specification].flat();
  for (const spec of specs) requireSizes(spec, opened.inputShape, opened.outputShape);
  const seconds = (): number => (performance.now() - started) / 1000;
  const { timeoutSeconds = Infinity } = options;
  const result = await refuteAll(opened.tools, specs, {
    ...options,
    ...(specs.length === 1 && { statement: boxStatement(specs[0]) }),
    timeoutSeconds: timeoutSeconds - seconds(),
  });
  return { ...result, seconds: seconds() };
}

function requireSizes(
  spec: Specification,
  inputShape: readonly number[],
  outputShape: readonly number[],
): void {
  const { lower, upper, ball, unsafe } = spec;
  const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  for (const side of [lower, upper])
    if (side.length !== count(inputShape))
      throw new RangeError(
        `the box has ${side.length} sides, the network's input is [${inputShape.join(',')}]`,
      );
  for (const part of ball ? [ball.center, ball.radius] : [])
    if (part.length !== lower.length)
      throw new RangeError(`the ball has ${part.length} dimensions, the box ${lower.length}`);
  requireBox(spec);
  if (unsafe.length === 0 || unsafe.some((rows) => rows.length === 0))
    throw new RangeError('the specification has no unsafe outputs, or an empty conjunction of them');
  for (const { coefficients } of unsafe.flat())
    if (coefficients.length !== count(outputShape))
      throw new RangeError(
        `a row has ${coefficients.length} coefficients, the network's output is [${outputShape.join(',')}]`,
      );
}
