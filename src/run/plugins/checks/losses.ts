/** @file What every objective and every regulariser promises. */
import { createRng } from '../../../data/rng.ts';
import { optionValues, type Options } from '../../../family/option.ts';
import { parameterInputs, splitParameters } from '../../../nn/parameters.ts';
import type { Network } from '../../../nn/network.ts';
import { float32, int32, interpret, trace, valueAndGradWith, type Tensor } from '../../../tensor/index.ts';
import { objectiveContext, type ObjectiveContext } from '../../../train/objectives/context.ts';
import type { Objective } from '../../../train/objectives/objective.ts';
import { regularizerPlan } from '../../../train/regularizers/regularizers.ts';
import type { Regularizer, RegularizerSettings } from '../../../train/regularizers/regularizer.ts';
import { checksOf, holds, type Check } from './check.ts';
import { checkClasses, checkNetwork, checkNumbers, smoothNetwork } from './fixture.ts';

const batchSize = 3;
const batch = [batchSize, ...checkNetwork.inputShape];
const epsilonMax = 0.1;
const radius = 0.05;

type Flat = readonly ArrayLike<number>[];

/** A loss of one batch in double precision, with its gradient. */
interface TracedLoss {
  readonly start: readonly Float64Array[];
  readonly keys: readonly string[];
  loss(params: Flat, epsilon?: number): number;
  gradient(params: Flat): Flat;
}

function traced(
  network: Network,
  noiseShapes: Readonly<Record<string, readonly number[]>>,
  evaluate: (context: ObjectiveContext) => Tensor,
): TracedLoss {
  const { trainable, buffers } = parameterInputs(network);
  const numbers = splitParameters(network, checkNumbers());
  const rng = createRng('loss check');
  const specs = {
    params: trainable,
    buffers,
    x: float32(batch),
    y: int32([batchSize]),
    epsilon: float32([]),
    noise: Object.fromEntries(Object.entries(noiseShapes).map(([name, shape]) => [name, float32(shape)])),
  };
  const { program } = trace(({ params, buffers: state, ...args }) => {
    const [loss, , gradient] = valueAndGradWith((p: typeof params) => {
      const context = objectiveContext({ network, params: { ...p, ...state }, mode: 'train', ...args });
      return [evaluate(context), undefined] as const;
    })(params);
    return { loss, gradient };
  }, specs);
  const size = batch.reduce((n, d) => n * d, 1);
  const x = rng.fillUniform(new Float64Array(size), 0.2, 0.8);
  const noise = Object.values(noiseShapes).map((shape) =>
    rng.fillUniform(new Float64Array(shape.reduce((n, d) => n * d, 1)), -1, 1),
  );
  const labels = Array.from({ length: batchSize }, (_, i) => i % checkClasses);
  const run = (params: Flat, epsilon = radius) =>
    interpret(program, [...params, ...Object.values(numbers.buffers), x, labels, [epsilon], ...noise]);
  return {
    start: Object.values(numbers.trainable).map((values) => Float64Array.from(values)),
    keys: Object.keys(numbers.trainable),
    loss: (params, epsilon) => run(params, epsilon)[0][0],
    gradient: (params) => run(params).slice(1),
  };
}

/** Central differences at both ends of every parameter. */
function checkGradient({ start, keys, loss, gradient }: TracedLoss): void {
  const found = gradient(start);
  const h = 1e-6;
  start.forEach((values, k) => {
    for (const i of [0, values.length - 1]) {
      const at = (d: number): number =>
        loss(start.map((v, j) => (j === k ? v.map((w, n) => (n === i ? w + d : w)) : v)));
      const slope = (at(h) - at(-h)) / (2 * h);
      holds(
        Math.abs(found[k][i] - slope) <= 1e-5 * Math.max(1, Math.abs(slope)),
        `the derivative in ${keys[k]}[${i}] is ${found[k][i]}, differences say ${slope}`,
      );
    }
  });
}

const finite = ({ loss, start }: TracedLoss): void => {
  for (const epsilon of [0, radius, epsilonMax]) {
    const value = loss(start, epsilon);
    holds(Number.isFinite(value), `at the radius ${epsilon} it is ${value}`);
  }
};

/** @param objective a member of the family, under its name */
export function objectiveChecks(objective: Objective): Check[] {
  const options = { ...optionValues(objective), epsilonMax };
  const of = (network: Network): TracedLoss =>
    traced(network, objective.noise(options, batch), (context) => {
      const { loss, final } = objective.evaluate(context, options);
      holds(loss.shape.length === 0, `the loss has the shape [${loss.shape.join(',')}], not []`);
      holds(
        final.output.shape.join() === [batchSize, checkClasses].join(),
        `the final pass gives [${final.output.shape.join(',')}], not a row of logits an image`,
      );
      return loss;
    });
  return checksOf({
    'a finite loss of shape [] for every radius': () => finite(of(checkNetwork)),
    'its gradient meets finite differences': () => checkGradient(of(smoothNetwork)),
  });
}

/** @param regularizer a member of the family, under its name */
export function regularizerChecks(regularizer: Regularizer<Options, RegularizerSettings>): Check[] {
  const asked = { ...optionValues(regularizer), ...(regularizer.options?.['weight'] && { weight: 0.1 }) };
  const of = (network: Network): TracedLoss => {
    const run = { certified: false, epsilon: radius };
    const plan = regularizerPlan(regularizer, asked, run);
    return traced(network, {}, (context) => {
      const term = regularizer.evaluate(context, plan?.options ?? {}, context.clean());
      holds(term.shape.length === 0, `the term has the shape [${term.shape.join(',')}], not []`);
      return term;
    });
  };
  return checksOf({
    'is off by default, and takes part where its weight is above 0'() {
      const run = { certified: false, epsilon: radius };
      holds(
        regularizerPlan(regularizer, optionValues(regularizer), run) === undefined,
        'with the defaults of its options it takes part in every run',
      );
      if (regularizer.plan) return;
      holds(regularizer.options?.['weight'] !== undefined, 'it has no option "weight" and no plan');
      holds(regularizerPlan(regularizer, asked, run)?.weight === 0.1, 'its weight is not what was asked');
    },
    'a finite term of shape [] for every radius': () => finite(of(checkNetwork)),
    'its gradient meets finite differences': () => checkGradient(of(smoothNetwork)),
  });
}
