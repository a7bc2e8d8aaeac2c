/** @file The declared inputs and outputs, of VNN-LIB 1.0 (one a variable) and 2.0 (tensors). */
import { elementCount } from '../ndArray.ts';
import type { VnnlibProperty } from './property.ts';
import { expectToken, nextToken, shown, takeToken, fail, type Lexer, type Token } from './lexer.ts';

/** Input `index` is ≥ 0 and output `index` is stored as −1 − index, so that one number names a variable. */
export type VariableId = number;

/** The side of the network a tensor is on, its shape, and where it was declared. */
interface TensorDeclaration {
  readonly side: 'input' | 'output';
  readonly shape: readonly number[];
}

/** All declarations so far. */
export interface Variables {
  /** VNN-LIB 1.0: names → variable. */
  readonly scalars: Map<string, VariableId>;
  /** VNN-LIB 2.0: names → tensor. */
  readonly tensors: Map<string, TensorDeclaration>;
  /** Set by `declare-network`. */
  network: string | undefined;
}

/** The id of an input or output by its flat index. */
export function variableId(side: 'input' | 'output', index: number): VariableId {
  return side === 'input' ? index : -1 - index;
}

/** The name in messages. */
export function variableName(id: VariableId): string {
  return id >= 0 ? `X_${id}` : `Y_${-1 - id}`;
}

/** Variables of a property, at most: the file's length bounds 1.0, this bounds the shapes of 2.0. */
const maxVariables = 10_000_000;
const elementTypes = new Set(['real', 'float16', 'float32', 'float64', 'bfloat16']);

/** The rest of `(declare-const X_3 Real)` behind its first word. */
export function declareConst(lexer: Lexer, variables: Variables): void {
  const name = takeToken(lexer, 'a variable name');
  const match = /^([XY])_(0|[1-9]\d{0,8})$/.exec(name.text);
  if (match === null) {
    fail(
      lexer,
      name,
      `the variable '${shown(name.text)}' is neither an input X_<number> nor an output Y_<number>.`,
    );
  }
  if (variables.scalars.has(name.text)) {
    fail(lexer, name, `the variable ${name.text} is declared twice.`);
  }
  expectToken(lexer, 'Real');
  expectToken(lexer, ')');
  variables.scalars.set(name.text, variableId(match[1] === 'X' ? 'input' : 'output', Number(match[2])));
}

function readIndices(lexer: Lexer, what: string): number[] {
  const indices: number[] = [];
  let token = takeToken(lexer, what);
  while (token.text !== ']') {
    if (!/^\d{1,9}$/.test(token.text)) {
      fail(lexer, token, `'${shown(token.text)}' stands where ${what} should.`);
    }
    indices.push(Number(token.text));
    token = takeToken(lexer, "']'");
    if (token.text === ',') {
      token = takeToken(lexer, what);
      if (token.text === ']') fail(lexer, token, `${what} is missing behind the comma.`);
    } else if (token.text !== ']') {
      fail(lexer, token, `'${shown(token.text)}' stands where ',' or ']' should.`);
    }
  }
  return indices;
}

/** The rest of `(declare-input X float32 [1,3] "name")` behind its first word. */
function declareTensor(lexer: Lexer, variables: Variables, side: 'input' | 'output'): void {
  const name = takeToken(lexer, 'a tensor name');
  if (!/^[A-Za-z]\w*$/.test(name.text)) fail(lexer, name, `'${shown(name.text)}' is not a tensor name.`);
  if (variables.tensors.has(name.text)) fail(lexer, name, `the tensor ${name.text} is declared twice.`);
  const type = takeToken(lexer, 'an element type');
  if (!elementTypes.has(type.text.toLowerCase())) {
    fail(
      lexer,
      type,
      `the element type '${shown(type.text)}' is not supported (only real and floating-point types).`,
    );
  }
  const bracket = expectToken(lexer, '[');
  const shape = readIndices(lexer, 'a size');
  const count = elementCount(shape);
  if (count === 0) fail(lexer, bracket, `the tensor ${name.text} has no elements.`);
  if (count > maxVariables)
    fail(lexer, bracket, `the tensor ${name.text} has more than ${maxVariables} elements.`);
  const next = takeToken(lexer, "')'");
  if (next.text.startsWith('"')) expectToken(lexer, ')');
  else if (next.text !== ')') fail(lexer, next, `'${shown(next.text)}' stands where ')' should.`);
  for (const other of variables.tensors.values()) {
    if (other.side === side) fail(lexer, name, `networks with several ${side}s are not supported.`);
  }
  variables.tensors.set(name.text, { side, shape });
}

