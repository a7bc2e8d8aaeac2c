/** @file Jobs that come from a queue which others write to: checked before anything is done with them. */
import { z } from 'zod';
import { label } from '../../formats/visible.ts';
import type { Job, SweepReference } from './job.ts';

const whole = (most: number) => z.int().min(0).max(most);
const state = whole(100_000);
const image = whole(2 ** 31);

/** One part of a path, as the names of runs and studies are: no separators, and no dot in front. */
const name = z
  .string()
  .max(250)
  .regex(/^[\w-][\w.-]*$/, { error: 'expected letters, digits, "-", "_" and "."' });

const id = z
  .string()
  .max(400)
  .regex(/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)?$/, { error: 'expected the id of a job, such as run/train-00' });

const jobSchema = z.object({
  id,
  run: name,
  work: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('prune'), state }),
    z.strictObject({ kind: z.literal('train'), state }),
    z.strictObject({ kind: z.literal('verify'), state, start: image, end: image }),
    z.strictObject({ kind: z.literal('collect') }),
  ]),
  after: z.array(id).max(1_000_000),
  priority: whole(2 ** 21),
  need: z.object({
    memoryBytes: z
      .number()
      .min(0)
      .max(2 ** 53),
    cores: z.number().min(0).max(100_000),
  }),
});

const sweepSchema = z.object({
  id: z.string().regex(/^[\w-]{1,64}$/),
  folder: name,
  version: z.string().max(60),
});

const payloadSchema = z.object({ job: jobSchema, sweep: sweepSchema, era: z.string().regex(/^\d{1,15}$/) });

/** What the queue carries. */
export interface Payload {
  readonly job: Job;
  readonly sweep: SweepReference;
  /** The sweep's era in which it was queued; once that is over, the job is dropped. */
  readonly era: string;
}

/** @returns the payload, or what is wrong with it in one line */
export function readPayload(value: unknown): Payload | { readonly fault: string } {
  const { success, data, error } = payloadSchema.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0];
  return { fault: `${label(path.map(String).join('.')) || 'the job'}: ${label(message, 120)}` };
}

/** The plan of a sweep; undefined where the text holds none. */
export function readPlan(text: string): Job[] | undefined {
  try {
    return z.array(jobSchema).parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The identity of a sweep, from its file; undefined where it is none. */
export function readSweepReference(text: string): SweepReference | undefined {
  try {
    return sweepSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
