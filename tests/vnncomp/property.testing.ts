/** @file A plain evaluator of VNN-LIB properties and results files, for tests: it shares no code with the verifier. */

type Expression = string | readonly Expression[];

/** The expressions of a text, comments left out. */
function expressionsOf(text: string): Expression[] {
  const tokens = text.replaceAll(/;.*/g, ' ').match(/[()]|[^\s()]+/g) ?? [];
  const open: Expression[][] = [[]];
  for (const token of tokens) {
    if (token === '(') open.push([]);
    else if (token === ')') {
      const closed = open.pop()!;
      open.at(-1)!.push(closed);
    } else open.at(-1)!.push(token);
  }
  if (open.length !== 1) throw new Error('brackets do not close');
  return open[0];
}

/** Whether inputs and outputs satisfy every assertion, compared as they stand, without any tolerance. */
export function satisfies(property: string, inputs: ArrayLike<number>, outputs: ArrayLike<number>): boolean {
  const number = (e: Expression): number => {
    if (typeof e !== 'string') {
      const [operator, ...parts] = e;
      const [first, ...rest] = parts.map(number);
      if (operator === '+') return rest.reduce((a, b) => a + b, first);
      if (operator === '*') return rest.reduce((a, b) => a * b, first);
      if (operator === '-') return rest.length === 0 ? -first : rest.reduce((a, b) => a - b, first);
      throw new Error(`unknown operation ${String(operator)}`);
    }
    const variable = /^([XY])_(\d+)$/.exec(e);
    if (!variable) return Number(e);
    return (variable[1] === 'X' ? inputs : outputs)[Number(variable[2])];
  };
  const holds = (e: Expression): boolean => {
    const [operator, ...parts] = e as readonly Expression[];
    if (operator === 'and') return parts.every(holds);
    if (operator === 'or') return parts.some(holds);
    const [a, b] = parts.map(number);
    if (operator === '<=') return a <= b;
    if (operator === '>=') return a >= b;
    if (operator === '<') return a < b;
    if (operator === '>') return a > b;
    throw new Error(`unknown comparison ${String(operator)}`);
  };
  return expressionsOf(property)
    .filter((e) => e[0] === 'assert')
    .every((e) => holds(e[1]));
}

/** The numbers of a counterexample `((X_0 v) … (Y_0 v) …)`, in order, as the competition's scorer reads them. */
export function witnessOf(text: string): { readonly inputs: number[]; readonly outputs: number[] } {
  const [pairs, ...more] = expressionsOf(text);
  if (!Array.isArray(pairs) || more.length > 0) throw new Error('expected one list of pairs');
  const found = { inputs: [] as number[], outputs: [] as number[] };
  for (const [name, value] of pairs as string[][]) {
    const values = name.startsWith('X_') ? found.inputs : found.outputs;
    if (name !== `${name[0]}_${values.length}`) throw new Error(`${name} is out of order`);
    values.push(Number(value));
  }
  return found;
}
