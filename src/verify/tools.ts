/** @file What the methods of verification work with. */
import type { BoundMachine } from '../bounds/machine.ts';
import type { Attacker } from './attackStage.ts';
import type { PreparedNetwork } from './prepare.ts';
import type { Replayer } from './replay.ts';

/** One network with everything compiled for it; use it for many specifications. */
export interface Tools {
  readonly prepared: PreparedNetwork;
  readonly machine: BoundMachine;
  readonly attacker: Attacker;
  readonly replayer: Replayer;
}
