/** @file What a search leaves behind for a certificate: slopes of intermediate bounds, and every closed domain. */
import type { BoundNetwork } from '../bounds/boundNetwork.ts';
import type { CompactSite } from '../bounds/compact.ts';
import type { NeuronRow } from '../bounds/recording.ts';
import type { BoxRecorder } from './boxTree.ts';

/** A split: compact neuron of a site by number, kept at +1 (z ≥ point) or −1 (z ≤ point). */
export interface RecordedSplit {
  readonly site: number;
  readonly neuron: number;
  readonly point: number;
  readonly side: 1 | -1;
}

/** coefficients · y ≤ bound. */
export interface RecordedRow {
  readonly coefficients: ArrayLike<number>;
  readonly bound: number;
}

/** A closed domain; the splits of a conjunction's domains, from the root on, are the paths of a binary tree. */
export interface RecordedLeaf {
  readonly conjunction: readonly RecordedRow[];
  /** Which of its rows is above 0; absent where no single row is. */
  readonly part?: number | undefined;
  /** Weights of its rows, whose sum is above 0; all 0: multipliers alone contradict one another. */
  readonly weights?: ArrayLike<number> | undefined;
  readonly splits: readonly RecordedSplit[];
  /** Slopes of lower lines in units of 1/255, by site number, at the compact neurons. */
  readonly alpha: readonly Uint8Array[];
  /** β of each split. */
  readonly beta: Float32Array;
  readonly by: 'bound' | 'empty' | 'programs';
}

/** Whom the stages of one specification tell what they find. */
export interface ProofRecorder {
  /** A search by halving begins, in so many inputs of the bounded network. */
  readonly halving: (inputs: number) => BoxRecorder;
  /** A network whose neurons' bounds follow: a search by halving that went before has left the question open. */
  readonly bounds: (net: BoundNetwork) => void;
  readonly neuron: (row: NeuronRow) => void;
  /** A search begins, on a network and its compact neurons; one that went before is forgotten. */
  readonly search: (net: BoundNetwork, sites: readonly CompactSite[]) => void;
  readonly closed: (leaf: RecordedLeaf) => void;
  /** A part of the proof is of a kind that certificates do not hold. */
  readonly beyond: (why: string) => void;
}
