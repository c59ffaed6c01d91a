import { describe, expect, it } from "vitest";
import { describeKeptEpoch, describeWorse, keptEpoch } from "../../src/trainer/kept-epoch.js";

const history = { loss: [0.5, 0.4, 0.3], val_loss: [0.4, 0.2, 0.3] };
const reports = new Map(history.val_loss.map((value, epoch) => [epoch, value]));

describe("keptEpoch", () => {
  it("is the last, unless another was restored", () => {
    const best = { epoch: 1, value: 0.2 };
    expect(keptEpoch(history, reports, "minimize", undefined)).toEqual({
      metric: "val_loss",
      kept: { epoch: 2, value: 0.3 },
      best,
    });
    const restored = keptEpoch(history, reports, "minimize", 1)!;
    expect(restored).toEqual({ metric: "val_loss", kept: best, best });
    expect(describeKeptEpoch(restored, 3)).toBeUndefined();
  });

  it("is the best where it is as good as another, and better than none", () => {
    const values = [0.2, NaN, 0.2];
    const equal = keptEpoch({ height: values }, new Map(values.entries()), "maximize", undefined)!;
    expect(describeKeptEpoch(equal, 3)).toBeUndefined();
    const lost = [NaN, 0.1, NaN];
    expect(keptEpoch({ loss: lost }, new Map(lost.entries()), "minimize", undefined)!.best.epoch).toBe(1);
  });

  it("is the best of its metric, whatever the study returns", () => {
    expect(keptEpoch(history, reports, "maximize", undefined)!.best).toEqual({ epoch: 1, value: 0.2 });
    expect(keptEpoch({ height: history.val_loss }, reports, "maximize", undefined)!.best.epoch).toBe(0);
  });

  it("is one of the model's own, where another was trained before it", () => {
    const folds = { val_loss: [0.1, 0.2, 0.4, 0.3] };
    const steps = new Map(folds.val_loss.entries());
    const kept = { epoch: 3, value: 0.3 };
    expect(keptEpoch(folds, steps, "minimize", undefined, 2)).toEqual({ metric: "val_loss", kept, best: kept });
  });

  it("is not known where what was reported is no metric of each epoch", () => {
    expect(keptEpoch(history, new Map([[0, 0.4]]), "minimize", undefined)).toBeUndefined();
    expect(keptEpoch({}, new Map(), "minimize", undefined)).toBeUndefined();
    expect(keptEpoch(history, reports, "minimize", 7)).toBeUndefined();
  });
});

it("a model is worse by the direction of its study", () => {
  const best = (value: number) => ({ value, place: "v1" });
  expect(describeWorse(0.3, best(0.2), "minimize")).toBe(
    "The value 0.3 is worse than 0.2 of v1, which remains the best.",
  );
  expect(describeWorse(0.3, best(0.2), "maximize")).toBeUndefined();
  expect(describeWorse(0.3, best(0.3), "minimize")).toBeUndefined();
  expect(describeWorse(NaN, best(0.2), "minimize")).toContain("NaN is worse than 0.2");
  expect(describeWorse(NaN, best(NaN), "minimize")).toBeUndefined();
});
