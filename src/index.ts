/** The exports of `tunelens`. Training with TensorFlow.js is in `tunelens/training`. */
export { command, type CommandObjective, type CommandResult } from "./command/command.js";
export type { CommandOptions } from "./command/command-options.js";
export { CommandError } from "./command/command-error.js";
export { constraintValues, isFeasible } from "./engine/trial/constraints.js";
export { copyStudy, type CopyStudyOptions } from "./engine/study/copy-study.js";
export {
  defineStudy,
  type EpochBudget,
  type StudyDefinition,
  type StudyDefinitionOptions,
} from "./engine/study/define-study.js";
export type { CategoricalChoice, Distribution, ParamValue } from "./engine/distribution.js";
export {
  DuplicateStudyError,
  IncompatibleDistributionError,
  InvalidArgumentError,
  InvalidDefinitionError,
  InvalidDistributionError,
  InvalidValuesError,
  NotFoundError,
  TrialFinishedError,
  TrialPruned,
  TunelensError,
} from "./engine/errors.js";
export type { Checkpoint, CheckpointStore, SavedCheckpoint } from "./engine/trial/checkpoint.js";
export { fixedTrial, type FixedTrial, type FixedTrialOptions } from "./engine/trial/fixed-trial.js";
export {
  createFollowUp,
  readFollowUp,
  type FollowUp,
  type FollowUpOptions,
  type FrozenParam,
} from "./engine/study/follow-up.js";
export { readLearned, type LearnedStudy, type Misfit } from "./engine/study/learned-trials.js";
export type { TrialSnapshot, Json, TrialState } from "./engine/trial/trial-snapshot.js";
export { fanova, type FanovaOptions } from "./engine/importance/fanova.js";
export {
  paramImportances,
  type ImportanceEvaluator,
  type ImportanceOptions,
  type ParamImportance,
} from "./engine/importance/importance.js";
export { meanDecreaseImpurity, type MeanDecreaseImpurityOptions } from "./engine/importance/mean-decrease-impurity.js";
export { pedAnova, type PedAnovaOptions } from "./engine/importance/ped-anova.js";
export type { Objective, ObjectiveOutput, ObjectiveResult, ResultFor } from "./engine/objective.js";
export type { CatchOption, OptimizeEnd } from "./engine/study/optimize.js";
export type { OptimizeOptions } from "./engine/study/study.js";
export type { TrialOutcome } from "./engine/objective.js";
export { hyperband, type HyperbandOptions } from "./engine/pruners/hyperband.js";
export { median, type MedianOptions } from "./engine/pruners/median.js";
export { nopPruner } from "./engine/pruners/none.js";
export { patient, type PatientOptions } from "./engine/pruners/patient.js";
export { percentile, type PercentileOptions } from "./engine/pruners/percentile.js";
export type { Pruner } from "./engine/pruners/pruner.js";
export { successiveHalving, type SuccessiveHalvingOptions } from "./engine/pruners/successive-halving.js";
export { threshold, type ThresholdOptions } from "./engine/pruners/threshold.js";
export { wilcoxon, type WilcoxonOptions } from "./engine/pruners/wilcoxon.js";
export type { CheckpointOptions } from "./engine/checkpoint-options.js";
export type { HeartbeatOptions } from "./engine/heartbeat.js";
export { retriedTrialNumber, retryHistory, type RetryOptions } from "./engine/trial/retry.js";
export { auto } from "./engine/samplers/auto.js";
export { bruteForce, type BruteForceOptions } from "./engine/samplers/brute-force.js";
export { cmaEs, type CmaEsOptions } from "./engine/samplers/cma-es/cma-es.js";
export { gaussianProcess, type GaussianProcessOptions } from "./engine/samplers/gaussian-process/gaussian-process.js";
export { grid, type GridOptions, type GridValues } from "./engine/samplers/grid.js";
export { partiallyFixed } from "./engine/samplers/partial-fixed.js";
export {
  blxAlphaCrossover,
  sbxCrossover,
  spxCrossover,
  uniformCrossover,
  vsbxCrossover,
  type Crossover,
  type CrossoverContext,
  type SbxOptions,
} from "./engine/samplers/genetic/crossover.js";
export type { GeneticOptions } from "./engine/samplers/genetic/genetic-sampler.js";
export { polynomialMutation, type Mutation } from "./engine/samplers/genetic/mutation.js";
export { undxCrossover } from "./engine/samplers/genetic/undx-crossover.js";
export { nsga2 } from "./engine/samplers/nsga2.js";
export { nsga3, type Nsga3Options } from "./engine/samplers/nsga3.js";
export { quasiRandom, type QuasiRandomOptions } from "./engine/samplers/quasi-random.js";
export { random } from "./engine/samplers/random.js";
export type { Sampler } from "./engine/samplers/sampler.js";
export { asha, type AshaOptions } from "./engine/schedulers/asha.js";
export { configurationsOf, type Configuration } from "./engine/schedulers/configurations.js";
export type { NextOptions, Scheduler, Work } from "./engine/schedulers/scheduler.js";
export type { StudyView } from "./engine/study/study-view.js";
export { tpe, type TpeOptions } from "./engine/samplers/tpe/tpe.js";
export { bestValueStagnation, type BestValueStagnationOptions } from "./engine/terminators/best-value-stagnation.js";
export { crossValidationError } from "./engine/terminators/cross-validation-error.js";
export { emmr, type EmmrOptions } from "./engine/terminators/emmr.js";
export { terminator, type TerminatorOptions } from "./engine/terminators/improvement-terminator.js";
export { medianError, type MedianErrorOptions } from "./engine/terminators/median-error.js";
export { regretBound, type RegretBoundOptions } from "./engine/terminators/regret-bound.js";
export { staticError } from "./engine/terminators/static-error.js";
export type { ErrorEvaluator, ImprovementEvaluator, Terminator } from "./engine/terminators/terminator.js";
export {
  branch,
  categorical,
  float,
  int,
  type BranchSpec,
  type CategoricalSpec,
  type EnqueuedParams,
  type FloatSpec,
  type InferParams,
  type IntSpec,
  type NoSpace,
  type ParamSpec,
  type Space,
} from "./engine/space.js";
export type { ArtifactFile, Direction, Storage } from "./engine/storage.js";
export { createStudy, type CreateStudyOptions } from "./engine/study/create-study.js";
export { deleteStudy } from "./engine/study/delete-study.js";
export { loadStudy } from "./engine/study/load-study.js";
export type { AskOptions, TellOptions } from "./engine/study/ask-and-tell.js";
export type { Study } from "./engine/study/study.js";
export type { StudyListener, StudySettings } from "./engine/study/study-settings.js";
export { getStudySummaries, type StudySummary, type UnreadableStudy } from "./engine/study/study-summaries.js";
export type { TrialAttr, TrialCell, TrialRow } from "./engine/trial/trial-rows.js";
export type { AddedTrial } from "./engine/trial/added-trial.js";
export type { RetrainedTrial } from "./engine/trial/retrain-trial.js";
export type { EpochProgress, Trial } from "./engine/trial/trial.js";
export { MemoryStorage } from "./storage/memory.js";
export { openStorage, type OpenStorageOptions } from "./storage/open.js";
