/** @file Slips of the pen in the rules of bounds: each breaks one rule, on networks of the kind that has it. */
import type { Ball, BallNorm } from '../../src/bounds/ball.ts';
import type { Interval } from '../../src/bounds/interval.ts';
import type { BackwardStep, BallStep, BoundContext } from '../../src/bounds/rule.ts';
import type { Lines } from '../../src/bounds/nonlinear/lines.ts';
import type { Nonlinear, SiteSetting, SiteVariables } from '../../src/bounds/nonlinear/member.ts';
import { denseRelaxation, reluLines, type ReluLines } from '../../src/bounds/nonlinear/reluLines.ts';
import { nonlinear } from '../../src/bounds/nonlinear/table.ts';
import { boundRules } from '../../src/bounds/rules/table.ts';
import type { Layer } from '../../src/nn/network.ts';
import { add, mul, neg, sub, type Tensor } from '../../src/tensor/index.ts';
import type { Architecture } from '../../src/verify/exact/randomNetwork.testing.ts';
import { wrong, type Wrong } from './wrong.testing.ts';

/** A rule whose kind no longer matters. */
interface AnyRule {
  interval: (inputs: readonly Interval[], layer: Layer, context: BoundContext) => Interval;
  backward: (a: Tensor, layer: Layer, context: BoundContext) => BackwardStep;
  ball?: (ball: Ball, layer: Layer, context: BoundContext) => BallStep;
}
const table = boundRules as unknown as Record<string, AnyRule>;
const rightRules = { ...table };

const changeRule = (kind: string, change: (right: AnyRule) => Partial<AnyRule>) => (): void => {
  table[kind] = { ...rightRules[kind], ...change(rightRules[kind]) };
};

/** What a slip changes in the member of ReLU. */
interface WrongRelu {
  reluLines?: (right: ReluLines) => ReluLines;
  lines?: (right: Lines) => Lines;
  setting?: (right: SiteSetting) => SiteSetting;
  variables?: (right: SiteVariables) => SiteVariables;
  step?: (right: BackwardStep) => BackwardStep;
}
type Relu = Nonlinear<'relu'>;
const members = nonlinear as { relu: Relu };
const rightRelu: Relu = { ...nonlinear.relu };

/** Changes the member of ReLU. */
export const changeRelu = (wrongly: WrongRelu) => (): void => {
  const same = <T>(right: T): T => right;
  const { lines = same, setting = same, variables = same, step = same } = wrongly;
  const right = rightRelu.elementwise!;
  members.relu = {
    ...rightRelu,
    relaxation: (_, input, slope) => denseRelaxation((wrongly.reluLines ?? same)(reluLines(input, slope))),
    elementwise: {
      ...right,
      lines: (layer, bounds) => (given) => lines(right.lines(layer, bounds)(given)),
      rows: {
        ...right.rows,
        relaxation(layer, given, at) {
          const found = right.rows.relaxation(layer, setting(given), variables(at));
          return { ...found, relax: (a) => step(found.relax(a)) };
        },
      },
    },
  };
};

const change = (what: Wrong) => (): void => void Object.assign(wrong, what);

/** All rules are right again. */
export function mend(): void {
  for (const key of Object.keys(wrong)) delete wrong[key as keyof Wrong];
  Object.assign(table, rightRules);
  members.relu = rightRelu;
}

/** Half as wide around the same middle, for an interval rule that loses part of its radius. */
const narrowed = ({ lower, upper }: Interval): Interval => {
  const quarter = mul(sub(upper, lower), 0.25);
  return { lower: add(lower, quarter), upper: sub(upper, quarter) };
};

const withoutRadius = changeRule('linear', (right) => ({
  /** W·c + b ± W·r where |W|·r belongs: the ends that a signed radius gives. */
  interval: ([x], layer, context) => {
    const at = (t: Tensor): Tensor => right.interval([{ lower: t, upper: t }], layer, context).lower;
    return { lower: at(x.lower), upper: at(x.upper) };
  },
}));

