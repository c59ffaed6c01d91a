import { describe, expect, it } from "vitest";
import { floatDistribution } from "../../../src/engine/distribution.js";
import { random } from "../../../src/engine/samplers/random.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

const distributions = { x: floatDistribution(0, 1) };

describe("trialRows", () => {
  it("has Optuna's columns, and every row all of them", () => {
    const study = createStudy({ storage: new MemoryStorage(), name: "rows" });
    const intermediateValues = new Map([
      [10, 0.5],
      [9, NaN],
    ]);
    const systemAttrs = { a: [1] };
    study.addTrial({ value: 0.25, params: { x: 0.5 }, distributions, intermediateValues, userAttrs: { u: "v" } });
    study.addTrial({ state: "FAIL", systemAttrs });
    const rows = study.trialRows();
    const times = { datetime_start: expect.any(Date), datetime_complete: expect.any(Date), duration: 0 };
    expect(rows).toEqual([
      { ...times, number: 0, value: 0.25, params_x: 0.5, user_attrs_u: "v", system_attrs_a: null, state: "COMPLETE" },
      { ...times, number: 1, value: null, params_x: null, user_attrs_u: null, system_attrs_a: [1], state: "FAIL" },
    ]);
    const columns = ["number", "value", "datetime_start", "datetime_complete", "duration", "params_x"];
    expect(Object.keys(rows[0]!)).toEqual([...columns, "user_attrs_u", "system_attrs_a", "state"]);
    expect(study.trialRows(["intermediate_values"])).toEqual([
      { intermediate_values_9: NaN, intermediate_values_10: 0.5 },
      { intermediate_values_9: null, intermediate_values_10: null },
    ]);
  });

  it("has no negative durations, though the clock was set back", () => {
    const storage = new MemoryStorage();
    const study = createStudy({ storage });
    const [datetimeStart, datetimeComplete] = [new Date(7_200_000), new Date(3_600_000)];
    const rest = {
      internalParams: {},
      distributions: {},
      intermediateValues: new Map(),
      userAttrs: {},
      systemAttrs: {},
    };
    storage.createTrial(study.id, { state: "COMPLETE", values: [1], datetimeStart, datetimeComplete, ...rest });
    expect(study.trialRows(["duration"])).toEqual([{ duration: 0 }]);
  });

  it("names values by their metrics", () => {
    const one = createStudy({ storage: new MemoryStorage() });
    one.setMetricNames(["loss"]);
    one.tell(one.ask(), 1);
    expect(one.trialRows(["value"])).toEqual([{ value_loss: 1 }]);
    const two = createStudy({ storage: new MemoryStorage(), directions: ["minimize", "maximize"], sampler: random() });
    two.tell(two.ask(), [1, 2]);
    two.ask();
    expect(two.trialRows(["value"])).toEqual([
      { values_0: 1, values_1: 2 },
      { values_0: null, values_1: null },
    ]);
    two.setMetricNames(["loss", "accuracy"]);
    expect(two.trialRows(["value"])[0]).toEqual({ values_loss: 1, values_accuracy: 2 });
  });
});
