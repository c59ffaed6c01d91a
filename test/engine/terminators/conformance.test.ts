import { describe, expect, it } from "vitest";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { bestValueStagnation } from "../../../src/engine/terminators/best-value-stagnation.js";
import { emmr } from "../../../src/engine/terminators/emmr.js";
import { terminator } from "../../../src/engine/terminators/improvement-terminator.js";
import { medianError } from "../../../src/engine/terminators/median-error.js";
import { regretBound } from "../../../src/engine/terminators/regret-bound.js";
import { staticError } from "../../../src/engine/terminators/static-error.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { terminatorConformance } from "./conformance.js";

terminatorConformance({ name: "with its defaults", create: () => terminator() });
terminatorConformance({
  name: "best value stagnation",
  create: () => terminator({ improvement: bestValueStagnation({ maxStagnationTrials: 10 }) }),
});
terminatorConformance({
  name: "regret bound, static error",
  create: () => terminator({ improvement: regretBound({ topTrialsRatio: 1 }), error: staticError(100) }),
});
terminatorConformance({
  name: "EMMR, median error",
  create: () => {
    const improvement = emmr();
    const error = medianError(improvement, { warmUpTrials: 2, initialTrials: 8, thresholdRatio: 10 });
    return terminator({ improvement, error, minTrials: 10 });
  },
});
terminatorConformance({
  name: "a user's own",
  create: () => ({ name: "Own", shouldTerminate: (study) => study.getTrials(["COMPLETE"]).length >= 33 }),
});

describe("terminator", () => {
  it("names an option that cannot be", () => {
    expect(() => terminator({ minTrials: 0 })).toThrow(/minTrials must be an integer of at least 1, not 0/);
    expect(() => regretBound({ topTrialsRatio: 0 })).toThrow(/topTrialsRatio/);
    expect(() => emmr({ minTrials: 1 })).toThrow(/minTrials/);
    expect(() => medianError(emmr(), { thresholdRatio: 0 })).toThrow(/thresholdRatio/);
    expect(() => bestValueStagnation({ maxStagnationTrials: -1 })).toThrow(/maxStagnationTrials/);
    expect(() => staticError(NaN)).toThrow(/NaN/);
  });

  it("refuses a study of several objectives", () => {
    const study = createStudy({ storage: new MemoryStorage(), directions: ["minimize", "maximize"] });
    expect(() => terminator().shouldTerminate(study)).toThrow(/2 objectives, but a terminator supports only one/);
  });

  it("says which trial lacks the scores that its error is made of", async () => {
    const study = createStudy({ storage: new MemoryStorage() });
    const running = study.optimize((trial) => trial.suggestFloat("x", 0, 1), {
      trials: 5,
      terminator: terminator({ minTrials: 2 }),
    });
    await expect(running).rejects.toMatchObject({ code: "no-cross-validation-scores" });
    expect(study.trials).toHaveLength(2);
  });

  it("refuses scores of one fold, and writes nothing", () => {
    const trial = createStudy({ storage: new MemoryStorage() }).ask();
    expect(() => trial.reportCrossValidationScores([1])).toThrow(/must be at least two numbers, not \[1\]/);
    expect(() => trial.reportCrossValidationScores([1, NaN])).toThrow(/not \[1, NaN\]/);
  });
});
