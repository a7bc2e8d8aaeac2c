/** @file A bounded network over a box (or a ball within it) as a linear or mixed-integer program. */
import type { Box } from '../../bounds/box.ts';
import { prefix, type BoundNetwork } from '../../bounds/boundNetwork.ts';
import type { HostBounds } from '../../bounds/hostBounds.ts';
import { roundingsOf } from '../../nn/reach.ts';
import { sizeOf } from '../../tensor/index.ts';
import {
  columnForm,
  constantForm,
  formInterval,
  formSum,
  type AffineForm,
  type FormSum,
} from './affineForm.ts';
import { addBallRows } from './ballRows.ts';
import { linearMapOf, windowPositions } from './linearMap.ts';
import { maxForm, reluForm, type NeuronPlace, type Piecewise } from './piecewise.ts';
import { programBuilder, type ProgramBuilder } from './program.ts';

/** Sides of split neurons by ReLU name, one entry a neuron: +1 (z ≥ 0), −1 (z ≤ 0), 0 (not split). */
export type Sides = Readonly<Record<string, Int8Array>>;

export interface EncodeOptions {
  /** `integer`: exact, one binary column for each unstable neuron; `relaxed`: the triangle (Ehlers 2017). */
  readonly nonlinear: Piecewise;
  readonly sides?: Sides;
  /** Last layer encoded; default the output. */
  readonly layer?: string;
  /** Points at which an l2 ball is approximated from outside; see ballRows.ts. */
  readonly tangents?: readonly ArrayLike<number>[];
  /**
   * Relative error granted to every weight and bias, so that the program also covers networks whose parameters were
   * rounded to f32 on the way (folded batch norms, merged layers). Default 2⁻²⁴; 0 where the numbers are meant exactly,
   * and the network in real numbers: else the program covers what f32 makes of it, too.
   */
  readonly weightError?: number;
}

/** A neuron that the program does not know to be stable, and where it has it. */
export type EncodedNeuron = { readonly relu: string; readonly neuron: number } & NeuronPlace;

/** One that it relaxes. */
export type RelaxedNeuron = Extract<EncodedNeuron, { kind: 'relaxed' }>;

export interface Encoding {
  readonly kind: 'encoded';
  readonly builder: ProgramBuilder;
  readonly sum: FormSum;
  /** Of the elements of the last layer. */
  readonly outputs: readonly AffineForm[];
  /** Column of each input element; −1 where the box has no width there. */
  readonly inputColumns: Int32Array;
  readonly neurons: readonly EncodedNeuron[];
}

export interface Unsupported {
  readonly kind: 'unsupported';
  /** Layer and its kind. */
  readonly what: string;
}

/** Ends of a box as f64, one rounding outward. */
export function boxEnds({ center, radius }: Box): { lower: Float64Array; upper: Float64Array } {
  const slack = (i: number): number => (Math.abs(center[i]) + radius[i]) * 2 ** -52;
  const lower = Float64Array.from(center, (c, i) => c - radius[i] - (radius[i] === 0 ? 0 : slack(i)));
  const upper = Float64Array.from(center, (c, i) => c + radius[i] + (radius[i] === 0 ? 0 : slack(i)));
  return { lower, upper };
}

/**
 * Every true trajectory of the network over the box (within the sides given) is a feasible point of the program: rows
 * that define a column from an affine form are as wide as the form's error. Stable neurons are substituted while their
 * forms are short; long ones get a column, which keeps later rows sparse.
 * @param root sound bounds of pre-activations; ReLUs without are bounded by intervals of their forms
 */
export function encodeNetwork(
  net: BoundNetwork,
  box: Box,
  root: HostBounds,
  { nonlinear, sides = {}, layer: last = net.output, weightError = 2 ** -24, tangents }: EncodeOptions,
): Encoding | Unsupported {
  const builder = programBuilder();
  const sum = formSum(weightError, weightError > 0);
  const exactSum = formSum(0);
  const { lower, upper } = boxEnds(box);
  const inputColumns = new Int32Array(lower.length).fill(-1);
  const forms = new Map<string, AffineForm[]>();
  forms.set(
    'input',
    Array.from(lower, (low, i) => {
      if (low === upper[i]) return constantForm(low);
      inputColumns[i] = builder.column(low, upper[i]);
      return columnForm(inputColumns[i], Math.max(Math.abs(low), Math.abs(upper[i])));
    }),
  );
  addBallRows(builder, box, inputColumns, tangents);
  const neurons: EncodedNeuron[] = [];
  const site = { builder, sum: exactSum, nonlinear };
  for (const layer of prefix(net, last).layers) {
    const inputs = layer.inputs.map((name) => forms.get(name)!);
    const output = net.shapes.get(layer.name)!;
    const map = linearMapOf(layer, {
      inputs: layer.inputs.map((name) => net.shapes.get(name)!),
      output,
      values: net.values,
    });
    let made: AffineForm[];
    if (map) {
      const roundings = roundingsOf(net.values, layer.name);
      made = Array.from({ length: sizeOf(output) }, (_, o) => {
        const source = map.moved?.input[o] ?? -1;
        if (source >= 0) return inputs[source][map.moved!.position[o]];
        sum.start(map.bias(o), map.biasReach?.(o), roundings);
        map.terms(o, (input, position, weight, reach) => sum.add(weight, inputs[input][position], reach));
        return sum.finish();
      });
    } else if (layer.kind === 'relu' || layer.kind === 'leakyRelu') {
      const known = root[layer.name];
      const slope = layer.kind === 'leakyRelu' ? layer.negativeSlope : 0;
      made = inputs[0].map((form, neuron) => {
        const own = formInterval(form, builder.lower, builder.upper);
        const bounds = known
          ? {
              lower: Math.max(own.lower, known.lower[neuron]),
              upper: Math.min(own.upper, known.upper[neuron]),
            }
          : own;
        const side = sides[layer.name]?.[neuron] ?? 0;
        const behind = reluForm(site, form, bounds, side, slope, (place) =>
          neurons.push({ relu: layer.name, neuron, ...place }),
        );
        return { ...behind, size: Math.max(Math.abs(bounds.upper), slope * Math.abs(bounds.lower)) };
      });
    } else if (layer.kind === 'maxPool2d') {
      const shape = net.shapes.get(layer.inputs[0])!;
      made = Array.from({ length: sizeOf(output) }, (_, o) => {
        const window: AffineForm[] = [];
        windowPositions(layer, shape, o, (position) => window.push(inputs[0][position]));
        return maxForm(site, window);
      });
    } else return { kind: 'unsupported', what: `${layer.name} (${layer.kind})` };
    if (!made.every(isFinite))
      return { kind: 'unsupported', what: `${layer.name}: its values are not finite` };
    forms.set(layer.name, made);
  }
  return { kind: 'encoded', builder, sum: exactSum, outputs: forms.get(last)!, inputColumns, neurons };
}

/** Programs take finite numbers only. */
const isFinite = ({ constant, error, reach }: AffineForm): boolean =>
  Number.isFinite(constant) && Number.isFinite(error) && Number.isFinite(reach);

/** The neurons that a program relaxes. */
export const relaxedNeurons = ({ neurons }: Encoding): readonly RelaxedNeuron[] =>
  neurons.filter((neuron) => neuron.kind === 'relaxed');

/** Input values of a solution, row-major. */
export function inputPoint(box: Box, encoding: Encoding, columns: Float64Array): Float64Array {
  return Float64Array.from(encoding.inputColumns, (column, i) =>
    column < 0 ? box.center[i] : columns[column],
  );
}
