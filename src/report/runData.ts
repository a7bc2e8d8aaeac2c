/** @file What the report knows of a run: the records of its directory, joined by state. */
import type {
  EnvironmentRecord,
  EpochRecord,
  LayerRemaining,
  NeuronLayerRecord,
  NeuronRecord,
  NoteRecord,
  PruneRecord,
  StateMeta,
  VerifyRow,
} from '../run/records.ts';
import type { RadiusRow } from '../run/radii.ts';
import type { VerdictCounts } from '../run/verdictCounts.ts';

/** The verification of one state. */
export interface StateVerification {
  /** Rows of `verify/NN.csv`; empty where only the summary was found. */
  readonly rows: readonly VerifyRow[];
  /** `true` where `verify/NN.json` exists, so all images were visited. */
  readonly complete: boolean;
  readonly counts: VerdictCounts;
  readonly which?: 'last' | 'best';
  /** Raw-pixel radius. */
  readonly epsilon?: number;
  readonly unstableRatioByLayer: Readonly<Record<string, number>>;
  readonly timeoutSeconds?: number;
  /** Wall-clock seconds of the whole state, set-up included. */
  readonly seconds?: number;
  readonly workers?: number;
}

/** One state of a run, from whichever of its files exist. */
export interface StateData {
  readonly state: number;
  /** Remaining share of prunable weights; absent where no file tells it. */
  readonly remainRatio?: number;
  readonly layers: readonly LayerRemaining[];
  readonly meta?: StateMeta;
  readonly prune?: PruneRecord;
  /** In order of epoch; where an epoch was repeated after a resume, its last record. */
  readonly epochs: readonly EpochRecord[];
  readonly verification?: StateVerification;
  /** Certified radii of images, where they were looked for. */
  readonly radii?: readonly RadiusRow[];
  /** Measures of the trained state's neurons; older runs lack them. */
  readonly neurons?: NeuronRecord;
}

/** Everything the report reads of one run directory. */
export interface RunData {
  /** The configuration's `name`, else the directory's name. */
  readonly name: string;
  readonly directory: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** `config.yaml` as it stands on disk. */
  readonly configText: string;
  readonly environment: EnvironmentRecord;
  /** In order of state number. */
  readonly states: readonly StateData[];
  readonly notes: readonly NoteRecord[];
  /** ISO times of the first and the last event. */
  readonly firstEvent?: string;
  readonly lastEvent?: string;
  /** What the reader of the report should know of the files: a cut last line, a verification that stopped early. */
  readonly notices: readonly string[];
}

/** A state with its remaining share known, as every chart over sparsity needs it. */
export type PlacedState = StateData & { readonly remainRatio: number };

/** A placed state that has been verified, if only in part. */
export type VerifiedState = PlacedState & { readonly verification: StateVerification };

/** The states whose remaining share is known, densest first. */
export function placedStates(run: RunData): PlacedState[] {
  return run.states
    .filter((state): state is PlacedState => state.remainRatio !== undefined)
    .toSorted((a, b) => b.remainRatio - a.remainRatio || a.state - b.state);
}

/** The verified states, densest first. */
export function verifiedStates(run: RunData): VerifiedState[] {
  return placedStates(run).filter(
    (state): state is VerifiedState =>
      state.verification !== undefined && state.verification.counts.images > 0,
  );
}

/** A placed state whose images have certified radii. */
export type RadiusState = PlacedState & { readonly radii: readonly RadiusRow[] };

/** The states with certified radii, densest first. */
export function radiusStates(run: RunData): RadiusState[] {
  return placedStates(run).filter(
    (state): state is RadiusState => state.radii !== undefined && state.radii.length > 0,
  );
}

/** A placed state whose neurons were measured. */
export type MeasuredState = PlacedState & { readonly neurons: NeuronRecord };

/** The states whose neurons were measured, densest first. */
export function measuredStates(run: RunData): MeasuredState[] {
  return placedStates(run).filter((state): state is MeasuredState => state.neurons !== undefined);
}

/** Mean seconds of the verified images; misclassified ones took none and do not count. */
export function meanSeconds(state: StateData): number | undefined {
  const rows = state.verification?.rows.filter((row) => row.by !== 'clean') ?? [];
  return rows.length === 0 ? undefined : rows.reduce((sum, row) => sum + row.seconds, 0) / rows.length;
}

/** Mean of a measure over the ReLU neurons of the layers that have it. */
export function meanOverNeurons(
  layers: readonly NeuronLayerRecord[],
  measure: keyof Omit<NeuronLayerRecord, 'name'>,
): number | undefined {
  let [total, neurons] = [0, 0];
  for (const layer of layers) {
    const value = layer[measure];
    if (value === undefined) continue;
    total += value * layer.neurons;
    neurons += layer.neurons;
  }
  return neurons === 0 ? undefined : total / neurons;
}

/** The geometric mean of positive values; undefined of none. */
export function geometricMean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
