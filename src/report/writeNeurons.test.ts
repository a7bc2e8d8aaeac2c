import { describe, expect, it } from 'vitest';
import { countNeurons } from '../train/neuronRecord.ts';
import { neuronsPage } from './html/neurons.ts';
import { neuronsCsv } from './writeNeurons.ts';

const record = (unstable: number) => ({
  epsilon: 0.1,
  images: 32,
  layers: [
    { name: 'relu1', neurons: 30, unstable, width: 0.5, boundProduct: 0.1, nrsLoss: -0.5, sensitivity: 0.2 },
    { name: 'relu2', neurons: 10, unstable: 2 * unstable, unstableBeforeBatchNorm: 0.4 },
  ],
  ...countNeurons({ instability: Float64Array.of(0, 0.5), sensitivity: Float64Array.of(0.1, 0.2) }),
});
const checkpoints = [
  { name: '00last.model', remainRatio: 1, record: record(0.4) },
  { name: '01last.model', remainRatio: 0.8, record: record(0.2) },
];

describe('the report of checkpoints from elsewhere', () => {
  it('has a row a checkpoint and layer in its CSV', () => {
    const lines = neuronsCsv(checkpoints).trim().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^state,checkpoint,remainRatio,epsilon,images,layer,neurons,unstable,/);
    expect(lines[3]).toMatch(/^1,01last\.model,0\.8,0\.1,32,relu1,30,0\.2,/);
  });

  it('has a row a checkpoint on its page, means over all neurons, and says what could not be measured', () => {
    const report = {
      title: 'Checkpoints',
      lead: 'mnist',
      checkpoints,
      failures: ['02last.model: <cut off>'],
    };
    const page = neuronsPage(report, [], new Date(0));
    expect(page).toContain('01last.model');
    // (30·.2 + 10·.4)/40
    expect(page).toContain('data-value="0.25"');
    expect(page).toContain('02last.model: &lt;cut off&gt;');
    expect(page).toContain('href="neurons.csv"');
  });
});
