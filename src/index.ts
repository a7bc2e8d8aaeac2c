/** @file The public library: data, training, pruning, complete verification, certificates, runs and reports. */

// Verification
export { verify, type LibraryOptions } from './verify/files/verifyNetwork.ts';
export { verifyInstance, type Instance } from './verify/files/verifyInstance.ts';
export type { Answer, ResultWord, TaskProgress } from './verify/files/answer.ts';
export { resultsText } from './verify/files/resultsText.ts';
export { specificationsOf } from './verify/files/vnnlibSpecification.ts';
export {
  marginRow,
  robustness,
  safetyMargin,
  type Conjunction,
  type OutputRow,
  type Specification,
  type Targets,
} from './verify/specification.ts';
export type { Norm } from './bounds/ball.ts';
export type { HostBall } from './bounds/box.ts';
export type { UnknownReason, VerificationResult, Verdict, Witness } from './verify/verdict.ts';
export { createVerifier, type Verifier, type VerifyOptions } from './verify/pipeline.ts';
export { prepareNetwork, type PreparedNetwork } from './verify/prepare.ts';

// Checking certificates
export { check } from './check/check.ts';
export type { CheckReport } from './check/contracts.ts';
export { CheckFailure, type FailureKind } from './check/failure.ts';

// Readers and writers
export { readOnnxNetwork, type ImportedFile, type ImportedNetwork } from './nn/import/importOnnx.ts';
export { checkImportedFile } from './nn/import/runners.ts';
export { readTorchNetwork, type TorchChoices, type TorchNetwork } from './nn/import/torch.ts';
export { parseVnnlib, readVnnlib } from './formats/vnnlib/read.ts';
export { isCounterexample, type VnnlibProperty } from './formats/vnnlib/property.ts';
export { readNpy, writeNpy } from './formats/npy.ts';
export type { NdArray } from './formats/ndArray.ts';
export { UserError } from './formats/userError.ts';

// Networks
export type { Layer, Network } from './nn/network.ts';
export type { NumberedNetwork } from './nn/foldBatchNorm.ts';
export { sequential } from './nn/zoo/sequential.ts';
export { toOnnx } from './nn/toOnnx.ts';
export { encodeModel } from './formats/onnx/encode.ts';
export { buildModel } from './nn/zoo/models.ts';
export { initialize } from './nn/initialize.ts';
export { exportNetwork, type ExportKind } from './nn/exportNetwork.ts';

// Pruning
export { pruneStep, type PruneOptions } from './prune/prune.ts';
export { criteria } from './prune/criteria/criteria.ts';
export type { Criterion, CriterionContext, ScoringData } from './prune/criteria/criterion.ts';
export type { Removal } from './prune/removeWeights.ts';
export { rewind, type RewindSources } from './prune/rewind.ts';
export {
  brokenMasks,
  extractMasks,
  fullMasks,
  invertMasks,
  isNarrower,
  maskCounts,
  prunableKeys,
  remainRatio,
  shuffleMasks,
} from './prune/masks.ts';
export { maskNumbers, type Masks } from './nn/masks.ts';
export { compress, type Compressed } from './prune/compress.ts';
export { networkSize, type NetworkSize } from './nn/networkSize.ts';
export { createRng, type Rng } from './data/rng.ts';

// Data
export { datasets, loadDataset } from './data/datasets.ts';
export type { DataOptions } from './data/load.ts';
export { imageCount, pixelsOf, splitTrainValidation, subsetOf, type Dataset } from './data/dataset.ts';
export type { LoadedDataset } from './data/source.ts';

// Training
export {
  evaluate,
  train,
  type EvaluationOptions,
  type TrainedNetwork,
  type TrainingEvent,
  type TrainingImages,
  type TrainingOptions,
} from './library/train.ts';
export type { Accuracies } from './train/evaluate.ts';
export type { Checkpoint, TrainEpoch, TrainProgress } from './train/plan.ts';
export type { Work } from './library/work.ts';

// Runs and reports
export { configuration, type ConfigurationChoice, type Settings } from './library/settings.ts';
export { run, stateNetwork, verifyRun, type RunOptions, type VerifyRunOptions } from './library/runs.ts';
export { listRuns, readOverview, type RunOverview } from './run/runs.ts';
export type { RunConfig } from './run/config/schema.ts';
export type { ProgressEvent } from './run/progress.ts';
export type { StateMeta, VerifySummary } from './run/records.ts';
export type { StateNetwork } from './run/stateNetwork.ts';
export { report } from './library/report.ts';
export type { ReportOptions, WrittenReport } from './report/writeReport.ts';
