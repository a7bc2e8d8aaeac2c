import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeNpy, readNpy } from '../../formats/npy.ts';
import { decodePng } from '../../formats/png.ts';
import { openImages, openRadii } from './images.ts';
import { readInstances } from './instances.ts';
import { resultsText } from './resultsText.ts';
import { writeWitness } from './witnessFiles.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lists-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

describe('a list of instances', () => {
  it('has model, property and seconds, relative to the list', () => {
    const path = write(
      'acas/instances.csv',
      './onnx/a.onnx,vnnlib/p.vnnlib,116\nonnx/b.onnx,/abs/q.vnnlib,30.5\n',
    );
    const [first, second] = readInstances(path);
    expect(first).toEqual({
      onnx: './onnx/a.onnx',
      vnnlib: 'vnnlib/p.vnnlib',
      onnxPath: join(folder, 'acas/onnx/a.onnx'),
      vnnlibPath: join(folder, 'acas/vnnlib/p.vnnlib'),
      timeoutSeconds: 116,
    });
    expect(second).toMatchObject({ vnnlibPath: '/abs/q.vnnlib', timeoutSeconds: 30.5 });
  });

  it('may have titles, expected verdicts and compressed files', () => {
    write('acas/a.onnx.gz', '');
    const path = write(
      'acas/instances.csv',
      'timeout,vnnlib,onnx,expected\n5,p.vnnlib,a.onnx,sat\n,q.vnnlib,a.onnx,\n',
    );
    const [first, second] = readInstances(path);
    expect(first).toMatchObject({
      onnx: 'a.onnx',
      onnxPath: join(folder, 'acas/a.onnx.gz'),
      expected: 'sat',
    });
    expect(second).not.toHaveProperty('expected');
    expect(second).not.toHaveProperty('timeoutSeconds');
  });

  it('finds its verdicts in a table of many benchmarks', () => {
    const path = write('acas/instances.csv', 'onnx/a.onnx,vnnlib/p.vnnlib,1\n');
    const table = write(
      'expected.csv',
      'benchmark,onnx,vnnlib,timeout_s,result\nother,onnx/a.onnx,vnnlib/p.vnnlib,1,sat\nacas,onnx/a.onnx,vnnlib/p.vnnlib,1,unsat\n',
    );
    expect(readInstances(path, table)[0].expected).toBe('unsat');
  });

  it('names the line that is wrong', () => {
    expect(() => readInstances(write('a.csv', 'a.onnx,p.vnnlib,1\nb.onnx\n'))).toThrow('a.csv: line 2');
    expect(() => readInstances(write('b.csv', 'a.onnx,p.vnnlib,soon\n'))).toThrow('the time limit "soon"');
    expect(() => readInstances(write('c.csv', '\n'))).toThrow('there are no instances');
  });
});

describe('results', () => {
  it('are a word, with names and values behind sat', () => {
    expect(resultsText({ result: 'timeout' })).toBe('timeout\n');
    const witness = { input: Float32Array.of(0.5, -1), outputs: Float32Array.of(2) };
    expect(resultsText({ result: 'sat', witness })).toBe('sat\n((X_0 0.5)\n(X_1 -1)\n(Y_0 2))\n');
  });

  it('hold counterexamples as arrays and pictures', () => {
    const input = Float32Array.from({ length: 3 * 64 }, (_, i) => i / 192);
    const paths = writeWitness(join(folder, 'w.npy'), input, [1, 3, 8, 8]);
    expect(readNpy(paths[0])).toMatchObject({ shape: [1, 3, 8, 8], data: input });
    const picture = decodePng(readFileSync(paths[1]), 'w.png');
    expect(picture).toMatchObject({ width: 8, height: 8, channels: 3 });
    expect([...picture.data.subarray(3, 6)]).toEqual([1, 65, 129].map((i) => Math.round((255 * i) / 192)));
    expect(writeWitness(join(folder, 'v.npy'), input, [192])).toHaveLength(1);
  });
});

