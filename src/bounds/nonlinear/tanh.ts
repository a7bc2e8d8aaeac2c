/** @file Tanh. */
import { tanh } from '../../tensor/index.ts';
import { sShaped } from './sShaped.ts';

export const tanhMember = sShaped<'tanh'>(tanh, { center: 0, height: 1, scale: 1 });
