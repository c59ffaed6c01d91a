import { describe, expect, it } from "vitest";
import { categoricalDistribution, floatDistribution, intDistribution } from "../../../src/engine/distribution.js";
import type { Distribution, ParamValue } from "../../../src/engine/distribution.js";
import { toInternal } from "../../../src/engine/distribution.js";
import { FAIL_REASON_KEY, STOPPED_REASON } from "../../../src/engine/trial/fail-reason.js";
import type { TrialSnapshot } from "../../../src/engine/trial/trial-snapshot.js";
import { insight } from "../../../src/inspector/charts/insight.js";
import { makeTrial } from "../make-trial.js";
import { makeStudy } from "./make-study.js";

const choices = categoricalDistribution(["adam", "sgd", "rmsprop"]);

/** Trials of one parameter `x` beside one of chance, each with a loss. */
function study(
  distribution: Distribution,
  values: readonly ParamValue[],
  loss: (value: ParamValue, i: number) => number,
) {
  const noise = floatDistribution(0, 1);
  const trials = values.map((x, i): TrialSnapshot => {
    const other = (i * 0.618_034) % 1;
    const params = { x, noise: other };
    return makeTrial(i, {
      params,
      internalParams: { x: toInternal(distribution, x), noise: other },
      distributions: { x: distribution, noise },
      values: [loss(x, i)],
    });
  });
  return { study: makeStudy("minimize"), trials };
}

/** Numbers from 0 to 1, evenly and in no order. */
const spread = (count: number) => Array.from({ length: count }, (_, i) => ((i + 0.5) * 0.754_877) % 1);

function of(source: ReturnType<typeof study>, name = "x") {
  return insight.make(source, { chart: "insight" }).params.find((param) => param.name === name)!;
}

describe("what the trials say about a parameter", () => {
  it("has the best trials, the count, and the share in the outcome", () => {
    const source = study(floatDistribution(0, 1), spread(40), (x) => (Number(x) - 0.4) ** 2);
    const { best, shown, tried, importance, interval, ...range } = of(source);
    expect([tried, shown.length, best.length]).toEqual([40, 40, 5]);
    expect(best[0]!.value).toBeCloseTo(0.4, 1);
    expect(best.map(({ result }) => Number(result))).toEqual(best.map(({ result }) => Number(result)).toSorted());
    expect(importance).toBeGreaterThan(0.5);
    expect(interval![0]).toBeLessThanOrEqual(interval![1]);
    expect(range).toMatchObject({ name: "x", type: "float", low: 0, high: 1, log: false });
  });

  it("counts pruned trials as worse than all others", () => {
    const { study: s, trials } = study(
      choices,
      Array.from({ length: 40 }, (_, i) => ["adam", "sgd"][i % 2]!),
      (_, i) => i,
    );
    const pruned = trials.map((trial) =>
      trial.params["x"] === "sgd" ? { ...trial, state: "PRUNED" as const, values: null } : trial,
    );
    const param = of({ study: s, trials: pruned });
    expect([param.tried, param.shown.length]).toEqual([40, 20]);
    expect(param.findings).toEqual([{ kind: "choice", choice: "sgd", tried: 20, best: 10 }]);
  });

  it("is about the latest range: what an earlier one had outside it does not count", () => {
    const { study: s, trials } = study(floatDistribution(0, 1), spread(40), Number);
    const narrow = { x: floatDistribution(0, 0.5), noise: floatDistribution(0, 1) };
    const last = { ...trials[0]!, number: 40, distributions: narrow };
    expect(of({ study: s, trials: [...trials, last] })).toMatchObject({
      high: 0.5,
      tried: 1 + trials.filter(({ params }) => Number(params["x"]) <= 0.5).length,
    });
  });
});

