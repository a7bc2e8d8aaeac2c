/** @file The variables of a VNN-LIB text: one by one (1.0), or tensors of one network (2.0). */
import type { Tokens } from './tokens.ts';

/** Input i is variable i, output i is variable −1 − i. */
export type Variable = number;

export interface Declarations {
  /** Reads the rest of a command; false where it declares nothing. @throws CheckFailure */
  declare(command: string): boolean;
  /** The variable that the word just taken begins. @throws CheckFailure property-malformed */
  variable(): Variable;
  /** What is declared. @throws CheckFailure property-malformed where inputs or outputs are left out */
  sizes(): { readonly inputs: number; readonly outputs: number; readonly declared?: string };
}

/** Elements of a tensor, at most. */
const maxElements = 10_000_000;

export function declarationsOf(tokens: Tokens): Declarations {
  const { take, fail, malformed, list } = tokens;
  const names = new Map<string, Variable>();
  const tensors = new Map<string, { readonly shape: readonly number[]; readonly isInput: boolean }>();
  const sizes = { inputs: 0, outputs: 0 };
  let declared: string | undefined;
  let network = false;

  const declareConst = (): void => {
    const [name, letter, digits] =
      /^([XY])_(0|[1-9]\d{0,7})$/.exec(take()) ?? fail('property-unknown', 'neither X_i nor Y_i');
    if (names.has(name) || network) malformed('declared twice, or beside a network');
    names.set(name, letter === 'X' ? Number(digits) : -1 - Number(digits));
    sizes[letter === 'X' ? 'inputs' : 'outputs']++;
    take('Real');
    take(')');
  };
  const declareTensor = (): void => {
    const isInput = take() === 'declare-input';
    if (!isInput && tokens.token !== 'declare-output') fail('property-unknown', 'neither input nor output');
    const side = isInput ? 'inputs' : 'outputs';
    const name = take();
    if (!/^[A-Za-z]\w*$/.test(name) || tensors.has(name) || sizes[side] > 0)
      fail('property-unknown', 'one input and one output, with names of their own, are read');
    const type = take().toLowerCase();
    if (!/^(?:real|float(?:16|32|64)|bfloat16)$/.test(type)) fail('property-unknown', 'this element type');
    if (isInput) declared = type;
    take('[');
    const shape = list();
    sizes[side] = shape.reduce((size, length) => size * length, 1);
    if (!(sizes[side] > 0 && sizes[side] <= maxElements)) fail('too-large', `${sizes[side]} elements`);
    tensors.set(name, { shape, isInput });
    if (take().startsWith('"')) take();
    if (tokens.token !== ')') malformed("')' should stand here");
  };
  const declareNetwork = (): void => {
    if (network || names.size > 0) fail('property-unknown', 'more than one network');
    network = true;
    for (take(); take() !== ')';) {
      if (tokens.token !== '(') malformed("'(' should stand here");
      declareTensor();
    }
  };
  return {
    declare(command) {
      if (command === 'declare-const') declareConst();
      else if (command === 'declare-network') declareNetwork();
      else return false;
      return true;
    },
    variable() {
      const name = tokens.token;
      const tensor = tensors.get(name);
      if (tensor === undefined) return names.get(name) ?? malformed('neither a number nor declared');
      const { shape, isInput } = tensor;
      const indices = shape.length === 0 ? [] : (take('['), list());
      if (indices.length !== shape.length || indices.some((at, axis) => at >= shape[axis]))
        malformed(`${name} has the shape [${shape.join()}]`);
      const flat = indices.reduce((index, at, axis) => index * shape[axis] + at, 0);
      return isInput ? flat : -1 - flat;
    },
    sizes() {
      for (const id of names.values())
        if (id >= sizes.inputs || -1 - id >= sizes.outputs) malformed('a variable is left out');
      if (sizes.inputs === 0 || sizes.outputs === 0) malformed('no input, or no output, is declared');
      return { ...sizes, ...(declared === undefined ? {} : { declared }) };
    },
  };
}
