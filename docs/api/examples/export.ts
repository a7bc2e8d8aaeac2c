// Networks as files, and back.
import {
  createRng,
  exportNetwork,
  initialize,
  readOnnxNetwork,
  readTorchNetwork,
  sequential,
} from 'certprune';

const network = sequential('little', [4]).linear(8).relu().linear(2).build();
const numbers = initialize(network, createRng(1));
exportNetwork({ network, numbers }, 'onnx', 'little.onnx');
exportNetwork({ network, numbers }, 'safetensors', 'little.safetensors');
console.log(readOnnxNetwork('little.onnx').input.shape);
console.log(readTorchNetwork('little.safetensors').network.layers.length);