describe("findings", () => {
  it.each<[string, Distribution, ParamValue[], (x: ParamValue) => number, object]>([
    [
      "an integer's upper bound",
      intDistribution(1, 5),
      spread(40).map((u) => 1 + Math.floor(u * 5)),
      (x) => -Number(x),
      { kind: "bound", bound: "high", to: 7 },
    ],
    [
      "a learning rate's lower bound, by orders of magnitude",
      floatDistribution(1e-4, 1e-1, { log: true }),
      spread(60).map((u) => 10 ** (-4 + 3 * u)),
      Number,
      { kind: "bound", bound: "low", to: 2e-5 },
    ],
    [
      "an upper bound",
      floatDistribution(0, 0.5),
      spread(60).map((u) => u / 2),
      (x) => -Number(x),
      { kind: "bound", to: 0.75 },
    ],
    [
      "a step's",
      floatDistribution(0, 0.5, { step: 0.1 }),
      spread(60).map((u) => Math.floor(u * 6) / 10),
      (x) => -Number(x),
      { kind: "bound", bound: "high", to: 0.8 },
    ],
  ])("widen %s", (_, distribution, values, loss, finding) => {
    expect(of(study(distribution, values, loss)).findings).toMatchObject([finding]);
  });

  it("do not go where numbers mean nothing: below 0 layers, over a share of 1", () => {
    expect(of(study(floatDistribution(0, 1), spread(60), (x) => -Number(x))).findings).not.toMatchObject([
      { kind: "bound" },
    ]);
    const layers = spread(60).map((u) => 1 + Math.floor(u * 5));
    expect(of(study(intDistribution(1, 5), layers, Number)).findings).not.toMatchObject([{ kind: "bound" }]);
  });

  it("narrow a range to the part that pays", () => {
    const { findings } = of(
      study(
        floatDistribution(0, 10),
        spread(80).map((u) => u * 10),
        (x) => Math.abs(Number(x) - 4),
      ),
    );
    expect(findings).toMatchObject([{ kind: "region", best: 20 }]);
    const [{ low, high }] = findings as unknown as [{ low: number; high: number }];
    expect([low < 3, low > 0.5, high > 5, high < 7.5]).toEqual([true, true, true, true]);
  });

  it("remove a choice that is never among the best", () => {
    const values = Array.from({ length: 45 }, (_, i) => choices.choices[i % 3]!);
    const { findings } = of(study(choices, values, (x) => (x === "sgd" ? 9 : 0)));
    expect(findings).toEqual([{ kind: "choice", choice: "sgd", tried: 15, best: 12 }]);
  });

  it("freeze what hardly matters", () => {
    const source = study(floatDistribution(0, 1), spread(200), Number);
    expect(of(source, "noise").findings).toEqual([{ kind: "no-influence" }]);
  });

  it("wait for enough trials, and are none where all is chance", () => {
    expect(
      of(
        study(
          intDistribution(1, 5),
          spread(19).map((u) => 1 + Math.floor(u * 5)),
          (x) => -Number(x),
        ),
      ).findings,
    ).toEqual([]);
    const chance = study(floatDistribution(0, 1), spread(60), (_, i) => (i * 0.414_214) % 1);
    expect(of(chance).findings.filter(({ kind }) => kind !== "no-influence")).toEqual([]);
  });
});

describe("why trials failed", () => {
  it("is told once for each reason, the latest first, without trials that were stopped", () => {
    const failed = (number: number, reason: string) =>
      makeTrial(number, {
        state: "FAIL",
        values: null,
        params: { x: number },
        systemAttrs: { [FAIL_REASON_KEY]: reason },
      });
    const trials = [failed(0, "a"), makeTrial(1), failed(2, "b"), failed(3, STOPPED_REASON), failed(4, "a")];
    const { failures } = insight.make({ study: makeStudy("minimize"), trials }, { chart: "insight" });
    expect(failures).toMatchObject([
      { reason: "a", trials: 2, trial: 4, params: { x: 4 }, endedAt: trials[4]!.datetimeComplete!.getTime() },
      { reason: "b", trials: 1, trial: 2 },
    ]);
  });
});
