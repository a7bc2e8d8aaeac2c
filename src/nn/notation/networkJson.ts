/** @file The layers of a network as JSON, as files of weights carry them. */
import { UserError } from '../../formats/userError.ts';
import { layerRules } from '../layers/table.ts';
import type { Network } from '../network.ts';
import { readNetwork } from './read.ts';
import { writeLayers } from './write.ts';

/** The layers of a network, to be read by {@link networkOfJson}. */
export const networkJson = (network: Network): string => JSON.stringify(network);

const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);

function hasForm(value: unknown): value is Network {
  if (typeof value !== 'object' || value === null) return false;
  const { name, inputShape, layers } = value as Readonly<Record<string, unknown>>;
  return (
    isText(name) &&
    Array.isArray(inputShape) &&
    inputShape.every((n) => Number.isSafeInteger(n) && (n as number) > 0) &&
    Array.isArray(layers) &&
    layers.length > 0 &&
    (layers as Readonly<Record<string, unknown>>[]).every(
      (layer) =>
        typeof layer === 'object' &&
        layer !== null &&
        isText(layer['kind']) &&
        Object.hasOwn(layerRules, layer['kind']) &&
        isText(layer['name']) &&
        isTexts(layer['inputs']),
    )
  );
}

/**
 * The network that a file carries: read as what it would be written as, so that every field is checked.
 * @throws UserError where it is no network
 */
export function networkOfJson(text: string): Network {
  const damaged = (why: string): UserError =>
    new UserError(`The architecture that the file carries is damaged: ${why}.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged('it is not JSON');
  }
  if (!hasForm(value)) throw damaged('it is no list of layers that are known here');
  let layers: unknown[];
  try {
    layers = writeLayers(value);
  } catch (error) {
    throw damaged(error instanceof UserError ? error.message.replace(/\.$/, '') : 'its layers do not fit');
  }
  return readNetwork({ ...value, layers });
}
