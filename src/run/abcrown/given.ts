/** @file What the command line names beside a configuration, laid over its keys. */
import { resolve } from 'node:path';
import type { VerifyOptions } from '../verifyOptions/table.ts';
import type { FlatTree } from './tree.ts';

/**
 * Files and names that stand before the configuration's. With `dataset` images are asked about, whatever the configuration
 * asks; where they come from is not its business then.
 */
export type GivenQuestion = Pick<VerifyOptions, 'onnx' | 'pth' | 'model' | 'vnnlib' | 'csv' | 'dataset'>;

/** The configuration as if it had named them. */
export function withGiven(tree: FlatTree, given: GivenQuestion): FlatTree {
  const { onnx, pth, model, vnnlib, csv, dataset } = given;
  const flat = new Map(tree);
  const put = (key: string, value: string, ...gone: readonly string[]): void => {
    for (const other of gone) flat.delete(other);
    flat.set(key, value);
  };
  if (onnx !== undefined)
    put('model.onnx_path', resolve(onnx), 'model.onnx_path_prefix', 'model.path', 'model.name');
  if (pth !== undefined) put('model.path', resolve(pth), 'model.onnx_path', 'model.onnx_path_prefix');
  if (model !== undefined) put('model.name', model);
  if (vnnlib !== undefined)
    put('specification.vnnlib_path', resolve(vnnlib), 'specification.vnnlib_path_prefix', 'general.csv_name');
  if (csv !== undefined) put('general.csv_name', resolve(csv), 'specification.vnnlib_path');
  if (dataset !== undefined)
    for (const key of ['general.csv_name', 'specification.vnnlib_path']) flat.delete(key);
  return flat;
}
