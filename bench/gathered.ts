/**
 * @file A pruned linear layer as gathered dense blocks: rows of W in groups, of each group only the columns in use.
 * ONNX Runtime has no sparse product; this asks what Gather and MatMul buy without one.
 */
import { createRng } from '../src/data/rng.ts';
import { compile } from '../src/engine/compile.ts';
import { cat, constant, float32, indexSelect, matmul, type Tensor } from '../src/tensor/index.ts';
import { interleave } from './interleave.ts';

/** W [rows, columns] with a share of its entries, placed at random. */
function sparseMatrix(rows: number, columns: number, density: number): Float32Array {
  const rng = createRng(`gathered/${rows}/${columns}/${density}`);
  const kept = new Set(rng.permutation(rows * columns).subarray(0, Math.round(rows * columns * density)));
  return Float32Array.from({ length: rows * columns }, (_, i) => (kept.has(i) ? Math.sin(i) : 0));
}

interface Block {
  /** Columns with an entry in any of the block's rows. */
  readonly columns: Int32Array;
  /** [height, columns] */
  readonly values: Float32Array;
  readonly height: number;
}

/** Rows in groups of `height`, in their order: columns of randomly placed entries have nothing to be grouped by. */
function blocksOf(w: Float32Array, rows: number, width: number, height: number): Block[] {
  const blocks: Block[] = [];
  for (let top = 0; top < rows; top += height) {
    const count = Math.min(height, rows - top);
    const at = (r: number, c: number): number => w[(top + r) * width + c];
    const isUsed = (_: unknown, c: number): boolean => {
      for (let r = 0; r < count; r++) if (at(r, c) !== 0) return true;
      return false;
    };
    const columns = Int32Array.from(Array.from({ length: width }, (_, c) => c).filter(isUsed));
    const values = new Float32Array(count * columns.length);
    for (let r = 0; r < count; r++) columns.forEach((c, i) => (values[r * columns.length + i] = at(r, c)));
    blocks.push({ columns, values, height: count });
  }
  return blocks;
}

/** W·X by blocks: rows of X are gathered whole, which is a copy of memory. */
function byBlocks(blocks: readonly Block[], x: Tensor): Tensor {
  const parts = blocks.map(({ columns, values, height }) =>
    matmul(
      constant(values, [height, columns.length]),
      indexSelect(x, 0, constant(columns, [columns.length])),
    ),
  );
  return cat(parts, 0);
}

const heights = [4, 16, 64];
const densities = [0.2, 0.1, 0.05, 0.02];
const layers = [
  { title: 'cifar_model_16_32 fc1', rows: 100, columns: 2048 },
  { title: 'mnistfc 256', rows: 256, columns: 256 },
];

/** Times of one product on one thread, in units of the dense one's. */
export async function* gatheredLines(rounds: number): AsyncGenerator<string> {
  const batch = 256;
  yield `W X with X of ${batch} columns, one thread, entries of W placed at random; times in units of the dense product's`;
  yield `| layer | entries left | dense ms | ${heights.map((h) => `blocks of ${h} rows`).join(' | ')} |`;
  yield `| --- | --- | --- | ${heights.map(() => '---').join(' | ')} |`;
  for (const { title, rows, columns } of layers)
    for (const density of densities) {
      const w = sparseMatrix(rows, columns, density);
      const x = Float32Array.from({ length: columns * batch }, (_, i) => Math.cos(i));
      const program = (build: (x: Tensor) => Tensor): (() => Promise<unknown>) => {
        const compiled = compile(
          ({ x: input }) => build(input),
          { x: float32([columns, batch]) },
          { threads: 1 },
        );
        return () => compiled.run({ x });
      };
      const dense = program((input) => matmul(constant(w, [rows, columns]), input));
      const blocked = heights.map((h) => program((input) => byBlocks(blocksOf(w, rows, columns, h), input)));
      const timings = await interleave(rounds, { dense, ...Object.fromEntries(blocked.entries()) });
      const least = timings as Record<string, { readonly cpu: number; readonly wall: number }>;
      const shares = heights.map((_, i) => (least[i].wall / least['dense'].wall).toFixed(2));
      yield `| ${[title, `${100 * density} %`, (1e3 * least['dense'].wall).toFixed(2), ...shares].join(' | ')} |`;
    }
}
