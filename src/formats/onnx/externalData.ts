/** @file What the tensors of an ONNX model keep in other files, beside the model. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import { systemFault } from '../systemFault.ts';
import { UserError } from '../userError.ts';
import type { ExternalReader } from './wire.ts';

/** Whether a path leads out of the folder that it is relative to. */
const leadsOut = (location: string): boolean => {
  const path = normalize(location.replaceAll('\\', '/'));
  return isAbsolute(location) || path === '..' || path.startsWith(`..${sep}`) || /^[A-Za-z]:/.test(location);
};

/**
 * Reads external data beside a model file. ONNX keeps it in the model's folder or below: other places are refused.
 * @param read told of every file that is read
 */
export const externalReader =
  (modelPath: string, read: (path: string) => void = () => undefined): ExternalReader =>
  ({ location, offset, length }, needed) => {
    if (leadsOut(location))
      throw new UserError(
        `Its external data are said to lie in '${location}', outside the model's folder: that is not read. Move the file ` +
          'beside the model, and save the model again.',
      );
    const path = join(dirname(modelPath), location);
    const count = length ?? needed;
    if (count !== needed)
      throw new UserError(`${path}: a tensor of ${needed} bytes has ${count} there (external data).`);
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
    } catch (error) {
      throw new UserError(
        `Cannot read the external data ${path} of the model: ${systemFault(error)}. The file belongs beside the model.`,
      );
    }
    try {
      const { size } = fstatSync(descriptor);
      if (offset + count > size)
        throw new UserError(
          `${path}: the external data end after ${size} bytes, and a tensor reaches to byte ${offset + count}. Is the file cut off?`,
        );
      const bytes = new Uint8Array(count);
      for (let at = 0; at < count;) at += readSync(descriptor, bytes, at, count - at, offset + at);
      read(path);
      return bytes;
    } finally {
      closeSync(descriptor);
    }
  };
