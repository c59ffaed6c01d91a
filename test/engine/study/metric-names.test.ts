import { expect, it } from "vitest";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

it("keeps metric names where Optuna does", () => {
  const storage = new MemoryStorage();
  const study = createStudy({ storage, directions: ["minimize", "maximize"] });
  expect(study.metricNames).toBeUndefined();
  study.setMetricNames(["loss", "accuracy"]);
  expect(study.metricNames).toEqual(["loss", "accuracy"]);
  expect(storage.getStudy(study.id).systemAttrs).toEqual({ "study:metric_names": ["loss", "accuracy"] });
  for (const names of [["loss"], ["loss", "loss"], ["loss", ""]])
    expect(() => study.setMetricNames(names)).toThrow("2 different metric names");
});
