// Files as VNN-COMP has them: a model, a property, an answer, its counterexample.
import { writeFileSync } from 'node:fs';
import {
  checkImportedFile,
  createRng,
  encodeModel,
  isCounterexample,
  parseVnnlib,
  readNpy,
  readOnnxNetwork,
  readVnnlib,
  resultsText,
  sequential,
  specificationsOf,
  toOnnx,
  UserError,
  verify,
  verifyInstance,
  writeNpy,
} from 'certprune';

// y = relu(x) − 1, as an ONNX file.
const line = sequential('line', [1]).linear(1).relu().linear(1).build();
const one = Float32Array.of(1);
const numbers = {
  'fc1.weight': one,
  'fc1.bias': Float32Array.of(0),
  'fc2.weight': one,
  'fc2.bias': Float32Array.of(-1),
};
writeFileSync('line.onnx', encodeModel(toOnnx(line, numbers)));

// Some x in 0..2 with y ≥ 0.5: there is one.
const text = `(declare-const X_0 Real) (declare-const Y_0 Real)
(assert (>= X_0 0)) (assert (<= X_0 2)) (assert (>= Y_0 0.5))`;
writeFileSync('some.vnnlib', text);
const answer = await verifyInstance({ onnx: 'line.onnx', vnnlib: 'some.vnnlib', timeoutSeconds: 30 });
console.log(resultsText(answer));

// The same in this thread, from what was read.
const imported = readOnnxNetwork('line.onnx');
console.log('reads as ONNX Runtime does:', (await checkImportedFile(imported, createRng(0))).worst <= 1);
const property = readVnnlib('some.vnnlib');
const { verdict } = await verify(imported, property);
if (verdict.kind === 'falsified') {
  const { input, outputs } = verdict.witness;
  console.log(isCounterexample(property, input, outputs));
  writeNpy('counterexample.npy', { dtype: 'float32', shape: [1], data: input });
  console.log(readNpy('counterexample.npy').data[0]);
}

// Boxes and unsafe outputs of a property; faults of what was given are errors of a kind of their own.
console.log(specificationsOf(parseVnnlib(text)).length);
try {
  parseVnnlib('(assert');
} catch (error) {
  if (error instanceof UserError) console.log(error.message);
}
