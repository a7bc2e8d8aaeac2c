/** @file Shapes of the JSON records as the report accepts them: strict in what it uses, deaf to the rest. */

import { z } from 'zod';

const share = z.number().min(0).max(1);
const shares = z.record(z.string(), z.number());
const whole = z.number().int().nonnegative();

/** A duration. Where an earlier version took it from a clock that was set back it is below 0, and nothing is known of it. */
const duration = z.number().transform((seconds) => Math.max(0, seconds));

const layer = z.looseObject({
  name: z.string(),
  kept: whole,
  total: whole,
  channels: z.array(z.boolean()).optional(),
});

const size = z.looseObject({ parameters: whole, macs: whole });

/** `states/NN/meta.json`. */
export const stateMetaSchema = z.looseObject({
  state: whole,
  remainRatio: share,
  layers: z.array(layer).default([]),
  finished: z.boolean(),
  standard: share.optional(),
  fgsm: share.optional(),
  pgd: share.optional(),
  best: z.looseObject({ epoch: whole, criterion: z.string(), value: z.number() }).optional(),
  trainSeconds: duration,
  weights: z
    .array(z.looseObject({ name: z.string(), limit: z.number().positive(), counts: z.array(whole) }))
    .optional(),
  compressed: z.looseObject({ before: size, after: size, channels: whole }).optional(),
});

const counts = z.array(z.array(whole));
const measure = z.number().optional();

/** `states/NN/neurons.json`. */
export const neuronsSchema = z.looseObject({
  epsilon: z.number().nonnegative(),
  images: whole,
  layers: z.array(
    z.looseObject({
      name: z.string(),
      neurons: whole,
      unstable: share,
      unstableBeforeBatchNorm: share.optional(),
      width: measure,
      boundProduct: measure,
      nrsLoss: measure,
      sensitivity: measure,
    }),
  ),
  linear: z.looseObject({ limit: z.number().positive(), counts }),
  log: z.looseObject({ firstExponent: z.number().int(), counts }),
});

/** `verify/NN.json`. */
export const verifySummarySchema = z.looseObject({
  state: whole,
  which: z.enum(['last', 'best']),
  epsilon: z.number().nonnegative(),
  images: whole,
  standard: share,
  pgd: share,
  certified: share,
  unknown: share,
  unstableRatioByLayer: shares.default({}),
  timeoutSeconds: z.number().nonnegative(),
  seconds: duration,
  workers: whole,
});

/** A line of `verify/NN.partial.jsonl`: one verdict; the first line holds settings only. */
export const partialLineSchema = z.looseObject({
  row: z
    .looseObject({
      index: whole,
      label: whole,
      prediction: whole,
      verdict: z.enum(['verified', 'falsified', 'unknown']),
      by: z.string(),
      why: z.string(),
      seconds: duration,
      domains: z.number(),
      lowerBound: z.number().nullable(),
      witness: z.string(),
    })
    .optional(),
  unstableRatioByLayer: shares.optional(),
  elapsed: duration.optional(),
});

/** `environment.json`; everything beside the seed may be missing in a run of another version. */
export const environmentSchema = z.looseObject({
  certprune: z.string().default(''),
  node: z.string().default(''),
  onnxruntime: z.string().default(''),
  platform: z.string().default(''),
  cpu: z.string().default(''),
  cores: z.number().default(0),
  memoryBytes: z.number().default(0),
  threads: z.number().default(0),
  device: z.string().default(''),
  seed: z.number(),
  dataset: z
    .looseObject({ name: z.string(), files: z.record(z.string(), z.string()).default({}) })
    .default({ name: '', files: {} }),
  command: z.string().optional(),
  started: z.string().optional(),
});

/** A number that may have been lost on the way into JSON (NaN and infinities become null). */
const loss = z.number().nullish();

/** One line of `events.jsonl`. */
export const eventSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('epoch'),
    time: z.string(),
    state: whole,
    epoch: whole,
    epochs: whole,
    loss,
    trainAccuracy: loss,
    standard: loss,
    fgsm: loss,
    pgd: loss,
    ibp: loss,
    crown: loss,
    nrsLoss: loss,
    unstableRatio: loss,
    intervalWidthByLayer: z.record(z.string(), loss).optional(),
    unstableRatioByLayer: shares.optional(),
    seconds: duration.default(0),
  }),
  z.looseObject({
    type: z.literal('prune'),
    time: z.string(),
    state: whole,
    method: z.string(),
    remainRatio: share,
    layers: z.array(layer).default([]),
    rescued: z.array(z.string()).optional(),
  }),
  z.looseObject({
    type: z.literal('note'),
    time: z.string(),
    message: z.string(),
    state: whole.optional(),
  }),
]);

/** The types of event the report knows; lines of any other type are passed over. */
export const EVENT_TYPES: ReadonlySet<string> = new Set(['epoch', 'prune', 'note']);
