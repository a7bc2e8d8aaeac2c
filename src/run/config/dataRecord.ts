/** @file What a run's configuration keeps of data of one's own. */
import { z } from 'zod';

const numbers = z.array(z.number());

/** What a run's configuration keeps of data of one's own. */
export const dataRecord = z.strictObject({
  form: z.string().describe('How it is read.'),
  shape: z.array(z.int()).describe('Channels, height and width; or the number of features.'),
  class_names: z.array(z.string()).describe('Classes in the order of their numbers.'),
  feature_names: z.array(z.string()).optional().describe('Columns in the order of the inputs.'),
  train_count: z.int().describe('Samples of the training part.'),
  test_count: z.int().describe('Samples of the test part.'),
  validation_count: z.int().optional().describe('Samples of a validation part that the files state.'),
  mean: numbers.describe('What the network takes off its inputs.'),
  std: numbers.describe('What it divides by.'),
  lower: numbers.optional().describe('Least valid values.'),
  upper: numbers.optional().describe('Largest valid values.'),
  radii: numbers.optional().describe('Radius of each element where eps is 1; 0 is held fixed.'),
});
