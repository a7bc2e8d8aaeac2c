// A whole experiment from a program: trained, pruned, trained again, verified, reported.
import { configuration, listRuns, readOverview, report, run, stateNetwork, verifyRun } from 'certprune';

const config = configuration({
  preset: 'mnist-quick',
  settings: {
    epochs: 1,
    train_size: 300,
    validation_size: 100,
    eval_images: 100,
    prune_times: 2,
    verify: { when: 'never', images: { start: 0, end: 2 } },
  },
});
const work = run(config, { directory: 'runs/mine', fresh: true, signal: AbortSignal.timeout(900_000) });
for await (const event of work)
  if (event.type === 'state') console.log(`state ${event.meta.state}: ${event.meta.standard}`);
console.log((await work.result).status, listRuns('runs').length, readOverview('runs/mine').states);

const [dense] = await verifyRun('runs/mine', { states: [0], verify: { timeout: 5 } }).result;
console.log(dense.certified <= dense.standard);
console.log(Object.keys(stateNetwork('runs/mine', { state: 0 }).numbers).length);
console.log((await report('runs/mine')).page);
