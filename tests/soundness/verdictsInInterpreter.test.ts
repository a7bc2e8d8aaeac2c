import { describe } from 'vitest';
import { runners, verdictsAreRight } from './verdicts.testing.ts';

describe('verdicts in the f64 interpreter', () => {
  verdictsAreRight(runners.interpreter);
});