describe('images of arrays', () => {
  const labels = encodeNpy({ dtype: 'int64', shape: [2], data: BigInt64Array.of(3n, 7n) });

  it('may have their channels last, and are bytes or numbers', () => {
    // [N,H,W,C] = [2,2,2,3]
    const data = Uint8Array.from({ length: 24 }, (_, i) => i);
    const path = write('x.npy', encodeNpy({ dtype: 'uint8', shape: [2, 2, 2, 3], data }));
    write('y.npy', labels);
    const images = openImages(path);
    expect(images).toMatchObject({ count: 2, shape: [3, 2, 2] });
    expect(images.label(1)).toBe(7);
    const expected = [12, 15, 18, 21, 13, 16, 19, 22, 14, 17, 20, 23].map((v) => Math.fround(v / 255));
    expect([...images.pixels(1)]).toEqual(expected);
  });

  it('need as many labels', () => {
    const path = write('x.npy', encodeNpy({ dtype: 'float32', shape: [3, 4], data: new Float32Array(12) }));
    const labelPath = write('labels.npy', labels);
    expect(() => openImages(path, { labels: labelPath })).toThrow('2 labels for the 3 images');
    expect(() => openImages(path)).toThrow('no labels beside');
  });

  it.each([
    [
      'normalised features',
      'float32',
      [0.1, -0.4, 2.1],
      /image 1 holds -0.4 at \[0\], but pixels are 0..1; the file holds -0.4 … 2.1. Undo/,
    ],
    ['bytes in floating point', 'float64', [0, 128, 255], /image 1 holds 128 .* 0 … 255. Divide by 255/],
    ['rounding', 'float64', [0, 1.0000001, 0.5], /image 1 .*numpy.clip/],
    ['NaN', 'float32', [0.5, 0.5, NaN], /image 2 holds NaN at \[0\].*without NaN/],
    ['infinity', 'float32', [Infinity, 0.5, 0.5], /image 0 holds Infinity/],
    ['whole numbers beyond bytes', 'int64', [0, 255, 256], /image 2 holds 256 .*whole pixels are 0…255/],
    ['negative whole numbers', 'int32', [-1, 0, 0], /image 0 holds -1/],
  ] as const)('refuse %s by file, image and value', (_what, dtype, values, message) => {
    const data =
      dtype === 'float32'
        ? Float32Array.from(values)
        : dtype === 'float64'
          ? Float64Array.from(values)
          : dtype === 'int32'
            ? Int32Array.from(values)
            : BigInt64Array.from(values, BigInt);
    const path = write('r_x.npy', encodeNpy({ dtype, shape: [3, 1], data }));
    write('r_y.npy', encodeNpy({ dtype: 'int32', shape: [3], data: new Int32Array(3) }));
    expect(() => openImages(path)).toThrow(message);
    expect(() => openImages(path)).toThrow('r_x.npy: ');
  });

  it('of whole numbers are bytes whatever their size; of 16 bits they are read exactly', () => {
    write('w_y.npy', encodeNpy({ dtype: 'int32', shape: [2], data: new Int32Array(2) }));
    const whole = encodeNpy({ dtype: 'int64', shape: [2, 1], data: BigInt64Array.of(51n, 255n) });
    const images = openImages(write('w_x.npy', whole));
    expect([images.pixels(0)[0], images.pixels(1)[0]]).toEqual([Math.fround(0.2), 1]);
    const bytes = encodeNpy({ dtype: 'uint8', shape: [2, 2], data: Uint8Array.of(0x00, 0x38, 0x00, 0x3c) });
    // The same bytes as two halves, .5 and 1, of shape (2, 1).
    const text = Buffer.from(bytes).toString('latin1').replace("'|u1'", "'<f2'").replace('(2, 2)', '(2, 1)');
    const halves = openImages(write('w_x.npy', Buffer.from(text, 'latin1')));
    expect([halves.pixels(0)[0], halves.pixels(1)[0]]).toEqual([0.5, 1]);
  });

  it.each([
    [[0, 1.5], 'the label of image 1 is 1.5'],
    [[-1, 0], 'the label of image 0 is -1'],
    [[0, NaN], 'the label of image 1 is NaN'],
  ])('refuse labels %j', (values, message) => {
    const path = write('l_x.npy', encodeNpy({ dtype: 'float32', shape: [2, 1], data: new Float32Array(2) }));
    write('l_y.npy', encodeNpy({ dtype: 'float64', shape: [2], data: Float64Array.from(values) }));
    expect(() => openImages(path)).toThrow(message);
  });

  it('refuse radii that are none', () => {
    const path = write(
      'e.npy',
      encodeNpy({ dtype: 'float64', shape: [2], data: Float64Array.of(0.1, -0.1) }),
    );
    expect(() => openRadii(path, 2)).toThrow('the radius of image 1 is -0.1');
    expect(() => openRadii(path, 3)).toThrow('2 radii for 3 images');
  });
});
