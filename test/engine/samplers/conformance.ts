import { describe, expect, it } from "vitest";
import {
  categoricalDistribution,
  contains,
  floatDistribution,
  internalAt,
  intDistribution,
  isSingle,
  toExternal,
  toInternal,
  type Distribution,
  type ParamValue,
} from "../../../src/engine/distribution.js";
import { TrialPruned } from "../../../src/engine/errors.js";
import type { TrialSnapshot } from "../../../src/engine/trial/trial-snapshot.js";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import type { Sampler } from "../../../src/engine/samplers/sampler.js";
import { createStudy, type CreateStudyOptions } from "../../../src/engine/study/create-study.js";
import type { Study } from "../../../src/engine/study/study.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

export type Distributions = Readonly<Record<string, Distribution>>;

export interface SamplerUnderTest {
  readonly name: string;
  /** A new one, as another process would have. @param space all that the test will suggest; for samplers that must know. */
  readonly create: (space: Distributions) => Sampler;
  /** It tries every combination, and needs them to be few. Default false. */
  readonly exhaustive?: boolean;
  /** The study's seed changes nothing. Default false. */
  readonly ignoresSeed?: boolean;
  /** It says so where there are several. Default false. */
  readonly oneObjective?: boolean;
}

const continuous: Distributions = {
  unit: floatDistribution(0, 1),
  wide: floatDistribution(-1e12, 1e12),
  narrow: floatDistribution(1, 1 + 1e-12),
  log: floatDistribution(1e-9, 1e3, { log: true }),
  astronomic: floatDistribution(1e300, 1e307, { log: true }),
};
const wideInts: Distributions = {
  manyInts: intDistribution(-(2 ** 40), 2 ** 40),
  manySteps: floatDistribution(0, 1e6, { step: 0.001 }),
  manyLogInts: intDistribution(1, 2 ** 40, { log: true }),
};
const few: Distributions = {
  stepped: floatDistribution(0, 1, { step: 0.1 }),
  oddSteps: floatDistribution(-0.3, 1.05, { step: 0.25 }),
  int: intDistribution(-5, 5),
  intSteps: intDistribution(0, 100, { step: 7 }),
  logInt: intDistribution(1, 20, { log: true }),
  choice: categoricalDistribution([null, true, "x", 1.5]),
};
const single: Distributions = {
  oneFloat: floatDistribution(0.5, 0.5),
  oneLogFloat: floatDistribution(0.5, 0.5, { log: true }),
  oneStep: floatDistribution(0, 0.05, { step: 0.1 }),
  oneInt: intDistribution(3, 3),
  oneChoice: categoricalDistribution(["only"]),
};
const distributions: Distributions = { ...continuous, ...wideInts, ...few, ...single };

