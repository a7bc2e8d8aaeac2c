import { describe, expect, it } from 'vitest';
import { sharedPath } from '../formats/shared.testing.ts';
import { readTorchNetwork } from '../nn/import/torch.ts';
import { openImages } from '../verify/files/images.ts';
import { measureNeurons } from '../train/measureNeurons.ts';
import { measureCheckpoint } from './measureCheckpoint.ts';

const folder = sharedPath('cases/study-checkpoints');

describe.skipIf(!folder)('neurons of the study’s checkpoints', () => {
  const images = () => openImages(`${folder}/x.npy`, { labels: `${folder}/labels.npy` });
  const plan = { epsilon: 0.01, images: 64 };

  it('are measured as runs measure theirs, dense and pruned', async () => {
    const path = `${folder}/01last.model`;
    const all = images();
    const found = await measureCheckpoint({ path, images: all, plan, threads: 1 });
    const { network, numbers } = readTorchNetwork(path, { inputShape: all.shape });
    const pixels = Float32Array.from({ length: all.count }, (_, i) => i).reduce<number[]>(
      (list, i) => [...list, ...all.pixels(i)],
      [],
    );
    const direct = await measureNeurons(
      network,
      Object.fromEntries(Object.entries(numbers).map(([key, data]) => [key, Float32Array.from(data)])),
      {
        pixels: Float32Array.from(pixels),
        labels: Int32Array.from({ length: all.count }, (_, i) => all.label(i)),
      },
      plan,
      { engine: { threads: 1 } },
    );
    expect(found.record).toEqual(direct);
    const { remainRatio } = await measureCheckpoint({
      path: `${folder}/00last.model`,
      images: all,
      plan,
      threads: 1,
    });
    expect(remainRatio).toBe(1);
    expect(found.remainRatio).toBeLessThan(1);
  });

  it('a mean of the wrong length is named', async () => {
    const question = { path: `${folder}/00last.model`, images: images(), plan, threads: 1 };
    await expect(measureCheckpoint({ ...question, mean: [0.1, 0.2] })).rejects.toThrow(/--mean: 2 numbers/);
  });
});
