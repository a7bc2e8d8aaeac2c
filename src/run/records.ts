/** @file The records a run directory holds, as they are written and as they are read: strict in what is used, deaf to the rest. */
import { z, type ZodType } from 'zod';
import { neuronsSchema, type Fields } from '../train/neuronsSchema.ts';
import type { Answer } from '../verify/files/answer.ts';
import type { Asked } from './asked.ts';

export { neuronsSchema };
export type { Fixed, NeuronRecord, NeuronLayerRecord, NeuronCounts } from '../train/neuronsSchema.ts';

const share = z.number().min(0).max(1);
const byLayer = z.record(z.string(), z.number());
const whole = z.number().int().nonnegative();
/** Absent where it was not measured, or was no finite number. */
const measured = z.number().exactOptional();
/** Always measured; NaN where it was no finite number, which JSON does not hold. */
const perhapsLost = z.union([z.number(), z.nan()]).default(Number.NaN);

/** Seconds. Where an earlier version took them from a clock that was set back they are below 0, and nothing is known. */
const duration = z.number().transform((seconds) => Math.max(0, seconds));

const layerRemaining = z.object({
  /** The layer's name in the network, e.g. `conv1`. */
  name: z.string(),
  kept: whole,
  total: whole,
  /** For channel-structured masks: surviving output channels, one flag each. */
  channels: z.array(z.boolean()).exactOptional(),
});

/** Kept and total weights of one prunable layer. */
export type LayerRemaining = Fields<typeof layerRemaining>;

const weightHistogram = z.object({
  name: z.string(),
  limit: z.number().positive(),
  counts: z.array(whole),
});

/** Weights left in a layer: counts in bins that divide −limit … limit evenly. */
export type WeightHistogramRecord = Fields<typeof weightHistogram>;

const size = z.object({
  /** Trained parameters, zeros included. */
  parameters: whole,
  /** Multiply-accumulates of one image. */
  macs: whole,
});

/** `networkSize` of a state: of all its parameters, whether they may be pruned or not. */
const wholeSize = size.extend({
  /** Parameters that are not 0. */
  nonzero: whole,
  /** Multiply-accumulates of one image by weights that are not 0. */
  nonzeroMacs: whole,
  /** Parameters and buffers in single precision. */
  bytes: whole,
});

export type WholeSizeRecord = Fields<typeof wholeSize>;

/** How large a network is. */
export type SizeRecord = Fields<typeof size>;

/** `channels`: output channels and hidden units removed. */
const compression = z.object({ before: size, after: size, channels: whole });

/** What is left of a state once pruned and dead channels are removed and batch norms folded. */
export type CompressionRecord = Fields<typeof compression>;

const epoch = z.object({
  type: z.literal('epoch'),
  /** ISO 8601 time of writing. */
  time: z.string(),
  state: whole,
  epoch: whole,
  epochs: whole,
  loss: perhapsLost,
  learningRate: perhapsLost,
  /** Attack or certification radius of the epoch's last batch, raw pixel units. */
  epsilon: measured,
  /** Accuracy on the training batches as they were seen. */
  trainAccuracy: measured,
  /** On the validation split. */
  standard: measured,
  fgsm: measured,
  pgd: measured,
  ibp: measured,
  crown: measured,
  nrsLoss: measured,
  unstableRatio: measured,
  /** Layer name → share of unstable neurons. */
  unstableRatioByLayer: byLayer.exactOptional(),
  /** Layer name → mean width of the pre-activation interval. */
  intervalWidthByLayer: byLayer.exactOptional(),
  /** Mean of what the objective and the regularisers report, by name; regularisers without their weight. */
  terms: byLayer.exactOptional(),
  gradientNorm: measured,
  seconds: duration.default(0),
  imagesPerSecond: perhapsLost,
});

/** One training epoch. Accuracies are fractions in 0..1. */
export type EpochRecord = Fields<typeof epoch>;

const prune = z.object({
  type: z.literal('prune'),
  time: z.string(),
  /** The state that the new mask belongs to (the state pruned is the one before). */
  state: whole,
  method: z.string(),
  asked: z.number().default(0),
  removed: z.number().default(0),
  remainRatio: share,
  layers: z.array(layerRemaining).default([]),
  /** Of the state's first weights. */
  size: wholeSize.exactOptional(),
  /** Layers where "at least one channel survives" acted. */
  rescued: z.array(z.string()).exactOptional(),
});

/** One pruning step. */
export type PruneRecord = Fields<typeof prune>;

const note = z.object({
  type: z.literal('note'),
  time: z.string(),
  message: z.string(),
  state: whole.exactOptional(),
});

/** Something the user should know, e.g. a resume. */
export type NoteRecord = Fields<typeof note>;

/** One line of `events.jsonl`. */
export const eventSchema = z.discriminatedUnion('type', [epoch, prune, note]);
export type EventRecord = Fields<typeof eventSchema>;

/** The types of event that are known; lines of any other type are passed over. */
export const eventTypes: ReadonlySet<string> = new Set(['epoch', 'prune', 'note']);