/** What every sampler does, whoever wrote it. */
export function samplerConformance(sampler: SamplerUnderTest): void {
  const { name, create, exhaustive = false, ignoresSeed = false, oneObjective = false } = sampler;
  const suited = exhaustive ? { ...few, ...single } : distributions;
  const shared: Distributions = exhaustive
    ? { int: few.int!, stepped: few.stepped! }
    : { ...few, unit: continuous.unit! };

  function newStudy(space: Distributions, options: Partial<CreateStudyOptions> = {}): Study {
    const storage = new MemoryStorage();
    return createStudy({
      storage,
      sampler: create(space),
      pruner: nopPruner(),
      seed: 7,
      name: "s",
      loadIfExists: true,
      ...options,
    });
  }

  describe(`sampler ${name}`, () => {
    it.each(Object.entries(suited))("proposes values of %s", async (param, distribution) => {
      const study = newStudy({ [param]: distribution });
      await study.optimize((trial) => numberOf(suggest(trial, param, distribution)), { trials: 25 });
      for (const trial of study.trials) expectWithin(trial);
    });

    it("proposes them together", async () => {
      // All combinations of these would be too many to order.
      const space = exhaustive ? { ...shared, ...single } : distributions;
      const study = newStudy(space);
      await study.optimize(sumOf(space), { trials: 30 });
      expect(study.trials).toHaveLength(30);
      for (const trial of study.trials) {
        expectWithin(trial);
        expect(Object.keys(trial.params)).toEqual(Object.keys(space));
      }
    });

    it("leaves parameters with one value out of what it proposes together", async () => {
      const space = { ...shared, ...single };
      const study = newStudy(space);
      await study.optimize(sumOf(space), { trials: 12 });
      const trial = study.ask();
      const relative = study.sampler.relativeSpace(study, study.storage.getTrial(trial.id));
      expect([...relative.values()].filter(isSingle)).toEqual([]);
    });

    it.each(["minimize", "maximize"] as const)(
      "takes branches and parameters that come and go (%s)",
      async (direction) => {
        const space: Distributions = {
          kind: categoricalDistribution(["a", "b"]),
          n: intDistribution(1, 3),
          x0: floatDistribution(0, 1, { step: 0.25 }),
          x1: floatDistribution(0, 1, { step: 0.25 }),
          x2: floatDistribution(0, 1, { step: 0.25 }),
        };
        const study = newStudy(space, { direction });
        await study.optimize(
          (trial) => {
            if (suggest(trial, "kind", space.kind!) === "a") return numberOf(suggest(trial, "x0", space.x0!));
            const n = numberOf(suggest(trial, "n", space.n!));
            let sum = 0;
            for (let i = 0; i < n; i++) sum += numberOf(suggest(trial, `x${i}`, space[`x${i}`]!));
            return sum;
          },
          { trials: 40 },
        );
        for (const trial of study.trials) expectWithin(trial);
      },
    );

    if (!exhaustive)
      it("takes ranges that change from trial to trial", async () => {
        const study = newStudy({});
        await study.optimize(
          (trial) => {
            const high = 1 + (trial.number % 3);
            const numbers = [trial.suggestFloat("x", -high, high), trial.suggestInt("k", 0, high)];
            return numbers[0]! ** 2 + numbers[1]!;
          },
          { trials: 30 },
        );
        for (const trial of study.trials) expectWithin(trial);
      });

    const paramsOf = ({ trials }: Study) => trials.map(({ params }) => params);

    it("proposes the same for the same seed, other values for another", async () => {
      const run = async (seed: number) => {
        const study = newStudy(shared, { seed });
        await study.optimize(sumOf(shared), { trials: 25 });
        return paramsOf(study);
      };
      const first = await run(1);
      expect(await run(1)).toEqual(first);
      if (ignoresSeed) expect(await run(2)).toEqual(first);
      else expect(await run(2)).not.toEqual(first);
    });

    it("resumes as if it had never stopped", async () => {
      const whole = newStudy(shared);
      await whole.optimize(sumOf(shared), { trials: 28 });
      const storage = new MemoryStorage();
      for (const trials of [1, 8, 12, 7]) await newStudy(shared, { storage }).optimize(sumOf(shared), { trials });
      expect(paramsOf(newStudy(shared, { storage }))).toEqual(paramsOf(whole));
    });

    it("proposes while other trials run, in whatever order they end", () => {
      const study = newStudy(shared);
      const objective = sumOf(shared);
      for (let round = 0; round < 5; round++) {
        const asked = Array.from({ length: 4 }, () => study.ask());
        const values = asked.map((trial) => objective(trial));
        study.ask(); // Never ends.
        for (const i of [2, 0, 3, 1]) study.tell(asked[i]!, values[i]);
      }
      for (const trial of study.trials) expectWithin(trial);
    });

    it("takes trials that fail, are pruned, or end infinite", async () => {
      const study = newStudy(shared);
      const objective = sumOf(shared);
      await study.optimize(
        (trial) => {
          const value = objective(trial);
          switch (trial.number % 6) {
            case 0:
              throw new Error("out of memory");
            case 1:
              throw new TrialPruned();
            case 2:
              trial.report(value, 3);
              throw new TrialPruned();
            case 3:
              return trial.number % 4 === 1 ? Infinity : -Infinity;
            case 4:
              return NaN;
            default:
              return value;
          }
        },
        { trials: 36, catch: true },
      );
      expect(new Set(study.trials.map(({ state }) => state))).toEqual(new Set(["FAIL", "PRUNED", "COMPLETE"]));
      for (const trial of study.trials) expectWithin(trial);
    });

    it("takes trials that others made", async () => {
      const study = newStudy(shared);
      const other = { ...shared, elsewhere: floatDistribution(0, 1) };
      const params = Object.fromEntries(Object.entries(other).map(([param, d]) => [param, firstValue(d)]));
      if (!exhaustive) study.addTrial({ value: 1, params, distributions: other });
      study.addTrial({ state: "FAIL" });
      study.enqueueTrial(Object.fromEntries(Object.entries(shared).map(([param, d]) => [param, firstValue(d)])));
      if (!exhaustive) study.enqueueTrial({ int: 17, unit: 0.5 });
      await study.optimize(sumOf(shared), { trials: 20 });
      expect(study.trials.filter(({ state }) => state === "COMPLETE").length).toBeGreaterThanOrEqual(20);
    });

    it(oneObjective ? "refuses two objectives" : "works for two objectives", async () => {
      const study = newStudy(shared, { directions: ["minimize", "maximize"] });
      const objective = sumOf(shared);
      const end = study.optimize((trial) => [objective(trial), numberOf(trial.number)], { trials: 30 });
      if (oneObjective) return expect(end).rejects.toThrow("one objective");
      await end;
      for (const trial of study.trials) expectWithin(trial);
    });

    it("changes nothing it was given", async () => {
      const study = newStudy(shared);
      await study.optimize(sumOf(shared), { trials: 20 });
      const before = study.trials.map((trial) => structuredClone(trial));
      await study.optimize(sumOf(shared), { trials: 5 });
      expect(study.trials.slice(0, 20)).toEqual(before);
    });
  });
}

function sumOf(space: Distributions): (trial: Trial) => number {
  return (trial: Trial) => {
    let sum = 0;
    for (const [name, distribution] of Object.entries(space)) {
      const value = numberOf(suggest(trial, name, distribution));
      sum += Math.abs(value) > 1e6 ? Math.log10(Math.abs(value)) : value;
    }
    return sum;
  };
}

function suggest(trial: Trial, name: string, distribution: Distribution): ParamValue {
  if (distribution.type === "categorical") return trial.suggestCategorical(name, distribution.choices);
  const { low, high, log, step } = distribution;
  if (distribution.type === "float") return trial.suggestFloat(name, low, high, { log, step });
  return trial.suggestInt(name, low, high, { log, step: step ?? 1 });
}

function numberOf(value: ParamValue): number {
  return typeof value === "number" ? value : String(value).length;
}

function firstValue(distribution: Distribution): ParamValue {
  return toExternal(distribution, internalAt(distribution, 0));
}

/** Enqueued values may lie outside; what is proposed may not. */
function expectWithin({ number, params, distributions, systemAttrs }: TrialSnapshot): void {
  if ("fixed_params" in systemAttrs) return;
  for (const [name, value] of Object.entries(params)) {
    const distribution = distributions[name]!;
    expect(contains(distribution, toInternal(distribution, value)), `trial ${number}: ${name} is ${value}`).toBe(true);
  }
}
