import {
  categoricalDistribution,
  type Distribution,
  floatDistribution,
  intDistribution,
  toExternal,
} from "../../../src/engine/distribution.js";
import { durationMs, lastStep, type TrialSnapshot, type TrialState } from "../../../src/engine/trial/trial-snapshot.js";
import type { StudySnapshot } from "../../../src/engine/storage.js";
import type { StudySiblings } from "../../../src/inspector/charts/chart-maker.js";
import { CODE_KEY } from "../../../src/storage/stored-code.js";
import { InspectedStudy } from "../../../src/inspector/inspected-study.js";

/** A study that looks like one: a network's parameters, learning curves that flatten, pruned and failed trials. */

const space: Readonly<Record<string, Distribution>> = {
  convLayers: intDistribution(1, 5),
  convFilters: categoricalDistribution([16, 32, 64]),
  denseLayers: intDistribution(1, 5),
  denseNodes: categoricalDistribution([64, 128, 256, 512]),
  activation: categoricalDistribution(["relu", "elu", "swish"]),
  learningRate: floatDistribution(1e-4, 1e-1, { log: true }),
};

const EPOCHS = 30;
const FAIL_REASON = "RangeError: Negative dimension size caused by subtracting 3 from 2 (conv2d, layer conv4)";
const START = Date.UTC(2026, 2, 14, 9, 26, 53);

export interface MadeUpStudy {
  readonly trials?: number;
  /** How many run at the end. */
  readonly running?: number;
  readonly name?: string;
  readonly directions?: StudySnapshot["directions"];
  /** How many the study shall have. */
  readonly goal?: number | null;
  /** Whether Tunelens started it. Default true. */
  readonly hasSource?: boolean;
  /** Whether no trial succeeds. Default false. */
  readonly allFail?: boolean;
  /** Whether the optimizer is a branch of the space, whose kinds have parameters of the same name. Default false. */
  readonly hasBranches?: boolean;
  /** More system attributes of the study. */
  readonly systemAttrs?: StudySnapshot["systemAttrs"];
  /** The name of the code that a trial ran. Default: not recorded. */
  readonly codeOf?: (trial: number) => string;
  /** In how many processes its trials ran, one after the other in each. Default: not known. */
  readonly processes?: number;
  /** Whether a scheduler pauses trials instead of a pruner that ends them, and continues some. Default false. */
  readonly pauses?: boolean;
  /** What it follows, and what it holds. */
  readonly followUp?: { readonly from: string; readonly frozen: Readonly<Record<string, string | number>> };
}

/** A study with others of its storage. */
export function madeUpFamily(...family: readonly MadeUpStudy[]): InspectedStudy {
  const views = family.map((one) => madeUpView(one));
  const studies = views.map(({ study }, i) => ({ ...study, id: i + 1 }));
  const siblings: StudySiblings = { list: () => studies, trials: ({ id }) => views[id - 1]!.trials };
  return new InspectedStudy(views[0]!.storage, studies[0]!, views[0]!.trials, { siblings });
}

export function madeUpView(options: MadeUpStudy = {}): InspectedStudy {
  const {
    trials = 80,
    running = 0,
    name = "cifar10-cnn",
    directions = ["minimize"],
    goal = 80,
    hasSource = true,
    allFail = false,
    hasBranches = false,
    systemAttrs = {},
    codeOf,
    processes,
    pauses = false,
    followUp,
  } = options;
  const random = randomFrom(42 + (followUp ? 1 : 0));
  const study: StudySnapshot = {
    id: 1,
    name,
    directions,
    userAttrs: {},
    systemAttrs: {
      "study:metric_names": ["val_loss", "latency ms", "size MB"].slice(0, directions.length),
      ...(followUp ? { "tunelens:follow-up": { ...followUp, root: followUp.from, taken: 12, trials: null } } : {}),
      ...(hasSource ? { "tunelens:study": source(goal) } : {}),
      ...systemAttrs,
    },
  };
  const all = Array.from({ length: trials + running }, (_, number) => {
    const trial = madeUpTrial(number, random, trials, number >= trials, directions.length);
    const coded = codeOf ? { ...trial, systemAttrs: { ...trial.systemAttrs, [CODE_KEY]: codeOf(number) } } : trial;
    const branched = hasBranches ? withBranch(coded) : coded;
    return allFail ? asFailed(branched) : branched;
  });
  const made = pauses ? paused(all) : all;
  const told = processes === undefined ? made : inTurn(made, processes);
  return new InspectedStudy("sqlite:///.tunelens/studies.db", study, told);
}

