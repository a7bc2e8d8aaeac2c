/** @file What a run says of its progress while it works: a small union of plain events. */
import type { EpochRecord, NoteRecord, PruneRecord, StateMeta, VerifySummary } from './records.ts';

/** The parts of a run, in the order in which they come in each state. */
export type Phase = 'prepare' | 'train' | 'evaluate' | 'prune' | 'verify' | 'report';

/** A part of the run begins. `states` is the number of states of the whole run. */
export interface PhaseProgress {
  readonly type: 'phase';
  readonly phase: Phase;
  readonly state: number;
  readonly states: number;
}

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

/** Part of a countable piece of work that has no event of its own (evaluation, scores of pruning). */
export interface CountProgress {
  readonly type: 'count';
  readonly phase: Phase;
  readonly state: number;
  readonly done: number;
  readonly total: number;
}

/** A mask was made for `record.state`. */
export interface PruneProgress {
  readonly type: 'prune';
  readonly record: PruneRecord;
}

/** A state is trained and evaluated. */
export interface StateProgress {
  readonly type: 'state';
  readonly states: number;
  readonly meta: StateMeta;
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

/** All images of a state were visited. */
export interface VerifiedProgress {
  readonly type: 'verified';
  readonly summary: VerifySummary;
}

/** Something the user should know; also in `events.jsonl`. */
export interface NoteProgress {
  readonly type: 'note';
  readonly record: NoteRecord;
}

export type ProgressEvent =
  | PhaseProgress
  | StepProgress
  | EpochProgress
  | CountProgress
  | PruneProgress
  | StateProgress
  | VerifyProgress
  | VerifiedProgress
  | NoteProgress;

/** Receives progress; must return quickly and must not throw. */
export type ProgressListener = (event: ProgressEvent) => void;
