/** @file Checkpoints on disk: one safetensors file holds weights, masks, optimiser state and position. */
import { crc32 } from 'node:zlib';
import { bytesOf, type Dtype, type NdArray } from '../../formats/ndArray.ts';
import { readSafetensors, writeSafetensors, type Safetensors } from '../../formats/safetensors.ts';
import { UserError } from '../../formats/userError.ts';
import type { Network } from '../../nn/network.ts';
import { parameterSpecs } from '../../nn/parameters.ts';
import type { BestEpoch, Checkpoint, EpochPart } from '../../train/plan.ts';

/** Tensor names are `<part>.<key>`: `params.conv1.weight`, `masks.conv1.weight`, `optimizer.momentum/conv1.weight`. */
const parts = { numbers: 'params.', masks: 'masks.', optimizer: 'optimizer.' } as const;

/** Writes a checkpoint through a temporary name. @param network gives the tensors their shapes */
export function writeCheckpoint(path: string, network: Network, checkpoint: Checkpoint): void {
  const shapes = new Map(parameterSpecs(network).map(({ key, shape }) => [key, shape]));
  const entry = (
    prefix: string,
    key: string,
    data: Float32Array | Uint8Array,
    dtype: Dtype,
  ): [string, NdArray] => {
    const shape = shapes.get(key.slice(key.indexOf('/') + 1));
    return [
      prefix + key,
      {
        dtype,
        shape: [...(shape && shape.reduce((a, b) => a * b, 1) === data.length ? shape : [data.length])],
        data,
      },
    ];
  };
  const { epoch, seconds, best, schedule = {}, within } = checkpoint;
  const tensors = [
    ...Object.entries(checkpoint.numbers).map(([key, data]) => entry(parts.numbers, key, data, 'float32')),
    ...Object.entries(checkpoint.masks).map(([key, data]) => entry(parts.masks, key, data, 'uint8')),
    ...Object.entries(checkpoint.optimizer).map(([key, data]) =>
      entry(parts.optimizer, key, data, 'float32'),
    ),
  ];
  const metadata = {
    network: network.name,
    epoch: String(epoch),
    seconds: String(seconds),
    ...(best && { best: JSON.stringify(best) }),
    ...(Object.keys(schedule).length > 0 && { schedule: JSON.stringify(schedule) }),
    ...(within && { within: JSON.stringify(within) }),
  };
  writeSafetensors(path, tensors, { ...metadata, crc32: checksum(tensors, metadata) });
}

/** What the metadata of a checkpoint may hold. */
const metadataNames: readonly string[] = [
  'network',
  'epoch',
  'seconds',
  'best',
  'schedule',
  'within',
  'crc32',
];

/** CRC-32 of names, shapes, numbers and metadata, whatever their order in the file. */
function checksum(
  tensors: Iterable<readonly [string, NdArray]>,
  metadata: Readonly<Record<string, string>>,
): string {
  const inNameOrder = <T extends readonly [string, unknown]>(entries: Iterable<T>): T[] =>
    [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  let sum = crc32(JSON.stringify(inNameOrder(Object.entries(metadata))));
  for (const [name, { dtype, shape, data }] of inNameOrder(tensors))
    sum = crc32(bytesOf(data), crc32(JSON.stringify([name, dtype, shape]), sum));
  return sum.toString(16).padStart(8, '0');
}

/** Checkpoints of older versions carry no checksum. */
function checkSum(path: string, { tensors, metadata }: Safetensors): void {
  const { crc32: written, ...others } = metadata;
  const foreign = Object.keys(metadata).some((name) => !metadataNames.includes(name));
  if (!foreign && (written === undefined || written === checksum(tensors, others))) return;
  throw new UserError(
    `${path} is damaged: its checksum is wrong. "certprune run" with --resume does its state again; a copy of the file ` +
      'does as well.',
  );
}

/** @throws UserError where the file is damaged or belongs to another network */
export function readCheckpoint(path: string, network: Network): Checkpoint {
  const file = readSafetensors(path);
  checkSum(path, file);
  const { tensors, metadata } = file;
  const numbers: Record<string, Float32Array> = {};
  const masks: Record<string, Uint8Array> = {};
  const optimizer: Record<string, Float32Array> = {};
  for (const [name, { data }] of tensors) {
    if (name.startsWith(parts.numbers)) numbers[name.slice(parts.numbers.length)] = data as Float32Array;
    else if (name.startsWith(parts.masks)) masks[name.slice(parts.masks.length)] = data as Uint8Array;
    else if (name.startsWith(parts.optimizer))
      optimizer[name.slice(parts.optimizer.length)] = data as Float32Array;
  }
  for (const { key, shape } of parameterSpecs(network)) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (numbers[key]?.length !== size)
      throw new UserError(
        `${path} does not hold ${key} [${shape.join(',')}] of ${network.name}: it belongs to another network.`,
      );
  }
  const { best, schedule, within } = metadata;
  return {
    epoch: Number(metadata['epoch'] ?? 0),
    seconds: Number(metadata['seconds'] ?? 0),
    ...(best !== undefined && { best: JSON.parse(best) as BestEpoch }),
    ...(schedule !== undefined && { schedule: JSON.parse(schedule) as Record<string, number> }),
    ...(within !== undefined && { within: JSON.parse(within) as EpochPart }),
    numbers: inOrder(numbers, network),
    masks: inOrder(masks, network),
    optimizer,
  };
}

/** Entries in the order of the network's parameters, whatever the order in the file. */
function inOrder<T>(values: Record<string, T>, network: Network): Record<string, T> {
  return Object.fromEntries(
    parameterSpecs(network).flatMap(({ key }) => (key in values ? [[key, values[key]] as const] : [])),
  );
}
