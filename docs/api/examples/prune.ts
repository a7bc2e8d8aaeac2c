// Prunes half of the weights, goes back to the first ones, trains what is left, and takes out what is empty.
import {
  brokenMasks,
  buildModel,
  compress,
  createRng,
  criteria,
  extractMasks,
  fullMasks,
  initialize,
  invertMasks,
  isNarrower,
  maskCounts,
  maskNumbers,
  networkSize,
  prunableKeys,
  pruneStep,
  remainRatio,
  rewind,
  shuffleMasks,
} from 'certprune';

const network = buildModel('cnn_small', {
  classes: 10,
  inputShape: [1, 28, 28],
  bn: true,
  normalization: { mean: [0.13], std: [0.31] },
});
const initial = initialize(network, createRng(1));
const trained = initialize(network, createRng(2));
const all = fullMasks(network, prunableKeys(network));

console.log(criteria.names());
const context = { network, numbers: trained, masks: all, rng: createRng(3) };
const { masks, removed } = await pruneStep(context, { method: 'l1-channel', rate: 0.5 });
console.log(
  removed,
  remainRatio(masks),
  maskCounts(masks)['conv1.weight'],
  isNarrower(masks, fullMasks(network, Object.keys(masks))),
);

// The winning ticket: the first weights under the new masks.
const ticket = rewind('lt', { initial }, masks);
console.log(brokenMasks(ticket, masks), extractMasks(ticket, ['conv1.weight'])['conv1.weight'].length);

// Controls: as many weights elsewhere, and those that were pruned.
const elsewhere = maskNumbers(initial, shuffleMasks(masks, createRng(4)));
const others = maskNumbers(initial, invertMasks(masks));
console.log(Object.keys(elsewhere).length === Object.keys(others).length);

const small = compress({ network, numbers: ticket });
console.log(networkSize({ network, numbers: ticket }), small.after);
