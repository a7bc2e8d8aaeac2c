/** @file Sessions of ONNX Runtime: created once for each model and setting, reused, and closed when too many. */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { UserError } from '../../formats/userError.ts';
import type { HostTensor } from '../hostTensor.ts';
import type { BackendOptions, Device } from './backend.ts';

/** What distinguishes two sessions of one model. */
export interface SessionOptions extends BackendOptions {
  /** Default true; false: operation by operation, as the file has them. */
  readonly optimized?: boolean;
}

/** Values by the names of the model's inputs or outputs. */
export type NamedTensors = Readonly<Record<string, HostTensor>>;

/** A model in memory and its identity; make it once with `identifyModel`. */
export interface IdentifiedModel {
  readonly bytes: Uint8Array;
  readonly hash: string;
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function identifyModel(bytes: Uint8Array): IdentifiedModel {
  return { bytes, hash: hashOf(bytes) };
}

/** A model whose bytes may be dropped and are then built again: an open session has a copy of its own. */
export function rebuildableModel(first: Uint8Array, build: () => Uint8Array): IdentifiedModel {
  let kept = new WeakRef(first);
  return {
    hash: hashOf(first),
    get bytes() {
      let bytes = kept.deref();
      if (bytes === undefined) kept = new WeakRef((bytes = build()));
      return bytes;
    },
  };
}

interface OpenSession {
  readonly session: Promise<InferenceSession>;
  /** Bytes of the model. */
  readonly size: number;
  running: number;
}

/** Least recently used first (a Map keeps the order of insertion). */
const open = new Map<string, OpenSession>();

/** How much may stay open. */
export interface SessionLimits {
  /** Number of sessions; default 48. */
  readonly sessions: number;
  /** Bytes of their models together; default 400 MB. */
  readonly modelBytes: number;
}

let limits: SessionLimits = { sessions: 48, modelBytes: 400e6 };

/**
 * Opening a session costs 10-200 ms, and every open one keeps its weights and the memory of its largest run;
 * opening and closing leaks a little, so the limits should not be met often.
 */
export function setSessionLimits(changed: Partial<SessionLimits>): void {
  limits = { ...limits, ...changed };
}

/** Number of sessions open now. */
export function openSessionCount(): number {
  return open.size;
}

/** Closes all sessions that are not running, e.g. before measuring memory or at the end of a worker's task. */
export async function closeSessions(): Promise<void> {
  await closeIdle({ sessions: 0, modelBytes: 0 });
}

/** Closes idle sessions, least recently used first, until the rest is within the limits; one may stay whatever its size. */
async function closeIdle({ sessions, modelBytes }: SessionLimits): Promise<void> {
  let total = 0;
  for (const { size } of open.values()) total += size;
  for (const [key, entry] of open) {
    const fits = open.size <= sessions && total <= modelBytes;
    if (fits || (open.size === 1 && sessions > 0)) return;
    if (entry.running > 0) continue;
    open.delete(key);
    total -= entry.size;
    await release(entry);
  }
}

let loaded: Promise<typeof import('onnxruntime-node')> | undefined;

/** ONNX Runtime, loaded when first needed. Its own log is off: what it reports comes as errors too. */
const runtime = (): Promise<typeof import('onnxruntime-node')> =>
  (loaded ??= import('onnxruntime-node').then(
    (module) => {
      module.env.logLevel = 'fatal';
      return module;
    },
    (error: unknown) => {
      throw notLoaded(error);
    },
  ));

/** Its package has binaries for Linux with glibc and Windows, x64 and arm64, and for macOS on arm64. */
function notLoaded(error: unknown): UserError {
  const [why] = (error instanceof Error ? error.message : String(error)).split('\n');
  return new UserError(
    `ONNX Runtime cannot be loaded here (${process.platform} ${process.arch}): ${why}\nIt is there for Linux with glibc and ` +
      `Windows, x64 and arm64, and for macOS on arm64. ${installHint.cpu}`,
  );
}

const installHint: Readonly<Record<Device, string>> = {
  cpu: 'Reinstall the package onnxruntime-node for this platform.',
  webgpu: 'It needs a graphics driver with Vulkan, Metal or Direct3D 12. Use --device cpu instead.',
  cuda:
    'It needs CUDA 12, cuDNN 9 and the CUDA libraries of onnxruntime-node, for Linux x64 only (fetch them with ' +
    '`node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12`). Use --device cpu instead.',
};

/**
 * ONNX Runtime's settings. Threads never spin: several sessions would fight for the processors. Memory patterns are off:
 * they plan all runs after the first in one block of its own, while the memory of the first run is kept (1.7 times the
 * memory of a training step, for no measurable time).
 */
function runtimeOptions({
  threads,
  device = 'cpu',
  optimized = true,
}: SessionOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    intraOpNumThreads: threads ?? availableParallelism(),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: optimized ? 'all' : 'disabled',
    enableMemPattern: false,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}

async function create(bytes: Uint8Array, options: SessionOptions): Promise<InferenceSession> {
  const { InferenceSession } = await runtime();
  try {
    return await InferenceSession.create(bytes, runtimeOptions(options));
  } catch (error) {
    const { device = 'cpu' } = options;
    if (device === 'cpu') throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`The device '${device}' cannot be used here: ${why}\n${installHint[device]}`);
  }
}

