/** @file A network while it is being rewritten. */
import { parametersOf } from '../layers/rules.ts';
import type { Shape } from '../../tensor/index.ts';
import type { NumberedNetwork } from '../foldBatchNorm.ts';
import type { Layer } from '../network.ts';
import type { Numbers } from '../parameters.ts';
import { reachKey, roundingsKey } from '../reach.ts';
import { layerShapes } from '../shapes.ts';

/** Layers and numbers that change; every edit keeps the function. */
export interface Draft {
  readonly name: string;
  readonly inputShape: Shape;
  layers: Layer[];
  numbers: Record<string, Numbers[string]>;
}

/** One rewriting rule: changes the draft at a layer. @returns whether it did */
export type Rewrite = (draft: Draft, layer: Layer) => boolean;

export const draftOf = ({ network, numbers }: NumberedNetwork): Draft => ({
  name: network.name,
  inputShape: network.inputShape,
  layers: [...network.layers],
  numbers: { ...numbers },
});

export const finished = ({ name, inputShape, layers, numbers }: Draft): NumberedNetwork => ({
  network: { name, inputShape, layers },
  numbers,
});

/** Applies the rules until none changes anything. */
export function rewriteAll(draft: Draft, rules: readonly Rewrite[]): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const { name } of draft.layers)
      for (const rule of rules) {
        const layer = draft.layers.find((l) => l.name === name);
        if (layer && rule(draft, layer)) changed = true;
      }
  }
}

export const shapesOf = ({ name, inputShape, layers }: Draft): Map<string, Shape> =>
  layerShapes({ name, inputShape, layers });

export const layerBefore = (draft: Draft, layer: Layer): Layer | undefined =>
  draft.layers.find((l) => l.name === layer.inputs[0]);

/** The one layer that reads `name`, once; undefined for none, several, or the network's output. */
export function soleReader(draft: Draft, name: string): Layer | undefined {
  const readers = draft.layers.filter((l) => l.inputs.includes(name));
  const reads = readers.flatMap((l) => l.inputs).filter((input) => input === name);
  return reads.length === 1 && draft.layers.at(-1)!.name !== name ? readers[0] : undefined;
}

/** Puts other layers in place of one, at its position; drops its numbers. */
export function replaceLayer(draft: Draft, layer: Layer, ...by: Layer[]): void {
  for (const { name } of parametersOf(layer)) delete draft.numbers[`${layer.name}.${name}`];
  for (const name of ['weight', 'bias'] as const) delete draft.numbers[reachKey(layer.name, name)];
  delete draft.numbers[roundingsKey(layer.name)];
  draft.layers = draft.layers.flatMap((l) => (l.name === layer.name ? by : [l]));
}

/** Removes a layer with one input; whoever read it reads that input. */
export function bypass(draft: Draft, layer: Layer): void {
  replaceLayer(draft, layer);
  const [source] = layer.inputs as [string];
  draft.layers = draft.layers.map((l) =>
    l.inputs.includes(layer.name)
      ? { ...l, inputs: l.inputs.map((n) => (n === layer.name ? source : n)) }
      : l,
  );
}

/** Replaces a layer by one of the same name with other fields; numbers by their whole key. */
export function update(draft: Draft, layer: Layer, numbers: Readonly<Record<string, Numbers[string]>>): void {
  draft.layers = draft.layers.map((l) => (l.name === layer.name ? layer : l));
  Object.assign(draft.numbers, numbers);
}
