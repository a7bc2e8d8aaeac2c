/** @file The records a run directory holds: what the run writes, and all that the report reads. */

import type { Asked } from './asked.ts';

export type { NeuronRecord, NeuronLayerRecord, NeuronCounts } from '../train/neuronRecord.ts';

/** Kept and total weights of one prunable layer. */
export interface LayerRemaining {
  /** The layer's name in the network, e.g. `conv1`. */
  readonly name: string;
  readonly kept: number;
  readonly total: number;
  /** For channel-structured masks: surviving output channels, one flag each. */
  readonly channels?: readonly boolean[];
}

/** Weights left in a layer: counts in bins that divide −limit … limit evenly. */
export interface WeightHistogramRecord {
  readonly name: string;
  readonly limit: number;
  readonly counts: readonly number[];
}

/** How large a network is. */
export interface SizeRecord {
  /** Trained parameters, zeros included. */
  readonly parameters: number;
  /** Multiply-accumulates of one image. */
  readonly macs: number;
}

/** What is left of a state once pruned and dead channels are removed and batch norms folded. */
export interface CompressionRecord {
  readonly before: SizeRecord;
  readonly after: SizeRecord;
  /** Output channels and hidden units removed. */
  readonly channels: number;
}

/** One training epoch: `events.jsonl`, type `epoch`. Accuracies are fractions in 0..1. */
export interface EpochRecord {
  readonly type: 'epoch';
  /** ISO 8601 time of writing. */
  readonly time: string;
  readonly state: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Attack or certification radius of the epoch's last batch, raw pixel units. */
  readonly epsilon?: number;
  /** Accuracy on the training batches as they were seen. */
  readonly trainAccuracy?: number;
  /** On the validation split. */
  readonly standard?: number;
  readonly fgsm?: number;
  readonly pgd?: number;
  readonly ibp?: number;
  readonly crown?: number;
  readonly nrsLoss?: number;
  readonly unstableRatio?: number;
  /** Layer name → share of unstable neurons. */
  readonly unstableRatioByLayer?: Readonly<Record<string, number>>;
  /** Layer name → mean width of the pre-activation interval. */
  readonly intervalWidthByLayer?: Readonly<Record<string, number>>;
  /** Mean of what the objective and the regularisers report, by name; regularisers without their weight. */
  readonly terms?: Readonly<Record<string, number>>;
  readonly gradientNorm?: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

/** One pruning step: `events.jsonl`, type `prune`. */
export interface PruneRecord {
  readonly type: 'prune';
  readonly time: string;
  /** The state that the new mask belongs to (the state pruned is the one before). */
  readonly state: number;
  readonly method: string;
  readonly asked: number;
  readonly removed: number;
  readonly remainRatio: number;
  readonly layers: readonly LayerRemaining[];
  /** Layers where "at least one channel survives" acted. */
  readonly rescued?: readonly string[];
}

/** Something the user should know, e.g. a resume: `events.jsonl`, type `note`. */
export interface NoteRecord {
  readonly type: 'note';
  readonly time: string;
  readonly message: string;
  readonly state?: number;
}

export type EventRecord = EpochRecord | PruneRecord | NoteRecord;

/** `states/NN/meta.json`: one trained state. */
export interface StateMeta {
  readonly state: number;
  /** Remaining share of prunable weights, 1 for the dense state. */
  readonly remainRatio: number;
  readonly layers: readonly LayerRemaining[];
  /** `true` once the last epoch is on disk. */
  readonly finished: boolean;
  /** Test-set accuracies of `last`, fractions in 0..1. */
  readonly standard?: number;
  readonly fgsm?: number;
  readonly pgd?: number;
  readonly best?: { readonly epoch: number; readonly criterion: string; readonly value: number };
  readonly trainSeconds: number;
  /** Weights of `last`, by layer. */
  readonly weights?: readonly WeightHistogramRecord[];
  /** `last` as verification bounds it: dead channels take part in none of its work. */
  readonly compressed?: CompressionRecord;
  /** CRC-32 of the state's files, e.g. `last`. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What decided an image. `skipped`: the clean image is misclassified already. */
export type DecidedBy =
  | 'clean'
  | 'attack'
  | 'empty'
  | 'ibp'
  | 'crown'
  | 'alpha-crown'
  | 'bab'
  | 'bab-refine'
  | 'input-split'
  | 'mip'
  | 'lp'
  | '';

export type VerdictWord = 'verified' | 'falsified' | 'unknown';

/** One row of `verify/NN.csv`, columns in this order: index,label,prediction,verdict,by,why,seconds,domains,lowerBound,witness. */
export interface VerifyRow {
  readonly index: number;
  readonly label: number;
  readonly prediction: number;
  readonly verdict: VerdictWord;
  /** Deciding step; empty for unknown. `clean` = misclassified without any perturbation (falsified). */
  readonly by: DecidedBy;
  /** For unknown: timeout | memory | numerical | unsupported. */
  readonly why: string;
  readonly seconds: number;
  /** Branch-and-bound domains visited. */
  readonly domains: number;
  /** Smallest proven lower bound of logit[label] − logit[j] over all j. */
  readonly lowerBound: number;
  /** Path of the counterexample relative to the run directory, or empty. */
  readonly witness: string;
}

/** The columns of `verify/NN.csv`, in order. */
export const verifyColumns = [
  'index',
  'label',
  'prediction',
  'verdict',
  'by',
  'why',
  'seconds',
  'domains',
  'lowerBound',
  'witness',
] as const satisfies readonly (keyof VerifyRow)[];

/** `verify/NN.json`: the summary beside `verify/NN.csv`. */
export interface VerifySummary {
  readonly state: number;
  readonly which: 'last' | 'best';
  /** Raw pixel radius. */
  readonly epsilon: number;
  readonly images: number;
  /** Fractions of `images`, in 0..1. */
  readonly standard: number;
  /** Share of images that are classified right and that PGD did not break. */
  readonly pgd: number;
  readonly certified: number;
  readonly unknown: number;
  /** Layer name → mean share of neurons unstable after CROWN, over the verified images. */
  readonly unstableRatioByLayer: Readonly<Record<string, number>>;
  readonly timeoutSeconds: number;
  /** Wall-clock seconds of the whole state, set-up included. */
  readonly seconds: number;
  readonly workers: number;
  /** CRC-32 of the CSV. */
  readonly csv?: string;
  /** What was asked, where it was not the run's own question. */
  readonly asked?: Asked;
  /** Everything that the verdicts depend on beside the checkpoint (`verdictSettings`). */
  readonly settings?: string;
}

/** `environment.json`: what the numbers depend on beside the configuration. */
export interface EnvironmentRecord {
  readonly certprune: string;
  readonly node: string;
  readonly onnxruntime: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly threads: number;
  readonly device: string;
  readonly seed: number;
  /** Dataset name and the sha256 of its files. */
  readonly dataset: { readonly name: string; readonly files: Readonly<Record<string, string>> };
  /** Command line that started the run. */
  readonly command?: string;
  /** ISO 8601 time of the start. */
  readonly started?: string;
  /** `config.yaml` as it was written, to notice that it was edited, and to restore it. */
  readonly config?: string;
}
