/** @file The models. A name of the study is the study's network. */
import { family } from '../../family/family.ts';
import { UserError } from '../../formats/userError.ts';
import type { Network } from '../network.ts';
import { alexNets } from './alexNet.ts';
import { certifiedModels } from './certifiedModels.ts';
import type { Model, ModelChoices } from './model.ts';
import { resNets } from './resnet.ts';
import { smallModels } from './smallModels.ts';
import { verifierModels } from './verifierModels.ts';
import { vggs } from './vgg.ts';

/** Models that runs train, for any image size and number of classes, and those of published benchmarks. */
export const models = family<Model>({ kind: 'model', plural: 'models', key: 'arch' }, [
  ...smallModels,
  ...certifiedModels,
  ...resNets,
  ...vggs,
  ...alexNets,
  ...verifierModels,
]);

/** Names of the models that runs train, or of those of published benchmarks. */
export const modelNames = (which: 'trained' | 'published'): string[] =>
  models.names().filter((name) => (models.named(name).fixed === undefined) === (which === 'trained'));

/**
 * A network of the zoo.
 * @throws UserError where the name is unknown, or a benchmark's architecture is asked for other images or classes
 */
export function buildModel(name: string, choices: ModelChoices): Network {
  const { fixed, build } = models.named(name);
  const { inputShape, classes } = choices;
  if (fixed && (inputShape.join() !== fixed.inputShape.join() || classes !== fixed.classes))
    throw new UserError(
      `${name} takes images of ${fixed.inputShape.join('×')} and has ${fixed.classes} classes; asked for are ` +
        `${inputShape.join('×')} and ${classes}.`,
    );
  return build(choices);
}