function source(trials: number | null) {
  return {
    file: "src/cifar10.study.ts",
    exportName: "cifar10",
    trials,
    sampler: "TPE (multivariate)",
    pruner: "Hyperband",
    seed: null,
    epochs: null,
    backend: { backend: "wasm", device: "CPU, SIMD, 2 threads", version: "4.22.0" },
    node: "v24.1.0",
    version: "0.1.0",
  };
}

function madeUpTrial(
  number: number,
  random: () => number,
  trials: number,
  isRunning: boolean,
  objectives: number,
): TrialSnapshot {
  const progress = Math.min(1, number / Math.min(trials, 80));
  const internal: Record<string, number> = {};
  for (const [name, distribution] of Object.entries(space)) internal[name] = draw(distribution, random, progress);
  const quality = qualityOf(internal) * (0.95 + 0.1 * random());
  const fate = random();
  const state: TrialState = isRunning
    ? "RUNNING"
    : number > 0 && (fate < 0.035 || number === 39)
      ? "FAIL"
      : number > 8 && (fate < 0.4 || quality > 1.1) && fate < 0.75
        ? "PRUNED"
        : "COMPLETE";
  const steps =
    state === "COMPLETE" ? EPOCHS : isRunning ? 7 + (number % 9) : state === "FAIL" ? 2 : [1, 3, 9][number % 3]!;
  const curve = learningCurve(quality, internal.learningRate!, steps, random);
  const value = curve.at(-1)!;
  const seconds = steps * (1.2 + 0.9 * internal.convLayers! + 0.4 * internal.convFilters!) + random();
  const start = new Date(START + number * 47_000);
  return {
    id: number + 1,
    number,
    state,
    values:
      state === "COMPLETE" || state === "PRUNED"
        ? [value, 2 + seconds / 20, internal.convFilters! + internal.denseNodes! / 2].slice(0, objectives)
        : null,
    params: Object.fromEntries(
      Object.entries(space).map(([name, distribution]) => [name, toExternal(distribution, internal[name]!)]),
    ),
    internalParams: internal,
    distributions: space,
    intermediateValues: objectives > 1 ? new Map() : new Map(curve.map((reported, step) => [step, reported])),
    userAttrs: state === "COMPLETE" ? { parameters: Math.round(4e4 * internal.convLayers! + 1e5 * random()) } : {},
    systemAttrs: {
      ...(isRunning ? {} : { "tunelens:peak_memory": { bytes: 3e8 + 1e6 * internal.denseNodes!, since: "trial" } }),
      ...(state === "FAIL" ? { fail_reason: FAIL_REASON } : {}),
    },
    datetimeStart: start,
    datetimeComplete: isRunning ? null : new Date(start.getTime() + seconds * 1_000),
  };
}

/** The learning rate becomes one of the optimizer's kinds' own. */
function withBranch(trial: TrialSnapshot): TrialSnapshot {
  const kinds = categoricalDistribution(["adam", "momentum"]);
  const kind = trial.number % 3 === 0 ? 1 : 0;
  const prefix = `optimizer.${toExternal(kinds, kind)}`;
  const renamed = <T>(record: Readonly<Record<string, T>>, choice: T): Record<string, T> => {
    const { learningRate, ...rest } = record;
    return { ...rest, optimizer: choice, [`${prefix}.learningRate`]: learningRate! };
  };
  return {
    ...trial,
    params: renamed(trial.params, toExternal(kinds, kind)),
    internalParams: renamed(trial.internalParams, kind),
    distributions: renamed<Distribution>(trial.distributions, kinds),
  };
}

