/** @file CROWN bounds of many boxes of a dense chain in one program: every deep layer, then the rows. */
import {
  abs,
  add,
  cat,
  constant,
  div,
  expand,
  indexSelect,
  linear,
  matmul,
  maximum,
  mul,
  neg,
  putAlongDim,
  relu,
  reshape,
  sign,
  sliceAxis,
  sub,
  takeAlongDim,
  zeros,
  type Tensor,
} from '../../tensor/index.ts';
import {
  flushed,
  gamma,
  leastNormal,
  meet,
  onlyFinite,
  outward,
  rowTotals,
  unitRoundoff,
} from '../rounding.ts';
import { reluLines } from '../nonlinear/reluLines.ts';
import type { BoxesInputs, BoxesSizes } from './boxesInputs.ts';
import { deepLayers, hiddenWidth, type DenseChain, type DenseLayer } from './denseChain.ts';

/** A linear lower bound a·x + constant of S rows on each box, with what rounding may have cost. */
interface Walked {
  /** [R, S, n]. */
  readonly coefficients: Tensor;
  /** [R, S, 2]: the constant, and the rounding in units of the last place. */
  readonly sums: Tensor;
}

/** One ReLU and the linear layer before it, as a backward step takes them. */
interface Step {
  readonly weight: Tensor;
  /** Upper slope and lower − upper slope, [R, 1, n]. */
  readonly upperSlope: Tensor;
  readonly slopeGap: Tensor;
  /** What a and max(a, 0) add to the sums, [R, n, 2]. */
  readonly linearSums: Tensor;
  readonly positiveSums: Tensor;
  /** What flushing to zero may add, [R, 1, 2]. */
  readonly fixedSums: Tensor;
  /** Largest distance of the chord, over the neuron's range: intercept/(u − l), [R, n]. */
  readonly gapShare: Tensor;
}

interface Bounds {
  readonly lower: Tensor;
  readonly upper: Tensor;
}

const column = (t: Tensor): Tensor => reshape(t, [...t.shape, 1]);
const weightOf = ({ weight, outFeatures, inFeatures }: DenseLayer): Tensor =>
  constant(weight, [outFeatures, inFeatures]);
const biasOf = ({ bias, outFeatures }: DenseLayer): Tensor => constant(bias, [1, outFeatures]);

/** |W|·m + |b|: how large the values of a layer, and their partial sums, can get. @param magnitudes [R, in] */
function reachOf(layer: DenseLayer, magnitudes: Tensor): Tensor {
  const { weightReach, biasReach, outFeatures, inFeatures } = layer;
  const weight = weightReach ? constant(weightReach, [outFeatures, inFeatures]) : abs(weightOf(layer));
  const bias = biasReach ? constant(biasReach, [1, outFeatures]) : abs(biasOf(layer));
  return add(linear(magnitudes, weight, bias), flushedUnits(1, magnitudes));
}

/** `flushed` in units of the last place, [R, 1]. */
const flushedUnits = (operations: number, magnitudes: Tensor): Tensor =>
  column(mul(flushed(operations, rowTotals(magnitudes)), 1 / unitRoundoff));

/**
 * Rounding of a step, by the rule of layerErrors.ts: |a|·reach with reach = s∘(|W|m + |b|) + t, s the larger slope, times
 * the roundings of the longest sum. |a| = 2·max(a,0) − a.
 */
function stepOf(layer: DenseLayer, { lower, upper }: Bounds, magnitudes: Tensor): Step {
  const boxes = lower.shape[0];
  const lines = reluLines({ lower, upper });
  const gap = sub(lines.lowerSlope, lines.upperSlope);
  const larger = maximum(lines.lowerSlope, lines.upperSlope);
  const reach = add(mul(larger, reachOf(layer, magnitudes)), lines.intercept);
  const bias = biasOf(layer);
  const pair = (a: Tensor, b: Tensor): Tensor => cat([column(a), column(b)], 2);
  const middle = (t: Tensor): Tensor => reshape(t, [boxes, 1, layer.outFeatures]);
  return {
    weight: weightOf(layer),
    upperSlope: middle(lines.upperSlope),
    slopeGap: middle(gap),
    linearSums: pair(add(mul(lines.upperSlope, bias), lines.intercept), neg(reach)),
    positiveSums: pair(sub(mul(gap, bias), lines.intercept), mul(reach, 2)),
    fixedSums: pair(
      zeros([boxes, 1]),
      mul(flushedUnits(layer.outFeatures, magnitudes), 2 * layer.outFeatures),
    ),
    // Only a guide to what is split next.
    gapShare: div(lines.intercept, maximum(sub(upper, lower), leastNormal)),
  };
}

