/** @file What the methods of verification work with. */
import type { BoundMachine } from '../bounds/machine.ts';
import type { CheckedModel } from '../certify/checkedModel.ts';
import type { Attacker } from './attackStage.ts';
import type { PreparedNetwork } from './prepare.ts';
import type { Replayer } from './replay.ts';

/** One network with everything compiled for it; use it for many specifications. */
export interface Tools {
  readonly prepared: PreparedNetwork;
  readonly machine: BoundMachine;
  readonly attacker: Attacker;
  readonly replayer: Replayer;
  /** The model's file in the checker, which is loaded when the first proof is to be confirmed. */
  readonly checked: () => Promise<CheckedModel>;
}

/** The checker of a network's file, once it is asked for. */
export function checkedLater({ file, fileName }: PreparedNetwork): Tools['checked'] {
  let made: Promise<CheckedModel> | undefined;
  return () =>
    (made ??= import('../certify/checkedModel.ts').then(({ checkedModel }) =>
      checkedModel(file, fileName ?? generatedName),
    ));
}

/** What the file of a network that came from none is called beside its certificates. */
export const generatedName = 'model.onnx';
