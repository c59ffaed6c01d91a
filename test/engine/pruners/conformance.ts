import { describe, expect, it } from "vitest";
import { TrialPruned } from "../../../src/engine/errors.js";
import type { Pruner } from "../../../src/engine/pruners/pruner.js";
import { random } from "../../../src/engine/samplers/random.js";
import type { Direction } from "../../../src/engine/storage.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Study } from "../../../src/engine/study/study.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { SeededRng } from "../../../src/engine/math/rng.js";
import { prunedSteps, RecordedStudy } from "../recorded-study.js";

export interface PrunerUnderTest {
  readonly name: string;
  /** A new one, as another process would have. */
  readonly create: () => Pruner;
  /** It never prunes. Default false. */
  readonly neverPrunes?: boolean;
  /** It judges values as they are, whatever the study's direction. Default false. */
  readonly ignoresDirection?: boolean;
}

/** Curves that fall from 2 … 3 to 0 … 1 and cross one another, 27 steps each; every fourth rises again. */
const curves = Array.from({ length: 40 }, (_, i) => {
  const rng = new SeededRng(11, i);
  const [end, start, rate] = [rng.next(), 2 + rng.next(), 0.05 + 0.4 * rng.next()];
  return Array.from(
    { length: 27 },
    (_, step) => end + (start - end) * Math.exp(-rate * step) + (i % 4 === 3 ? 0.03 * step : 0),
  );
});

function newStudy(pruner: Pruner, options: { direction?: Direction; storage?: MemoryStorage } = {}): Study {
  const storage = options.storage ?? new MemoryStorage();
  return createStudy({ ...options, storage, sampler: random(), pruner, seed: 1, name: "s", loadIfExists: true });
}

/** Runs one trial per curve; a pruned one ends. */
async function run(study: Study, given: readonly (readonly number[])[], steps = (i: number) => i): Promise<void> {
  const first = study.trials.length;
  await study.optimize(
    (trial) => {
      const curve = given[trial.number - first]!;
      for (const [i, value] of curve.entries()) {
        trial.report(value, steps(i));
        if (trial.shouldPrune()) throw new TrialPruned();
      }
      return curve.at(-1)!;
    },
    { trials: given.length },
  );
}

/** How many values each trial reported. */
const lengths = ({ trials }: Study): number[] => trials.map(({ intermediateValues }) => intermediateValues.size);

/** What every pruner does, whoever wrote it. */
export function prunerConformance({
  name,
  create,
  neverPrunes = false,
  ignoresDirection = false,
}: PrunerUnderTest): void {
  describe(`pruner ${name}`, () => {
    it(neverPrunes ? "prunes nothing" : "prunes some trials and not all", () => {
      const steps = prunedSteps(new RecordedStudy("s", "minimize"), create().prune, curves);
      const completed = steps.filter((step) => step === null).length;
      expect(completed).toBeGreaterThan(0);
      if (neverPrunes) expect(completed).toBe(curves.length);
      else expect(completed).toBeLessThan(curves.length);
    });

    it("ends trials as PRUNED with the last value they reported", async () => {
      const study = newStudy(create());
      await run(study, curves);
      for (const { state, values, intermediateValues } of study.trials)
        expect([state, values?.[0]]).toEqual([
          intermediateValues.size < 27 || state === "PRUNED" ? "PRUNED" : "COMPLETE",
          [...intermediateValues.values()].at(-1),
        ]);
    });

    it("resumes as if it had never stopped", async () => {
      const whole = newStudy(create());
      await run(whole, curves);
      const storage = new MemoryStorage();
      for (const [from, to] of [
        [0, 3],
        [3, 11],
        [11, 40],
      ])
        await run(newStudy(create(), { storage }), curves.slice(from, to));
      expect(lengths(newStudy(create(), { storage }))).toEqual(lengths(whole));
    });

    if (!ignoresDirection) {
      it("judges maximized values as it judges minimized ones", async () => {
        const [falling, rising] = [newStudy(create()), newStudy(create(), { direction: "maximize" })];
        await run(falling, curves);
        await run(
          rising,
          curves.map((curve) => curve.map((value) => -value)),
        );
        expect(lengths(rising)).toEqual(lengths(falling));
      });

      it("spares a trial that gets better all the time and is better than all others at every step", async () => {
        const study = newStudy(create());
        await run(study, curves);
        let lowest = Infinity;
        const best = curves[0]!.map(
          (_, step) => (lowest = Math.min(lowest, ...curves.map((curve) => curve[step]!))) - 0.1 * (step + 1),
        );
        await run(study, [best]);
        expect(study.trials.at(-1)!.state).toBe("COMPLETE");
      });
    }

    it("does not judge a trial that has reported nothing", async () => {
      const study = newStudy(create());
      await run(study, curves.slice(0, 10));
      expect(study.ask().shouldPrune()).toBe(false);
    });

    it("takes steps with gaps and out of order, NaN and infinities", async () => {
      const study = newStudy(create());
      await run(study, curves.slice(0, 8), (i) => 10 * i + 5);
      await run(study, curves.slice(8, 16), (i) => 26 - i);
      await run(study, [
        [NaN, NaN, NaN, NaN],
        [Infinity, 1, NaN, 0.5],
        [-Infinity, 1, 2, 3],
        [0.5, 0.4, 0.3, 0.2],
      ]);
      for (const { state } of study.trials) expect(["COMPLETE", "PRUNED", "FAIL"]).toContain(state);
      expect(study.trials).toHaveLength(20);
    });

    it("takes trials that run, fail, wait and come from elsewhere", async () => {
      const study = newStudy(create());
      const running = study.ask();
      running.report(0.1, 0);
      study.addTrial({ state: "FAIL", intermediateValues: new Map([[0, 0]]) });
      study.addTrial({ value: 5 });
      study.addTrial({ state: "PRUNED" });
      await run(study, curves.slice(0, 12));
      study.enqueueTrial({});
      running.report(0.05, 1);
      expect(typeof running.shouldPrune()).toBe("boolean");
      expect(study.trials.length).toBe(17);
    });

    it("judges trials that run side by side", () => {
      const study = newStudy(create());
      const trials = curves.slice(0, 9).map((curve) => ({ curve, trial: study.ask() }));
      let running = trials;
      for (let step = 0; step < 27; step++) {
        for (const { trial, curve } of running) trial.report(curve[step]!, step);
        const pruned = running.filter(({ trial }) => trial.shouldPrune());
        for (const { trial } of pruned) study.tell(trial, undefined, { state: "PRUNED" });
        running = running.filter((one) => !pruned.includes(one));
      }
      for (const { trial, curve } of running) study.tell(trial, curve.at(-1));
      expect(study.trials.every(({ state }) => state === "COMPLETE" || state === "PRUNED")).toBe(true);
    });

    it("is not asked in a study of two objectives", () => {
      const storage = new MemoryStorage();
      const study = createStudy({ storage, pruner: create(), directions: ["minimize", "maximize"] });
      expect(() => study.ask().shouldPrune()).toThrow("supports only studies with one objective");
    });
  });
}
