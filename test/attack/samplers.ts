import assert from "node:assert/strict";
import {
  contains,
  countValues,
  internalAt,
  isSingle,
  toExternal,
  toInternal,
  type CategoricalChoice,
  type Distribution,
  type ParamValue,
} from "../../src/engine/distribution.js";
import { TrialPruned } from "../../src/engine/errors.js";
import type { Rng } from "../../src/engine/math/rng.js";
import * as tunelens from "../../src/index.js";
import { type Attack, choose, pick } from "./attack.js";

/**
 * Whatever a study's spaces and values are, sampler, pruner, terminator and importances give an answer, and in time: no parameter outside
 * its distribution, nothing thrown.
 */
export const extremeSpaces: Attack = {
  name: "extreme spaces",
  shortRounds: 60,
  share: 1,
  start: async () => ({
    async round({ rng }) {
      const plan = newPlan(rng);
      try {
        await run(plan, rng);
      } catch (error) {
        throw new Error(`${describePlan(plan)}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
    },
  }),
};

type Distributions = Readonly<Record<string, Distribution>>;

interface Plan {
  readonly space: Distributions;
  readonly sampler: readonly [name: string, make: (space: Distributions, rng: Rng) => tunelens.Sampler];
  readonly pruner: readonly [name: string, make: () => tunelens.Pruner];
  readonly terminator: readonly [name: string, make: () => tunelens.Terminator] | undefined;
  readonly directions: readonly tunelens.Direction[];
  readonly values: keyof typeof valueKinds;
  /** How many trials are there before the sampler is asked, and how many it is asked for. */
  readonly before: number;
  readonly asked: number;
}

const { MAX_SAFE_INTEGER: LARGEST } = Number;

const floats: readonly (() => Distribution)[] = [
  () => tunelens.float(-1e308, 1e308).distribution,
  () => tunelens.float(-Number.MAX_VALUE, Number.MAX_VALUE).distribution,
  () => tunelens.float(0, Number.MAX_VALUE).distribution,
  () => tunelens.float(0, 5e-324).distribution,
  () => tunelens.float(-5e-324, 5e-324).distribution,
  () => tunelens.float(-0, 1).distribution,
  () => tunelens.float(1, 1 + Number.EPSILON).distribution,
  () => tunelens.float(1e308, Number.MAX_VALUE).distribution,
  () => tunelens.float(0, 1).distribution,
  () => tunelens.float(5e-324, 1e308, { log: true }).distribution,
  () => tunelens.float(Number.MIN_VALUE, Number.MAX_VALUE, { log: true }).distribution,
  () => tunelens.float(5e-324, 1e-323, { log: true }).distribution,
  () => tunelens.float(1, 1 + Number.EPSILON, { log: true }).distribution,
  () => tunelens.float(1e-5, 1e-1, { log: true }).distribution,
  () => tunelens.float(0, 1, { step: 1e-12 }).distribution,
  () => tunelens.float(0, 1e308, { step: 1e307 }).distribution,
  () => tunelens.float(-1e308, 1e308, { step: 1e308 }).distribution,
  () => tunelens.float(0, 1, { step: 5e-324 }).distribution,
  () => tunelens.float(0, 0.3, { step: 0.1 }).distribution,
  () => tunelens.float(0, 1e-320, { step: 1e-321 }).distribution,
];
const ints: readonly (() => Distribution)[] = [
  () => tunelens.int(-LARGEST, LARGEST).distribution,
  () => tunelens.int(0, LARGEST).distribution,
  () => tunelens.int(LARGEST - 1, LARGEST).distribution,
  () => tunelens.int(1, LARGEST, { log: true }).distribution,
  () => tunelens.int(LARGEST - 9, LARGEST, { log: true }).distribution,
  () => tunelens.int(-LARGEST, LARGEST, { step: LARGEST }).distribution,
  () => tunelens.int(-LARGEST, LARGEST, { step: 7 }).distribution,
  () => tunelens.int(0, 10).distribution,
  () => tunelens.int(1, 2, { log: true }).distribution,
];
const single: readonly (() => Distribution)[] = [
  () => tunelens.float(1e308, 1e308).distribution,
  () => tunelens.float(5e-324, 5e-324, { log: true }).distribution,
  () => tunelens.float(0, 0.5, { step: 1 }).distribution,
  () => tunelens.int(LARGEST, LARGEST).distribution,
  () => tunelens.categorical([null]).distribution,
];
const oddChoices: readonly (readonly CategoricalChoice[])[] = [
  [null, true, false, 0, 1, "", "0", "null"],
  ["constructor", "__proto__", "toString"],
  [1e308, -1e308, 5e-324, 0.1 + 0.2],
  ["[1, 2]", '{"a": [null]}', "\ud800", "\0"],
  Array.from({ length: 300 }, (_, i) => i),
  ["a", "b"],
];
const choices = oddChoices.map((list) => () => tunelens.categorical(list).distribution);
const few: readonly (() => Distribution)[] = [
  ...choices.filter((_, i) => i !== 4),
  ...single,
  () => tunelens.int(0, 3).distribution,
  () => tunelens.int(-LARGEST, LARGEST, { step: LARGEST }).distribution,
  () => tunelens.float(0, 0.3, { step: 0.1 }).distribution,
  () => tunelens.float(-1e308, 1e308, { step: 1e308 }).distribution,
  () => tunelens.int(LARGEST - 2, LARGEST).distribution,
];
const names = [
  ...["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "length", "", " ", ".", "a.b.c"],
  ...["x", "y", "0", "1", "é漢字", "\0", "a\nb", '"', "kind", "optimizer.adam.lr", "x".repeat(500)],
];

const valueKinds = {
  plain: (rng: Rng) => rng.next(),
  huge: (rng: Rng) => (rng.next() < 0.5 ? -1 : 1) * 10 ** (300 + rng.next() * 8),
  limits: (rng: Rng) => choose(rng, [1e308, -1e308, Number.MAX_VALUE, -Number.MAX_VALUE, Infinity, -Infinity, 0]),
  infinite: (rng: Rng) => choose(rng, [Infinity, -Infinity]),
  worst: () => Infinity,
  constant: () => 1,
  zeros: (rng: Rng) => choose(rng, [0, -0]),
  tiny: (rng: Rng) => choose(rng, [5e-324, -5e-324, 0, 1e-310]),
  ties: (rng: Rng) => pick(rng, 3),
  mixed: (rng: Rng) => choose(rng, [0, 1, -1, 1e308, -1e308, Infinity, -Infinity, 5e-324, rng.next()]),
  nan: (rng: Rng) => choose(rng, [NaN, 1, rng.next()]),
} as const;

const samplers: readonly Plan["sampler"][] = [
  ["auto", () => tunelens.auto()],
  ["random", () => tunelens.random()],
  ["tpe", () => tunelens.tpe({ startupTrials: 3 })],
  ["tpe, independent", () => tunelens.tpe({ startupTrials: 3, multivariate: false, constantLiar: false })],
  ["tpe, group", () => tunelens.tpe({ startupTrials: 3, group: true })],
  ["quasiRandom", () => tunelens.quasiRandom()],
  ["quasiRandom, scrambled", () => tunelens.quasiRandom({ scramble: true })],
  ["quasiRandom, Halton", () => tunelens.quasiRandom({ type: "halton", scramble: true, seed: 1 })],
  ["gaussianProcess", () => tunelens.gaussianProcess({ startupTrials: 4 })],
  [
    "gaussianProcess, deterministic",
    () => tunelens.gaussianProcess({ startupTrials: 4, deterministicObjective: true }),
  ],
  ["nsga2", () => tunelens.nsga2({ populationSize: 4 })],
  ["nsga2, blxAlpha", () => tunelens.nsga2({ populationSize: 4, crossover: tunelens.blxAlphaCrossover() })],
  ["nsga2, sbx", () => tunelens.nsga2({ populationSize: 4, crossover: tunelens.sbxCrossover() })],
  ["nsga2, vsbx", () => tunelens.nsga2({ populationSize: 4, crossover: tunelens.vsbxCrossover() })],
  ["nsga2, spx", () => tunelens.nsga2({ populationSize: 4, crossover: tunelens.spxCrossover() })],
  ["nsga2, undx", () => tunelens.nsga2({ populationSize: 4, crossover: tunelens.undxCrossover() })],
  ["nsga2, mutation", () => tunelens.nsga2({ populationSize: 4, mutation: tunelens.polynomialMutation() })],
  ["nsga3", () => tunelens.nsga3({ populationSize: 4 })],
  ["nsga3, divided", () => tunelens.nsga3({ populationSize: 6, dividingParameter: 2 })],
  ["partiallyFixed", (space, rng) => tunelens.partiallyFixed(someValues(space, rng), tunelens.tpe())],
];
const oneObjective: readonly Plan["sampler"][] = [
  ["cmaEs", () => tunelens.cmaEs({ populationSize: 4 })],
  ["cmaEs, separable", () => tunelens.cmaEs({ populationSize: 4, separable: true, considerPrunedTrials: true })],
  ["cmaEs, with margin", () => tunelens.cmaEs({ populationSize: 4, withMargin: true })],
  ["cmaEs, adaptive", () => tunelens.cmaEs({ populationSize: 4, learningRateAdaptation: true })],
];
const exhaustive: readonly Plan["sampler"][] = [
  ["bruteForce", () => tunelens.bruteForce()],
  ["bruteForce, strict", () => tunelens.bruteForce({ avoidPrematureStop: true })],
  ["grid", (space) => tunelens.grid(allValues(space))],
];
const pruners: readonly Plan["pruner"][] = [
  ["median", () => tunelens.median({ startupTrials: 1 })],
  ["percentile", () => tunelens.percentile(25, { startupTrials: 1, warmupSteps: 1 })],
  ["successiveHalving", () => tunelens.successiveHalving()],
  ["hyperband", () => tunelens.hyperband()],
  ["hyperband, fixed", () => tunelens.hyperband({ maxResource: 9 })],
  ["threshold", () => tunelens.threshold({ upper: 1e308, lower: -1e308 })],
  ["patient", () => tunelens.patient(tunelens.median(), { patience: 1, minDelta: 1e308 })],
  ["wilcoxon", () => tunelens.wilcoxon({ startupSteps: 0 })],
  ["none", () => tunelens.nopPruner()],
];
const terminators: readonly NonNullable<Plan["terminator"]>[] = [
  ["regret bound", () => tunelens.terminator({ error: tunelens.staticError(1e-300), minTrials: 2 })],
  [
    "emmr",
    () => tunelens.terminator({ improvement: tunelens.emmr(), error: tunelens.staticError(1e-300), minTrials: 2 }),
  ],
  [
    "median error",
    () => {
      const improvement = tunelens.emmr();
      const error = tunelens.medianError(improvement, { warmUpTrials: 2, initialTrials: 4 });
      return tunelens.terminator({ improvement, error, minTrials: 2 });
    },
  ],
  ["stagnation", () => tunelens.terminator({ improvement: tunelens.bestValueStagnation({ maxStagnationTrials: 99 }) })],
];

function newPlan(rng: Rng): Plan {
  const objectives = choose(rng, [1, 1, 1, 2, 3]);
  const one = objectives === 1;
  const sampler = choose(rng, [...samplers, ...(one ? [...oneObjective, ...oneObjective] : []), ...exhaustive]);
  const space = newSpace(
    rng,
    exhaustive.includes(sampler) ? few : [...floats, ...floats, ...ints, ...choices, ...single],
  );
  return {
    space,
    sampler,
    pruner: choose(rng, pruners),
    terminator: one && rng.next() < 0.3 ? choose(rng, terminators) : undefined,
    directions: Array.from({ length: objectives }, () => choose(rng, ["minimize", "maximize"] as const)),
    values: choose(rng, Object.keys(valueKinds) as (keyof typeof valueKinds)[]),
    before: choose(rng, [0, 0, 5, 48]),
    asked: choose(rng, [2, 8, 24]),
  };
}

function newSpace(rng: Rng, from: readonly (() => Distribution)[]): Distributions {
  const count = 1 + pick(rng, from === few ? 3 : 6);
  const entries = Array.from({ length: count }, () => [choose(rng, names), choose(rng, from)()] as const);
  return Object.fromEntries(entries);
}

async function run(plan: Plan, rng: Rng): Promise<void> {
  const study = tunelens.createStudy({
    storage: new tunelens.MemoryStorage(),
    name: "s",
    directions: plan.directions,
    sampler: plan.sampler[1](plan.space, rng),
    pruner: plan.pruner[1](),
    seed: pick(rng, 2 ** 31),
  });
  addTrials(study, plan, rng);
  const terminator = plan.terminator?.[1]();
  for (let i = 0; i < plan.asked && !study.sampler.isExhausted?.(study); i++) {
    if (i % 5 === 4) study.enqueueTrial((plan.sampler[0] === "grid" ? completeValues : someValues)(plan.space, rng));
    await inTime("a trial", () => study.optimize((trial) => objective(trial, plan, rng), { trials: 1, catch: false }));
    if (terminator && study.getTrials(["COMPLETE"]).length > 0)
      await inTime("the terminator", () => terminator.shouldTerminate(study));
  }
  for (const trial of study.trials) checkWithin(trial, plan.space);
  await checkImportances(study, rng);
  assert.ok(study.bestTrials.length >= 0);
}

/** Trials that came from elsewhere, of all states. */
function addTrials(study: tunelens.Study, plan: Plan, rng: Rng): void {
  for (let i = 0; i < plan.before; i++) {
    const state = choose(rng, ["COMPLETE", "COMPLETE", "COMPLETE", "PRUNED", "FAIL"] as const);
    const values = plan.directions.map(() => number(plan, rng));
    const intermediate = new Map(plan.directions.length > 1 ? [] : [[pick(rng, 4), valueKinds[plan.values](rng)]]);
    study.addTrial({
      state,
      ...(state === "COMPLETE" && { values }),
      params: completeValues(plan.space, rng),
      distributions: plan.space,
      intermediateValues: intermediate,
      ...(rng.next() < 0.2 && { constraints: { c: choose(rng, [-1, 0, 1, Infinity, -Infinity, 1e308]) } }),
    });
  }
}

function objective(trial: tunelens.Trial, plan: Plan, rng: Rng): number[] {
  for (const [name, distribution] of Object.entries(plan.space)) suggest(trial, name, distribution);
  for (let step = 0; step < 3 && plan.directions.length === 1; step++) {
    trial.report(valueKinds[plan.values](rng), step);
    if (trial.shouldPrune() && rng.next() < 0.5) throw new TrialPruned();
  }
  if (rng.next() < 0.1) trial.setConstraint("c", choose(rng, [-1, 0, 1, Infinity, -Infinity, 1e308]));
  return plan.directions.map(() => number(plan, rng));
}

function suggest(trial: tunelens.Trial, name: string, distribution: Distribution): ParamValue {
  if (distribution.type === "categorical") return trial.suggestCategorical(name, distribution.choices);
  const { type, low, high, log, step } = distribution;
  if (type === "int") return trial.suggestInt(name, low, high, { log, step: step ?? 1 });
  return trial.suggestFloat(name, low, high, { log, step });
}

/** What no objective may give, and no trial that is added may have, fails a trial instead: it is rarely told. */
function number(plan: Plan, rng: Rng): number {
  const value = valueKinds[plan.values](rng);
  return Number.isNaN(value) ? 0 : value;
}

function checkWithin(trial: tunelens.TrialSnapshot, space: Distributions): void {
  for (const [name, distribution] of Object.entries(trial.distributions)) {
    const value = trial.params[name]!;
    assert.deepEqual(distribution, space[name], `trial ${trial.number}, ${JSON.stringify(name)}: another distribution`);
    assert.ok(
      contains(distribution, toInternal(distribution, value)),
      `trial ${trial.number}, ${JSON.stringify(name)}: ${String(value)} lies outside ${JSON.stringify(distribution)}`,
    );
  }
}

async function checkImportances(study: tunelens.Study, rng: Rng): Promise<void> {
  const evaluator = choose(rng, ["ped-anova", "fanova", "mdi"] as const);
  if (study.directions.length > 1 && evaluator !== "ped-anova") return;
  const intervals = rng.next() < 0.3;
  await inTime(`importances by ${evaluator}`, () => {
    const found = tunelens.paramImportances(study.trials, { directions: study.directions, evaluator, intervals });
    for (const { name, importance, interval = [0, 1] } of found)
      assert.ok(
        [importance, ...interval].every((share) => share >= 0 && share <= 1 + 1e-9),
        `${evaluator}: ${JSON.stringify(name)} has the importance ${importance} in ${interval.join("–")}`,
      );
    const sum = found.reduce((total, { importance }) => total + importance, 0);
    if (found.length > 0) assert.ok(Math.abs(sum - 1) < 1e-6, `${evaluator}: the importances sum to ${sum}`);
  });
}

/** A second of the processor's time: the machine may have other things to do. */
async function inTime(what: string, action: () => unknown): Promise<void> {
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 1e6, `${what} took ${((user + system) / 1e6).toFixed(1)} s`);
}

function completeValues(space: Distributions, rng: Rng): Record<string, ParamValue> {
  return Object.fromEntries(Object.entries(space).map(([name, of]) => [name, someValue(of, rng)] as const));
}

function someValues(space: Distributions, rng: Rng): Record<string, ParamValue> {
  const entries = Object.entries(completeValues(space, rng));
  return Object.fromEntries(entries.filter(() => rng.next() < 0.5));
}

/** Often an end of the range. */
function someValue(distribution: Distribution, rng: Rng): ParamValue {
  if (distribution.type === "categorical") return choose(rng, distribution.choices);
  const { low, high } = distribution;
  if (isSingle(distribution)) return low;
  if (rng.next() < 0.3) return choose(rng, [low, high]);
  const count = countValues(distribution);
  if (count < 2 ** 40) return toExternal(distribution, internalAt(distribution, Math.floor(rng.next() * count)));
  if (distribution.step !== null) return choose(rng, [low, high]);
  const share = rng.next();
  return Math.min(high, Math.max(low, low * (1 - share) + high * share));
}

function allValues(space: Distributions): Record<string, ParamValue[]> {
  return Object.fromEntries(
    Object.entries(space).map(([name, of]) => {
      const values = Array.from({ length: countValues(of) }, (_, i) => toExternal(of, internalAt(of, i)));
      return [name, values] as const;
    }),
  );
}

function describePlan({ space, sampler, pruner, terminator, directions, values, before, asked }: Plan): string {
  const parts = [sampler[0], pruner[0], terminator?.[0] ?? "no terminator", directions.join(), `values ${values}`];
  return `${parts.join(" | ")} | ${before} + ${asked} trials | ${JSON.stringify(space)}`;
}
