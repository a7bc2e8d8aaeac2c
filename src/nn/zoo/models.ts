/** @file The table of models: name → builder. A name of the study is the study's network. */
import { UserError } from '../../formats/userError.ts';
import type { Network } from '../network.ts';
import { alexNets } from './alexNet.ts';
import { cifarModel, cifarModelDeep, cifarModelWide, cnnSmall } from './cifarModels.ts';
import { certifiedModels } from './certifiedModels.ts';
import { mlp } from './mlp.ts';
import type { ModelBuilder, ModelChoices } from './model.ts';
import { resNets } from './resnet.ts';
import { verifierModels } from './verifierModels.ts';
import { vggs } from './vgg.ts';

/** Models that runs train, for any image size and number of classes. */
export const models: Readonly<Record<string, ModelBuilder>> = {
  cnn_small: cnnSmall,
  cifar_model: cifarModel,
  cifar_model_deep: cifarModelDeep,
  cifar_model_16_32: cifarModelWide,
  mlp: mlp('mlp', [256, 256]),
  ...certifiedModels,
  ...resNets,
  ...vggs,
  ...alexNets,
};

/** Other networks that are published under a name of the study: α,β-CROWN's examples say OVAL's deep one so. */
export const otherMeanings: Readonly<Record<string, readonly string[]>> = {
  cifar_model_deep: ['cifar_model_deep_oval'],
};

/** Whether the study's network of this name takes raw pixels and normalises them as CIFAR-10 itself. */
export const normalizesInside = (name: string): boolean => /^(resnet(18|34|50)|vgg\d+_bn)$/.test(name);

/** Names of all models: those that runs train, and the architectures of published benchmarks. */
export const modelNames = (): string[] => [...Object.keys(models), ...Object.keys(verifierModels)];

/**
 * A network of the zoo.
 * @throws UserError where the name is unknown, or a benchmark's architecture is asked for other images or classes
 */
export function buildModel(name: string, choices: ModelChoices): Network {
  if (Object.hasOwn(models, name)) return models[name](choices);
  if (!Object.hasOwn(verifierModels, name))
    throw new UserError(`There is no model '${name}'. Choose one of: ${modelNames().join(', ')}.`);
  const network = verifierModels[name](choices.normalization);
  const { inputShape, classes } = choices;
  if (inputShape.join() !== network.inputShape.join() || classes !== 10)
    throw new UserError(
      `${name} takes images of ${network.inputShape.join('×')} and has 10 classes; asked for are ` +
        `${inputShape.join('×')} and ${classes}.`,
    );
  return network;
}
