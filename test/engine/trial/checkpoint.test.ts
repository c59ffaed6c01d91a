import { describe, expect, it } from "vitest";
import { random } from "../../../src/engine/samplers/random.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Study } from "../../../src/engine/study/study.js";
import { CHECKPOINT_KEY, checkpointOf } from "../../../src/engine/trial/checkpoint.js";
import { countFinished, FAIL_REASON_KEY, STOPPED_REASON } from "../../../src/engine/trial/fail-reason.js";
import { fixedTrial } from "../../../src/engine/trial/fixed-trial.js";
import { retryHistory } from "../../../src/engine/trial/retry.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { StorageError } from "../../../src/storage/errors.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { DeviceLost, NamedCheckpoints } from "../named-checkpoints.js";

const STEPS = 5;

/** Counts its steps. @param ends what ends it after a step, once. */
function steps(ends: (step: number, trial: Trial) => void) {
  return async (trial: Trial): Promise<number> => {
    trial.suggestFloat("x", 0, 1);
    trial.setConstraint("c", -1);
    const saved = trial.checkpoint.load();
    for (let step = saved ? saved.step + 1 : 0; step < STEPS; step++) {
      trial.report(step * 10, step);
      if (trial.checkpoint.isDue) await trial.checkpoint.save(step, () => {});
      ends(step, trial);
    }
    return trial.suggestFloat("x", 0, 1);
  };
}

function newStudy(settings = {}) {
  const warnings: string[] = [];
  const notes: string[] = [];
  const listener = {
    warn: (message: string) => void warnings.push(message),
    info: (message: string) => void notes.push(message),
  };
  const study = createStudy({ storage: new MemoryStorage(), sampler: random(), name: "s", listener, ...settings });
  return { study, warnings, notes, checkpoints: new NamedCheckpoints() };
}

const states = (study: Study) => study.trials.map(({ state }) => state);

function throwOnce(error: Error): (step: number) => void {
  let isThrown = false;
  return (step) => {
    if (step !== 2 || isThrown) return;
    isThrown = true;
    throw error;
  };
}

