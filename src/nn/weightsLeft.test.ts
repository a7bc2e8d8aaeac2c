import { expect, it } from 'vitest';
import { weightsLeft } from './weightsLeft.ts';
import { sequential } from './zoo/sequential.ts';

it('weights left are those of convolutions, or of linear layers where there are none', () => {
  const conv = sequential('conv', [1, 2, 2]).conv(1, { kernel: 2 }).flatten().linear(1).build();
  const numbers = {
    'conv1.weight': Float32Array.of(1, 0, -2, 0),
    'conv1.bias': Float32Array.of(0),
    'fc1.weight': Float32Array.of(0),
    'fc1.bias': Float32Array.of(0),
  };
  expect(weightsLeft({ network: conv, numbers })).toBe(0.5);
  const linear = sequential('linear', [4]).linear(1).build();
  const one = { 'fc1.weight': Float32Array.of(1, 1, 0, 1), 'fc1.bias': Float32Array.of(0) };
  expect(weightsLeft({ network: linear, numbers: one })).toBe(0.75);
});
