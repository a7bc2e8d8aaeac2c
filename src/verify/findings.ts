/** @file What a verification has found so far. */
import type { SearchProgress } from './branchAndBound.ts';

/** What is known so far; grows step by step so that a spent budget still reports it. */
export interface Findings {
  lowerBound: number;
  domains: number;
  unstableRatio: Record<string, number>;
  progress?: () => SearchProgress;
  /** Ends threads. */
  close?: () => void;
}
