/** @file The words by which entries of a written architecture name layer kinds. */
import type { Notation } from '../layers/notation.ts';
import { fields } from '../layers/notation.ts';
import { ruleOf } from '../layers/rules.ts';
import { layerRules } from '../layers/table.ts';
import type { LayerKind } from '../network.ts';

const snake = (kind: string): string => kind.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A kind's own notation; of activations that have none, their kind and the numbers of their example. */
export function notationOf(kind: LayerKind): Notation {
  const { notation, elementwise } = ruleOf({ kind });
  if (notation) return notation;
  const own = Object.keys(elementwise?.example ?? {});
  return {
    word: snake(kind),
    ...(own.length === 1 && { main: own[0] }),
    fields: Object.fromEntries(own.map((name) => [name, fields.number(snake(name))])),
  };
}

/** Word → a kind that it names; a notation that infers says which of several. */
export const kindOfWord: ReadonlyMap<string, LayerKind> = new Map(
  (Object.keys(layerRules) as LayerKind[]).map((kind) => [notationOf(kind).word, kind]),
);
