/** @file What a verifying process and its parent say to each other. */
import type { Answer, Task, TaskProgress } from './answer.ts';

export interface ToProcess {
  readonly id: number;
  /** Without its subject where that is the one before. */
  readonly task: Omit<Task, 'subject'> & Partial<Pick<Task, 'subject'>>;
}

export type FromProcess =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: TaskProgress }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer };
