/** @file Models of one node, for the tests of the checker's rules. */
import { createRng } from '../../src/data/rng.ts';
import type { OnnxNode } from '../../src/formats/onnx/model.ts';
import { modelBytes, node, type Constant, type Numbers } from './models.testing.ts';

export interface Case {
  readonly op: string;
  readonly input: Numbers;
  readonly attributes?: OnnxNode['attributes'];
  /** Operands behind x, or around it where `first` names it. */
  readonly constants?: Readonly<Record<string, Constant>>;
  readonly operands?: readonly string[];
  readonly opset?: number;
  readonly outputs?: readonly string[];
}

export const image = [1, 3, 7, 6];
export const one = (
  op: string,
  input: Numbers,
  attributes: OnnxNode['attributes'] = {},
  constants: Case['constants'] = {},
  more: Partial<Case> = {},
): Case => ({
  op,
  input,
  attributes,
  constants,
  ...more,
});

export const bytesOf = (
  { op, input, attributes = {}, constants = {}, opset = 17, ...rest }: Case,
  seed: number,
): Uint8Array =>
  modelBytes(
    {
      opset,
      input,
      constants,
      nodes: [node(op, rest.operands ?? ['x', ...Object.keys(constants)], rest.outputs ?? ['y'], attributes)],
      outputs: rest.outputs ?? ['y'],
    },
    createRng(seed),
  );
