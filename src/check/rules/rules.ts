/** @file The table of rules: what is not in it is not understood. */
import type { Rules } from '../graph/place.ts';
import { bends } from './bends.ts';
import { elementwise } from './elementwise.ts';
import { layout } from './layout.ts';
import { products } from './products.ts';

export const rules: Rules = { ...layout, ...elementwise, ...products, ...bends };
