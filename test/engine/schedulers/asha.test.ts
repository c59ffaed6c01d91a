import { describe, expect, it } from "vitest";
import { TrialPruned } from "../../../src/engine/errors.js";
import { random } from "../../../src/engine/samplers/random.js";
import { tpe } from "../../../src/engine/samplers/tpe/tpe.js";
import type { Sampler } from "../../../src/engine/samplers/sampler.js";
import { asha } from "../../../src/engine/schedulers/asha.js";
import { configurationsOf } from "../../../src/engine/schedulers/configurations.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Study } from "../../../src/engine/study/study.js";
import { countFinished, countStates } from "../../../src/engine/trial/fail-reason.js";
import { continuedTrialNumber, pausedTrials } from "../../../src/engine/trial/paused.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { isFinished } from "../../../src/engine/trial/trial-snapshot.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { DeviceLost, NamedCheckpoints } from "../named-checkpoints.js";

const EPOCHS = 9;

/** Trains a curve that ends at its parameter. @param trained hears of each epoch. */
function curve(trained: (trial: Trial, epoch: number) => void = () => {}) {
  return async (trial: Trial): Promise<number> => {
    const x = trial.suggestFloat("x", 0, 1);
    const saved = trial.checkpoint.load();
    for (let epoch = saved ? saved.step + 1 : 0; epoch < EPOCHS; epoch++) {
      trained(trial, epoch);
      trial.report(x + 1 / (epoch + 1), epoch);
      if (trial.checkpoint.isDue) await trial.checkpoint.save(epoch, () => {});
      if (trial.shouldPrune()) throw new TrialPruned();
    }
    return x + 1 / EPOCHS;
  };
}

function newStudy(settings = {}) {
  const notes: string[] = [];
  const listener = { info: (message: string) => void notes.push(message) };
  const study = createStudy({
    storage: new MemoryStorage(),
    sampler: random(),
    scheduler: asha(),
    seed: 1,
    name: "s",
    listener,
    ...settings,
  });
  return { study, notes, checkpoints: new NamedCheckpoints(1e6) };
}

const chains = (study: Study) =>
  configurationsOf(study).map(({ last, curve: { size }, state }) => [last.params["x"], size, state] as const);

