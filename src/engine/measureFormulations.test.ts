import { afterAll, describe, expect, it } from 'vitest';
import { grad } from '../tensor/grad.ts';
import { conv2d, loop, mul, sum } from '../tensor/index.ts';
import { float32, type Tensor } from '../tensor/tensor.ts';
import { trace } from '../tensor/trace.ts';
import { formulations } from './lower/formulations.ts';
import { lowerProgram } from './lower/lowerProgram.ts';
import { measureFormulations } from './measureFormulations.ts';
import { closeSessions } from './session.ts';

afterAll(closeSessions);

describe('measureFormulations', () => {
  const { program } = trace(
    ({ x, w }: { x: Tensor; w: Tensor }) => {
      const squares = (v: Tensor): Tensor => sum(mul(conv2d(x, v), conv2d(x, v)));
      return { w: grad(squares)(w), y: loop(2, x, (v) => conv2d(v, w, undefined, { padding: 1 })) };
    },
    { x: float32([4, 16, 6, 6]), w: float32([16, 16, 3, 3]) },
  );

  it('chooses for every convolution, loop bodies included, among what exists', async () => {
    const record = await measureFormulations(program, { threads: 1, repeats: 1 });
    expect(Object.keys(record)).toHaveLength(3);
    for (const [key, choice] of Object.entries(record))
      expect(formulations[key.split(' ')[0] as keyof typeof formulations]).toContain(choice);
    expect(lowerProgram(program, { formulations: record, blockSize: 16 }).formulations).toEqual(record);
  });

  it('keeps what is known', async () => {
    const [key] = Object.keys(lowerProgram(program).formulations).filter((k) =>
      k.startsWith('convWeightGrad'),
    );
    const record = await measureFormulations(program, { threads: 1, repeats: 1, known: { [key]: 'swap' } });
    expect(record[key]).toBe('swap');
  });
});
