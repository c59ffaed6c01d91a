import { describe, expect, it } from "vitest";
import { matchMetrics, readMetrics, stepOf, withoutStep } from "../../src/command/printed-metrics.js";

describe("the metrics in a line", () => {
  it.each([
    ['{"epoch": 3, "val_loss": 0.25}', { epoch: 3, val_loss: 0.25 }],
    ['  {"val_loss": 0.25, "name": "a=1"}  ', { val_loss: 0.25 }],
    ['{"val_loss": NaN, "best": -Infinity}', { val_loss: NaN, best: -Infinity }],
    ["{'loss': 0.69, 'epoch': 1.0}", { loss: 0.69, epoch: 1 }],
    ["val_loss=0.25 acc=1", { val_loss: 0.25, acc: 1 }],
    ["10/10 - 0s - 3ms/step - accuracy: 0.91 - val_loss: 1.2e-03", { accuracy: 0.91, val_loss: 0.0012 }],
    ["step 3: val/loss = -.5, metrics.f1=1.", { "val/loss": -0.5, "metrics.f1": 1 }],
    ["loss: nan, other: inf", { loss: NaN, other: Infinity }],
    ["took: 30ms at 10:30:12, http://host, v=1.2.3, name=abc", {}],
    ["Epoch 3/10", {}],
    ["", {}],
  ])("%s", (line, metrics) => {
    expect(Object.fromEntries(readMetrics(line))).toEqual(metrics);
  });

  it("are read from any line in little time", () => {
    for (const line of [
      "a".repeat(65_536),
      "a-".repeat(32_768),
      "a ".repeat(32_768),
      "a=1".repeat(20_000),
      `{${'"'.repeat(65_000)}}`,
    ]) {
      const started = performance.now();
      readMetrics(line);
      expect(performance.now() - started).toBeLessThan(1_000);
    }
  });

  it("can be found by a pattern: by its groups' names, or its first group", () => {
    const named = matchMetrics("[7] validation 0.5 (12 s)", /\[(?<step>\d+)\] validation (?<val_loss>\S+)/g, "value");
    expect(Object.fromEntries(named)).toEqual({ step: 7, val_loss: 0.5 });
    expect(Object.fromEntries(matchMetrics("score 3", /score (\d+)/, "score"))).toEqual({ score: 3 });
    expect(matchMetrics("nothing", /score (\d+)/, "score").size).toBe(0);
    expect(matchMetrics("score high", /score (\w+)/, "score").size).toBe(0);
  });

  it("have a step by one of its usual names", () => {
    expect(stepOf(readMetrics("epoch=2 step=40 loss=1"))).toBe(40);
    expect(stepOf(readMetrics("Epoch: 2, loss: 1"))).toBe(2);
    expect(stepOf(readMetrics("epoch=0.5 loss=1"))).toBeUndefined();
    expect([...withoutStep(readMetrics("Epoch: 2, loss: 1")).keys()]).toEqual(["loss"]);
  });
});
