/** @file Reverse-mode differentiation, program to program; gradients of gradients are nothing new. */
import { apply, constant } from './apply.ts';
import { gradientRules, type GradientRule } from './gradients.ts';
import { add } from './operations/arithmetic.ts';
import { zeros } from './operations/layout.ts';
import { misfit } from './primitives/definition.ts';
import { topologicalOrder } from './program.ts';
import { isTensor, type PrimitiveName, type Tensor } from './tensor.ts';
import { flattenTree, mapTree, type MapTree } from './tree.ts';

/**
 * Cotangents of `wrt` for a cotangent of `output` (vector-Jacobian product).
 * @param seed cotangent of the output, its shape; 1 by default for a scalar
 * @returns one tensor for each of `wrt`, zeros where the output does not depend on it
 */
export function vjp(output: Tensor, wrt: readonly Tensor[], seed?: Tensor): Tensor[] {
  if (!seed && output.shape.length > 0)
    throw misfit('grad', [output], 'only a scalar has a gradient; give a cotangent for others');
  const order = topologicalOrder([output]);
  const depends = new Set<Tensor>(wrt);
  for (const node of order) if (node.inputs.some((i) => depends.has(i))) depends.add(node);

  const cotangents = new Map<Tensor, Tensor>();
  if (depends.has(output)) cotangents.set(output, seed ?? constant(1));
  const targets = new Set(wrt);
  for (let k = order.length - 1; k >= 0; k--) {
    const node = order[k];
    const g = cotangents.get(node);
    if (!g || !depends.has(node) || !node.inputs.some((i) => depends.has(i))) continue;
    if (!targets.has(node)) cotangents.delete(node);
    const rule = gradientRules[node.op] as GradientRule<PrimitiveName>;
    const parts = rule(g, node);
    node.inputs.forEach((input, i) => {
      const part = parts[i];
      if (!part || !depends.has(input)) return;
      const before = cotangents.get(input);
      cotangents.set(input, before ? add(before, part) : part);
    });
  }
  return wrt.map((w) => cotangents.get(w) ?? zeros(w.shape));
}

/**
 * `f` and its gradient in the first argument, a tree of float tensors.
 * The argument is seen through fresh aliases, so that other uses of the same tensors count as constants.
 * @returns function of the same arguments → [value, gradient tree]; `value` may carry extras, see `valueAndGradWith`
 */
export function valueAndGrad<P, A extends readonly unknown[]>(
  f: (p: P, ...rest: A) => Tensor,
): (p: P, ...rest: A) => [Tensor, MapTree<P, Tensor, Tensor>] {
  const both = valueAndGradWith((p: P, ...rest: A) => [f(p, ...rest), undefined] as const);
  return (p, ...rest) => {
    const [value, , gradient] = both(p, ...rest);
    return [value, gradient];
  };
}

/** Like `valueAndGrad` for a function that returns [loss, extras]: → [loss, extras, gradient]. */
export function valueAndGradWith<P, A extends readonly unknown[], E>(
  f: (p: P, ...rest: A) => readonly [Tensor, E],
): (p: P, ...rest: A) => [Tensor, E, MapTree<P, Tensor, Tensor>] {
  return (p, ...rest) => {
    const aliased = mapTree(p, isTensor, (t) => apply('alias', [t], {}) as Tensor);
    const [value, extras] = f(aliased as P, ...rest);
    const wrt = flattenTree(aliased, isTensor).map((l) => l.value);
    const found = vjp(value, wrt);
    const byAlias = new Map(wrt.map((w, i) => [w, found[i]]));
    return [value, extras, mapTree(aliased, isTensor, (t) => byAlias.get(t)!) as MapTree<P, Tensor, Tensor>];
  };
}

/** The gradient alone. */
export function grad<P, A extends readonly unknown[]>(
  f: (p: P, ...rest: A) => Tensor,
): (p: P, ...rest: A) => MapTree<P, Tensor, Tensor> {
  const both = valueAndGrad(f);
  return (p, ...rest) => both(p, ...rest)[1];
}
