/** @file A file of weights, told by its content. */
import { createHash } from 'node:crypto';
import { readBytes } from '../../formats/readFile.ts';

/** A file of weights as a run's configuration keeps it: with the content that the run began with. */
export interface WeightsRecord {
  /** Absolute path. */
  readonly file: string;
  readonly sha256: string;
}

export const weightsRecord = (file: string): WeightsRecord => ({
  file,
  sha256: createHash('sha256').update(readBytes(file, 'weights')).digest('hex'),
});
