/** @file A bound with its gradients in α and β, without differentiation: coefficients backward, values forward. */
import { ruleOf } from '../nn/layers/rules.ts';
import type { Layer } from '../nn/network.ts';
import {
  add,
  clamp,
  flatten,
  mul,
  reshape,
  stopGradient,
  sub,
  sum,
  vjp,
  zeros,
  type Tensor,
} from '../tensor/index.ts';
import { minimizer, type BoxTensors } from './concretize.ts';
import { normOf } from './ball.ts';
import type { OptimizedSite } from './nonlinear/member.ts';
import { isNonlinear } from './nonlinear/table.ts';
import type { BackwardContext, Relaxation } from './rule.ts';
import type { BySite, RowProblem } from './rowProblem.ts';
import { boundRule } from './rules/table.ts';

export interface DualPass {
  /** Bound of every row at the variables given, [R]. */
  readonly lower: Tensor;
  readonly alphaGradient: BySite<Tensor>;
  /** z − point at the splits, [R, D]: ∂lower/∂push. */
  readonly splitValues: BySite<Tensor>;
}

/**
 * The backward walk chooses a line at every neuron and ends in coefficients A of the input, least at x*.
 * The network with those lines in place of its sites, at x*, has values y (z before a site), and then
 *
 *   a·y = a·(s∘z + t) = (s∘a)·z + a·t = (a′ + side·β)·z + a·t
 *
 * at a site with coefficients a above and a′ below it, a·(W z + b) = (Wᵀa)·z + a·b at an affine layer. All the way down:
 * lower = start·y − Σ β·side·(z − point). By the envelope theorem z holds the gradients: a·z in the slope and a in the
 * intercept of the line that a's sign takes (of ReLU max(a,0)·z in α), −side·(z − point) in β.
 *
 * @param variables α by site, settled, and −side·β of those with splits
 */
export function dualPass(
  problem: RowProblem,
  sites: BySite<OptimizedSite>,
  variables: { readonly alpha: BySite<Tensor>; readonly push: BySite<Tensor> },
): DualPass {
  const { network, context, start, others } = problem;
  const passes = new Map(
    Object.entries(sites).map(([name, site]) => [
      name,
      site.pass(variables.alpha[name], variables.push[name]),
    ]),
  );
  const walkContext: BackwardContext = { ...context, relaxationOf: (name) => others.get(name)! };
  const rows = start.coefficients.shape[0];
  const first = network.layers.find((l) => l.name === start.layer)!;

  const above = new Map<string, Tensor>([[start.layer, start.coefficients]]);
  let top: { readonly coefficients: readonly Tensor[]; readonly constant?: Tensor | undefined } | undefined;
  for (const layer of [...network.layers].reverse()) {
    const a = above.get(layer.name);
    if (!a) continue;
    const pass = passes.get(layer.name);
    const step = pass
      ? { inputs: [pass.backward(a)] }
      : boundRule(layer.kind).backward(a, layer, walkContext);
    if (layer === first && !isNonlinear(layer.kind))
      top = { coefficients: step.inputs, constant: 'constant' in step ? step.constant : undefined };
    step.inputs.forEach((coefficients, i) => {
      const name = layer.inputs[i];
      const before = above.get(name);
      above.set(name, before ? add(before, coefficients) : coefficients);
    });
  }

  const inputShape = [rows, ...context.shapeOf('input')];
  const values = new Map([['input', leastPoint(above.get('input') ?? zeros(inputShape), problem.box)]]);
  const alphaGradient: Record<string, Tensor> = {};
  const splitValues: Record<string, Tensor> = {};
  for (const layer of network.layers) {
    const a = above.get(layer.name);
    // Above the first step nothing depends on the variables: the bound is read off below it.
    if (!a || (layer === first && top)) continue;
    const inputs = layer.inputs.map((name) => values.get(name)!);
    const pass = passes.get(layer.name);
    if (pass) {
      const found = pass.forward(inputs[0]);
      alphaGradient[layer.name] = found.alphaGradient;
      if (found.splitValues) splitValues[layer.name] = found.splitValues;
      values.set(layer.name, found.output);
    } else values.set(layer.name, valueOf(layer, inputs, a, problem));
  }

  const products = top
    ? top.coefficients.map((a, i) => rowsDot(a, values.get(first.inputs[i])!))
    : [rowsDot(start.coefficients, values.get(start.layer)!)];
  for (const [name, push] of Object.entries(variables.push)) products.push(rowsDot(push, splitValues[name]));
  const total = products.reduce((a, b) => add(a, b));
  return { lower: top?.constant ? add(total, top.constant) : total, alphaGradient, splitValues };
}

const rowsDot = (a: Tensor, b: Tensor): Tensor => sum(mul(flatten(a), flatten(b)), 1);

/** Where A·x is least: of a box c − r where A > 0, c + r where A < 0, c where A = 0. */
function leastPoint(a: Tensor, box: BoxTensors): Tensor {
  if (normOf(box) !== 'inf') return minimizer(a, box);
  const { center, radius } = box;
  const half = clamp(add(mul(a, 3e38), 0.5), 0, 1);
  return sub(add(center, radius), mul(half, mul(radius, 2)));
}

/** A layer's output; of a nonlinear one by the lines that its relaxation chose for coefficients a. */
function valueOf(
  layer: Layer,
  inputs: readonly Tensor[],
  a: Tensor,
  { context, others }: RowProblem,
): Tensor {
  const relaxation = others.get(layer.name);
  if (relaxation) return relaxedOutput(relaxation, a, inputs);
  return ruleOf(layer).forward({
    layer,
    inputs,
    mode: 'eval',
    parameter: (name) => context.params[`${layer.name}.${name}`],
    recordStatistics: () => {},
  });
}

/** ∂/∂a of the relaxation's inputs·x + constant, linear in a by pieces: what takes the layer's place at x. */
function relaxedOutput(relaxation: Relaxation, a: Tensor, inputs: readonly Tensor[]): Tensor {
  const leaf = stopGradient(a);
  const step = relaxation(leaf);
  const products = step.inputs.map((coefficients, i) => sum(mul(coefficients, stopGradient(inputs[i]))));
  const constant = step.constant ? [sum(step.constant)] : [];
  const [output] = vjp(
    [...products, ...constant].reduce((x, y) => add(x, y)),
    [leaf],
  );
  return reshape(output, a.shape);
}