const keyOf = (
  { hash }: IdentifiedModel,
  { device = 'cpu', threads, optimized = true }: SessionOptions,
): string => `${hash} ${device} ${threads ?? availableParallelism()}${optimized ? '' : ' plain'}`;

/** Closes one model's session, if it is open and not running. */
export async function closeModel(model: IdentifiedModel, options: SessionOptions): Promise<void> {
  const key = keyOf(model, options);
  const entry = open.get(key);
  if (entry === undefined || entry.running > 0) return;
  open.delete(key);
  await release(entry);
}

async function release(entry: OpenSession): Promise<void> {
  const session = await entry.session.catch(() => undefined);
  await session?.release();
}

const opening = (bytes: Uint8Array, options: SessionOptions): OpenSession => ({
  session: create(bytes, options),
  size: bytes.length,
  running: 0,
});

/** The model's session, the most recently used from now on; opened where it is not open yet. */
function acquire(model: IdentifiedModel, options: SessionOptions, key: string): OpenSession {
  const entry = open.get(key) ?? opening(model.bytes, options);
  open.delete(key);
  open.set(key, entry);
  entry.running++;
  return entry;
}

/**
 * Runs a model once. The computation blocks the event loop of its thread.
 * @param into memory for outputs; outputs not named get memory of their own
 * @returns all outputs; those of `into` are the given objects
 * @throws UserError where the device cannot be used
 */
export async function runModel(
  model: IdentifiedModel,
  options: SessionOptions,
  feeds: NamedTensors,
  into: NamedTensors = {},
): Promise<NamedTensors> {
  const key = keyOf(model, options);
  const entry = acquire(model, options, key);
  try {
    const [{ Tensor }, session] = await Promise.all([runtime(), entry.session]);
    const wrap = ({ dtype, data, shape }: HostTensor): OrtTensor => new Tensor(dtype, data as never, shape);
    const given = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, wrap(value)]));
    const wanted = session.outputNames.map((name) => [name, into[name] ? wrap(into[name]) : null] as const);
    const made = await session.run(given, Object.fromEntries(wanted));
    return Object.fromEntries(session.outputNames.map((name) => [name, into[name] ?? unwrap(made[name])]));
  } catch (error) {
    if (
      open.get(key) === entry &&
      (await entry.session.then(
        () => false,
        () => true,
      ))
    )
      open.delete(key);
    throw error;
  } finally {
    entry.running--;
    await closeIdle(limits);
  }
}

function unwrap({ type, dims, data }: OrtTensor): HostTensor {
  return { shape: dims, dtype: type as HostTensor['dtype'], data: data as HostTensor['data'] };
}
