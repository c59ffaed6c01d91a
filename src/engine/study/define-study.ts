import type { ParamValue } from "../distribution.js";
import { InvalidDefinitionError } from "../errors.js";
import { type HeartbeatOptions, readHeartbeat } from "../heartbeat.js";
import { type NamesOf, unknownOption } from "../known-names.js";
import type { Objective, ResultFor } from "../objective.js";
import type { CatchOption } from "./optimize.js";
import type { Pruner } from "../pruners/pruner.js";
import type { Sampler } from "../samplers/sampler.js";
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
import { readDirections } from "./directions.js";
import { type BackendChoice, backendNames, isBackendChoice } from "../training-backend.js";

export interface EpochBudget {
  /** For each trial of the study. */
  readonly study: number;
  /** For retraining the best trial. */
  readonly retrain: number;
}

export interface StudyDefinitionOptions<S extends Space, D extends readonly Direction[] = readonly Direction[]> {
  /** Unique in its storage; at most 512 characters. */
  readonly name: string;
  /** For one objective value. Default `minimize`. Excludes `directions`. */
  readonly direction?: Direction;
  /** One per objective value. */
  readonly directions?: D;
  /**
   * What `trial.params` is made of. Without it, the objective suggests parameters by name. Where it has defaults, they are the first
   * trial of a new study.
   */
  readonly space?: S;
  /** Default: `auto`, which picks by what the finished trials show. */
  readonly sampler?: Sampler;
  /** Default: median. */
  readonly pruner?: Pruner;
  /** Ends the study where there is nothing more to gain. Default: none. */
  readonly terminator?: Terminator;
  /**
   * How many finished trials the study shall have in the end. A resumed study runs what is left; trials the user stopped do not count.
   * Default: until stopped.
   */
  readonly trials?: number;
  /** Seconds for one run. Looked at between trials. Default: none. */
  readonly timeout?: number;
  /** A whole number from 0. With it the same trials come again, also over a resume. Default: random. */
  readonly seed?: number;
  /** Which errors of the objective only fail their trial: all (true), none (false, the default), or those of these classes. */
  readonly catch?: CatchOption;
  /** `trial.epochs`; with two numbers, one for the study's trials and one for retraining. */
  readonly epochs?: number | EpochBudget;
  /**
   * What TensorFlow.js trains on. `--backend` in the terminal comes before it; it comes before the editor's setting. Default: the setting,
   * else `auto`, which takes the first that works of tfjs-node-gpu, webgpu, tfjs-node and wasm.
   */
  readonly backend?: BackendChoice;
  /**
   * How many training processes work on the study at once, on one machine and one storage; `auto`: as many as its cores, its memory and
   * the training backend allow. With more than one, a seed no longer gives the same trials again: what a trial learns from depends on
   * which others were done. Default: what the editor or the terminal says, else 1.
   */
  readonly parallel?: number | "auto";
  /**
   * What a training process is for: the whole study (the default), or one trial, after which another process takes its place, so that
   * nothing a trial leaves behind (tensors, GPU memory) is there for the next. A process takes about a second to start.
   */
  readonly isolation?: "study" | "trial";
  /**
   * A training process that dies (out of memory, a crash, a device lost) fails its trial and is replaced. After so many deaths in a row
   * of the same kind, with no trial completed or pruned in between, the study is paused. So it is after so many trials in a row that all
   * fail alike: with the same error, where `catch` lets the study go on, or, where no trial has worked yet, with NaN or something else that
   * is no number as their result. A whole number from 1. Default 3.
   */
  readonly pauseAfter?: number;
  /** How its trials say that they live, and when one is given up that does not. Default: each 15 s, and after 120 s. */
  readonly heartbeat?: HeartbeatOptions;
  /** Tried first in a new study, in this order, after the space's defaults; what one leaves out is sampled. */
  readonly enqueue?: readonly EnqueuedParams<NoInfer<S>>[];
  /** A storage URL, e.g. `sqlite:///studies.db`. Default: what the editor or the terminal says. */
  readonly storage?: string;
  /** Where a study of this name exists: go on with it (true, the default) or refuse (false). */
  readonly loadIfExists?: boolean;
  /** Returns one number per direction, alone or with more (`{ value, model }`), or throws `TrialPruned`. */
  readonly objective: Objective<InferParams<S>, ResultFor<NoInfer<D>>>;
}

