import type { ParamValue } from "../distribution.js";
import { type CheckpointOptions, readCheckpoints } from "../checkpoint-options.js";
import { InvalidDefinitionError } from "../errors.js";
import { type HeartbeatOptions, readHeartbeat } from "../heartbeat.js";
import { type NamesOf, nearest, unknownOption } from "../option-names.js";
import { type Objective, programOf, type ResultFor } from "../objective.js";
import type { CatchOption } from "./optimize.js";
import { type PruneBy, wrongPruneBy } from "../pruners/several-objectives.js";
import type { Pruner } from "../pruners/pruner.js";
import type { Sampler } from "../samplers/sampler.js";
import type { Scheduler } from "../schedulers/scheduler.js";
import type { Terminator } from "../terminators/terminator.js";
import {
  defaultParams,
  flatParams,
  flattenSpace,
  type EnqueuedParams,
  type InferParams,
  type NoSpace,
  type Space,
} from "../space.js";
import type { Direction } from "../storage.js";
import { wrongComponent } from "./check-components.js";
import { readDirections } from "./directions.js";
import { wrongLearnFrom } from "./learn-from.js";
import { type BackendChoice, backendNames, isBackendChoice } from "../training-backend.js";

/** How many epochs to train. Whole numbers from 1. */
export interface EpochBudget {
  /** Epochs of each trial of the study. */
  readonly study: number;
  /** Epochs when the best trial is retrained. */
  readonly retrain: number;
}