function asFailed(trial: TrialSnapshot): TrialSnapshot {
  if (trial.state === "RUNNING") return trial;
  const systemAttrs = { ...trial.systemAttrs, fail_reason: FAIL_REASON };
  return { ...trial, state: "FAIL", values: null, intermediateValues: new Map(), systemAttrs };
}

/** What was pruned is paused, and every third of these is what the next complete trial continues. */
function paused(trials: readonly TrialSnapshot[]): TrialSnapshot[] {
  const waiting: number[] = [];
  let count = 0;
  return trials.map((trial) => {
    const { number, state, systemAttrs } = trial;
    if (state === "PRUNED") {
      if (count++ % 3 === 0) waiting.push(number);
      return { ...trial, systemAttrs: { ...systemAttrs, "tunelens:paused": lastStep(trial)! } };
    }
    const continued = state === "COMPLETE" ? waiting.shift() : undefined;
    if (continued === undefined) return trial;
    const { params, internalParams } = trials[continued]!;
    return { ...trial, params, internalParams, systemAttrs: { ...systemAttrs, "tunelens:continues": continued } };
  });
}

/** Each starts when a process has nothing to do. */
function inTurn(trials: readonly TrialSnapshot[], processes: number): TrialSnapshot[] {
  const free = Array.from({ length: processes }, (_, i) => START + i * 2_000);
  return trials.map((trial) => {
    const at = free.indexOf(Math.min(...free));
    const [start, length] = [free[at]!, durationMs(trial) ?? 60_000];
    free[at] = start + length + (trial.number % 7 === 3 ? 25_000 : 1_500);
    return {
      ...trial,
      systemAttrs: { ...trial.systemAttrs, "tunelens:worker": { host: "studio", pid: 41_370 + at, started: "1" } },
      datetimeStart: new Date(start),
      datetimeComplete: trial.datetimeComplete === null ? null : new Date(start + length),
    };
  });
}

/** Later trials keep closer to what is good, as a sampler would. */
function draw(distribution: Distribution, random: () => number, progress: number): number {
  const settles = random() < 0.65 * progress;
  if (distribution.type === "categorical")
    return settles ? distribution.choices.length - 2 : Math.floor(random() * distribution.choices.length);
  const share = settles ? 0.55 + 0.12 * (random() - 0.5) : random();
  if (distribution.type === "int") return Math.round(distribution.low + share * (distribution.high - distribution.low));
  return Math.exp(Math.log(distribution.low) + share * Math.log(distribution.high / distribution.low));
}

/** About the loss a network of this shape ends with. */
function qualityOf({ convLayers, convFilters, denseLayers, denseNodes, learningRate }: Record<string, number>): number {
  const rate = Math.log10(learningRate!) + 2.6;
  return (
    0.62 +
    0.13 * Math.abs(convLayers! - 3) +
    0.05 * Math.abs(convFilters! - 1) +
    0.035 * Math.abs(denseLayers! - 2) +
    0.02 * Math.abs(denseNodes! - 2) +
    0.2 * rate * rate
  );
}

function learningCurve(end: number, rate: number, steps: number, random: () => number): number[] {
  const pace = 4 + 40 * Math.min(0.2, rate * 4) + 6 * random();
  const start = 1.9 + 0.7 * random();
  return Array.from({ length: steps }, (_, step) => {
    const decay = Math.exp((-step * pace) / 60);
    return end + (start - Math.min(end, 1.8)) * decay + 0.02 * (random() - 0.5);
  });
}

/** Mulberry32: enough for pictures, the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
