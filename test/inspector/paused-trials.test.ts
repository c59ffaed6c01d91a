import { expect, it } from "vitest";
import { TrialPruned } from "../../src/engine/errors.js";
import { random } from "../../src/engine/samplers/random.js";
import { asha } from "../../src/engine/schedulers/asha.js";
import { float } from "../../src/engine/space.js";
import { defineStudy } from "../../src/engine/study/define-study.js";
import { openStudy } from "../../src/engine/study/open-study.js";
import { countFinished } from "../../src/engine/trial/fail-reason.js";
import type { TrialSnapshot } from "../../src/engine/trial/trial-snapshot.js";
import { countShown, shownState } from "../../src/format/shown-state.js";
import { curves } from "../../src/inspector/charts/curves.js";
import { InspectedStudy } from "../../src/inspector/inspected-study.js";
import { studySummary } from "../../src/inspector/study-summary.js";
import { MemoryStorage } from "../../src/storage/memory.js";
import { makeTrial } from "./make-trial.js";

async function paused() {
  const definition = defineStudy({
    ...{ name: "paused", space: { x: float(0, 1) }, sampler: random(), seed: 1, scheduler: asha({ maxSteps: 9 }) },
    objective: (trial) => {
      for (let step = 0; step < 9; step++) {
        trial.report(trial.params.x, step);
        if (trial.shouldPrune()) throw new TrialPruned();
      }
      return trial.params.x;
    },
  });
  const storage = new MemoryStorage();
  const { study } = openStudy(definition, { storage });
  await study.optimize(definition.objective, { totalTrials: 9 });
  const { trials, id } = study;
  return { study: storage.getStudy(id), trials };
}

it("are shown with the step, and with the trial as which they went on; the filter finds them", async () => {
  const { study, trials } = await paused();
  const inspected = new InspectedStudy("memory", study, trials);
  const { rows } = inspected.page({ offset: 0, limit: 100, filter: "state = paused" });
  const stopped = trials.filter(({ state }) => state === "PRUNED");
  expect(rows.map(({ number }) => number).sort()).toEqual(stopped.map(({ number }) => number).sort());
  expect(rows.every((row) => shownState(row) === "PAUSED" && row.pausedAt === row.lastStep)).toBe(true);
  for (const row of rows.filter(({ continuedBy }) => continuedBy !== null))
    expect(inspected.trial(row.continuedBy!)).toMatchObject({ continues: row.number, params: row.params });
  expect(rows.filter(({ continuedBy }) => continuedBy !== null).length).toBe(trials.length - 9);
  expect(inspected.page({ offset: 0, limit: 100, filter: "state = pruned" }).total).toBe(0);
});

it("count once with the trials that continue them, also without what they reported", async () => {
  const { study, trials } = await paused();
  const heads = trials.map((trial): TrialSnapshot => ({ ...trial, intermediateValues: new Map() }));
  for (const read of [trials, heads]) {
    const shown = countShown(studySummary("memory", study, read, new Set()));
    expect(Object.values(shown).reduce((sum, count) => sum + count, 0)).toBe(countFinished(read));
    expect(shown.PAUSED).toBe(9 - shown.COMPLETE);
    expect(shown.PRUNED).toBe(0);
  }
});

it("count as running while they are continued", () => {
  const first = makeTrial(0, { state: "PRUNED", systemAttrs: { "tunelens:paused": 2 } });
  const next = makeTrial(1, { state: "RUNNING", values: null, systemAttrs: { "tunelens:continues": 0 } });
  const study = { id: 1, name: "s", directions: ["minimize"], userAttrs: {}, systemAttrs: {} } as const;
  expect(countShown(studySummary("memory", study, [first], new Set()))).toMatchObject({ PAUSED: 1, PRUNED: 0 });
  expect(countShown(studySummary("memory", study, [first, next], new Set()))).toMatchObject({ PAUSED: 0, RUNNING: 1 });
});

it("are one line with the trials that continue them, from the first step", async () => {
  const { study, trials } = await paused();
  const { curves: lines } = curves.make({ study, trials }, { chart: "curves" });
  expect(lines.length).toBe(9);
  for (const { points } of lines) expect(points.map(([step]) => step)).toEqual(points.map((_, step) => step));
  const first = trials.find(({ state }) => state === "PRUNED")!.number;
  expect(curves.make({ study, trials }, { chart: "curves", trials: [first] }).curves).toHaveLength(1);
});
