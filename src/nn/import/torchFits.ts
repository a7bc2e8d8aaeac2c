/** @file Which models of the zoo a state dict fits. */
import { identityNormalization, type Normalization } from '../../data/normalization.ts';
import type { NdArray } from '../../formats/ndArray.ts';
import { UserError } from '../../formats/userError.ts';
import type { Shape } from '../../tensor/index.ts';
import { matchStateDict, type MatchedBy } from '../loadStateDict.ts';
import type { Network } from '../network.ts';
import { parameterSpecs } from '../parameters.ts';
import { modelNames, models } from '../zoo/models.ts';
import type { ModelChoices } from '../zoo/model.ts';

type Tensors = ReadonlyMap<string, NdArray>;

/** Models that compute the same function of the same tensors. */
export interface Fit {
  readonly names: readonly string[];
  readonly by: MatchedBy;
}

/** [C,H,W] of the usual data sets, by the first layer's channels or features. */
export function usualInputShape(tensors: Tensors): Shape {
  const first = [...tensors.values()].find(({ shape }) => shape.length > 1);
  const inner = first?.shape[1];
  if (first?.shape.length === 2) {
    if (inner === 784) return [1, 28, 28];
    return inner === 3072 ? [3, 32, 32] : [inner ?? 0];
  }
  return inner === 1 ? [1, 28, 28] : [inner ?? 0, 32, 32];
}

/** What the tensors say of classes and batch norm. */
export function choicesFor(
  tensors: Tensors,
  inputShape: Shape,
  normalization: Normalization | undefined,
): ModelChoices {
  const last = [...tensors.values()].findLast(({ shape }) => shape.length === 2);
  return {
    classes: last?.shape[0] ?? 10,
    inputShape,
    bn: [...tensors.keys()].some((key) => key.endsWith('running_mean')),
    normalization,
  };
}

/** A model of the zoo for these tensors; undefined where it cannot be built for such images. */
function built(name: string, tensors: Tensors, inputShape: Shape): Network | undefined {
  try {
    const normalization = identityNormalization(inputShape[0]);
    const network = models.named(name).build(choicesFor(tensors, inputShape, normalization));
    return network.inputShape.join() === inputShape.join() ? network : undefined;
  } catch {
    // Too small an image for its strides and pools, for one.
    return undefined;
  }
}

/** All models whose parameters are these tensors, those of the same function together; the best match alone. */
export function fitsOf(tensors: Tensors, inputShape: Shape): Fit[] {
  const count = [...tensors.keys()].filter((name) => !name.endsWith('num_batches_tracked')).length;
  const fits = new Map<string, { names: string[]; by: MatchedBy }>();
  // Published architectures first: they are what files without batch norm come from.
  for (const name of [...modelNames('published'), ...modelNames('trained')]) {
    const network = built(name, tensors, inputShape);
    if (!network || parameterSpecs(network).length !== count) continue;
    const by = matches(network, tensors);
    if (!by) continue;
    const { layers } = network;
    const key = JSON.stringify([layers, by]);
    const known = fits.get(key);
    if (known) known.names.push(name);
    else fits.set(key, { names: [name], by });
  }
  const all = [...fits.values()];
  const best = (['names', 'numbers', 'order'] as const).find((by) => all.some((fit) => fit.by === by));
  return all.filter(({ by }) => by === best);
}

function matches(network: Network, tensors: Tensors): MatchedBy | undefined {
  try {
    return matchStateDict(network, tensors).by;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** ` It fits a, b.` or nothing. */
export function fitWords(fits: readonly Fit[]): string {
  const names = [...new Set(fits.flatMap((fit) => fit.names))];
  return names.length === 0 ? '' : ` Models of the zoo that the tensors fit: ${names.join(', ')}.`;
}
