import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import { successiveHalving } from "../../../src/engine/pruners/successive-halving.js";
import { trialSnapshot, RecordedStudy } from "../recorded-study.js";

const running = (number: number, values: [number, number][], systemAttrs = {}) =>
  trialSnapshot(number, { state: "RUNNING", intermediateValues: new Map(values), systemAttrs });

describe("successiveHalving", () => {
  it("writes down every rung a late report completes", () => {
    const study = new RecordedStudy("s", "minimize");
    study.put(running(0, [[9, 0.5]]));
    expect(successiveHalving({ minResource: 1, reductionFactor: 3 }).prune(study, study.trial(0))).toBe(false);
    expect(study.trial(0).systemAttrs).toEqual({ completed_rung_0: 0.5, completed_rung_1: 0.5, completed_rung_2: 0.5 });
  });

  it("prunes a NaN at a rung and does not record it", () => {
    const study = new RecordedStudy("s", "minimize");
    const { prune } = successiveHalving({ minResource: 1 });
    study.put(running(0, [[0, NaN]]));
    expect(prune(study, study.trial(0))).toBe(false);
    study.put(running(0, [[1, NaN]]));
    expect(prune(study, study.trial(0))).toBe(true);
    expect(study.trial(0).systemAttrs).toEqual({});
  });

  it("compares with trials of every state, and a tie is promoted", () => {
    const study = new RecordedStudy("s", "minimize");
    const { prune } = successiveHalving({ minResource: 1, reductionFactor: 2 });
    study.put(trialSnapshot(0, { state: "PRUNED", systemAttrs: { completed_rung_0: 1 } }));
    study.put(running(1, [[1, 1]]));
    expect(prune(study, study.trial(1))).toBe(false);
    study.put(running(2, [[1, 1.1]]));
    expect(prune(study, study.trial(2))).toBe(true);
  });

  it("does not compete with itself when it was judged from an old snapshot", () => {
    const study = new RecordedStudy("s", "minimize");
    const { prune } = successiveHalving({ minResource: 1, reductionFactor: 2 });
    study.put(trialSnapshot(0, { systemAttrs: { completed_rung_0: 1 } }));
    study.put(running(1, [[1, 2]], { completed_rung_0: 1 }));
    expect(prune(study, running(1, [[1, 2]]))).toBe(true);
  });

  it('"auto" takes a hundredth of the last step of the trial that completed first', () => {
    const study = new RecordedStudy("s", "minimize");
    const { prune } = successiveHalving();
    study.put(trialSnapshot(0, { intermediateValues: new Map([[999, 0]]), datetimeComplete: new Date(2000) }));
    study.put(trialSnapshot(1, { intermediateValues: new Map([[350, 0]]), datetimeComplete: new Date(1000) }));
    study.put(trialSnapshot(2, { datetimeComplete: new Date(500) }));
    study.put(running(3, [[2, 5]]));
    expect(prune(study, study.trial(3))).toBe(false);
    expect(study.trial(3).systemAttrs).toEqual({});
    study.put(running(3, [[3, 5]]));
    prune(study, study.trial(3));
    expect(study.trial(3).systemAttrs).toEqual({ completed_rung_0: 5 });
  });

  it.each([
    [{ minResource: 0 }, /minResource must be an integer of at least 1, not 0/],
    [{ reductionFactor: 1 }, /reductionFactor/],
    [{ reductionFactor: 2.5 }, /reductionFactor/],
    [{ minEarlyStoppingRate: -1 }, /minEarlyStoppingRate/],
    [{ minResource: 1, bootstrapCount: -1 }, /bootstrapCount/],
    [{ bootstrapCount: 1 }, /bootstrapCount cannot be combined with minResource "auto"/],
  ])("refuses %j", (options, message) => {
    expect(() => successiveHalving(options)).toThrow(InvalidArgumentError);
    expect(() => successiveHalving(options)).toThrow(message);
  });
});
