// Trains on clean images, then against attacks; follows both, and measures.
import {
  evaluate,
  imageCount,
  loadDataset,
  pixelsOf,
  sequential,
  splitTrainValidation,
  subsetOf,
  createRng,
  datasets,
  train,
} from 'certprune';

console.log(datasets.names());
const mnist = loadDataset('mnist');
const few = subsetOf(
  mnist.train,
  Array.from({ length: 600 }, (_, i) => i),
);
const images = splitTrainValidation(few, 100, createRng(1));
const test = subsetOf(
  mnist.test,
  Array.from({ length: 100 }, (_, i) => i),
);
console.log(imageCount(images.train), pixelsOf(test, 0).length, test.classNames[test.labels[0]]);

const { mean, std } = few;
const network = sequential('mine', [1, 28, 28])
  .normalize({ mean, std })
  .conv(4, { kernel: 4, stride: 4 })
  .relu()
  .flatten()
  .linear(10)
  .build();
const work = train(network, images, {
  settings: { epochs: 2, batch_size: 50, lr: 0.05, seed: 1 },
  signal: AbortSignal.timeout(600_000),
});
for await (const event of work)
  if (event.type === 'epoch') console.log(`epoch ${event.epoch}: loss ${event.loss.toFixed(2)}`);
const trained = await work.result;

// On from there, against FGSM; everything that a configuration may say of training is a setting.
const robust = await train(network, images, {
  settings: { trainer: 'fgsm', eps: 0.05, epochs: 1, batch_size: 50, seed: 1 },
  start: trained.numbers,
}).result;
const { standard, pgd } = await evaluate(robust, test, { eps: 0.05, pgdSteps: 5 });
console.log(standard >= pgd);
