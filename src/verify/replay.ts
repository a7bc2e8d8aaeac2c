/** @file Replay: a counterexample counts only if plain ONNX Runtime agrees on the original network. */
import { openPlainModel, type PlainModel } from '../engine/replay.ts';
import { hostTensor } from '../engine/hostTensor.ts';
import type { Shape } from '../tensor/index.ts';
import { ballNorm } from '../bounds/ball.ts';
import { intoBall, originalPoint, type PreparedNetwork } from './prepare.ts';
import { intoRelations } from './relations/relations.ts';
import { safetyMargin, type Specification } from './specification.ts';
import type { Witness } from './verdict.ts';

/** Runs single inputs through the original model. */
export interface Replayer {
  /** @param input in original units, row-major, without the batch axis */
  readonly outputs: (input: Float32Array) => Promise<Float32Array>;
  /** The same without ONNX Runtime's optimisation of the graph. Default: not asked. */
  readonly unoptimized?: (input: Float32Array) => Promise<Float32Array>;
}

/** @param inputName name and shape of the model's input; by default those of our own export */
export async function replayer(
  prepared: PreparedNetwork,
  inputName = 'input',
  shape: Shape = [1, ...prepared.original.network.inputShape],
): Promise<Replayer> {
  const open = async (optimized: boolean): Promise<Replayer['outputs']> => {
    const model: PlainModel = await openPlainModel(
      prepared.model,
      { threads: 1, ...(!optimized && { optimized }) },
      prepared.original.network.name,
    );
    return async (input) => {
      const found = await model.run({ [inputName]: hostTensor(input, shape) });
      return Object.values(found)[0].data as Float32Array;
    };
  };
  let plain: Promise<Replayer['outputs']> | undefined;
  return {
    outputs: await open(true),
    unoptimized: async (input) => (await (plain ??= open(false)))(input),
  };
}

/** The witness that a point of the original input space is, rounded into the box and the ball; undefined where the replay disagrees. */
export async function confirm(
  { outputs, unoptimized = outputs }: Replayer,
  spec: Specification,
  point: Float32Array,
): Promise<Witness | undefined> {
  const identity = { scale: new Float64Array(point.length).fill(1), shift: new Float64Array(point.length) };
  const { ball, inputRows } = spec;
  const { lower, upper } = spec.inner ?? spec;
  const inBox = originalPoint(identity, point, lower, upper);
  const inBall = ball ? intoBall(ball, inBox, lower, upper) : inBox;
  const input = inputRows?.length ? intoRelations(inputRows, inBall, lower, upper) : inBall;
  if (input.some((v, i) => v < lower[i] || v > upper[i])) return undefined;
  if (ball && ballNorm(ball.norm, input, ball.center, ball.radius) > 1) return undefined;
  const violates = (found: Float32Array): boolean =>
    spec.isCounterexample?.(input, found) ??
    (safetyMargin(spec.unsafe, found) <= 0 && !inputRows?.some((row) => safetyMargin([[row]], input) > 0));
  const found = (await outputs(input)).slice();
  if (!violates(found)) return undefined;
  // Some counterexamples hinge on the order of additions: what only one of both runs shows is none.
  return violates(await unoptimized(input)) ? { input, outputs: found } : undefined;
}
