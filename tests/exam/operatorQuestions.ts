/**
 * @file Graphs for every operation of the importer: what stands around it, and the values of its attributes that are
 * tried. Flags and words are tried in all their values, which the importer's own table lists.
 */
import { arranging } from './operators/arranging.ts';
import { constants } from './operators/constants.ts';
import { elementwise } from './operators/elementwise.ts';
import type { Questions } from './operators/question.ts';
import { weighted } from './operators/weighted.ts';

/** How each operation is asked about, by its name. */
export const operatorQuestions: Questions = { ...elementwise, ...weighted, ...arranging, ...constants };
