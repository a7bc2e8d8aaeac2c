/** @file What the experiment asks of training, pruning and verification: plain data in, plain data out. */
import type { Asked } from './asked.ts';
import type { RunConfig } from './config/schema.ts';
import type { StateFiles } from './paths.ts';
import type { ProgressListener } from './progress.ts';
import type {
  EnvironmentRecord,
  EpochRecord,
  LayerRemaining,
  NeuronRecord,
  PruneRecord,
  StateMeta,
  VerifyRow,
} from './records.ts';

/**
 * Common to all stages. A stage that finds `signal` aborted stops soon and throws `signal.reason`; its last
 * committed file is where the next run goes on.
 */
export interface StageContext {
  readonly signal: AbortSignal;
  readonly progress: ProgressListener;
}

/** What the numbers of a run depend on beside the configuration, as far as the stages know it. */
export interface StageDescription {
  /** Version of ONNX Runtime. */
  readonly onnxruntime: string;
  /** Threads of a training step; `config.threads` with 0 resolved. */
  readonly threads: number;
  readonly dataset: EnvironmentRecord['dataset'];
  /** Titles of the objective and the pruning method, by their keys in the configuration. */
  readonly words?: Readonly<Record<string, string>>;
}

/** A state to initialise, train or evaluate. */
export interface TrainTask {
  readonly config: RunConfig;
  readonly state: number;
  /** States of the whole run. */
  readonly states: number;
  readonly files: StateFiles;
}

/** An epoch as the training stage knows it; type and time are added when it is logged. */
export type EpochReport = Omit<EpochRecord, 'type' | 'time'>;

/** Training's own channels. */
export interface TrainContext extends StageContext {
  /** Logs an epoch. To be awaited before the epoch's checkpoint is written; logging one twice has no effect. */
  epochDone(report: EpochReport): Promise<void>;
}

/** A trained state. */
export interface TrainOutcome {
  readonly best?: NonNullable<StateMeta['best']>;
  /** Seconds of training of this state, earlier parts of an interrupted run included (kept in the checkpoint). */
  readonly trainSeconds: number;
  /** What is left of the network, where masks changed during training. */
  readonly remainRatio?: number;
  readonly layers?: readonly LayerRemaining[];
  readonly weights?: NonNullable<StateMeta['weights']>;
  readonly size?: NonNullable<StateMeta['size']>;
  readonly compressed?: NonNullable<StateMeta['compressed']>;
}

/** Initialises, trains and evaluates networks. Checkpoints are safetensors that hold parameters, masks and buffers. */
export interface TrainStage {
  /**
   * Writes fresh parameters and all-ones masks to `path`, or the weights that the configuration names and their masks.
   * @returns `remainRatio` where that may not be 1
   */
  initialise(
    task: TrainTask,
    path: string,
    context: StageContext,
  ): Promise<{ layers: readonly LayerRemaining[]; remainRatio?: number }>;
  /**
   * Trains from `files.init` to the last epoch, or goes on from `files.last` where that exists. Each epoch:
   * best and (state 0, epoch `rewindEpoch`) rewind are written, the epoch is reported, and then `files.last`
   * with optimiser, generator and position is renamed into place: that commits the epoch. Within an epoch `files.part`
   * is written every few minutes, and where the signal stops it.
   * @throws UserError where the loss is not finite, with the step; the last good checkpoint stays.
   */
  train(task: TrainTask, context: TrainContext): Promise<TrainOutcome>;
  /** Test-set accuracies of `files.last`, fractions in 0..1. */
  evaluate(task: TrainTask, context: StageContext): Promise<Pick<StateMeta, 'standard' | 'fgsm' | 'pgd'>>;
  /** Measures the neurons of `files.last` on the first test images. The same checkpoint gives the same record. */
  measure?(task: TrainTask, context: StageContext): Promise<NeuronRecord>;
}

/** A mask to make. */
export interface PruneTask {
  readonly config: RunConfig;
  /** The state that the new mask is for. */
  readonly state: number;
  readonly states: number;
  /** Checkpoint whose weights are scored and whose masks are narrowed. */
  readonly from: string;
  /** Checkpoint whose parameters the new state begins with. */
  readonly rewind: string;
  /** Where the new state's initial checkpoint goes. */
  readonly to: string;
}

/** A pruning step as the stage knows it. */
export type PruneReport = Omit<PruneRecord, 'type' | 'time' | 'state'>;

/** Makes masks. The same task gives the same bytes. */
export interface PruneStage {
  prune(task: PruneTask, context: StageContext): Promise<PruneReport>;
}

/** Images of one state to verify. */
export interface VerifyTask {
  readonly config: RunConfig;
  readonly state: number;
  readonly states: number;
  /** Another question than the configuration's. */
  readonly asked?: Asked;
  /** The checkpoint to verify. */
  readonly checkpoint: string;
  /** Indices of test images still open, rising. */
  readonly indices: readonly number[];
  /** The run directory, absolute: `VerifyRow.witness` is relative to it. */
  readonly root: string;
  /** Existing folder for counterexamples, absolute. */
  readonly witnessFolder: string;
  /** Folder for certificates, absolute; made where there is one to write. */
  readonly certificateFolder: string;
}

/** One image's verdict and what is averaged over the images. */
export interface VerifyOutcome {
  readonly row: VerifyRow;
  /** Layer name → share of neurons unstable after CROWN; absent where bounds were never computed. */
  readonly unstableRatioByLayer?: Readonly<Record<string, number>>;
}

/** Verification's own channel. */
export interface VerifyContext extends StageContext {
  /** Records a verdict, in any order of images; a recorded image is not asked for again after an interruption. */
  imageDone(outcome: VerifyOutcome): Promise<void>;
}

/** Verifies images of a state. */
export interface VerifyStage {
  /** @returns how many workers were at it. */
  verify(task: VerifyTask, context: VerifyContext): Promise<{ workers: number }>;
}

/** All that an experiment needs done. */
export interface Stages {
  /** @throws UserError where the dataset is missing or damaged: called before anything is written. */
  describe(config: RunConfig): Promise<StageDescription>;
  readonly train: TrainStage;
  readonly prune: PruneStage;
  readonly verify: VerifyStage;
  /** Ends worker threads. */
  close?(): Promise<void>;
}
