/** @file The printer: a program as text, one line a node, stable across runs. */
import { programNodes } from './program.ts';
import { isOp, type Program, type Tensor } from './tensor.ts';

const typeText = (t: Tensor): string => `${t.dtype === 'float32' ? 'f32' : t.dtype}[${t.shape.join(',')}]`;

function attributesText(node: Tensor): string {
  if (isOp(node, 'constant')) {
    const { data } = node.attributes;
    return data.length <= 4 ? ` {${Array.from(data).join(', ')}}` : ` {${data.length} elements}`;
  }
  const entries = Object.entries(node.attributes).filter(
    ([, v]) => typeof v !== 'function' && !(typeof v === 'object' && 'outputs' in (v as object)),
  );
  if (entries.length === 0) return '';
  return ` {${entries.map(([k, v]) => `${k}: ${Array.isArray(v) ? `[${v.join(',')}]` : String(v)}`).join(', ')}}`;
}

/**
 * ```
 * (x: f32[2,3]) {
 *   %1 = relu %x : f32[2,3]
 *   return result: %1
 * }
 * ```
 */
export function printProgram(program: Program, indent = ''): string {
  const names = new Map<Tensor, string>();
  for (const node of program.inputs) names.set(node, `%${node.attributes.name}`);
  const lines = [
    `${indent}(${program.inputs.map((i) => `${i.attributes.name}: ${typeText(i)}`).join(', ')}) {`,
  ];
  for (const node of programNodes(program)) {
    if (names.has(node)) continue;
    const name = `%${names.size - program.inputs.length + 1}`;
    names.set(node, name);
    const inputs = node.inputs.map((i) => ` ${names.get(i)}`).join(',');
    lines.push(`${indent}  ${name} = ${node.op}${inputs}${attributesText(node)} : ${typeText(node)}`);
    if (isOp(node, 'loop')) lines.push(printProgram(node.attributes.body, `${indent}    `));
  }
  lines.push(
    `${indent}  return ${program.outputs.map((o, i) => `${program.outputNames[i]}: ${names.get(o)}`).join(', ')}`,
    `${indent}}`,
  );
  return lines.join('\n');
}
