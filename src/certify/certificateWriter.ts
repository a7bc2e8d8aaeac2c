/** @file A certificate as it grows: its proof in a spool, then the whole file behind its head. */
import { dirname } from 'node:path';
import type { Metadata } from '../check/certificate/metadata.ts';
import type { Tensor } from '../check/certificate/certificate.ts';
import type { Step } from '../check/certificate/steps.ts';
import { writeFileAtomic } from '../formats/atomicWrite.ts';
import { makeFolder } from '../formats/makeFolder.ts';
import { headBytes, sectionBytes, stepBytes, varint } from './encode.ts';
import { createSpool, type Spool } from './spool.ts';

export interface CertificateWriter {
  /** Begins a proof of so many sets, and forgets what was written before. */
  readonly begin: (sets: number) => void;
  /** A set's section of bounds comes first. */
  readonly beginSet: () => void;
  readonly emit: (step: Step) => void;
  /** @throws UserError where the file cannot be written */
  readonly write: (path: string, metadata: Metadata, tensors: ReadonlyMap<string, Tensor>) => void;
  readonly close: () => void;
}

export function certificateWriter(): CertificateWriter {
  let spool: Spool = createSpool();
  let first = true;
  return {
    begin(sets) {
      spool.close();
      spool = createSpool();
      spool.write(Uint8Array.from(varint(sets)));
    },
    beginSet() {
      first = true;
    },
    emit(step) {
      spool.write(first && step.kind === 'bounds' ? sectionBytes(step.section) : stepBytes(step));
      first = false;
    },
    write(path, metadata, tensors) {
      makeFolder(dirname(path));
      const head = headBytes(metadata, tensors, spool.size());
      writeFileAtomic(
        path,
        (function* () {
          yield head;
          yield* spool.chunks();
        })(),
      );
    },
    close: () => spool.close(),
  };
}
