/** @file The worker thread that trains and evaluates. */
import { serveTraining } from './serveTraining.ts';

serveTraining();