/** Name, networks that notice, and the slip: of rules and lines. */
export const slips: readonly [string, Architecture, () => void][] = [
  [
    "the sign of the upper line's intercept",
    'sequential',
    changeRelu({ reluLines: (l) => ({ ...l, intercept: neg(l.intercept) }) }),
  ],
  [
    'no intercept',
    'sequential',
    changeRelu({ reluLines: (l) => ({ ...l, intercept: mul(l.intercept, 0) }) }),
  ],
  [
    'lower and upper slope swapped',
    'sequential',
    changeRelu({ reluLines: (l) => ({ ...l, lowerSlope: l.upperSlope, upperSlope: l.lowerSlope }) }),
  ],
  [
    'a lower slope beyond 1',
    'sequential',
    changeRelu({ reluLines: (l) => ({ ...l, lowerSlope: mul(l.lowerSlope, 1.5) }) }),
  ],
  [
    'an upper slope too small',
    'residual',
    changeRelu({ reluLines: (l) => ({ ...l, upperSlope: mul(l.upperSlope, 0.8) }) }),
  ],
  [
    'lower bounds half as far',
    'sequential',
    changeRelu({ setting: (r) => ({ ...r, lower: mul(r.lower, 0.5) }) }),
  ],
  [
    'the constant of the compact step',
    'sequential',
    changeRelu({ step: (s) => ({ ...s, constant: neg(s.constant!) }) }),
  ],
  [
    'the sign of beta',
    'sequential',
    changeRelu({ setting: (r) => (r.split ? { ...r, split: { ...r.split, side: neg(r.split.side) } } : r) }),
  ],
  ['half the radius of the box', 'sequential', change({ radius: (r) => mul(r, 0.5) })],
  [
    'the sign of the concrete bound',
    'sequential',
    change({ concrete: (c) => ({ ...c, lower: neg(c.lower) }) }),
  ],
  ['W in place of |W|', 'sequential', withoutRadius],
  [
    'a narrow interval of conv2d',
    'convolutional',
    changeRule('conv2d', (right) => ({ interval: (...args) => narrowed(right.interval(...args)) })),
  ],
  [
    'no bias in the backward step of linear',
    'sequential',
    changeRule('linear', (right) => ({
      backward: (...args) => ({ inputs: right.backward(...args).inputs }),
    })),
  ],
  [
    'the sign of the bias in conv2d',
    'convolutional',
    changeRule('conv2d', (right) => ({
      backward: (...args) => {
        const { inputs, constant } = right.backward(...args);
        return { inputs, constant: neg(constant!) };
      },
    })),
  ],
  [
    'one branch of add forgotten',
    'residual',
    changeRule('add', () => ({ backward: (a) => ({ inputs: [a, mul(a, 0)] }) })),
  ],
  ['intervals of add that take one branch', 'residual', changeRule('add', () => ({ interval: ([x]) => x }))],
  [
    'no shift in the backward step of batch norm',
    'convResidual',
    changeRule('batchNorm2d', (right) => ({
      backward: (...args) => ({ inputs: right.backward(...args).inputs }),
    })),
  ],
  [
    'the interval of batch norm for positive scales only',
    'convResidual',
    changeRule('batchNorm2d', (right) => ({
      interval: ([x], layer, context) => {
        const at = (t: Tensor): Tensor => right.interval([{ lower: t, upper: t }], layer, context).lower;
        return { lower: at(x.lower), upper: at(x.upper) };
      },
    })),
  ],
  [
    'the interval of relu cut too low',
    'sequential',
    changeRule('relu', (right) => ({
      interval: (...args) => {
        const { lower, upper } = right.interval(...args);
        return { lower, upper: mul(upper, 0.5) };
      },
    })),
  ],
];

/** A ball whose dual norm loses part of its radius. */
const narrowBall = changeRule('linear', (right) => ({
  ball: (...args) => {
    const step = right.ball!(...args);
    return step.kind === 'interval' ? { ...step, radius: mul(step.radius, 0.5) } : step;
  },
}));

/** Slips of what balls add, by norm. */
export const ballSlips: readonly [string, BallNorm, () => void][] = [
  ['the multiplier forgotten', 2, change({ ballLoss: ({ terms, rest }) => ({ terms, rest: mul(rest, 0) }) })],
  ['the multiplier forgotten', 1, change({ ballLoss: ({ terms, rest }) => ({ terms, rest: mul(rest, 0) }) })],
  ['terms halved', 2, change({ ballLoss: ({ terms, rest }) => ({ terms: mul(terms, 0.5), rest }) })],
  ['half the radius of the ball', 2, change({ radius: (r) => mul(r, 0.5) })],
  ['half the dual norm of a first layer', 2, narrowBall],
  ['half the dual norm of a first layer', 1, narrowBall],
];

/** Slips of the forward linear bounds. */
export const forwardSlips: readonly [string, Architecture, () => void][] = [
  [
    'no intercept of the line above',
    'deep',
    changeRelu({ lines: (l) => ({ ...l, upperIntercept: mul(l.upperIntercept, 0) }) }),
  ],
  [
    'a line above too flat',
    'residual',
    changeRelu({ lines: (l) => ({ ...l, upperSlope: mul(l.upperSlope, 0.5) }) }),
  ],
  [
    'a line below too steep',
    'deep',
    changeRelu({ lines: (l) => ({ ...l, lowerIntercept: add(l.upperIntercept, 0.1) }) }),
  ],
];