describe("an objective's own checkpoints", () => {
  it("continue a trial that was interrupted: the same parameters, each step once, no warning", async () => {
    const { study, warnings, notes, checkpoints } = newStudy({ seed: 3 });
    const seeds: (number | undefined)[] = [];
    const lost = throwOnce(new DeviceLost("The device was lost."));
    const objective = steps((step, trial) => {
      seeds[trial.number] = trial.seed;
      lost(step);
    });
    await study.optimize(objective, { totalTrials: 2, checkpoints, catch: true });
    expect(states(study)).toEqual(["FAIL", "COMPLETE", "COMPLETE"]);
    const [first, continued] = study.trials;
    expect(checkpointOf(first!)).toMatchObject({ name: "0/2", step: 2 });
    expect(continued).toMatchObject({ params: first!.params, systemAttrs: { failed_trial: 0, retry_history: [0] } });
    expect([...continued!.intermediateValues.keys()]).toEqual([0, 1, 2, 3, 4]);
    expect(continued!.systemAttrs[CHECKPOINT_KEY]).toBeNull();
    expect(seeds[1]).toBe(seeds[0]);
    expect(seeds[2]).not.toBe(seeds[0]);
    expect(warnings).toEqual([expect.stringContaining("The device was lost.")]);
    expect(notes).toEqual(['Study "s", trial 1 continues trial 0, which was interrupted, after step 2.']);
    expect(checkpoints.names).toEqual(new Set());
  });

  it("are gone where the objective itself failed, or the trial is complete", async () => {
    const { study, checkpoints } = newStudy();
    await study.optimize(steps(throwOnce(new Error("A mistake."))), { totalTrials: 2, checkpoints, catch: true });
    expect(states(study)).toEqual(["FAIL", "COMPLETE"]);
    expect(study.trials.flatMap(retryHistory)).toEqual([]);
    expect(checkpoints.names).toEqual(new Set());
  });

  it("stay where the run was stopped, and are continued before anything else", async () => {
    const { study, checkpoints } = newStudy();
    const stopping = new AbortController();
    const stop = (step: number) => {
      if (step === 1) stopping.abort();
    };
    await study.optimize(steps(stop), { totalTrials: 1, checkpoints, signal: stopping.signal });
    expect(countFinished(study.trials)).toBe(0);
    study.enqueueTrial({ x: 0.5 });
    await study.optimize(
      steps(() => {}),
      { totalTrials: 2, checkpoints },
    );
    expect(states(study)).toEqual(["FAIL", "COMPLETE", "COMPLETE"]);
    expect(study.trials.map(retryHistory)).toEqual([[], [], [0]]);
    expect(study.trials[2]!.datetimeStart!.getTime()).toBeLessThanOrEqual(study.trials[1]!.datetimeStart!.getTime());
  });

  it("stay where another program has ended the trial to be continued, while its objective went on to its result", async () => {
    const { study, checkpoints, warnings } = newStudy();
    const ended = steps((step, trial) => {
      const { id } = study.trials[trial.number]!;
      const systemAttrs = { [FAIL_REASON_KEY]: STOPPED_REASON };
      if (step === STEPS - 1 && trial.number === 0) study.storage.setTrialState(id, "FAIL", null, { systemAttrs });
    });
    await study.optimize((trial) => ended(trial).catch(() => 1), { totalTrials: 1, checkpoints });
    expect(warnings).toEqual([expect.stringContaining("the result is lost")]);
    expect(checkpointOf(study.trials[0]!)).toMatchObject({ name: "0/4" });
    expect(states(study)).toEqual(["FAIL", "COMPLETE"]);
    expect(retryHistory(study.trials[1]!)).toEqual([0]);
    expect(study.trials[1]!.intermediateValues.size).toBe(STEPS);
  });

  it("are given up where a trial's process died there twice, and another trial takes its place", async () => {
    const { study, checkpoints } = newStudy();
    const lost = (step: number, trial: Trial) => {
      if (step === 3 && trial.number < 2) throw new DeviceLost();
    };
    const dies = async (trial: Trial) => {
      const saved = trial.checkpoint.load();
      if (!saved) await trial.checkpoint.save(0, () => {});
      lost(3, trial);
      return 1;
    };
    await study.optimize(dies, { totalTrials: 1, checkpoints, catch: true });
    expect(states(study)).toEqual(["FAIL", "FAIL", "COMPLETE"]);
    expect(study.trials.map(retryHistory)).toEqual([[], [0], []]);
  });

  it("that are damaged have their trial start from nothing, once", async () => {
    const { study, checkpoints, warnings } = newStudy({ seed: 3 });
    const lost = throwOnce(new DeviceLost("The device was lost."));
    const objective = steps((step) => {
      if (step === 2) checkpoints.damaged.add("0/2");
      lost(step);
    });
    await study.optimize(objective, { totalTrials: 2, checkpoints, catch: true });
    expect(states(study)).toEqual(["FAIL", "COMPLETE", "COMPLETE"]);
    expect(study.trials.map(retryHistory)).toEqual([[], [0], []]);
    expect(study.trials[1]!.params).toEqual(study.trials[0]!.params);
    expect(warnings.at(-1)).toContain("trial 0 was interrupted, and its checkpoint is damaged");
  });

  it("are gone as soon as the user stops just this trial, even if it does not end", async () => {
    const { study, checkpoints } = newStudy();
    const seen: unknown[] = [];
    const stop = (step: number, trial: Trial) => {
      if (trial.number > 0) return;
      if (step === 1) study.stopTrial(0);
      seen.push([step, study.trials[0]!.systemAttrs[CHECKPOINT_KEY], checkpoints.names.size]);
    };
    await study.optimize(steps(stop), { totalTrials: 1, checkpoints });
    const first = { name: "0/0", step: 0, seed: expect.any(Number) };
    expect(seen).toEqual([[0, first, 1], ...[1, 2, 3, 4].map((step) => [step, null, 0])]);
    expect(study.trials.map(retryHistory)).toEqual([[], []]);
    expect(states(study)).toEqual(["FAIL", "COMPLETE"]);
  });

  it("continue a trial whose storage failed while it ran", async () => {
    const storage = Object.assign(new MemoryStorage(), { settle: () => Promise.resolve(true) });
    const { study, checkpoints } = newStudy({ storage });
    const objective = steps(throwOnce(new StorageError("storage-io", "The drive is gone.")));
    await study.optimize(objective, { totalTrials: 1, checkpoints });
    expect(states(study)).toEqual(["FAIL", "COMPLETE"]);
    expect(study.trials.map(retryHistory)).toEqual([[], [0]]);
  });

  it("refuse a step that is none", async () => {
    const { study, checkpoints } = newStudy();
    const objective = async (trial: Trial) => {
      await trial.checkpoint.save(-1, () => {});
      return 1;
    };
    await expect(study.optimize(objective, { trials: 1, checkpoints })).rejects.toThrow(
      /trial 0, checkpoint: the step/,
    );
  });

  it("do nothing where nobody could continue the trial", async () => {
    const { study } = newStudy();
    await study.optimize(
      steps(() => {}),
      { trials: 1 },
    );
    expect(states(study)).toEqual(["COMPLETE"]);
    const trial = fixedTrial({});
    await trial.checkpoint.save(0, () => {
      throw new Error("not called");
    });
    expect(trial.checkpoint.load()).toBeUndefined();
  });
});
