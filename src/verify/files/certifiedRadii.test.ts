import { describe, expect, it, vi } from 'vitest';
import type { Norm } from '../../bounds/ball.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';
import type { ImageQuestion } from './answer.ts';
import { certifiedRadii, type AnsweredStep, type CertifiedRadius } from './certifiedRadii.ts';
import { diamondNetwork } from './smallFiles.testing.ts';
import { verifyImages } from './verifyImages.ts';

vi.setConfig({ testTimeout: 60_000 });
vi.mock('./verifyingProcess.ts', async () => ({
  verifyingProcess: (await import('./inThisProcess.testing.ts')).inThisProcess,
}));

/** logits = Wx + b on three pixels; no clipping as long as radii are small. */
function linear(rows: readonly (readonly number[])[], bias: readonly number[]): NumberedNetwork {
  const network = sequential('linear', [3]).linear(rows.length).build();
  const [{ name }] = network.layers.filter((layer) => layer.kind === 'linear');
  return {
    network,
    numbers: {
      [`${name}.weight`]: Float32Array.from(rows.flat()),
      [`${name}.bias`]: Float32Array.from(bias),
    },
  };
}

const rows = [
  [1, 0.5, -0.25],
  [0.25, -0.75, 0.5],
  [-0.5, 0.125, 1],
];
const bias = [0.1, 0, -0.05];
const image = Float32Array.of(0.5, 0.5, 0.5);

interface Asked {
  readonly norm?: Norm;
  readonly tolerance?: number;
  readonly from?: number;
  readonly to?: number;
  readonly kept?: readonly AnsweredStep[];
  readonly label?: number;
  readonly pixels?: Float32Array;
  readonly timeoutSeconds?: number;
  readonly more?: Partial<ImageQuestion>;
}

async function radius(network: NumberedNetwork, asked: Asked = {}) {
  const {
    norm = 'inf',
    tolerance = 1e-3,
    from = 0,
    to = 1,
    kept = [],
    label = 0,
    pixels = image,
    more,
  } = asked;
  const question = (_index: number, epsilon: number): ImageQuestion => ({
    kind: 'image',
    pixels,
    label,
    epsilon,
    norm,
    targets: 'all',
    depth: 'complete',
    ...more,
  });
  const steps: AnsweredStep[] = [...kept];
  const witnesses: Float32Array[] = [];
  let found: CertifiedRadius | undefined;
  const subject = { kind: 'network', network } as const;
  const limits = { timeoutSeconds: asked.timeoutSeconds ?? 60 };
  await certifiedRadii(
    {
      subject,
      indices: [0],
      limits,
      workers: 1,
      question,
      ends: { from, to, tolerance },
      depth: 'complete',
      kept: () => kept,
    },
    {
      onStep(step, { witness }) {
        steps.push(step);
        if (witness) witnesses.push(witness.input);
      },
      onRadius: (told) => (found = told),
    },
  );
  const verdictAt = async (epsilon: number): Promise<string> => {
    let result = '';
    await verifyImages(
      { subject, indices: [0], limits, workers: 1, question: () => question(0, epsilon) },
      { onAnswer: (answer) => void (result = answer.result) },
    );
    return result;
  };
  return { ...found!, steps, witnesses, verdictAt };
}

const dual = (norm: Norm, w: readonly number[]): number =>
  norm === 'inf'
    ? w.reduce((sum, v) => sum + Math.abs(v), 0)
    : norm === 1
      ? Math.max(...w.map(Math.abs))
      : Math.hypot(...w);

