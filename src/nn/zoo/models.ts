/** @file The table of models: name → builder. */
import { UserError } from '../../formats/userError.ts';
import type { Network } from '../network.ts';
import { cifarModel, cifarModelDeep, cnnSmall } from './cifarModels.ts';
import { certifiedModels } from './certifiedModels.ts';
import { mlp } from './mlp.ts';
import type { ModelBuilder, ModelChoices } from './model.ts';
import { resNets } from './resnet.ts';
import { vggs } from './vgg.ts';

export const models: Readonly<Record<string, ModelBuilder>> = {
  cnn_small: cnnSmall,
  cifar_model: cifarModel,
  cifar_model_deep: cifarModelDeep,
  mlp: mlp('mlp', [256, 256]),
  ...certifiedModels,
  ...resNets,
  ...vggs,
};

/** A network of the zoo. @throws UserError where the name is unknown */
export function buildModel(name: string, choices: ModelChoices): Network {
  const builder = models[name];
  if (!builder)
    throw new UserError(`There is no model '${name}'. Choose one of: ${Object.keys(models).join(', ')}.`);
  return builder(choices);
}
