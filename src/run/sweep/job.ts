/** @file A job of a sweep: one piece of one run, what it waits for and what it needs; checked where it comes from a queue. */
import { z } from 'zod';
import { label } from '../../formats/visible.ts';
import type { Fields } from '../../train/neuronsSchema.ts';

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

const work = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('prune'), state }),
  z.strictObject({ kind: z.literal('train'), state }),
  z.strictObject({ kind: z.literal('verify'), state, start: image, end: image }),
  z.strictObject({ kind: z.literal('collect') }),
]);

/** What a job does. Images are test images start … end−1. */
export type JobWork = Fields<typeof work>;
export type JobKind = JobWork['kind'];

const need = z.object({
  memoryBytes: z
    .number()
    .min(0)
    .max(2 ** 53),
  cores: z.number().min(0).max(100_000),
});

/** What a job takes of a machine while it runs. */
export type JobNeed = Fields<typeof need>;

const job = z.object({
  /** Unique in the sweep, e.g. `l1unstruct-seed1/verify-02-0-25`. */
  id,
  /** Name of the run, which is its folder in the sweep's. */
  run: name,
  work,
  /** Ids of the jobs that must be done before. */
  after: z.array(id).max(1_000_000),
  /** Ready jobs with smaller numbers are taken first. */
  priority: whole(2 ** 21),
  need,
});

/** One job. Its whole content follows from the study: the same study gives the same jobs with the same ids. */
export type Job = Fields<typeof job>;

const sweep = z.object({
  /** Unique; also written in the sweep's folder, so that a worker knows that it looks at the right one. */
  id: z.string().regex(/^[\w-]{1,64}$/),
  /** The sweep's folder below the folder of runs, which may be mounted elsewhere on another machine. */
  folder: name,
  /** Version of certprune that planned it: another one may compute other bits. */
  version: z.string().max(60),
});

/** Which sweep a job belongs to, for workers that serve several. */
export type SweepReference = Fields<typeof sweep>;

/** `era`: that of the sweep in which the job was queued; once that is over, the job is dropped. */
const payload = z.object({ job, sweep, era: z.string().regex(/^\d{1,15}$/) });

/** What a queue carries that others write to as well. */
export type Payload = Fields<typeof payload>;

/** @returns the payload, or what is wrong with it in one line */
export function readPayload(value: unknown): Payload | { readonly fault: string } {
  const { success, data, error } = payload.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0];
  return { fault: `${label(path.map(String).join('.')) || 'the job'}: ${label(message, 120)}` };
}

const reading =
  <S extends z.ZodType>(schema: S) =>
  (text: string): z.output<S> | undefined => {
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      return undefined;
    }
  };

/** The plan of a sweep; undefined where the text holds none. */
export const readPlan = reading(z.array(job));

/** The identity of a sweep, from its file; undefined where it is none. */
export const readSweepReference = reading(sweep);
