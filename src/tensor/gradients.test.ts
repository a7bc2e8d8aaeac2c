import { describe, expect, it } from 'vitest';
import { constant } from './apply.ts';
import { vjp } from './grad.ts';
import { gradientRules } from './gradients.ts';
import { interpret } from './interpret.ts';
import { mul, sum, tanh, add } from './operations/index.ts';
import { primitiveCases, type PrimitiveCase } from './primitives/cases.testing.ts';
import { simplify } from './simplify.ts';
import { float32, type Program, type Tensor } from './tensor.ts';
import { trace } from './trace.ts';
import { validate } from './validate.testing.ts';

/** A scalar function of the case: a fixed mixture of the outputs, nonlinear so that second derivatives exist. */
function scalarOf(test: PrimitiveCase, inputs: readonly Tensor[]): Tensor {
  const out = test.build(...inputs);
  const weights = constant(
    Float64Array.from({ length: out.shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.cos(i * 1.3 + 0.4)),
    out.shape,
  );
  return sum(mul(add(tanh(out), out), weights));
}

const specs = (test: PrimitiveCase) => test.inputs.map((i) => float32(i.shape));
const values = (test: PrimitiveCase) => test.inputs.map((i) => i.values);

/** Central differences of output 0 in every element of every input. */
function differences(
  { inputs, outputs, outputNames }: Program,
  feeds: readonly Float64Array[],
  h = 1e-6,
): Float64Array[] {
  const program = { inputs, outputs: outputs.slice(0, 1), outputNames: outputNames.slice(0, 1) };
  const run = (changed: Float64Array[]): number => interpret(program, changed)[0][0];
  return feeds.map((feed, k) =>
    feed.map((_, i) => {
      const at = (d: number) =>
        run(feeds.map((f, j) => (j === k ? f.map((v, n) => (n === i ? v + d : v)) : f)));
      return (at(h) - at(-h)) / (2 * h);
    }),
  );
}

function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  for (let i = 0; i < wanted.length; i++)
    expect(Math.abs(actual[i] - wanted[i])).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(wanted[i])));
}

describe('the table of gradients', () => {
  it('has a case for every primitive that computes', () => {
    const covered = new Set(primitiveCases.map((c) => c.op));
    const missing = Object.keys(gradientRules).filter(
      (op) => !covered.has(op as never) && op !== 'input' && op !== 'constant',
    );
    expect(missing).toEqual([]);
  });

  it.each(primitiveCases.filter((c) => c.differentiable).map((c) => [c.name, c] as const))(
    '%s: first and second derivatives',
    (_, test) => {
      const first = trace((inputs) => {
        const y = scalarOf(test, inputs);
        return { y, g: vjp(y, inputs) };
      }, specs(test));
      validate(first.program);
      const [, ...gradient] = interpret(first.program, values(test));
      const numeric = differences(first.program, values(test));
      numeric.forEach((n, k) => expectClose(gradient[k], n, 1e-6));

      const second = trace((inputs) => {
        const g = vjp(scalarOf(test, inputs), inputs);
        const mixed = g
          .map((part) =>
            sum(
              mul(
                part,
                constant(
                  Float64Array.from({ length: part.shape.reduce((a, b) => a * b, 1) }, (_v, i) =>
                    Math.sin(i + 1),
                  ),
                  part.shape,
                ),
              ),
            ),
          )
          .reduce(add);
        return { mixed, h: vjp(mixed, inputs) };
      }, specs(test));
      const [, ...hessian] = interpret(second.program, values(test));
      const numeric2 = differences(second.program, values(test));
      numeric2.forEach((n, k) => expectClose(hessian[k], n, 2e-6));
    },
  );

  it.each(primitiveCases.map((c) => [c.name, c] as const))(
    '%s: simplification keeps the values',
    (_, test) => {
      const { program } = trace(
        (inputs) => ({
          y: scalarOf(test, inputs),
          g: test.differentiable ? vjp(scalarOf(test, inputs), inputs) : [],
        }),
        specs(test),
      );
      const small = simplify(program);
      validate(small);
      const wanted = interpret(program, values(test));
      interpret(small, values(test)).forEach((out, k) => expectClose(out, wanted[k], 1e-12));
    },
  );
});
