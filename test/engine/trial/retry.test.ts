import { describe, expect, it } from "vitest";
import { retriedTrialNumber, retryHistory } from "../../../src/engine/trial/retry.js";
import { random } from "../../../src/engine/samplers/random.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

const objective = (trial: Trial) => trial.suggestFloat("x", 0, 1);

function failing(trial: Trial): number {
  trial.setUserAttr("u", 1);
  trial.report(objective(trial), 0);
  throw new Error("out of memory");
}

const newStudy = (settings = {}) =>
  createStudy({ storage: new MemoryStorage(), sampler: random(), name: "r", ...settings });

describe("retryFailed", () => {
  it("queues failed trials once, with their parameters", async () => {
    const study = newStudy();
    await study.optimize(failing, { trials: 1, catch: true });
    await study.optimize(objective, { trials: 1 });
    expect(study.retryFailed()).toBe(1);
    expect(study.retryFailed()).toBe(0);
    const [failed, , waiting] = study.trials;
    expect(waiting).toMatchObject({
      state: "WAITING",
      params: failed!.params,
      userAttrs: { u: 1 },
      datetimeStart: null,
    });
    expect(waiting!.systemAttrs).toEqual({ failed_trial: 0, retry_history: [0] });
    expect(waiting!.intermediateValues.size).toBe(0);
    await study.optimize(objective, { trials: 1 });
    expect(study.trials[2]).toMatchObject({ state: "COMPLETE", params: failed!.params });
  });

  it("counts over retries of retries, and keeps the original", async () => {
    const study = newStudy();
    for (let run = 0; run < 4; run++) {
      await study.optimize(failing, { trials: 1, catch: true });
      study.retryFailed({ maxRetries: 2, inheritIntermediateValues: true });
    }
    // The trial 0, its two retries, and one more that nothing was queued before.
    expect(study.trials.map(retryHistory)).toEqual([[], [0], [0, 1], [], [3]]);
    expect(study.trials.map(retriedTrialNumber)).toEqual([undefined, 0, 0, undefined, 3]);
    expect(study.trials[4]!.intermediateValues).toEqual(study.trials[3]!.intermediateValues);
  });

  it("leaves alone what the user stopped", async () => {
    const study = newStudy();
    const stop = new AbortController();
    const stopping = (trial: Trial) => {
      stop.abort();
      return objective(trial);
    };
    await study.optimize(stopping, { signal: stop.signal });
    expect(study.trials[0]!.state).toBe("FAIL");
    expect(study.retryFailed()).toBe(0);
  });
});

describe("retryStale", () => {
  it.each([
    [undefined, ["FAIL"]],
    [{}, ["FAIL", "WAITING"]],
    [{ maxRetries: 0 }, ["FAIL"]],
  ])("with %j leaves a trial whose process ended as %j", async (retryStale, states) => {
    const study = newStudy({ retryStale });
    const trial = study.ask();
    objective(trial);
    study.storage.getStaleTrials = () => (study.trials[0]!.state === "RUNNING" ? [trial.id] : []);
    await study.optimize(() => 1, { trials: 0 });
    await study.optimize(() => 1, { trials: 0 });
    expect(study.trials.map(({ state }) => state)).toEqual(states);
  });
});
