/** docs/certificates.md: its example and its list of failures are those of the code (`CERTPRUNE_WRITE=1` writes them). */
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { headBytes, sectionBytes, stepBytes, varint } from '../src/certify/encode.ts';
import type { Metadata } from '../src/check/certificate/metadata.ts';
import { sha256 } from '../src/check/certificate/sha256.ts';
import type { Step } from '../src/check/certificate/steps.ts';
import { check } from '../src/check/check.ts';
import { failures } from '../src/check/failure.ts';
import { bytesOf } from '../src/formats/ndArray.ts';
import { encodeModel } from '../src/formats/onnx/encode.ts';

const page = new URL('../docs/certificates.md', import.meta.url);

/** The text between two marks is as given. */
function expectWritten(name: string, body: string): void {
  const text = readFileSync(page, 'utf8');
  const [start, end] = [
    `<!-- ${name}: written by tests/certificatesPage.test.ts -->`,
    `<!-- end of the ${name} -->`,
  ];
  const wanted = `${text.slice(0, text.indexOf(start))}${start}\n\n${body}\n\n${text.slice(text.indexOf(end))}`;
  if (process.env['CERTPRUNE_WRITE']) writeFileSync(page, wanted);
  else expect(text).toBe(wanted);
}

const tensor = (name: string, dims: number[], values: number[]) => ({
  name,
  dtype: 'float32' as const,
  dims,
  rawData: bytesOf(Float32Array.from(values)),
});
const model = encodeModel({
  irVersion: 8,
  opsets: { '': 17 },
  graph: {
    name: 'absolute value',
    nodes: [
      { opType: 'Gemm', inputs: ['x', 'w0', 'b0'], outputs: ['z'] },
      { opType: 'Relu', inputs: ['z'], outputs: ['h'] },
      { opType: 'Gemm', inputs: ['h', 'w1', 'b1'], outputs: ['y'] },
    ],
    initializers: [
      tensor('w0', [1, 2], [1, 1]),
      tensor('b0', [2], [0, 2]),
      tensor('w1', [2, 1], [2, -1]),
      tensor('b1', [1], [2]),
    ],
    inputs: [{ name: 'x', dtype: 'float32', dims: [1, 1] }],
    outputs: [{ name: 'y', dtype: 'float32', dims: [1, 1] }],
  },
});
const leaf: Step = { kind: 'leaf', rows: [], changes: [], betas: Float64Array.of(1) };
/** Each piece of the proof, with its meaning. */
const pieces: readonly (readonly [Uint8Array, string])[] = [
  [Uint8Array.from(varint(1)), 'one set'],
  [sectionBytes({ kind: 'none' }), 'its section: intervals are enough'],
  [
    stepBytes({ kind: 'split', site: 0, element: 0, point: 0 }),
    'the tree of its conjunction: split element 0 of site 0 at 0',
  ],
  [stepBytes(leaf), 'x ≥ 0: leaf, row 0 with weight 1, no changes, β = 1'],
  [stepBytes(leaf), 'x ≤ 0: likewise'],
];
const tensors = new Map(
  Object.entries({ lower: [-1], upper: [1], rows: [1], bounds: [-0.25] }).map(([name, values]) => [
    name,
    { shape: name === 'rows' ? [1, 1] : [1], values: Float64Array.from(values) },
  ]),
);
const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/(..)(?!$)/g, '$1 ');