/** What `defineStudy` is given. */
export interface StudyDefinitionOptions<S extends Space, D extends readonly Direction[] = readonly Direction[]> {
  /** Unique in its storage; at most 512 characters. */
  readonly name: string;
  /** For one objective value. Default `minimize`. Cannot be combined with `directions`. */
  readonly direction?: Direction;
  /** One per objective value. */
  readonly directions?: D;
  /**
   * The search space, which determines `trial.params`. Without it, the objective suggests parameters by name. If parameters have defaults,
   * these are the first trial of a new study.
   */
  readonly space?: S;
  /** Default: `auto`, which chooses a sampler based on the finished trials. */
  readonly sampler?: Sampler;
  /** Default: median, or without pruning if there is a scheduler. */
  readonly pruner?: Pruner;
  /**
   * What trials of several objectives are pruned by, which report one value for each: `rank`, or an objective's index from 0. `rank` is the
   * non-domination rank of what was reported at a step (Deb et al. 2002), for `median`, `percentile`, and `patient`. Default: they cannot be
   * pruned, as in Optuna.
   */
  readonly pruneBy?: PruneBy;
  /**
   * Pauses trials, and continues the most promising ones from their checkpoints, such as `asha()`. It cannot be combined with a pruner.
   * Default: each trial runs once, until it ends or the pruner ends it.
   */
  readonly scheduler?: Scheduler;
  /** Ends the study when there is little left to gain. Default: none. */
  readonly terminator?: Terminator;
  /**
   * Total number of finished trials. Resuming runs the rest. Trials that the user stopped do not count.
   * Default: run until stopped.
   */
  readonly trials?: number;
  /** Time limit of one run, in seconds. Checked between trials. Default: none. */
  readonly timeout?: number;
  /** An integer of at least 0 that makes the trials reproducible, even when the study is stopped and resumed. Default: random. */
  readonly seed?: number;
  /** Which errors of the objective fail only their trial and not the run: all (true), none (false, the default), or those of these classes. */
  readonly catch?: CatchOption;
  /** `trial.epochs`; with two numbers, one for the study's trials and one for retraining. */
  readonly epochs?: number | EpochBudget;
  /**
   * The training backend. It overrides the editor's setting, and `--backend` in the terminal overrides it. Default: the setting, else
   * `auto`, which uses the first that works of tfjs-node-gpu, tfjs-node, and wasm, or webgpu if the study's first training steps are faster
   * on it.
   */
  readonly backend?: BackendChoice;
  /**
   * Number of training processes that run the study at once, on one machine and one storage, or `auto` for as many as the CPU cores,
   * memory, and training backend allow. With more than one, a seed does not make the trials reproducible: what a trial learns from depends
   * on which others have finished. Default: the editor's or the terminal's, else 1.
   */
  readonly parallel?: number | "auto";
  /**
   * Whether a training process runs the whole study (the default) or one trial. With `trial`, another process replaces it afterwards, so
   * that nothing a trial leaves behind (tensors, GPU memory) affects the next. A process takes about a second to start.
   */
  readonly isolation?: "study" | "trial";
  /**
   * Pauses the study after this many identical crashes or errors in a row, with no complete or pruned trial in between. A training process
   * that dies (out of memory, a crash, a lost device) fails its trial and is replaced. Errors count if `catch` covers them; NaN
   * results count until a trial has succeeded. An integer of at least 1. Default 3.
   */
  readonly pauseAfter?: number;
  /** How often running trials write a heartbeat, and when a trial without one counts as failed. Default: every 15 s, and after 120 s. */
  readonly heartbeat?: HeartbeatOptions;
  /**
   * How often trials keep a checkpoint, from which they are continued when they are interrupted: the process dies, the study is stopped, the
   * device is lost. false: never; an interrupted trial is lost. Default: after an epoch, at most every 30 s, and at most 2 GB on disk.
   */
  readonly checkpoints?: CheckpointOptions | boolean;
  /**
   * How often one configuration is trained, with another seed each time. With 1, none is trained twice: a sampler that proposes one that
   * has finished is asked again, and a study whose space is exhausted ends. With more, for a noisy objective, the configuration with the
   * best mean so far is trained again, up to this often, before another is tried. An integer of at least 1. Default 1.
   */
  readonly repeats?: number;
  /** Trials to run first in a new study, in this order, after the space's defaults. Missing parameters are sampled. */
  readonly enqueue?: readonly EnqueuedParams<NoInfer<S>>[];
  /**
   * Names of earlier studies in the same storage, whose finished trials a new study starts with as far as they fit its space: all their
   * values are in the ranges and choices; a parameter that they don't have takes its `default`, and doesn't fit without one; one that the
   * space doesn't have is left out. They don't count toward `trials`. Default: none.
   */
  readonly learnFrom?: readonly string[];
  /** A storage URL, such as `sqlite:///studies.db`. Default: the editor's or the terminal's. */
  readonly storage?: string;
  /** Whether to continue an existing study of this name (true, the default) or to fail (false). */
  readonly loadIfExists?: boolean;
  /** The function to optimize. Returns one number per direction, alone or in an object (`{ value, model }`), or throws `TrialPruned`. */
  readonly objective: Objective<InferParams<S>, ResultFor<NoInfer<D>>>;
}

const optionNames: NamesOf<StudyDefinitionOptions<Space>> = {
  name: true,
  direction: true,
  directions: true,
  space: true,
  sampler: true,
  pruner: true,
  pruneBy: true,
  scheduler: true,
  terminator: true,
  trials: true,
  timeout: true,
  seed: true,
  catch: true,
  epochs: true,
  backend: true,
  parallel: true,
  isolation: true,
  pauseAfter: true,
  heartbeat: true,
  checkpoints: true,
  repeats: true,
  enqueue: true,
  learnFrom: true,
  storage: true,
  loadIfExists: true,
  objective: true,
};

const brand: unique symbol = Symbol.for("tunelens.study-definition");

