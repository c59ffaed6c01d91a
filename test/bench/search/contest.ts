import { isFeasible } from "../../../src/engine/trial/constraints.js";
import type { CategoricalChoice, Distribution, ParamValue } from "../../../src/engine/distribution.js";
import {
  categoricalDistribution,
  floatDistribution,
  intDistribution,
  type FloatOptions,
  type IntOptions,
} from "../../../src/engine/distribution.js";
import { inverseLogNormalCdf } from "../../../src/engine/math/normal.js";
import { SeededRng } from "../../../src/engine/math/rng.js";
import { hypervolume } from "../../../src/engine/multi-objective/hypervolume.js";
import type { Sampler } from "../../../src/engine/samplers/sampler.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import type { Worker } from "../worker.js";
import type { SuggestingTrial } from "./functions.js";
import type { Problem } from "./problems.js";

/** One study of a contest. */
export interface Run {
  readonly problem: Problem;
  readonly trials: number;
  readonly seed: number;
}

/** What a trial gave. */
interface Outcome {
  /** As the search saw them. */
  readonly values: readonly number[];
  /** Without noise. */
  readonly truth: readonly number[];
  readonly feasible: boolean;
}

/** How well Tunelens's sampler did: smaller is better. */
export async function runTunelens(run: Run, sampler: Sampler): Promise<number> {
  const { problem, trials, seed } = run;
  const directions = Array.from({ length: objectivesOf(problem) }, () => "minimize" as const);
  const study = createStudy({ storage: new MemoryStorage(), sampler, seed, name: `seed ${seed}`, directions });
  const truths = new Map<number, readonly number[]>();
  await study.optimize(
    (trial) => {
      const truth = toValues(problem.evaluate(trial));
      truths.set(trial.number, truth);
      return withNoise(run, trial.number, truth);
    },
    { totalTrials: trials },
  );
  return loss(
    problem,
    study.trials.map((trial) => ({
      values: trial.values!,
      truth: truths.get(trial.number)!,
      feasible: isFeasible(trial),
    })),
  );
}

/** What `optuna-worker.py` is asked. */
type Question =
  | { readonly ask: "study"; readonly sampler: string; readonly seed: number; readonly objectives: number }
  | { readonly ask: "trial" }
  | { readonly ask: "suggest"; readonly name: string; readonly distribution: Distribution }
  | {
      readonly ask: "tell";
      readonly values: readonly number[];
      readonly constraints: Readonly<Record<string, number>>;
    };

export interface OptunaAnswer {
  readonly value?: ParamValue;
}

/** How well Optuna's did. */
export async function runOptuna(run: Run, sampler: string, optuna: Worker<OptunaAnswer>): Promise<number> {
  const { problem, trials, seed } = run;
  const ask = (question: Question) => optuna.ask(question);
  await ask({ ask: "study", sampler, seed, objectives: objectivesOf(problem) });
  const outcomes: Outcome[] = [];
  for (let number = 0; number < trials; number++) {
    await ask({ ask: "trial" });
    const { truth, constraints } = await evaluateRemotely(problem, ask);
    const values = withNoise(run, number, truth);
    await ask({ ask: "tell", values, constraints });
    outcomes.push({ values, truth, feasible: Object.values(constraints).every((value) => value <= 0) });
  }
  return loss(problem, outcomes);
}

/** Calls the function again with each parameter that it asks for, until it has all. */
async function evaluateRemotely(problem: Problem, ask: (question: Question) => Promise<OptunaAnswer>) {
  const known = new Map<string, ParamValue>();
  for (;;) {
    const trial = new ReplayedTrial(known);
    try {
      return { truth: toValues(problem.evaluate(trial)), constraints: trial.constraints };
    } catch (error) {
      if (!(error instanceof UnknownParameter)) throw error;
      const { name, distribution } = error;
      known.set(name, (await ask({ ask: "suggest", name, distribution })).value!);
    }
  }
}

class UnknownParameter extends Error {
  constructor(
    override readonly name: string,
    readonly distribution: Distribution,
  ) {
    super(`"${name}" is not known yet.`);
  }
}

class ReplayedTrial implements SuggestingTrial {
  readonly constraints: Record<string, number> = {};

  constructor(private readonly known: ReadonlyMap<string, ParamValue>) {}

  suggestFloat(name: string, low: number, high: number, options: FloatOptions = {}): number {
    return Number(this.suggest(name, floatDistribution(low, high, options, name)));
  }

  suggestInt(name: string, low: number, high: number, options: IntOptions = {}): number {
    return Number(this.suggest(name, intDistribution(low, high, options, name)));
  }

  suggestCategorical<const Choices extends readonly CategoricalChoice[]>(name: string, choices: Choices) {
    return this.suggest(name, categoricalDistribution(choices, name)) as Choices[number];
  }

  setConstraint(key: string, value: number): void {
    this.constraints[key] = value;
  }

  private suggest(name: string, distribution: Distribution): ParamValue {
    const value = this.known.get(name);
    if (value === undefined) throw new UnknownParameter(name, distribution);
    return value;
  }
}

export function objectivesOf({ reference }: Problem): number {
  return reference?.length ?? 1;
}

function toValues(result: number | readonly number[]): readonly number[] {
  return typeof result === "number" ? [result] : result;
}

/** The same for both, by seed and trial. */
function withNoise({ problem: { noise }, seed }: Run, number: number, truth: readonly number[]): number[] {
  if (noise === undefined) return [...truth];
  const rng = new SeededRng(seed, number);
  return truth.map((value) => value + noise * inverseLogNormalCdf(Math.log(1 - rng.next())));
}

/** The true value of the best feasible trial; of several objectives, minus the hypervolume. */
function loss({ reference }: Problem, outcomes: readonly Outcome[]): number {
  const feasible = outcomes.filter((outcome) => outcome.feasible);
  if (reference) {
    const within = feasible.map(({ truth }) => truth).filter((values) => values.every((x, i) => x <= reference[i]!));
    return -hypervolume(within, reference);
  }
  const best = feasible.reduce<Outcome | undefined>(
    (least, outcome) => (least === undefined || outcome.values[0]! < least.values[0]! ? outcome : least),
    undefined,
  );
  return best?.truth[0] ?? Infinity;
}