describe("asha", () => {
  it("trains each of 27 configurations for one epoch, the best third for 3, the best ninth to the end", async () => {
    const { study, checkpoints } = newStudy();
    let epochs = 0;
    await study.optimize(
      curve(() => void epochs++),
      { totalTrials: 27, checkpoints, epochs: EPOCHS },
    );
    const found = chains(study).sort(([a], [b]) => Number(a) - Number(b));
    expect(found).toHaveLength(27);
    // Asynchronous: some were promoted that would not have been in the end.
    const third = found.slice(0, 9);
    expect(third.every(([, size]) => size >= 3)).toBe(true);
    expect(found.slice(0, 3).every(([, size]) => size === EPOCHS)).toBe(true);
    expect(found.filter(([, size]) => size > 1).length).toBeLessThan(18);
    expect(epochs).toBe(found.reduce((sum, [, size]) => sum + size, 0));
    expect(study.bestTrial.params["x"]).toBe(found[0]![0]);
    expect(countFinished(study.trials)).toBe(27);
    const { COMPLETE, PRUNED, FAIL } = countStates(study.trials);
    expect([COMPLETE + PRUNED, FAIL]).toEqual([27, 0]);
  });

  it("continues in a trial of its own, with the same parameters and the curve so far", async () => {
    const { study, checkpoints, notes } = newStudy();
    const starts: number[][] = [];
    const seeds: (number | undefined)[] = [];
    await study.optimize(
      curve((trial, epoch) => {
        (starts[trial.number] ??= []).push(epoch);
        seeds[trial.number] = trial.seed;
      }),
      { totalTrials: 3, checkpoints, epochs: EPOCHS },
    );
    const promoted = study.trials.find((trial) => continuedTrialNumber(trial) !== undefined)!;
    const paused = study.trials[continuedTrialNumber(promoted)!]!;
    expect(paused).toMatchObject({ state: "PRUNED", values: [paused.intermediateValues.get(0)] });
    expect(promoted).toMatchObject({ state: "PRUNED", params: paused.params });
    expect([...promoted.intermediateValues.keys()]).toEqual([0, 1, 2]);
    expect(starts[promoted.number]).toEqual([1, 2]);
    expect(seeds[promoted.number]).toBe(seeds[paused.number]);
    expect(notes).toEqual([
      `Study "s", trial ${promoted.number} continues trial ${paused.number}, which was paused, after step 0.`,
    ]);
    // The one that was continued has no checkpoint any more, the paused ones have.
    expect(checkpoints.names.size).toBe(3);
    expect(pausedTrials(study.trials)).toHaveLength(3);
  });

  it("trains again from the start where the checkpoint is gone, and says so", async () => {
    const { study, notes } = newStudy();
    const starts: number[][] = [];
    const options = { totalTrials: 3, epochs: EPOCHS };
    await study.optimize(
      curve((trial, epoch) => (starts[trial.number] ??= []).push(epoch)),
      options,
    );
    const promoted = study.trials.find((trial) => continuedTrialNumber(trial) !== undefined)!;
    expect(starts[promoted.number]).toEqual([0, 1, 2]);
    expect(notes[0]).toContain("which was paused, from the start, because it has no checkpoint");
  });

  it("continues an interrupted promotion where it was", async () => {
    const { study, checkpoints } = newStudy();
    let lost = false;
    const objective = curve((trial, epoch) => {
      if (lost || epoch !== 2) return;
      lost = true;
      throw new DeviceLost("The device was lost.");
    });
    await study.optimize(objective, { totalTrials: 3, checkpoints, epochs: EPOCHS, catch: true });
    expect(configurationsOf(study)).toHaveLength(3);
    expect(Math.max(...chains(study).map(([, size]) => size))).toBe(3);
    expect(countFinished(study.trials)).toBe(3);
  });

  it("promotes nobody whose value is NaN", async () => {
    const { study, checkpoints } = newStudy();
    const objective = async (trial: Trial): Promise<number> => {
      trial.report(NaN, 0);
      if (trial.shouldPrune()) throw new TrialPruned();
      return 0;
    };
    await study.optimize(objective, { totalTrials: 9, checkpoints });
    expect(study.trials).toHaveLength(9);
  });

  it("maximizes", async () => {
    const { study, checkpoints } = newStudy({ direction: "maximize" });
    await study.optimize(curve(), { totalTrials: 27, checkpoints, epochs: EPOCHS });
    const xs = study.trials.map(({ params }) => Number(params["x"]));
    expect(study.bestTrial.params["x"]).toBe(Math.max(...xs));
  });

  it("goes on with ask and tell", async () => {
    const { study, checkpoints } = newStudy();
    for (let i = 0; i < 4; i++) {
      const trial = study.ask({ checkpoints });
      trial.report(trial.suggestFloat("x", 0, 1), trial.checkpoint.load() ? 2 : 0);
      expect(trial.shouldPrune()).toBe(true);
      await trial.checkpoint.save(trial.checkpoint.load() ? 2 : 0, () => {});
      study.tell(trial, undefined, { state: "PRUNED" });
    }
    expect(study.trials.map(continuedTrialNumber).filter((number) => number !== undefined)).toHaveLength(1);
  });

  it("waits for the running trials of others when there are to be no more configurations", async () => {
    const { study, checkpoints } = newStudy();
    const trials = [0, 1, 2].map(() => study.ask({ checkpoints, heartbeat: true }));
    for (const trial of trials) trial.report(trial.suggestFloat("x", 0, 1), 0);
    let ended = false;
    const run = study.optimize(curve(), { totalTrials: 3, checkpoints, epochs: EPOCHS }).then(() => (ended = true));
    for (const trial of trials) {
      expect(ended).toBe(false);
      study.tell(trial, undefined, { state: "PRUNED" });
    }
    await run;
    expect(study.trials).toHaveLength(4);
  });

  it("shows a sampler each configuration once, as its last trial", async () => {
    const seen: (readonly unknown[])[] = [];
    const sampler: Sampler = {
      ...random(),
      beforeTrial: (view) => void seen.push(view.getTrials(["COMPLETE", "PRUNED"]).map(({ params }) => params["x"])),
    };
    const { study, checkpoints } = newStudy({ sampler });
    await study.optimize(curve(), { totalTrials: 27, checkpoints, epochs: EPOCHS });
    expect(study.trials.length).toBeGreaterThan(27);
    for (const params of seen) expect(new Set(params).size).toBe(params.length);
    expect(seen.at(-1)!.length).toBeGreaterThan(20);
    expect(study.trials.every(({ state }) => isFinished(state))).toBe(true);
  });

  it("works with TPE, whose trials are those of a study that was stopped and resumed", async () => {
    const params = async (stops: boolean) => {
      const storage = new MemoryStorage();
      const checkpoints = new NamedCheckpoints(1e6);
      const settings = { storage, sampler: tpe({ startupTrials: 5 }), loadIfExists: true };
      const run = (totalTrials: number) =>
        newStudy(settings).study.optimize(curve(), { totalTrials, checkpoints, epochs: EPOCHS });
      if (stops)
        for (let more = 0; more < 60; more++)
          await newStudy(settings).study.optimize(curve(), { trials: 1, totalTrials: 30, checkpoints, epochs: EPOCHS });
      await run(30);
      return newStudy(settings).study.trials.map((trial) => [trial.params["x"], continuedTrialNumber(trial)]);
    };
    const whole = await params(false);
    expect(whole.length).toBeGreaterThan(35);
    expect(await params(true)).toEqual(whole);
  });

  it("refuses a pruner beside it, and options that make no rungs", () => {
    const storage = new MemoryStorage();
    const pruner = { name: "p", prune: () => false };
    expect(() => createStudy({ storage, scheduler: asha(), pruner })).toThrow(/scheduler decides how long trials run/);
    expect(() => createStudy({ storage, scheduler: "asha" as never })).toThrow(/write scheduler: asha\(\)/);
    expect(() => asha({ minSteps: 0 })).toThrow(/minSteps/);
    expect(() => asha({ reductionFactor: 1 })).toThrow(/reductionFactor/);
    expect(() => asha({ minSteps: 3, maxSteps: 2 })).toThrow(/maxSteps/);
  });
});
