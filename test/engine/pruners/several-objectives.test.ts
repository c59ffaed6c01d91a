import { describe, expect, it } from "vitest";
import { TrialPruned } from "../../../src/engine/errors.js";
import { hyperband } from "../../../src/engine/pruners/hyperband.js";
import { median } from "../../../src/engine/pruners/median.js";
import type { Pruner } from "../../../src/engine/pruners/pruner.js";
import type { PruneBy } from "../../../src/engine/pruners/several-objectives.js";
import { threshold } from "../../../src/engine/pruners/threshold.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { defineStudy } from "../../../src/engine/study/define-study.js";
import { fixedTrial } from "../../../src/engine/trial/fixed-trial.js";
import { reportedValues } from "../../../src/engine/trial/reports.js";
import { continuationOf } from "../../../src/engine/trial/retry.js";
import type { Direction } from "../../../src/engine/storage.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

const directions: readonly Direction[] = ["minimize", "maximize"];
const pruner = median({ startupTrials: 2 });

const studyOf = (pruneBy?: PruneBy, given: Pruner = pruner) =>
  createStudy({ storage: new MemoryStorage(), name: "two", directions, pruner: given, pruneBy });

/** Each trial reports its pair at step 0 and, unless it is pruned, has it as its values. */
async function statesOf(pairs: readonly (readonly [number, number])[], pruneBy: PruneBy, given?: Pruner) {
  const study = studyOf(pruneBy, given);
  await study.optimize(
    (trial) => {
      const pair = pairs[trial.number]!;
      trial.report(pair, 0);
      if (trial.shouldPrune()) throw new TrialPruned();
      return pair;
    },
    { trials: pairs.length },
  );
  return study.trials.map(({ state }) => state);
}

describe("a study of several objectives", () => {
  it("prunes by the non-domination rank: what others dominate, and nothing on the front", async () => {
    const pairs = [
      [1, 1],
      [2, 2],
      [3, 3],
      [2, 1],
      [9, 1],
      [0, 9],
    ] as const;
    // The fourth has the rank 1, worse than the median 0; the fifth is dominated by all; the last dominates them.
    expect(await statesOf(pairs, "rank")).toEqual(["COMPLETE", "COMPLETE", "COMPLETE", "PRUNED", "PRUNED", "COMPLETE"]);
  });

  it("prunes by one objective as a study of this alone does, in its direction", async () => {
    const pairs = [
      [1, 5],
      [2, 6],
      [9, 7],
      [0, 1],
    ] as const;
    expect(await statesOf(pairs, 0)).toEqual(["COMPLETE", "COMPLETE", "PRUNED", "COMPLETE"]);
    expect(await statesOf(pairs, 1)).toEqual(["COMPLETE", "COMPLETE", "COMPLETE", "PRUNED"]);
    expect(await statesOf(pairs, 1, threshold({ lower: 6 }))).toEqual(["PRUNED", "COMPLETE", "COMPLETE", "PRUNED"]);
    expect(await statesOf(pairs, 0, hyperband({ minResource: 1, maxResource: 3 }))).toHaveLength(4);
  });

  it("takes NaN for worse than anything", async () => {
    const pairs = [
      [1, 1],
      [2, 2],
      [NaN, NaN],
    ] as const;
    const study = studyOf("rank");
    await study.optimize(
      (trial) => {
        trial.report(pairs[trial.number]!, 0);
        if (trial.shouldPrune()) throw new TrialPruned();
        return [1, 1];
      },
      { trials: 3 },
    );
    expect(study.trials[2]!.state).toBe("PRUNED");
  });

  it("keeps reports where Optuna's samplers do not look, and a pruned trial has no values", async () => {
    const study = studyOf(0, threshold({ upper: 0 }));
    await study.optimize(
      (trial) => {
        trial.report([0.5, 2], 0);
        trial.report([0.25, NaN], 10);
        if (trial.shouldPrune()) throw new TrialPruned();
        return [0, 0];
      },
      { trials: 1 },
    );
    const [trial] = study.trials;
    expect(trial).toMatchObject({ state: "PRUNED", values: null, intermediateValues: new Map() });
    expect([...reportedValues(trial!)]).toEqual([
      [0, [0.5, 2]],
      [10, [0.25, NaN]],
    ]);
  });

  it("that goes on from a checkpoint has the reports up to there", () => {
    const study = studyOf();
    const trial = study.ask();
    for (const step of [0, 1, 2]) trial.report([step, step], step);
    const template = continuationOf(study.trials[0]!, { name: "c", step: 1 } as never);
    expect([...reportedValues({ ...study.trials[0]!, ...template }).keys()]).toEqual([0, 1]);
  });

  it("refuses what is not one number per objective, and to prune where nothing says by what", () => {
    const trial = studyOf().ask();
    expect(() => trial.report([1], 0)).toThrow("one number for each of the 2");
    expect(() => trial.report(1, 0)).toThrow("one number for each of the 2");
    trial.report([1, 2], 0);
    expect(() => trial.shouldPrune()).toThrow('Set pruneBy: "rank"');
    const single = createStudy({ storage: new MemoryStorage() }).ask();
    expect(() => single.report([1], 0)).toThrow("must be a number");
  });

  it.each([
    ["rank" as const, ["minimize"] as const, pruner, "the study has one; remove it"],
    [2, directions, pruner, 'use "rank", or an objective\'s index from 0 to 1'],
    ["rank" as const, directions, hyperband(), "HyperbandPruner cannot compare ranks"],
  ])("refuses to prune by %s of %s", (pruneBy, given, with_, reason) => {
    const storage = new MemoryStorage();
    expect(() => createStudy({ storage, directions: given, pruner: with_, pruneBy })).toThrow(reason);
    const objective = () => [1, 1];
    expect(() => defineStudy({ name: "s", directions: [...given], pruner: with_, pruneBy, objective })).toThrow(reason);
  });

  it("is tested with a fixed trial", () => {
    const study = { name: "two", directions, space: {}, epochs: { study: undefined, retrain: undefined }, pruneBy: 0 };
    const trial = fixedTrial({}, { study, pruneAt: 1 });
    trial.report([1, 2], 0);
    expect(trial.shouldPrune()).toBe(false);
    trial.report([1, 2], 1);
    expect(trial.shouldPrune()).toBe(true);
  });
});