const optionNames: NamesOf<StudyDefinitionOptions<Space>> = {
  name: true,
  direction: true,
  directions: true,
  space: true,
  sampler: true,
  pruner: true,
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
  enqueue: true,
  storage: true,
  loadIfExists: true,
  objective: true,
};

const brand: unique symbol = Symbol.for("tunelens.study-definition");

/** A study as its file defines it: everything but the storage. Nothing runs yet. */
export interface StudyDefinition<S extends Space = Space> {
  readonly [brand]: true;
  readonly name: string;
  readonly directions: readonly Direction[];
  /** Whether it says so itself, rather than takes the default. */
  readonly directionGiven: boolean;
  readonly space: S;
  readonly sampler: Sampler | undefined;
  readonly pruner: Pruner | undefined;
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
  /** By flat name; the space's defaults come first. */
  readonly enqueue: readonly Readonly<Record<string, ParamValue>>[];
  readonly storage: string | undefined;
  readonly loadIfExists: boolean;
  // A method, so that a definition with any space is a StudyDefinition.
  objective(...args: Parameters<Objective<InferParams<S>>>): ReturnType<Objective<InferParams<S>>>;
}

/**
 * Defines a study: what to try (`space`), how to judge it (`objective`), and how long.
 * Export the result; the editor, the terminal and the training process find it by its export.
 * @throws InvalidDefinitionError naming the study and the field, also one that there is not.
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
  if (typeof name !== "string" || name === "" || name.length > 512) fail("name", "give a text of 1 to 512 characters");
  if (typeof objective !== "function") fail("objective", "give a function of the trial");
  if (options.trials !== undefined && !isWhole(options.trials, 1)) fail("trials", "give a whole number, at least 1");
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0)) fail("timeout", "give seconds, above 0");
  if (seed !== undefined && !isWhole(seed, 0)) fail("seed", "give a whole number, at least 0");
  if (options.backend !== undefined && !isBackendChoice(options.backend))
    fail("backend", `"${String(options.backend)}" is none; give auto, ${backendNames.join(", ")}`);
  checkProcesses(options, fail);
  const space: Space = options.space ?? {};
  checkSpace(space, fail);
  return {
    [brand]: true,
    name,
    directions: readDirections(name, options),
    directionGiven: (options.direction ?? options.directions) !== undefined,
    space: space as S,
    sampler: options.sampler,
    pruner: options.pruner,
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
    enqueue: readEnqueued(space, options.enqueue ?? [], fail),
    storage: options.storage,
    loadIfExists: options.loadIfExists ?? true,
    objective,
  };
}

/** Whether a value exported by a study file is a study, also when another copy of this module made it. */
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
    fail("parallel", 'give a whole number, at least 1, or "auto"');
  if (isolation !== undefined && isolation !== "study" && isolation !== "trial")
    fail("isolation", 'give "study" or "trial"');
  if (pauseAfter !== undefined && !isWhole(pauseAfter, 1)) fail("pauseAfter", "give a whole number, at least 1");
}

function checkSpace(space: Space, fail: Fail): void {
  for (const [name, spec] of Object.entries(space))
    if (typeof spec !== "object" || !("distribution" in spec))
      fail("space", `"${name}" must be float(…), int(…), categorical(…) or branch(…)`);
  const names = flattenSpace(space).map((param) => param.name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) fail("space", `two parameters would be stored as "${twice}"; rename one`);
}

function readEpochs(epochs: number | EpochBudget | undefined, fail: Fail): StudyDefinition["epochs"] {
  const budget = typeof epochs === "object" ? epochs : { study: epochs, retrain: epochs };
  for (const value of [budget.study, budget.retrain])
    if (value !== undefined && !isWhole(value, 1)) fail("epochs", "give a whole number, at least 1");
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