describe('docs/certificates.md', () => {
  it('shows a certificate that is accepted, as it is written', async () => {
    const metadata: Metadata = {
      format: 'certprune-certificate',
      version: 1,
      tool: 'by hand',
      statement: 'y > -1/4 where -1 <= x <= 1',
      model: { sha256: await sha256(model), name: 'absolute.onnx' },
      property: { kind: 'box', conjunctions: [1] },
      arithmetic: { float: 'float32', flush: true },
    };
    const proof = Buffer.concat(pieces.map(([bytes]) => bytes));
    const head = headBytes(metadata, tensors, proof.length);
    const file = Buffer.concat([head, proof]);
    const report = await check(file, model);
    expect(report).toMatchObject({ result: 'proved', arithmetic: { float: 'float32' }, leaves: 2 });
    expect(report.worst).toBeCloseTo(0.25, 5);
    expect(await check(file, model, undefined, { exact: true })).toMatchObject({ result: 'proved' });
    const without = Buffer.concat([headBytes(metadata, tensors, 5), Uint8Array.from([1, 0, 5, 0, 0])]);
    expect(await check(without, model)).toMatchObject({ failure: { kind: 'leaf-open' } });

    const length = Number(new DataView(head.buffer).getBigUint64(0, true));
    const json = JSON.parse(new TextDecoder().decode(head.subarray(8, 8 + length)));
    const inner = JSON.parse(json.__metadata__.certificate);
    const lineEach = (value: object): string =>
      `{\n${Object.entries(value)
        .map(([key, field]) => `  "${key}": ${JSON.stringify(field)}`)
        .join(',\n')}\n}`;
    const shown = lineEach({ ...json, __metadata__: { certificate: '…' } });
    const data = [...tensors].map(([name, { values }]) => [
      hex(new Uint8Array(values.buffer)),
      `${name}: ${values[0]}`,
    ]);
    const lines = [
      [hex(head.subarray(0, 8)), `length of the head: ${length}`],
      ['…', 'the head'],
      ...data,
      ...pieces.map(([bytes, meaning]) => [hex(bytes), meaning]),
    ].map(([bytes, meaning]) => `${bytes.padEnd(23)}  ${meaning}`);
    const blocks = [
      `The model (${model.length} bytes, in hexadecimal) as the test writes it:`,
      `\`\`\`text\n${hex(model).replaceAll(/(.{95}) /g, '$1\n')}\n\`\`\``,
      'The text `certificate` of the metadata, with line breaks that the file does not have:',
      `\`\`\`text\n${lineEach(inner)}\n\`\`\``,
      'The head, likewise:',
      `\`\`\`text\n${shown}\n\`\`\``,
      'The file:',
      `\`\`\`text\n${lines.join('\n')}\n\`\`\``,
    ];
    expectWritten('example', blocks.join('\n\n'));
  });

  it('lists every failure', () => {
    const rows = Object.entries(failures).map(
      ([kind, [outcome, what]]) => `- \`${kind}\` (${outcome}): ${what}`,
    );
    expectWritten('failures', rows.join('\n'));
  });

  it('says how much there is to read', () => {
    const room = fileURLToPath(new URL('../src/check', import.meta.url));
    const linesIn = (path: string): number =>
      statSync(path).isDirectory()
        ? readdirSync(path).reduce((sum, name) => sum + linesIn(join(path, name)), 0)
        : readFileSync(path, 'utf8')
            .split('\n')
            .filter((line) => !/^\s*(?:$|\/\/|\/\*|\*)/.test(line)).length;
    const rows = [...readFileSync(page, 'utf8').matchAll(/^\| ((?:`[\w.]+` *)+)\| (\d+) /gm)].map(
      ([, names, most]) => ({ names: [...names.matchAll(/`([\w.]+)`/g)].map(([, name]) => name), most }),
    );
    expect(rows.flatMap(({ names }) => names).toSorted()).toEqual(readdirSync(room).toSorted());
    for (const { names, most } of rows) {
      const lines = names.reduce((sum, name) => sum + linesIn(join(room, name)), 0);
      expect(lines, names.join()).toBeLessThanOrEqual(Number(most));
    }
    const [, all] = /all of `src\/check` *\| (\d+)/.exec(readFileSync(page, 'utf8')) ?? [];
    expect(linesIn(room)).toBeLessThanOrEqual(Number(all));
  });
});
