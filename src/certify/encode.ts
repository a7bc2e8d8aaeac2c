/** @file Certificates as bytes: the head of the file, and the steps of a proof. */
import type { Tensor } from '../check/certificate/certificate.ts';
import type { Metadata } from '../check/certificate/metadata.ts';
import { stepNumbers } from '../check/certificate/proofReader.ts';
import type { BoundsSection, Changes, Step } from '../check/certificate/steps.ts';

const scratch = new DataView(new ArrayBuffer(8));

function written(bytes: number, set: (value: number) => void): (value: number) => number[] {
  return (value) => {
    set(value);
    return Array.from({ length: bytes }, (_, i) => scratch.getUint8(i));
  };
}

const f32 = written(4, (value) => scratch.setFloat32(0, value, true));
const f64 = written(8, (value) => scratch.setFloat64(0, value, true));

/** bf16, cut off towards 0: of what is not negative any such number is as good a multiplier. */
function bf16(value: number): number[] {
  scratch.setFloat32(0, value, true);
  return [scratch.getUint8(2), scratch.getUint8(3)];
}

/** LEB128. @param value whole, 0 or more */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

function changesBytes(changes: Changes): number[] {
  const bytes = varint(changes.length);
  let before = -1;
  for (const { site, elements, alphas } of changes) {
    bytes.push(...varint(site - before - 1), ...varint(elements.length));
    before = site;
    elements.forEach((element, i) => bytes.push(...varint(element - (elements[i - 1] ?? -1) - 1), alphas[i]));
  }
  return bytes;
}

/** A section without its step number, as it begins a set. */
export function sectionBytes(section: BoundsSection): Uint8Array {
  if (section.kind === 'none') return Uint8Array.of(0);
  const bytes = [section.kind === 'adaptive' ? 1 : 2, ...varint(section.rows?.length ?? 0)];
  let [lastSite, lastElement] = [0, -1];
  for (const { site, element, lower, upper } of section.rows ?? []) {
    if (site > lastSite) lastElement = -1;
    bytes.push(
      ...varint(site - lastSite),
      ...varint(element - lastElement - 1),
      (lower ? 1 : 0) + (upper ? 2 : 0),
    );
    for (const changes of [lower, upper])
      for (const byte of changes ? changesBytes(changes) : []) bytes.push(byte);
    [lastSite, lastElement] = [site, element];
  }
  return Uint8Array.from(bytes);
}

/** One step of a tree. */
export function stepBytes(step: Step): Uint8Array {
  const number = stepNumbers[step.kind];
  switch (step.kind) {
    case 'alpha':
      return Uint8Array.from([number, ...changesBytes(step.changes)]);
    case 'bounds':
      return Uint8Array.from([number, ...sectionBytes(step.section)]);
    case 'split':
      return Uint8Array.from([number, ...varint(step.site), ...varint(step.element), ...f32(step.point)]);
    case 'halve':
      return Uint8Array.from([number, ...varint(step.input), ...f64(step.value)]);
    case 'leaf': {
      const rows = step.rows.flatMap(({ row, weight }) => [...varint(row), ...bf16(weight)]);
      const betas = Array.from(step.betas, bf16).flat();
      return Uint8Array.from([
        number,
        ...varint(step.rows.length),
        ...rows,
        ...changesBytes(step.changes),
        ...betas,
      ]);
    }
    case 'empty':
      return Uint8Array.of(number);
  }
}

/** What comes before the bytes of the proof. @param tensors `image` is stored as f32, others as f64 */
export function headBytes(
  metadata: Metadata,
  tensors: ReadonlyMap<string, Tensor>,
  proofLength: number,
): Uint8Array {
  const head: Record<string, unknown> = { __metadata__: { certificate: JSON.stringify(metadata) } };
  const data: Uint8Array[] = [];
  let at = 0;
  for (const [name, { shape, values }] of tensors) {
    const isImage = name === 'image';
    const array = isImage ? Float32Array.from(values) : values.slice();
    data.push(new Uint8Array(array.buffer));
    head[name] = { dtype: isImage ? 'F32' : 'F64', shape, data_offsets: [at, (at += array.byteLength)] };
  }
  head['proof'] = { dtype: 'U8', shape: [proofLength], data_offsets: [at, at + proofLength] };
  const text = new TextEncoder().encode(JSON.stringify(head));
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + at).fill(0x20, 0, 8 + padded);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(text, 8);
  let to = 8 + padded;
  for (const piece of data) {
    bytes.set(piece, to);
    to += piece.length;
  }
  return bytes;
}
