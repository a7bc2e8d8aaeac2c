/** @file What a run says of its progress while it works: a small union of plain events. */
import type { EpochRecord, NoteRecord, PruneRecord, StateMeta, VerifySummary } from './records.ts';

/** The parts of a run, in the order in which they come in each state. */
export type Phase = 'prepare' | 'train' | 'evaluate' | 'prune' | 'verify' | 'report';

/** A training step was taken; sent every few steps. */
export interface StepProgress {
  readonly type: 'step';
  readonly state: number;
  readonly states: number;
  /** 1-based. */
  readonly epoch: number;
  readonly epochs: number;
  /** 1-based, within the epoch. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly imagesPerSecond: number;
}

/** An epoch is over. */
export interface EpochProgress {
  readonly type: 'epoch';
  readonly states: number;
  readonly record: EpochRecord;
}

/** An image of a state was decided, or left open. */
export interface VerifyProgress {
  readonly type: 'verify';
  readonly state: number;
  readonly states: number;
  readonly done: number;
  readonly total: number;
  readonly verified: number;
  readonly falsified: number;
  readonly unknown: number;
}

/** `states` is the number of states of the whole run. */
export type ProgressEvent =
  /** A part of the run begins. */
  | { readonly type: 'phase'; readonly phase: Phase; readonly state: number; readonly states: number }
  | StepProgress
  | EpochProgress
  /** Part of a countable piece of work that has no event of its own (evaluation, scores of pruning). */
  | {
      readonly type: 'count';
      readonly phase: Phase;
      readonly state: number;
      readonly done: number;
      readonly total: number;
    }
  /** A mask was made for `record.state`. */
  | { readonly type: 'prune'; readonly record: PruneRecord }
  /** A state is trained and evaluated. */
  | { readonly type: 'state'; readonly states: number; readonly meta: StateMeta }
  | VerifyProgress
  /** All images of a state were visited. */
  | { readonly type: 'verified'; readonly summary: VerifySummary }
  /** Something the user should know; also in `events.jsonl`. */
  | { readonly type: 'note'; readonly record: NoteRecord };

/** Receives progress; must return quickly and must not throw. */
export type ProgressListener = (event: ProgressEvent) => void;