/** A study as its file defines it: the fields of `StudyDefinitionOptions`, checked, with their defaults. Defining it runs nothing. */
export interface StudyDefinition<S extends Space = Space> {
  readonly [brand]: true;
  readonly name: string;
  readonly directions: readonly Direction[];
  /** Whether the definition sets a direction instead of using the default. */
  readonly directionGiven: boolean;
  readonly space: S;
  readonly sampler: Sampler | undefined;
  readonly pruner: Pruner | undefined;
  readonly pruneBy: PruneBy | undefined;
  readonly scheduler: Scheduler | undefined;
  readonly terminator: Terminator | undefined;
  readonly trials: number | undefined;
  readonly timeout: number | undefined;
  readonly seed: number | undefined;
  readonly catch: CatchOption;
  readonly epochs: { readonly study: number | undefined; readonly retrain: number | undefined };
  readonly backend: BackendChoice | undefined;
  readonly parallel: number | "auto" | undefined;
  readonly isolation: "study" | "trial";
  readonly pauseAfter: number;
  readonly heartbeat: HeartbeatOptions;
  /** undefined: trials keep none. */
  readonly checkpoints: Required<CheckpointOptions> | undefined;
  readonly repeats: number;
  /** By flat name; the space's defaults come first. */
  readonly enqueue: readonly Readonly<Record<string, ParamValue>>[];
  readonly learnFrom: readonly string[];
  readonly storage: string | undefined;
  readonly loadIfExists: boolean;
  // A method, so that a definition with any space is a StudyDefinition.
  objective(...args: Parameters<Objective<InferParams<S>>>): ReturnType<Objective<InferParams<S>>>;
}

/**
 * Defines a study: its search space, its objective, and how long to run it.
 * Export the result: the editor, the terminal, and the training process find studies by their exports.
 * @throws InvalidDefinitionError naming the study and the invalid or unknown field.
 */
export function defineStudy<
  const S extends Space = NoSpace,
  const D extends readonly Direction[] = readonly [Direction],
>(options: StudyDefinitionOptions<S, D>): StudyDefinition<S> {
  const fail = (field: string, reason: string): never => {
    throw new InvalidDefinitionError(`${describeStudy(options)}, ${field}: ${reason}.`);
  };
  checkNames(options);
  const { name, objective, seed, timeout } = options;
  if (typeof name !== "string" || name === "" || name.length > 512) fail("name", "use a string of 1 to 512 characters");
  if (typeof objective !== "function") fail("objective", "use a function that takes the trial");
  if (options.trials !== undefined && !isWhole(options.trials, 1)) fail("trials", "use an integer of at least 1");
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0))
    fail("timeout", "use a number of seconds above 0");
  if (seed !== undefined && !isWhole(seed, 0)) fail("seed", "use an integer of at least 0");
  if (options.repeats !== undefined && !isWhole(options.repeats, 1)) fail("repeats", "use an integer of at least 1");
  if (options.backend !== undefined && !isBackendChoice(options.backend))
    fail("backend", `"${String(options.backend)}" is not a training backend; use auto, ${backendNames.join(", ")}`);
  checkProcesses(options, fail);
  const wrong = wrongComponent(options);
  if (wrong) fail(wrong.field, wrong.reason);
  const space: Space = options.space ?? {};
  checkSpace(space, fail);
  checkProgramParams(objective, space, fail);
  const learnFrom = options.learnFrom ?? [];
  const learnFromProblem = wrongLearnFrom(learnFrom, name, space);
  if (learnFromProblem) fail("learnFrom", learnFromProblem);
  const directions = readDirections(name, options);
  const pruneByProblem = wrongPruneBy(options.pruneBy, directions, options.pruner);
  if (pruneByProblem) fail("pruneBy", pruneByProblem);
  return {
    [brand]: true,
    name,
    directions,
    directionGiven: (options.direction ?? options.directions) !== undefined,
    space: space as S,
    sampler: options.sampler,
    pruner: options.pruner,
    pruneBy: options.pruneBy,
    scheduler: options.scheduler,
    terminator: options.terminator,
    trials: options.trials,
    timeout,
    seed,
    catch: options.catch ?? false,
    epochs: readEpochs(options.epochs, fail),
    backend: options.backend,
    parallel: options.parallel,
    isolation: options.isolation ?? "study",
    pauseAfter: options.pauseAfter ?? 3,
    heartbeat: readHeartbeat(describeStudy(options), options.heartbeat),
    checkpoints: readCheckpoints(describeStudy(options), options.checkpoints),
    repeats: options.repeats ?? 1,
    enqueue: readEnqueued(space, options.enqueue ?? [], fail),
    learnFrom,
    storage: options.storage,
    loadIfExists: options.loadIfExists ?? true,
    objective,
  };
}

