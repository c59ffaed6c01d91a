import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { InspectedStudy } from "../../src/inspector/inspected-study.js";
import { chartNames } from "../../src/protocol/charts.js";
import { makeStudy } from "./charts/make-study.js";
import { pause } from "../wait.js";
import { makeTrial } from "./make-trial.js";

const trials = [0, 1, 2].map((number) => makeTrial(number));
const study = makeStudy("minimize");

it("makes each chart once for the same request", () => {
  const inspected = new InspectedStudy("sqlite:///s.db", study, trials);
  for (const chart of chartNames) expect(inspected.chart({ chart })).toBe(inspected.chart({ chart }));
  expect(inspected.chart({ chart: "curves", limit: 1 })).not.toBe(inspected.chart({ chart: "curves", limit: 2 }));
});

it("takes over from an earlier moment what cannot have changed, and nothing else", () => {
  const before = new InspectedStudy("sqlite:///s.db", study, trials);
  const [history, importance] = [before.chart({ chart: "history" }), before.chart({ chart: "importance" })];
  const running = makeTrial(3, { state: "RUNNING", values: null });
  const after = new InspectedStudy("sqlite:///s.db", study, [...trials, running], { before });
  expect(after.chart({ chart: "importance" })).toBe(importance);
  expect(after.chart({ chart: "history" })).not.toBe(history);
  const completed = new InspectedStudy("sqlite:///s.db", study, [...trials, makeTrial(3)], { before: after });
  expect(completed.chart({ chart: "importance" })).not.toBe(importance);
  const other = new InspectedStudy("sqlite:///s.db", { ...study, id: 2 }, trials, { before });
  expect(other.chart({ chart: "importance" })).not.toBe(importance);
});

it("does not keep the moments before it", async () => {
  let view = new InspectedStudy("sqlite:///s.db", study, trials);
  const moments = [new WeakRef(view)];
  for (let change = 0; change < 3; change++) {
    view = new InspectedStudy("sqlite:///s.db", study, trials, { before: view });
    moments.push(new WeakRef(view));
  }
  await pause(0, "what a weak reference was made of stays until the task ends");
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  expect(moments.map((moment) => moment.deref())).toEqual([undefined, undefined, undefined, view]);
});