/**
 * From coefficients of a ReLU's output to those of what the layer before it reads:
 * positive ones take the lower line, negative ones the chord; a·slope = a·upper + max(a,0)·(lower − upper).
 */
function walkStep({ coefficients, sums }: Walked, step: Step): Walked {
  const positive = relu(coefficients);
  const sloped = add(mul(coefficients, step.upperSlope), mul(positive, step.slopeGap));
  const [boxes, rows, n] = sloped.shape as [number, number, number];
  const product = matmul(reshape(sloped, [boxes * rows, n]), step.weight);
  return {
    coefficients: reshape(product, [boxes, rows, step.weight.shape[1]]),
    sums: add(
      add(sums, step.fixedSums),
      add(matmul(coefficients, step.linearSums), matmul(positive, step.positiveSums)),
    ),
  };
}

/** Where walks end. */
interface InputBox {
  readonly center: Tensor;
  readonly radius: Tensor;
}

/** Least values over the boxes, [R, S]: a·c − |a|·r = a·(c + r) − max(a,0)·2r; lower − rounding is sound. */
function concretize({ coefficients, sums }: Walked, { center, radius }: InputBox, terms: number) {
  const [boxes, rows] = coefficients.shape as [number, number];
  const end = add(center, radius);
  // Up to three times |a|·(|c| + r) is added up.
  const reach = mul(add(abs(center), radius), 3);
  const pair = (a: Tensor, b: Tensor): Tensor => cat([column(a), column(b)], 2);
  const least = add(
    matmul(coefficients, pair(end, neg(reach))),
    matmul(relu(coefficients), pair(mul(radius, -2), mul(reach, 2))),
  );
  const total = add(sums, least);
  const part = (t: Tensor, i: number): Tensor => reshape(sliceAxis(t, 2, i, i + 1), [boxes, rows]);
  // The second column is itself a sum of rounded numbers, three times as large in all.
  const rounding = add(mul(part(total, 1), gamma(terms) * outward(4 * terms)), 64 * terms * leastNormal);
  return { lower: part(total, 0), rounding, constant: part(sums, 0) };
}

/** ±rows of the open neurons' layer, [R, 2U, n], and their constants ±b with their own reach, [R, 2U, 2]. */
function neuronRows(layer: DenseLayer, index: Tensor, magnitudes: Tensor): Walked {
  const [boxes, places] = index.shape as [number, number];
  const { inFeatures, outFeatures, weight, bias } = layer;
  const table = new Float32Array((outFeatures + 1) * inFeatures);
  table.set(weight);
  const biases = new Float32Array(outFeatures + 1);
  biases.set(bias);
  const flat = reshape(index, [boxes * places]);
  const pick = (data: Float32Array, width: number): Tensor =>
    reshape(indexSelect(constant(data, [outFeatures + 1, width]), 0, flat), [boxes, places, width]);
  const rows = pick(table, inFeatures);
  const constants = pick(biases, 1);
  const reach = cat([reachOf(layer, magnitudes), zeros([boxes, 1])], 1);
  const reaches = column(takeAlongDim(reach, 1, index));
  return {
    coefficients: cat([rows, neg(rows)], 1),
    sums: cat([cat([constants, reaches], 2), cat([neg(constants), reaches], 2)], 1),
  };
}

/** Puts values at the open neurons: [R, U] → [R, n], 0 elsewhere. */
const spread = (values: Tensor, index: Tensor, n: number): Tensor =>
  sliceAxis(putAlongDim(values, 1, index, n + 1), 1, 0, n);

/**
 * How far the gaps of unstable neurons, as the rows see them, come from each input: Σ |a|·intercept·|S|·width/(u − l),
 * S the coefficients of a neuron's own linear bound. [R, inputs], to be multiplied by the inputs' widths.
 */
function loosenessOf(seen: Tensor, weights: Tensor, { gapShare }: Step, sensitivity: Sensitivity): Tensor {
  const [boxes, rows, n] = seen.shape as [number, number, number];
  const share = mul(reshape(matmul(reshape(weights, [boxes, 1, rows]), abs(seen)), [boxes, n]), gapShare);
  if (!sensitivity.index) return matmul(share, sensitivity.coefficients);
  const { index, coefficients } = sensitivity;
  const [, places, inputs] = coefficients.shape as [number, number, number];
  const picked = takeAlongDim(cat([share, zeros([boxes, 1])], 1), 1, index);
  return reshape(matmul(reshape(picked, [boxes, 1, places]), coefficients), [boxes, inputs]);
}

/** |S|: of all neurons [n, inputs], or of the open ones [R, U, inputs]. */
interface Sensitivity {
  readonly coefficients: Tensor;
  readonly index?: Tensor;
}

