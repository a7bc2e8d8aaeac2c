/** @file Proofs confirmed by the independent checker before they are told. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { makeFolder } from '../../formats/makeFolder.ts';
import type { Certified } from '../../certify/certify.ts';
import { proofRecord } from '../../certify/recorder.ts';
import type { ProofRecorder } from '../../certify/record.ts';
import type { Statement } from '../../certify/statement.ts';
import type { Specification } from '../specification.ts';
import type { Tools } from '../tools.ts';
import type { ProofStep, VerificationResult } from '../verdict.ts';
import type { VerifyOptions } from '../verifyOptions.ts';

/** Of the time that finding a proof took: what checking it may take by default, and how much it always may. */
const share = 0.25;
const leastSeconds = 2;
/** Of the time that is left: the verdict is to be told in time, whatever becomes of the check. */
const shareOfRest = 0.8;

/** What the checker has no rules for, whatever the network. */
const beyond: Partial<Record<ProofStep, string>> = {
  mip: 'integer program',
  'bab-refine': 'integer program',
};

/** Records a question's proof and confirms it. */
export interface Confirmation {
  readonly record: (spec: Specification) => ProofRecorder;
  /**
   * The result with what the checker says of it: a proof that it contradicts is none.
   * @param remainingSeconds of the whole question
   * @throws the signal's reason; errors of the checker, which are no verdicts
   */
  readonly confirm: (result: VerificationResult, remainingSeconds: number) => Promise<VerificationResult>;
  readonly close: () => void;
}

/** @param statement the question in the words of a certificate */
export function confirmation(
  tools: Tools,
  statement: Statement,
  { certificate, certify = certificate === undefined ? 'auto' : 'always', signal, onProgress }: VerifyOptions,
): Confirmation {
  const records: { readonly spec: Specification; readonly record: ReturnType<typeof proofRecord> }[] = [];

  const check = async (by: ProofStep, limitSeconds: number): Promise<Certified> => {
    const why = beyond[by];
    if (why !== undefined) return { kind: 'no', why };
    if (records.some(({ spec }) => (spec.inputRows?.length ?? 0) > 0))
      return { kind: 'no', why: 'constraints tie inputs to one another' };
    const { certifyStatement } = await import('../../certify/statement.ts');
    const { file, fileName = 'model.onnx' } = tools.prepared;
    if (certificate !== undefined) makeFolder(dirname(certificate));
    const found = await certifyStatement(statement, {
      model: file,
      modelName: fileName,
      machine: tools.machine,
      toBounded: (x) => centerOf(tools, x),
      records: records.map(({ spec: { lower, upper }, record }) => ({ lower, upper, record })),
      limitSeconds,
      halve: by === 'input-split',
      ...(certificate !== undefined && { certificate }),
      signal,
      onProgress: (leaves) =>
        onProgress?.({
          domains: leaves,
          open: 0,
          worstBound: 0,
          step: `checking the proof: ${leaves} leaves`,
        }),
    });
    if (found.kind === 'yes' && certificate !== undefined && tools.prepared.fileName === undefined)
      keepModel(join(dirname(certificate), fileName), file);
    return found;
  };

  return {
    record(spec) {
      const record = proofRecord();
      records.push({ spec, record });
      return record;
    },
    async confirm(result, remainingSeconds) {
      const { verdict, seconds } = result;
      if (verdict.kind !== 'verified') return result;
      const allowed = certify === 'always' ? Infinity : Math.max(leastSeconds, share * seconds);
      const started = performance.now();
      const found = await check(verdict.by, Math.min(allowed, shareOfRest * remainingSeconds));
      const checkSeconds = (performance.now() - started) / 1000;
      if (found.kind === 'yes')
        return { ...result, checked: 'yes', arithmetic: found.arithmetic, checkSeconds };
      if (found.kind === 'no') return { ...result, checked: `no: ${found.why}`, checkSeconds };
      return {
        ...result,
        checkSeconds,
        lowerBound: Math.min(0, found.bound),
        verdict: { kind: 'unknown', why: 'numerical' },
      };
    },
    close() {
      for (const { record } of records) record.close();
    },
  };
}

/** A point of the specification's inputs in those of the bounded network. */
const centerOf = ({ prepared }: Tools, x: Float64Array): Float64Array => {
  const { scale, shift } = prepared.inputMap;
  return x.map((v, i) => v * scale[i] + shift[i]);
};

/** Puts a network that no ONNX file holds beside its certificates. @throws UserError where it cannot be written */
function keepModel(path: string, model: Uint8Array): void {
  const known = statSync(path, { throwIfNoEntry: false });
  if (known?.size === model.length && Buffer.from(model).equals(readFileSync(path))) return;
  writeFileAtomic(path, model);
}
