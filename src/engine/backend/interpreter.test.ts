import { interpreter } from './interpreter.ts';
import { describeBackend } from './suite.testing.ts';

describeBackend('the interpreter', interpreter);