/** Outputs of the rows at points [R, P, inputs] → [R, P, K]. */
function valuesAt(chain: DenseChain, points: Tensor, rows: BoxesInputs<Tensor>['rows']): Tensor {
  const [boxes, count, inputs] = points.shape as [number, number, number];
  let x = reshape(points, [boxes * count, inputs]);
  for (const layer of chain.layers.slice(0, -1)) x = relu(linear(x, weightOf(layer), biasOf(layer)));
  const kinds = rows.constant.shape[0];
  return reshape(linear(x, rows.coefficients, reshape(rows.constant, [1, kinds])), [boxes, count, kinds]);
}

/**
 * For each box: bounds of the deep layers' neurons (the tighter of known and new), and of the rows
 * `lower`, `coefficients`, `constant`, `rounding`: row ≥ coefficients·x + constant − rounding ≥ lower − rounding on the box;
 * `looseness` by input (see loosenessOf); and the rows' values at the centre and at each row's minimiser, [R, 1 + K, K].
 */
export function boxesProgram(chain: DenseChain, { boxes }: BoxesSizes) {
  const { layers } = chain;
  // Sums of a step have two terms a neuron, those of the constants one a layer beside.
  const back = 2 * Math.max(chain.inputs, ...layers.map((l) => l.outFeatures)) + layers.length;
  const terms = back + Math.max(...layers.map((l) => l.inFeatures + l.roundings));
  return ({ center, radius, known, rows, weights }: BoxesInputs<Tensor>) => {
    const box = { center, radius };
    const steps: Step[] = [];
    const walk = (start: Walked, from: number): Walked => steps.slice(0, from).reduceRight(walkStep, start);

    const first = layers[0];
    const middle = linear(center, weightOf(first), biasOf(first));
    const inputReach = add(abs(center), radius);
    const spreadOut = add(
      linear(radius, abs(weightOf(first))),
      mul(reachOf(first, inputReach), gamma(2 * first.inFeatures + first.roundings)),
    );
    let bounds: Bounds = onlyFinite({ lower: sub(middle, spreadOut), upper: add(middle, spreadOut) });
    let magnitudes = inputReach;
    steps.push(stepOf(first, bounds, inputReach));
    const sensitivities: Sensitivity[] = [{ coefficients: abs(weightOf(first)) }];
    const found: Record<number, Bounds> = {};
    for (const k of deepLayers(chain)) {
      const { lower, upper, index, openLower, openUpper } = known[k];
      const places = index.shape[1];
      magnitudes = relu(bounds.upper);
      const walked = walk(neuronRows(layers[k], index, magnitudes), k);
      const bound = concretize(walked, box, terms);
      const sound = sub(bound.lower, bound.rounding);
      sensitivities.push({ coefficients: abs(sliceAxis(walked.coefficients, 1, 0, places)), index });
      const met = meet(
        { lower: openLower, upper: openUpper },
        {
          lower: sliceAxis(sound, 1, 0, places),
          upper: neg(sliceAxis(sound, 1, places, 2 * places)),
        },
      );
      const width = hiddenWidth(chain, k);
      bounds = {
        lower: add(lower, spread(met.lower, index, width)),
        upper: add(upper, spread(met.upper, index, width)),
      };
      found[k] = bounds;
      steps.push(stepOf(layers[k], bounds, magnitudes));
    }

    const count = rows.constant.shape[0];
    const lastValues = relu(bounds.upper);
    const rowReach = add(
      linear(lastValues, rows.reach, reshape(rows.constantReach, [1, count])),
      flushedUnits(1, lastValues),
    );
    const start: Walked = {
      coefficients: expand(reshape(rows.coefficients, [1, count, -1]), [
        boxes,
        count,
        rows.coefficients.shape[1],
      ]),
      sums: cat([expand(reshape(rows.constant, [1, count, 1]), [boxes, count, 1]), column(rowReach)], 2),
    };
    let last = start;
    const looseness: Tensor[] = [];
    for (let k = steps.length - 1; k >= 0; k--) {
      looseness.push(loosenessOf(last.coefficients, weights, steps[k], sensitivities[k]));
      last = walkStep(last, steps[k]);
    }
    const { lower, rounding, constant: constants } = concretize(last, box, terms);
    const wide = (t: Tensor): Tensor => reshape(t, [boxes, 1, chain.inputs]);
    const points = sub(wide(center), mul(sign(last.coefficients), wide(radius)));
    return {
      bounds: found,
      lower,
      rounding,
      coefficients: last.coefficients,
      constant: constants,
      looseness: looseness.reduce(add),
      values: valuesAt(chain, cat([wide(center), points], 1), rows),
    };
  };
}
