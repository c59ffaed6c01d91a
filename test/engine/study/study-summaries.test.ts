import { expect, it } from "vitest";
import { floatDistribution } from "../../../src/engine/distribution.js";
import { getStudySummaries } from "../../../src/engine/study/study-summaries.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

it("lists studies with their counts, their best trial and their start", () => {
  const storage = new MemoryStorage();
  const study = createStudy({ storage, name: "net", direction: "maximize" });
  study.setUserAttr("owner", "me");
  study.setMetricNames(["accuracy"]);
  study.enqueueTrial({ x: 0.25 });
  study.addTrial({ value: 0.5, params: { x: 1 }, distributions: { x: floatDistribution(0, 1) } });
  study.addTrial({ state: "FAIL" });
  createStudy({ storage, name: "two", directions: ["minimize", "maximize"] }).addTrial({ values: [1, 2] });
  createStudy({ storage, name: "new" });

  const [first, several, empty] = getStudySummaries({ storage });
  expect(first).toMatchObject({
    name: "net",
    directions: ["maximize"],
    metricNames: ["accuracy"],
    trials: 3,
    counts: { RUNNING: 0, COMPLETE: 1, PRUNED: 0, FAIL: 1, WAITING: 1 },
    bestTrial: { number: 1, values: [0.5] },
    datetimeStart: study.trials[1]!.datetimeStart,
    userAttrs: { owner: "me" },
    error: undefined,
  });
  expect(several).toMatchObject({ name: "two", trials: 1, bestTrial: undefined });
  expect(empty).toMatchObject({ name: "new", trials: 0, bestTrial: undefined, datetimeStart: undefined });
});

it("names a study that cannot be read, beside the others", () => {
  const storage = new MemoryStorage();
  createStudy({ storage, name: "damaged" });
  createStudy({ storage, name: "whole" });
  const getTrials = storage.getTrials.bind(storage);
  storage.getTrials = (id, states) => {
    if (id === 1) throw new Error("unreadable");
    return getTrials(id, states);
  };
  const [damaged, whole] = getStudySummaries({ storage });
  expect(damaged).toEqual({ id: 1, name: "damaged", error: new Error("unreadable") });
  expect(whole).toMatchObject({ name: "whole", trials: 0 });
});
