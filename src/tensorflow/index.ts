/** The exports of `tunelens/training`. */
export { earlyStopping, type EarlyStoppingOptions } from "./callbacks/early-stopping.js";
export {
  CheckpointCallback,
  checkpointCallback,
  type CheckpointCallbackOptions,
} from "./callbacks/checkpoint-callback.js";
export type { Mode } from "./callbacks/monitor.js";
export { reduceLROnPlateau, type ReduceLROnPlateauOptions } from "./callbacks/reduce-lr-on-plateau.js";
export { trialCallback, type TrialCallbackOptions } from "./callbacks/trial-callback.js";
export type { BackendName } from "../engine/training-backend.js";
export { type BackendDescription, BackendUnavailableError } from "./backends/backend.js";
export { useBackend } from "./backends/use-backend.js";
export { cifar10, type Cifar10Options } from "./datasets/cifar10.js";
export { DatasetError } from "./datasets/dataset-error.js";
export { digits, type DigitsOptions } from "./datasets/digits.js";
export type { DownloadProgress } from "./datasets/download.js";
export { idx, type IdxFiles, type IdxOptions } from "./datasets/idx.js";
export type { ImageSet, LabeledImages, SplitOptions } from "./datasets/image-set.js";
export { fashionMnist, type FashionMnistOptions, mnist } from "./datasets/mnist.js";
export { fit, type FitOptions } from "./fit.js";
export type { Batches, Examples, FitData } from "./fit-data.js";
export { evaluateModel, type EvaluateOptions } from "./evaluate-model.js";
export type { History } from "./history.js";
export { initialModel } from "./initial-model.js";
export type { ContinuedTraining, ModelMetadata, ModelProvenance } from "./model-provenance.js";
export { fileSystem, loadModel, type SavedModel, saveModel } from "./saved-model.js";
export type { SavedOptimizer } from "./saved-optimizer.js";
export type { SampleWeight } from "./sample-weights.js";
export { withSeededRandom } from "./seed.js";
export type { TrainableTrial } from "./trainable-trial.js";
export { type EpochLogs, trainingLoop, type TrainingLoopOptions } from "./training-loop.js";
export type { TrainingCallback } from "./user-callbacks.js";