/** `states/NN/meta.json`. */
export const stateMetaSchema = z.object({
  state: whole,
  /** Remaining share of prunable weights, 1 for the dense state. */
  remainRatio: share,
  layers: z.array(layerRemaining).default([]),
  /** `true` once the last epoch is on disk. */
  finished: z.boolean(),
  /** Test-set accuracies of `last`, fractions in 0..1. */
  standard: share.exactOptional(),
  fgsm: share.exactOptional(),
  pgd: share.exactOptional(),
  best: z.object({ epoch: whole, criterion: z.string(), value: z.number() }).exactOptional(),
  trainSeconds: duration,
  /** Of `last`, or of the first weights where the state is not trained. */
  size: wholeSize.exactOptional(),
  /** Weights of `last`, by layer. */
  weights: z.array(weightHistogram).exactOptional(),
  /** `last` as verification bounds it: dead channels take part in none of its work. */
  compressed: compression.exactOptional(),
  /** CRC-32 of the state's files, e.g. `last`. */
  files: z.record(z.string(), z.string()).exactOptional(),
});

/** One trained state. */
export type StateMeta = Fields<typeof stateMetaSchema>;

/** What decided an image; empty for unknown. `clean`: the image itself is misclassified. */
export type DecidedBy = NonNullable<Answer['by']> | '';

const verdictWords = ['verified', 'falsified', 'unknown'] as const;
export type VerdictWord = (typeof verdictWords)[number];
export const isVerdictWord = (word: string): word is VerdictWord =>
  (verdictWords as readonly string[]).includes(word);

const verifyRow = z.object({
  index: whole,
  label: whole,
  prediction: whole,
  verdict: z.enum(verdictWords),
  // Another version may know other steps.
  by: z.string() as unknown as ZodType<DecidedBy>,
  /** For unknown: timeout | memory | numerical | unsupported | not asked. */
  why: z.string(),
  seconds: duration,
  /** Branch-and-bound domains visited. */
  domains: z.number(),
  /** Smallest proven lower bound of logit[label] − logit[j] over all j. */
  lowerBound: z.number(),
  /** Path of the counterexample relative to the run directory, or empty. */
  witness: z.string(),
  /** Of a proof: `yes`, or `no: ` and why the checker has not confirmed it. Unknown to earlier versions. */
  checked: z.string().exactOptional(),
  /** What arithmetic a checked proof holds for: a float format (and real) | real. */
  arithmetic: z.string().exactOptional(),
});

/** One row of `verify/NN.csv`. */
export type VerifyRow = Fields<typeof verifyRow>;

/** The columns of `verify/NN.csv`, in order. */
export const verifyColumns = Object.keys(verifyRow.shape) as readonly (keyof VerifyRow)[];

/** Columns that files of earlier versions lack. */
export const laterColumns: ReadonlySet<keyof VerifyRow> = new Set(['checked', 'arithmetic']);

/** A line of `verify/NN.partial.jsonl`: one verdict; the first line holds settings only. */
export const partialLineSchema = z.object({
  row: verifyRow.extend({ lowerBound: z.number().nullable() }).optional(),
  unstableRatioByLayer: byLayer.optional(),
  elapsed: duration.optional(),
});

/** `verify/NN.json`. */
export const verifySummarySchema = z.object({
  state: whole,
  which: z.enum(['last', 'best']),
  /** Raw pixel radius. */
  epsilon: z.number().nonnegative(),
  images: whole,
  /** Fractions of `images`. */
  standard: share,
  /** Share of images that are classified right and that PGD did not break. */
  pgd: share,
  certified: share,
  unknown: share,
  /** Layer name → mean share of neurons unstable after CROWN, over the verified images. */
  unstableRatioByLayer: byLayer.default({}),
  timeoutSeconds: z.number().nonnegative(),
  /** Wall-clock seconds of the whole state, set-up included. */
  seconds: duration,
  workers: whole,
  /** CRC-32 of the CSV. */
  csv: z.string().exactOptional(),
  /** What was asked, where it was not the run's own question. */
  asked: (z.looseObject({}) as unknown as ZodType<Asked>).exactOptional(),
  /** Everything that the verdicts depend on beside the checkpoint (`verdictSettings`). */
  settings: z.string().exactOptional(),
});

/** The summary beside `verify/NN.csv`. */
export type VerifySummary = Fields<typeof verifySummarySchema>;

const text = z.string().default('');
const number = z.number().default(0);

/** `environment.json`; everything beside the seed may be missing in a run of another version. */
export const environmentSchema = z.object({
  certprune: text,
  node: text,
  onnxruntime: text,
  platform: text,
  cpu: text,
  cores: number,
  memoryBytes: number,
  threads: number,
  device: text,
  seed: z.number(),
  /** Dataset name and the sha256 of its files. */
  dataset: z
    .object({ name: z.string(), files: z.record(z.string(), z.string()).default({}) })
    .default({ name: '', files: {} }),
  /** Titles of the objective and the pruning method, by their keys in the configuration; older runs lack them. */
  words: z.record(z.string(), z.string()).exactOptional(),
  /** Command line that started the run. */
  command: z.string().exactOptional(),
  /** ISO 8601 time of the start. */
  started: z.string().exactOptional(),
  /** `config.yaml` as it was written, to notice that it was edited, and to restore it. */
  config: z.string().exactOptional(),
});

/** What the numbers depend on beside the configuration. */
export type EnvironmentRecord = Fields<typeof environmentSchema>;
