/** @file Lowerings of reading and adding at positions that are data. */
import { derivedConstant, emit, filled, ints, reshape, type Emitter } from './emitter.ts';
import { isOp, type DType, type Tensor } from '../../../tensor/tensor.ts';
import { sizeOf, type Shape } from '../../../tensor/shape.ts';
import type { Lowering, LoweringTable } from './lowering.ts';

/** Elements behind an axis from which ONNX Runtime's Gather, which copies them as one, beats work by element. */
const wholeSlabs = 8;

const innerSize = (shape: Shape, axis: number): number => sizeOf(shape.slice(axis + 1));

/** The index [n] repeated along all other axes of `shape`, whose length along `axis` is n. */
function spreadIndex(emitter: Emitter, index: string, shape: Shape, axis: number): string {
  const column = reshape(
    emitter,
    index,
    [shape[axis]],
    shape.map((d, i) => (i === axis ? d : 1)),
  );
  return emit(emitter, 'Expand', [column, ints(emitter, shape)]);
}

/** Gather; along the last axis GatherElements, which is four times as fast for single elements. */
const indexSelect: Lowering<'indexSelect'> = ({ emitter, inputs, node }) => {
  const { axis } = node.attributes;
  if (innerSize(node.shape, axis) > 1) return emit(emitter, 'Gather', inputs, { axis });
  return emit(emitter, 'GatherElements', [inputs[0], spreadIndex(emitter, inputs[1], node.shape, axis)], {
    axis,
  });
};

/** For each of `size` positions the one entry of the index that names it, `index.length` where none does; undefined if entries repeat. */
function inverse(index: ArrayLike<number>, size: number): Int32Array | undefined {
  const from = new Int32Array(size).fill(index.length);
  for (let k = 0; k < index.length; k++) {
    if (from[index[k]] !== index.length) return undefined;
    from[index[k]] = k;
  }
  return from;
}

/** A fixed index without repetitions: gather from the updates and one slab of zeros behind them. */
function gatherInverse(
  emitter: Emitter,
  updates: string,
  node: Tensor<'indexAdd'>,
  index: Tensor<'constant'>,
): string | undefined {
  const { axis, size } = node.attributes;
  const from = inverse(index.attributes.data, size);
  if (!from) return undefined;
  const slab = node.shape.map((d, i) => (i === axis ? 1 : d));
  const all = from.every((k) => k < index.shape[0]);
  const source = all
    ? updates
    : emit(emitter, 'Concat', [updates, filled(emitter, slab, 0, node.dtype)], { axis });
  const name = derivedConstant(
    emitter,
    index.attributes.data,
    `inverse ${size}`,
    [size],
    'int32',
    () => from,
  );
  return emit(emitter, 'Gather', [source, name], { axis });
}

/** Zeros of `shape` with the updates added at the index along the axis. */
function scatterAdd(
  emitter: Emitter,
  shape: Shape,
  dtype: DType,
  updates: string,
  index: string,
  axis: number,
): string {
  return emit(emitter, 'ScatterElements', [filled(emitter, shape, 0, dtype), index, updates], {
    axis,
    reduction: { string: 'add' },
  });
}

const indexAdd: Lowering<'indexAdd'> = ({ emitter, inputs, node }) => {
  const [updates, indexNode] = node.inputs as [Tensor, Tensor];
  const { axis } = node.attributes;
  if (isOp(indexNode, 'constant') && innerSize(node.shape, axis) >= wholeSlabs) {
    const gathered = gatherInverse(emitter, inputs[0], node, indexNode);
    if (gathered !== undefined) return gathered;
  }
  const index = spreadIndex(emitter, inputs[1], updates.shape, axis);
  return scatterAdd(emitter, node.shape, node.dtype, inputs[0], index, axis);
};

export const indexing: LoweringTable<'indexSelect' | 'indexAdd' | 'takeAlongDim' | 'putAlongDim'> = {
  indexSelect,
  indexAdd,
  takeAlongDim: ({ emitter, inputs, node }) =>
    emit(emitter, 'GatherElements', inputs, { axis: node.attributes.axis }),
  putAlongDim: ({ emitter, inputs, node }) =>
    scatterAdd(emitter, node.shape, node.dtype, inputs[0], inputs[1], node.attributes.axis),
};
