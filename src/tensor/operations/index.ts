/** @file All operations of the language under one name. */
export { constant } from '../apply.ts';
export * from './arithmetic.ts';
export * from './layout.ts';
export * from './linear.ts';
export * from './reduce.ts';
