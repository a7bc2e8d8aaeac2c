/** @file Sigmoid: ½ + ½·tanh(z/2). */
import { sigmoid } from '../../tensor/index.ts';
import { sShaped } from './sShaped.ts';

export const sigmoidMember = sShaped<'sigmoid'>(sigmoid, { center: 0.5, height: 0.5, scale: 0.5 });