const unsupportedInNetwork: Readonly<Record<string, string>> = {
  'declare-hidden': 'hidden variables (declare-hidden) are',
  'isomorphic-to': 'several networks (isomorphic-to) are',
  'equal-to': 'several networks (equal-to) are',
};

/** The rest of `(declare-network N (declare-input …) (declare-output …))` behind its first word. */
export function declareNetwork(lexer: Lexer, variables: Variables): void {
  const name = takeToken(lexer, "the network's name");
  if (variables.network !== undefined) {
    fail(
      lexer,
      name,
      `a second network '${shown(name.text)}': properties of several networks are not supported.`,
    );
  }
  variables.network = name.text;
  for (let token = takeToken(lexer, "')'"); token.text !== ')'; token = takeToken(lexer, "')'")) {
    if (token.text !== '(') {
      fail(lexer, token, `'${shown(token.text)}' stands where '(' or ')' should.`);
    }
    const word = takeToken(lexer, 'a declaration');
    if (word.text === 'declare-input') declareTensor(lexer, variables, 'input');
    else if (word.text === 'declare-output') declareTensor(lexer, variables, 'output');
    else if (Object.hasOwn(unsupportedInNetwork, word.text)) {
      fail(lexer, word, `${unsupportedInNetwork[word.text]} not supported.`);
    } else fail(lexer, word, `'${shown(word.text)}' is no declaration of a network.`);
  }
}

/** The variable that `token` begins: `X_3`, or `X[0,3]` with the brackets taken from the lexer. */
export function resolveVariable(lexer: Lexer, variables: Variables, token: Token): VariableId {
  const scalar = variables.scalars.get(token.text);
  if (scalar !== undefined) return scalar;
  const tensor = variables.tensors.get(token.text);
  if (tensor === undefined)
    fail(lexer, token, `'${shown(token.text)}' is neither a number nor a declared variable.`);
  const { shape, side } = tensor;
  const before = lexer.offset;
  let indices: number[] = [];
  if (nextToken(lexer)?.text === '[') indices = readIndices(lexer, 'an index');
  else lexer.offset = before;
  if (indices.length !== shape.length) {
    fail(
      lexer,
      token,
      `${token.text} has ${shape.length} dimensions, but ${indices.length} indices are given.`,
    );
  }
  let flat = 0;
  for (const [axis, size] of shape.entries()) {
    if (indices[axis] >= size) {
      fail(
        lexer,
        token,
        `index ${indices[axis]} of ${token.text} is beyond its size, ${size}, in dimension ${axis}.`,
      );
    }
    flat = flat * size + indices[axis];
  }
  return variableId(side, flat);
}

const sides = ['input', 'output'] as const;

/** How many inputs and outputs there are, and of which shapes. Numbers without a declaration are an error. */
export function countVariables(
  lexer: Lexer,
  { network, tensors, scalars }: Variables,
): Pick<VnnlibProperty, 'inputCount' | 'outputCount' | 'inputShape' | 'outputShape'> {
  const end = { offset: lexer.text.length };
  if (network !== undefined) {
    const [inputShape, outputShape] = sides.map(
      (side) =>
        [...tensors.values()].find((t) => t.side === side)?.shape ??
        fail(lexer, end, `the network declares no ${side}.`),
    );
    const [inputCount, outputCount] = [inputShape, outputShape].map(elementCount);
    return { inputCount, outputCount, inputShape, outputShape };
  }
  const ids = new Set(scalars.values());
  const [inputCount, outputCount] = sides.map((side) => {
    const count = [...ids].filter((id) => id >= 0 === (side === 'input')).length;
    if (count === 0) fail(lexer, end, `no ${side} is declared.`);
    for (let index = 0; index < count; index++) {
      const id = variableId(side, index);
      if (!ids.has(id))
        fail(lexer, end, `the ${side} ${variableName(id)} is missing among the ${count} ${side}s declared.`);
    }
    return count;
  });
  return { inputCount, outputCount };
}
