import { expect, it } from "vitest";
import { copyStudy } from "../../../src/engine/study/copy-study.js";
import { floatDistribution } from "../../../src/engine/distribution.js";
import { DuplicateStudyError, NotFoundError } from "../../../src/engine/errors.js";
import type { TrialSnapshot } from "../../../src/engine/trial/trial-snapshot.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { deleteStudy } from "../../../src/engine/study/delete-study.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

function fill(storage: MemoryStorage) {
  const study = createStudy({ storage, name: "one", direction: "maximize" });
  study.setUserAttr("owner", { who: "me" });
  study.setMetricNames(["accuracy"]);
  const trial = study.ask();
  trial.suggestFloat("x", 0, 1);
  trial.suggestCategorical("c", ["p", null]);
  trial.report(0.5, 3);
  trial.setUserAttr("u", [1]);
  study.tell(trial, 0.75);
  study.ask().suggestFloat("x", 0, 2);
  study.enqueueTrial({ x: 0.25 });
  study.addTrial({ state: "PRUNED", value: Infinity, params: { x: 1 }, distributions: { x: floatDistribution(0, 1) } });
  return study;
}

it("copies a study with all that is known of it", () => {
  const [from, to] = [new MemoryStorage(), new MemoryStorage()];
  const study = fill(from);
  createStudy({ storage: to, name: "other" }).ask();
  const copy = copyStudy({ name: "one", from, to });
  const known = (trials: readonly TrialSnapshot[]) => trials.map((trial) => ({ ...trial, id: 0 }));
  expect(known(copy.trials)).toEqual(known(study.trials));
  expect({ ...to.getStudy(copy.id), id: 0 }).toEqual({ ...from.getStudy(study.id), id: 0 });
  expect(copyStudy({ name: "one", from, to: from, newName: "two" }).trials).toHaveLength(4);
  study.tell(1, 1);
  expect(copy.trials[1]!.state).toBe("RUNNING");
});

it("leaves nothing behind where it fails", () => {
  const [from, to] = [new MemoryStorage(), new MemoryStorage()];
  fill(from);
  expect(() => copyStudy({ name: "two", from, to })).toThrow(NotFoundError);
  expect(() => copyStudy({ name: "one", from, to: from })).toThrow(DuplicateStudyError);
  const trials = from.getTrials(1);
  from.getTrials = () => [...trials, { ...trials[0]!, values: [NaN] }];
  expect(() => copyStudy({ name: "one", from, to })).toThrow("NaN");
  expect(to.getStudies()).toEqual([]);
});

it("deletes a study by name", () => {
  const storage = new MemoryStorage();
  fill(storage);
  deleteStudy({ storage, name: "one" });
  expect(storage.getStudies()).toEqual([]);
  expect(() => deleteStudy({ storage, name: "one" })).toThrow(NotFoundError);
});
