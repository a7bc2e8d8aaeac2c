/** @file What the loader must know of a dataset: its files, where they may lie, how they are read. */
import type { Member } from '../family/family.ts';
import type { Augmentation } from './augment.ts';
import type { Dataset } from './dataset.ts';
import type { FetchOptions } from './download.ts';
import type { Normalization } from './normalization.ts';

/** One file a dataset needs. Sizes and checksums are those of the content, gzip undone. */
export interface DataFile {
  /** Accepted file names; the first one is used in messages. */
  names: string[];
  bytes?: number;
  sha256?: string;
  md5?: string;
}

/** Images and labels as read from files. */
export interface Samples {
  /** 0..255, N·C·H·W. */
  images: Uint8Array;
  labels: Uint8Array | Int32Array;
  /** Where the files name the classes themselves. */
  classNames?: string[];
}

/**
 * Samples one after the other.
 * @param room for so many bytes of images
 */
export function joinedSamples(
  parts: readonly Samples[],
  room: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes),
): Samples {
  if (parts.length === 1) return parts[0];
  const total = (of: (part: Samples) => ArrayLike<number>): number =>
    parts.reduce((n, part) => n + of(part).length, 0);
  const images = room(total((part) => part.images));
  const count = total((part) => part.labels);
  const bytes = parts.every(({ labels }) => labels instanceof Uint8Array);
  const labels = bytes ? new Uint8Array(count) : new Int32Array(count);
  let [image, label] = [0, 0];
  for (const part of parts) {
    images.set(part.images, image);
    labels.set(part.labels, label);
    image += part.images.length;
    label += part.labels.length;
  }
  return { images, labels };
}

/** One way in which a dataset may lie on disk. */
export interface Layout {
  files: DataFile[];
  /** Folders searched for each file, in this order. */
  folders(dataDirectory: string): string[];
  /**
   * @param contents bytes of `files`, in their order, gzip undone, checked against size and checksum
   * @param paths where each came from, for errors
   * @throws UserError where the bytes are not what the format says.
   */
  read(
    contents: Uint8Array[],
    paths: string[],
  ): {
    train: Samples;
    test: Samples;
    /** Checksums of what `read` itself took from the disk, by name. */
    files?: Record<string, string>;
  };
}

/** A dataset that can be found on disk, and usually fetched. */
export interface DatasetSource extends Member {
  /** [C, H, W]. */
  shape: [number, number, number];
  classes: number;
  classNames: string[];
  trainCount: number;
  testCount: number;
  /** What networks trained on it take off raw pixels and divide by: the study's, where it uses the data set. */
  normalization: Normalization;
  /** The customary augmentation of its training images. */
  augmentation: Augmentation;
  /** What runs began with before the study's were taken; such a run keeps its own: epsilonNormalized = epsilon / std. */
  earlier?: { normalization?: Normalization; augment?: 'none' };
  /** Where the data comes from, and what a user does who must place it by hand; full sentences. */
  origin: string;
  /** Tried in order. */
  layouts: Layout[];
  /** In place of `layouts`, where the files themselves are not the same everywhere; at least one. */
  layoutsIn?(dataDirectory: string): Layout[];
  /** Fewer images than the whole dataset has are accepted. */
  partial?: boolean;
  /** Builds the files of the first layout from other forms already on this machine; false where there are none. */
  prepare?(dataDirectory: string): boolean;
  /** Downloads into the data directory; absent where the official site wants a login. */
  fetch?(options: FetchOptions & { dataDirectory: string }): Promise<void>;
}

/** A dataset as loaded: validation is split off later (see splitTrainValidation). */
export interface LoadedDataset {
  train: Dataset;
  test: Dataset;
  /** SHA-256 of each file's content (gzip undone) by file name: the dataset hash kept with a run. */
  files: Record<string, string>;
}
