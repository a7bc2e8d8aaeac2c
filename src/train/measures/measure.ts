/** @file What a per-epoch measure is: a number, or one a ReLU layer, that bounds of validation images give. */
import type { Norm } from '../../bounds/ball.ts';
import type { Interval } from '../../bounds/interval.ts';
import type { Member } from '../../family/family.ts';
import type { Network } from '../../nn/network.ts';
import type { Tensor } from '../../tensor/index.ts';
import type { BoundedPass } from '../certified/boundedPass.ts';
import type { ObjectiveContext } from '../objectives/context.ts';
import type { NrsSettings } from '../regularizers/nrs.ts';

/** How bounds are measured. */
export interface CertifyPlan {
  /** Radius, raw pixel units. */
  readonly epsilon: number;
  /** Of the radius; default the maximum norm. */
  readonly norm?: Norm;
  /** Only the first images; a CROWN row for every class and image is not cheap. */
  readonly images: number;
  /** Images a run; default `certifyBatchSize`. */
  readonly batchSize?: number;
  /** CROWN-verified accuracy too. */
  readonly crown: boolean;
  /** How the reported NRS loss is computed; its radius is the plan's. */
  readonly nrs?: NrsSettings;
}

/** One batch of validation images, in evaluation mode. */
export interface MeasureSite {
  readonly context: ObjectiveContext;
  readonly network: Network;
  readonly plan: CertifyPlan;
  /** Bounds by IBP around the images. */
  readonly pass: BoundedPass;
  /** ReLU layers and bounds of what they read. */
  readonly relus: readonly { readonly name: string; readonly interval: Interval }[];
  /** [B·(classes − 1)…] margins' rows, see `marginRows`. */
  readonly rows: Tensor;
}

/** Its name is that of the field in `events.jsonl`. */
export interface EpochMeasure extends Member {
  /** Tag in TensorBoard; of a value a layer the folder of its tags. */
  readonly tag: string;
  /** `images`: it counts images of the batch, and is recorded as a share; `batches` (default): a mean over the batch. */
  readonly over?: 'images' | 'batches';
  /** Left out where the plan does not ask for it; default: always measured. */
  isAsked?(plan: CertifyPlan): boolean;
  /** [] or ReLU layer → []. */
  evaluate(site: MeasureSite): Tensor | Readonly<Record<string, Tensor>>;
}
