/** @file Compares an import with its model value by value: errors cannot hide behind later layers, and rounding does not add up. */
// Every layer is given what ONNX Runtime computed before it, and must give what ONNX Runtime computes next.
import { compile } from '../../engine/compile.ts';
import { hostTensor } from '../../engine/hostTensor.ts';
import { openPlainModel } from '../../engine/replay.ts';
import { withOutputs } from '../../formats/onnx/withOutputs.ts';
import { UserError } from '../../formats/userError.ts';
import { abs, float32, mul, sizeOf, type Shape, type Tensor } from '../../tensor/index.ts';
import { layerShapes } from '../shapes.ts';
import type { ImportedFile } from './importOnnx.ts';
import type { Doubtful } from '../layers/definition.ts';
import { doubtfulResult } from './localErrors.ts';

/** Compares at one input. */
export interface LocalCheck {
  /**
   * @returns undefined where some value of the model is no finite number, else the largest difference as a share of what
   *   f32 may do
   * @throws UserError where the import and the model disagree
   */
  (x: Float32Array): Promise<number | undefined>;
}

/** Below this nothing is compared: the smallest normal f32 and what flushing to zero loses. */
const tiny = 2 ** -120;
const unit = 2 ** -24;

/** Values of the model that layers stand for: the first name of each layer is handed on, all are compared. */
function comparedValues({ values }: ImportedFile): { names: string[]; layerOf: Map<string, string> } {
  const layerOf = new Map([...values].filter(([, layer]) => layer !== 'input'));
  return { names: [...layerOf.keys()], layerOf };
}

/** For each compared value: what the import makes of the model's values before it, and how far f32 may be off. */
function compareProgram(
  imported: ImportedFile,
  names: readonly string[],
  layerOf: ReadonlyMap<string, string>,
) {
  const { network, numbers } = imported;
  const shapes = layerShapes(network);
  const shapeOf = (name: string): Shape => [1, ...shapes.get(layerOf.get(name)!)!];
  const inputShape = [1, ...network.inputShape];
  const compared = ({ x, model }: { x: Tensor; model: Record<string, Tensor> }) => {
    const given = (value: Tensor): Doubtful =>
      imported.rounded ? { value, error: mul(abs(value), unit) } : { value };
    const before = new Map<string, Doubtful>([['input', given(x)]]);
    const results: Record<string, Doubtful> = {};
    for (const layer of network.layers) {
      const made = doubtfulResult(
        layer,
        numbers,
        layer.inputs.map((input) => before.get(input)!),
      );
      const own = names
        .map((name, i) => [name, `v${i}`] as const)
        .filter(([name]) => layerOf.get(name) === layer.name);
      for (const [, key] of own) results[key] = made;
      before.set(layer.name, own.length > 0 ? given(model[own[0][1]]) : made);
    }
    return results;
  };
  const specs = {
    x: float32(inputShape),
    model: Object.fromEntries(names.map((name, i) => [`v${i}`, float32(shapeOf(name))])),
  };
  return { program: compile(compared, specs, { threads: 1 }), shapeOf, inputShape };
}

/** Whether layers stand for values of the model at all: in a model that hands its input on none do. */
export const hasLocalValues = (imported: ImportedFile): boolean => comparedValues(imported).names.length > 0;

/**
 * Opens the comparison.
 * @throws UserError where ONNX Runtime refuses the model
 */
export async function localCheck(imported: ImportedFile): Promise<LocalCheck> {
  const { names, layerOf } = comparedValues(imported);
  const { program, shapeOf, inputShape } = compareProgram(imported, names, layerOf);
  const extra = names.filter((name) => name !== imported.output.name);
  const model = await openPlainModel(
    withOutputs(imported.bytes, extra),
    { threads: 1 },
    imported.network.name,
  );
  return async (x) => {
    const found = await model.run({ [imported.input.name]: hostTensor(x, imported.input.shape) });
    const values: Record<string, ReturnType<typeof hostTensor>> = {};
    for (const [i, name] of names.entries()) {
      const data = Float32Array.from(found[name].data as ArrayLike<number>);
      if (data.length !== sizeOf(shapeOf(name)))
        throw disagreement(
          imported,
          name,
          `it has ${data.length} elements where the import has ${sizeOf(shapeOf(name))}`,
        );
      if (!data.every(Number.isFinite)) return undefined;
      values[`v${i}`] = hostTensor(data, shapeOf(name));
    }
    const results = await program.run({ x: hostTensor(x, inputShape), model: values });
    let worst = 0;
    for (const [i, name] of names.entries()) {
      const { value, error } = results[`v${i}`];
      const wanted = values[`v${i}`].data;
      for (let k = 0; k < wanted.length; k++) {
        const allowed = (error?.data[k] ?? 0) + 4 * unit * Math.abs(wanted[k]) + tiny;
        const share = Math.abs(value.data[k] - wanted[k]) / allowed;
        if (!(share <= 1))
          throw disagreement(
            imported,
            name,
            `element ${k} is ${value.data[k]} where the model has ${wanted[k]}`,
          );
        worst = Math.max(worst, share);
      }
    }
    return worst;
  };
}

function disagreement(imported: ImportedFile, name: string, how: string): UserError {
  return new UserError(
    `The imported network disagrees with ONNX Runtime at the value '${name}' (layer ${imported.values.get(name)}): ${how}. ` +
      'This is a fault of the import; please report it with the model.',
  );
}
