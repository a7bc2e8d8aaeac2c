import { describe } from 'vitest';
import { runners, verdictsAreRight } from './verdicts.testing.ts';

describe('verdicts in ONNX Runtime', () => {
  verdictsAreRight(runners.runtime);
});