/** Whether a value exported by a study file is a study, even if another copy of this module created it. */
export function isStudyDefinition(value: unknown): value is StudyDefinition {
  return typeof value === "object" && value !== null && brand in value;
}

type Fail = (field: string, reason: string) => never;

function describeStudy({ name }: { readonly name: unknown }): string {
  return typeof name === "string" && name !== "" ? `Study "${name}"` : "A study without a name";
}

function isWhole(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least;
}

function checkNames(options: { readonly name: unknown; readonly epochs?: number | EpochBudget | undefined }): void {
  const { epochs } = options;
  const unknown = unknownOption(options, optionNames);
  if (unknown !== undefined) throw new InvalidDefinitionError(`${describeStudy(options)}: ${unknown}`);
  const part = typeof epochs === "object" ? unknownOption(epochs, { study: true, retrain: true }) : undefined;
  if (part !== undefined) throw new InvalidDefinitionError(`${describeStudy(options)}, epochs: ${part}`);
}

function checkProcesses(
  { parallel, isolation, pauseAfter }: Pick<StudyDefinitionOptions<Space>, "parallel" | "isolation" | "pauseAfter">,
  fail: Fail,
): void {
  if (parallel !== undefined && parallel !== "auto" && !isWhole(parallel, 1))
    fail("parallel", 'use an integer of at least 1, or "auto"');
  if (isolation !== undefined && isolation !== "study" && isolation !== "trial")
    fail("isolation", 'use "study" or "trial"');
  if (pauseAfter !== undefined && !isWhole(pauseAfter, 1)) fail("pauseAfter", "use an integer of at least 1");
}

function checkSpace(space: Space, fail: Fail): void {
  for (const [name, spec] of Object.entries(space))
    if (typeof spec !== "object" || !("distribution" in spec))
      fail("space", `"${name}" must be float(…), int(…), categorical(…) or branch(…)`);
  const names = flattenSpace(space).map((param) => param.name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) fail("space", `two parameters would both be stored as "${twice}"; rename one`);
}

function checkProgramParams(objective: object, space: Space, fail: Fail): void {
  const read = programOf({ objective })?.params;
  const names = flattenSpace(space).map((param) => param.name);
  const unknown = read?.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  if (names.length === 0) fail("objective", `the command reads {${unknown}}, but the study has no space`);
  const meant = nearest(unknown, names);
  const question = meant === undefined ? "" : ` Did you mean {${meant}}?`;
  fail(
    "objective",
    `the command reads {${unknown}}, which the space does not have.${question} It has: ${names.join(", ")}. For a brace, write {{`,
  );
}

function readEpochs(epochs: number | EpochBudget | undefined, fail: Fail): StudyDefinition["epochs"] {
  const budget = typeof epochs === "object" ? epochs : { study: epochs, retrain: epochs };
  for (const value of [budget.study, budget.retrain])
    if (value !== undefined && !isWhole(value, 1)) fail("epochs", "use an integer of at least 1");
  return { study: budget.study, retrain: budget.retrain };
}

function readEnqueued<S extends Space>(
  space: Space,
  enqueue: readonly EnqueuedParams<S>[],
  fail: Fail,
): Readonly<Record<string, ParamValue>>[] {
  const defaults = defaultParams(space);
  const flat = enqueue.map((params, i) => {
    try {
      return flatParams(space, params);
    } catch (error) {
      return fail(`enqueue[${i}]`, error instanceof Error ? error.message.replace(/\.$/, "") : String(error));
    }
  });
  return Object.keys(defaults).length > 0 ? [defaults, ...flat] : flat;
}