describe('the certified radius', () => {
  it.each(['inf', 2, 1] as const)(
    'of a linear classifier is |margin|/‖w‖ in the dual norm of l%s',
    async (norm) => {
      const margins = [1, 2].map((j) => {
        const w = rows[0].map((v, i) => v - rows[j][i]);
        const margin = w.reduce((sum, v, i) => sum + v * image[i], bias[0] - bias[j]);
        return margin / dual(norm, w);
      });
      const exact = Math.min(...margins);
      const { lower, upper, why } = await radius(linear(rows, bias), { norm });
      expect(why).toBeUndefined();
      expect(lower).toBeLessThanOrEqual(exact);
      expect(upper).toBeGreaterThanOrEqual(exact);
      expect(upper - lower).toBeLessThanOrEqual(1e-3);
    },
  );

  it('is proved below and refuted above, by the same verifier and by the network itself', async () => {
    const { lower, upper, witnesses, verdictAt } = await radius(diamondNetwork(), {
      pixels: Float32Array.of(0.1, 0.2),
      label: 1,
    });
    // |x0| + |x1| < 1.5 from (.1, .2): (1.5 − .3)/2.
    expect(lower).toBeLessThanOrEqual(0.6);
    expect(upper).toBeGreaterThanOrEqual(0.6 - 1e-6);
    expect(upper - lower).toBeLessThanOrEqual(1e-3);
    expect(await verdictAt(lower)).toBe('unsat');
    expect(await verdictAt(upper)).toBe('sat');
    const [x0, x1] = witnesses.at(-1)!;
    expect(Math.max(Math.abs(x0 - Math.fround(0.1)), Math.abs(x1 - Math.fround(0.2)))).toBeLessThanOrEqual(
      upper,
    );
    expect(Math.abs(x0) + Math.abs(x1)).toBeGreaterThanOrEqual(1.5 - 1e-6);
  });

  it('is found again from any part of its steps', async () => {
    const whole = await radius(diamondNetwork(), { pixels: Float32Array.of(0.1, 0.2), label: 1 });
    expect(whole.steps.length).toBeGreaterThan(3);
    for (const at of [1, 2, whole.steps.length]) {
      const again = await radius(diamondNetwork(), {
        pixels: Float32Array.of(0.1, 0.2),
        label: 1,
        kept: whole.steps.slice(0, at),
      });
      expect([again.lower, again.upper, again.questions]).toEqual([
        whole.lower,
        whole.upper,
        whole.questions,
      ]);
      expect(again.steps.map(({ epsilon }) => epsilon)).toEqual(whole.steps.map(({ epsilon }) => epsilon));
    }
  });

  it('is 0 to 0 where the image is misclassified', async () => {
    const found = await radius(diamondNetwork(), { pixels: Float32Array.of(0.1, 0.2), label: 0 });
    expect(found).toMatchObject({ lower: 0, upper: 0, upperBy: 'clean', questions: 0, prediction: 1 });
  });

  it('is the far end at least where nothing is found there', async () => {
    const found = await radius(diamondNetwork(), { pixels: Float32Array.of(0.1, 0.2), label: 1, to: 0.25 });
    expect(found).toMatchObject({ lower: 0.25, upper: Infinity, questions: 1 });
    expect(found.why).toBeUndefined();
  });

  it('is asked through a normalisation in raw pixels', async () => {
    const normalization = { mean: Float64Array.of(0.05, 0.1), std: Float64Array.of(0.5, 0.25) };
    const { lower, upper } = await radius(diamondNetwork(), {
      pixels: Float32Array.of(0.1, 0.2),
      label: 1,
      more: { normalization },
    });
    // |x0 − .05|/.5 + |x1 − .1|/.25 < 1.5: .1 + .4 + 6r = 1.5.
    expect(lower).toBeLessThanOrEqual(1 / 6 + 1e-6);
    expect(upper).toBeGreaterThanOrEqual(1 / 6 - 1e-6);
    expect(upper - lower).toBeLessThanOrEqual(1e-3);
  });

  it('is 0 to 0 too where outputs of the image itself are unsafe', async () => {
    const found = await radius(diamondNetwork(), {
      pixels: Float32Array.of(0.1, 0.2),
      label: 1,
      more: { targets: 'all-positive', threshold: 0.5 },
    });
    expect(found).toMatchObject({ lower: 0, upper: 0, questions: 1 });
  });

  it('says why it is wide where there was no time', async () => {
    const found = await radius(diamondNetwork(), {
      pixels: Float32Array.of(0.1, 0.2),
      label: 1,
      timeoutSeconds: 0.04,
    });
    expect(found).toMatchObject({ lower: 0, upper: Infinity, why: 'timeout', questions: 0 });
  });
});
