/** @file Proofs confirmed by the independent checker before they are told. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { UserError } from '../../formats/userError.ts';
import type { Certified } from '../../certify/certify.ts';
import { proofRecord, type ProofRecord } from '../../certify/recorder.ts';
import type { ProofRecorder } from '../../certify/record.ts';
import type { Statement } from '../../certify/statement.ts';
import { mapPoint } from '../prepare.ts';
import { domainEffort } from '../rowSearch.ts';
import type { Specification } from '../specification.ts';
import { generatedName, type Tools } from '../tools.ts';
import type { ProofStep, VerificationResult } from '../verdict.ts';
import { defaultIntermediateIterations, type VerifyOptions } from '../verifyOptions.ts';

/** Of the work of finding a proof: what checking it may cost by default, and how much it always may. */
const share = 0.25;
const leastSeconds = 2;
/** Of the time that is left: the verdict is to be told in time, whatever becomes of the check. */
const shareOfRest = 0.8;
/** An iteration of a program goes through the network there and back, and once more for the gradient. */
const walksOfIteration = 3;

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

/**
 * Before any work: whether a statement about the format that is asked for can be one about the question.
 * @throws UserError
 */
export async function requireFormat(
  statement: Statement | undefined,
  { roundoff, certify }: Pick<VerifyOptions, 'roundoff' | 'certify'>,
): Promise<void> {
  if (roundoff === undefined) return;
  if (certify === 'never')
    throw new UserError(`The roundoff ${roundoff} is about checked proofs, and none is to be checked.`);
  if (statement?.kind !== 'vnnlib') return;
  const [{ declaredIn }, { provesDeclared }] = await Promise.all([
    import('../../certify/statement.ts'),
    import('../../certify/formats.ts'),
  ]);
  const declared = declaredIn(statement.text);
  if (!provesDeclared(declared, roundoff))
    throw new UserError(
      `The property declares ${declared}, and a proof for ${roundoff} says nothing of it. ` +
        `Leave the roundoff out: proofs are then for ${declared}.`,
    );
}

type Kept = { readonly spec: Specification; readonly record: ProofRecord };

/** Backward walks from the outputs to the inputs that a search has done, about: the same on every machine. */
function walksOf(
  { bounded }: Tools['prepared'],
  records: readonly Kept[],
  by: ProofStep,
  { domains }: VerificationResult,
  {
    intermediateIterations = defaultIntermediateIterations,
    domainEffort: effort = domainEffort,
  }: VerifyOptions,
): number {
  const ofRow = by === 'crown' ? 1 : 1 + walksOfIteration * intermediateIterations;
  // Of an intermediate neuron they go through half the network; a box has both sides of all of them bounded.
  const ofDomain =
    by === 'input-split'
      ? bounded.sites.reduce((sum, { size }) => sum + size, 0)
      : walksOfIteration * effort.blocks * effort.blockIterations;
  const rows = records.reduce((sum, { record }) => sum + record.rows().length, 0);
  return (rows / 2) * ofRow + domains * ofDomain;
}

/** @param statement the question in the words of a certificate */
export function confirmation(tools: Tools, statement: Statement, options: VerifyOptions): Confirmation {
  const { certificate, certify = certificate === undefined ? 'auto' : 'always' } = options;
  const { roundoff, signal, onProgress } = options;
  const records: Kept[] = [];

  const check = async (result: VerificationResult, by: ProofStep, seconds: number): Promise<Certified> => {
    if (records.some(({ spec }) => (spec.inputRows?.length ?? 0) > 0))
      return { kind: 'no', why: 'constraints tie inputs to one another' };
    const { certifyStatement, faultOf } = await import('../../certify/statement.ts');
    const { file, fileName, inputMap } = tools.prepared;
    const found = await certifyStatement(statement, {
      model: await tools.checked(),
      format: roundoff,
      machine: tools.machine,
      toBounded: (x) => mapPoint(inputMap, x),
      records: records.map(({ spec: { lower, upper }, record }) => ({ lower, upper, record })),
      limits: {
        seconds,
        share: certify === 'always' ? Infinity : share,
        leastSeconds,
        searchWalks: walksOf(tools.prepared, records, by, result, options),
      },
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
    if (found.kind !== 'yes' || found.unwritten !== undefined) return found;
    if (certificate === undefined || fileName !== undefined) return found;
    const unwritten = faultOf(() => keepModel(join(dirname(certificate), generatedName), file));
    return unwritten === undefined ? found : { ...found, unwritten };
  };

  return {
    record(spec) {
      const record = proofRecord();
      records.push({ spec, record });
      return record;
    },
    async confirm(result, remainingSeconds) {
      const { verdict } = result;
      if (verdict.kind !== 'verified') return result;
      const started = performance.now();
      const found = await check(result, verdict.by, shareOfRest * remainingSeconds);
      const checkSeconds = (performance.now() - started) / 1000;
      if (found.kind === 'yes') {
        const { arithmetic, unwritten } = found;
        return {
          ...result,
          checked: 'yes',
          arithmetic,
          checkSeconds,
          ...(unwritten !== undefined && { unwritten }),
        };
      }
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

/** Puts a network that no ONNX file holds beside its certificates. @throws UserError where it cannot be written */
function keepModel(path: string, model: Uint8Array): void {
  const known = statSync(path, { throwIfNoEntry: false });
  if (known?.size === model.length && Buffer.from(model).equals(readFileSync(path))) return;
  writeFileAtomic(path, model);
}
