/** @file Sits families of the exam, one after the other, and counts outcomes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../src/data/rng.ts';
import type { Answered, ExamFamily, Outcome, Size } from './family.ts';

/** How one family did. */
export interface FamilyResult {
  readonly family: ExamFamily;
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly wrong: readonly Answered[];
  readonly seconds: number;
}

/** Asks every question of one family. @param watch told of every answer as it comes */
export async function sit(
  family: ExamFamily,
  size: Size,
  signal: AbortSignal,
  watch: (answer: Answered) => void = () => {},
): Promise<FamilyResult> {
  const folder = await mkdtemp(join(tmpdir(), 'certprune-exam-'));
  const counts: Record<Outcome, number> = { right: 0, wrong: 0, open: 0, refused: 0 };
  const wrong: Answered[] = [];
  const started = performance.now();
  try {
    await family.sit({
      size,
      rng: createRng(`exam ${family.name}`),
      folder,
      signal,
      answered: (answer) => {
        counts[answer.outcome]++;
        if (answer.outcome === 'wrong') wrong.push(answer);
        watch(answer);
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { family, counts, wrong, seconds: (performance.now() - started) / 1000 };
}

/** What is wrong with a result; empty if it passes. */
export function failuresOf({ family, counts, wrong }: FamilyResult, size: Size): string[] {
  const failures = wrong.map(({ question, detail }) => `${question}: ${detail ?? 'wrong'}`);
  const least = family.leastRight[size];
  if (counts.right < least)
    failures.push(`only ${counts.right} questions were answered right, at least ${least} must be`);
  return failures;
}
