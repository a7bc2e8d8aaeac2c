/** @file `states/NN/neurons.json`: measures of a trained state's neurons, as written and as read. */
import { z } from 'zod';

const share = z.number().min(0).max(1);
const whole = z.number().int().nonnegative();
const counts = z.array(z.array(whole));
const measure = z.number().exactOptional();

const layer = z.object({
  /** The ReLU's name. */
  name: z.string(),
  neurons: whole,
  /** Share of (neuron, image) pairs with l < −1e-5 and u > 1e-5 of what the ReLU reads. */
  unstable: share,
  /** The same of what the batch norm in front of it reads; absent where there is none. */
  unstableBeforeBatchNorm: share.exactOptional(),
  /** Mean width u − l of the pre-activation interval. */
  width: measure,
  /** Mean bound product |l|·u, 0 for stable neurons: twice the area of the triangle relaxation. */
  boundProduct: measure,
  /** Mean NRS loss −tanh(1 + l·u/|γ|ᵖ), from −1 (stable) to 1; γ = 1 without a batch norm. */
  nrsLoss: measure,
  /** Mean |∂margin/∂a| of the neurons' outputs a. */
  sensitivity: measure,
});

export const neuronsSchema = z.object({
  /** Radius, raw pixel units. */
  epsilon: z.number().nonnegative(),
  /** The first so many test images. */
  images: whole,
  layers: z.array(layer),
  /** Even bins: instability over 0..1, sensitivity over 0..limit; the last bin holds what lies beyond too. */
  linear: z.object({ limit: z.number().positive(), counts }),
  /** Octaves: instability 0, then up to 2⁻⁷ … 1; sensitivity below 2^firstExponent, then an octave a bin. */
  log: z.object({ firstExponent: z.number().int(), counts }),
});

/** A type whose values nobody changes. */
export type Fixed<T> = T extends readonly (infer I)[]
  ? readonly Fixed<I>[]
  : T extends object
    ? { readonly [K in keyof T]: Fixed<T[K]> }
    : T;

/** What a schema gives, as nobody changes it. */
export type Fields<S extends z.ZodType> = Fixed<z.output<S>>;

/** The measures of a state. */
export type NeuronRecord = Fields<typeof neuronsSchema>;
/** Measures of one ReLU layer: means over its neurons and the sample's images, bounds by IBP. */
export type NeuronLayerRecord = NeuronRecord['layers'][number];
/** Counts of neurons, `[instability bin][sensitivity bin]`. */
export type NeuronCounts = NeuronRecord['linear']['counts'];
