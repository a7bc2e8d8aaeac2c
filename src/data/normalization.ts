/** @file The normalisation of pixels: x ↦ (x − mean) / std per channel, x in raw pixels 0..1. */

/** Per-channel mean and standard deviation of raw pixels 0..1. Networks carry it as their first operation. */
export interface Normalization {
  mean: number[];
  std: number[];
}

/** The normalisation that changes nothing, for raw-pixel networks of `channels` channels. */
export function identityNormalization(channels: number): Normalization {
  return { mean: new Array<number>(channels).fill(0), std: new Array<number>(channels).fill(1) };
}
