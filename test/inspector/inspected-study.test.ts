import { expect, it } from "vitest";
import { InspectedStudy } from "../../src/inspector/inspected-study.js";
import { chartNames } from "../../src/protocol/charts.js";
import { makeStudy } from "./charts/make-study.js";
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
