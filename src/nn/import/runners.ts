/** @file Runs a model file in plain ONNX Runtime and its import through the engine, one input at a time, and compares. */
import type { Rng } from '../../data/rng.ts';
import { compile } from '../../engine/compile.ts';
import { hostTensor } from '../../engine/hostTensor.ts';
import { openPlainModel } from '../../engine/replay.ts';
import { UserError } from '../../formats/userError.ts';
import { constant, float32, sizeOf } from '../../tensor/index.ts';
import type { NumberedNetwork } from '../foldBatchNorm.ts';
import { forward } from '../forward.ts';
import { parameterSpecs } from '../parameters.ts';
import { layerShapes } from '../shapes.ts';
import { compareOutputs, type Runner } from './check.ts';
import type { ImportedFile } from './importOnnx.ts';
import { hasLocalValues, localCheck } from './localCheck.ts';
import { importSamples, type Sample, type SampledBox } from './samples.ts';

/** The model's own bytes in ONNX Runtime. @throws UserError where it refuses them */
export async function modelRunner({ bytes, input, network }: ImportedFile): Promise<Runner> {
  const model = await openPlainModel(bytes, { threads: 1 }, network.name);
  return async (x) => {
    const [output] = Object.values(await model.run({ [input.name]: hostTensor(x, input.shape) }));
    return (output.data as Float32Array).slice();
  };
}

/** The network in evaluation mode, its numbers constants of one program. */
export function networkRunner({ network, numbers }: NumberedNetwork): Runner {
  const params = Object.fromEntries(
    parameterSpecs(network).map(({ key, shape }) => [key, constant(numbers[key], shape)]),
  );
  const shape = [1, ...network.inputShape];
  const program = compile(
    ({ x }) => ({ y: forward(network, params, x, { mode: 'eval' }).output }),
    { x: float32(shape) },
    { threads: 1 },
  );
  return async (x) => ((await program.run({ x: hostTensor(x, shape) })).y.data as Float32Array).slice();
}

/** Parameters and neurons of a network, and something for each layer: what one comparison costs. */
function workOf({ network, numbers }: NumberedNetwork): number {
  const parameters = Object.values(numbers).reduce((n, values) => n + values.length, 0);
  return [...layerShapes(network).values()].reduce((n, shape) => n + sizeOf(shape) + 3000, parameters);
}

/** Up to this much every value is compared; larger networks at their outputs only, with what rounding adds up to. */
const largestLocal = 8e6;
const outputTolerance = 1e-4;

/** Samples for the first question, and for each later one. */
const samplesFor = (work: number): readonly [number, number] =>
  work < 2e5 ? [24, 6] : work < 2e6 ? [8, 3] : [4, 2];

/** How an import is checked. */
export interface CheckOptions {
  /** Boxes in which the property asks. */
  readonly boxes?: readonly SampledBox[];
  /** Samples; default by the size of the network. */
  readonly samples?: number;
}

/** Checks an import again and again, at other boxes. */
export type ImportChecker = (rng: Rng, options?: CheckOptions) => Promise<CheckResult>;

/** What a check saw. */
export interface CheckResult {
  /** Samples at which import and model were compared. */
  readonly compared: number;
  /** Largest difference, as a share of what is allowed. */
  readonly worst: number;
}

/** A text of the input that tells it apart, short. */
const pointText = (x: Float32Array): string => `[${x.slice(0, 4).join(', ')}${x.length > 4 ? ', …' : ''}]`;

function modelFault({ x }: Sample, outputs: ArrayLike<number>): UserError {
  const i = Array.from(outputs).findIndex((v) => !Number.isFinite(v));
  const where = `at the input ${pointText(x)}, where the property asks about it`;
  const what =
    i >= 0
      ? `its output ${i} is ${outputs[i]}`
      : `one of the values that it computes on the way is no finite number`;
  return new UserError(
    `The model itself fails in ONNX Runtime ${where}: ${what}. ` +
      'Nothing can be said about such a model; look for a division by 0, a negative variance, or numbers beyond 3.4e38.',
  );
}

/**
 * Opens the comparison of an import with its model in plain ONNX Runtime: in the property's boxes, at their corners and
 * centres, at several magnitudes and about the model's own thresholds; every value that layers stand for.
 */
export async function importChecker(imported: ImportedFile): Promise<ImportChecker> {
  const work = workOf(imported);
  const model = await modelRunner(imported);
  const local = work <= largestLocal && hasLocalValues(imported) ? await localCheck(imported) : undefined;
  const network = local === undefined ? networkRunner(imported) : undefined;
  const size = sizeOf(imported.input.shape);
  const difference = async (x: Float32Array, outputs: ArrayLike<number>): Promise<number | undefined> =>
    local ? local(x) : compareOutputs(outputs, await network!(x), outputTolerance) / outputTolerance;
  let asked = false;
  return async (rng, { boxes = [], samples } = {}) => {
    const count = samples ?? samplesFor(work)[asked ? 1 : 0];
    asked = true;
    let [seen, worst] = [0, 0];
    for (const sample of importSamples(size, boxes, imported.thresholds, count, rng)) {
      const outputs = await model(sample.x);
      const finite = Array.from(outputs).every(Number.isFinite);
      const share = finite ? await difference(sample.x, outputs) : undefined;
      if (share === undefined) {
        if (sample.inBox) throw modelFault(sample, outputs);
        continue;
      }
      worst = Math.max(worst, share);
      seen++;
    }
    return { compared: seen, worst };
  };
}

/** Checks an import once; see {@link importChecker}. @throws UserError where the two disagree */
export async function checkImportedFile(
  imported: ImportedFile,
  rng: Rng,
  options: CheckOptions = {},
): Promise<CheckResult> {
  const check = await importChecker(imported);
  return check(rng, options);
}
