import type { ChartRequest } from "../../../src/protocol/charts.js";
import type { TrialColumn, TrialQuery } from "../../../src/protocol/inspector.js";
import { openStorage } from "../../../src/storage/open.js";
import { madeUpView } from "../../e2e/dashboard-harness/made-up-study.js";
import { startInspector } from "./inspector-host.js";
import { mb, ms, type Rows, timed } from "./measures.js";

const OBJECTIVES = "objectives";

/**
 * How long the inspector process takes for what the page asks of it, without the page. Where what was asked before matters, it is asked in
 * the order of the rows.
 */
export async function measureAnswers(folder: string, path: string, study: string, trials: number): Promise<Rows> {
  storeObjectives(path, trials);
  const [{ functions, memory, end }, started] = await timed(() => startInspector(folder));
  const rows: Rows = [["start", ms(started)]];
  const measure = async (what: string, action: () => Promise<unknown>) => {
    rows.push([what, ms((await timed(action))[1])]);
  };
  const page = (query: Partial<TrialQuery>) => () =>
    functions.listTrials(path, study, { offset: 0, limit: 100, ...query });
  const by = (column: TrialColumn) => page({ sort: [{ column, descending: true }] });
  const chart =
    (request: ChartRequest, of = study) =>
    () =>
      functions.getChart(path, of, request);
  try {
    await measure("tree, two studies", () => functions.listStudies(path));
    await measure("first rows", page({}));
    await measure("sort by value", by("value:0"));
    await measure("sort by duration", by("duration"));
    await measure("filter by state", page({ filter: "state = pruned" }));
    await measure("filter by time and attribute", page({ filter: "duration > 10s or failReason exists" }));
    await measure("values of a field", () => functions.getFieldValues(path, study, "state"));
    await measure("learning curves", chart({ chart: "curves" }));
    rows.push(["memory before the study is read in full", mb(memory())]);
    await measure("first chart by parameters", chart({ chart: "rank" }));
    await measure("next chart by parameters", chart({ chart: "slice" }));
    await measure("the same, filtered", chart({ chart: "slice", filter: "number > 10" }));
    storeTrial(path, study);
    await measure("the same, after one more trial", chart({ chart: "slice" }));
    await measure("EDF of two studies", chart({ chart: "edf", studies: [OBJECTIVES] }));
    await measure("hypervolume, three objectives", chart({ chart: "hypervolume" }, OBJECTIVES));
    await measure("filter by a parameter", page({ filter: "learningRate < 0.01" }));
    await measure("sort by a parameter", by("param:learningRate"));
    rows.push(["memory after all charts", mb(memory())]);
  } finally {
    end();
  }
  return rows.map(([what, measured]) => [`inspector: ${what}`, measured]);
}

/** A study with three objectives, every tenth of whose trials is on the front. */
function storeObjectives(path: string, count: number): void {
  const { study, trials } = madeUpView({
    trials: Math.ceil(count / 10),
    directions: ["minimize", "minimize", "minimize"],
  });
  const spread = trials.map((trial, i) => ({
    ...trial,
    values: trial.values && (i % 10 === 0 ? onSphere(i) : trial.values.map((value) => value + 2)),
  }));
  const storage = openStorage(path);
  storage.createStudy(OBJECTIVES, study.directions, { userAttrs: {}, systemAttrs: {}, trials: spread });
  storage.close();
}

/** No such point dominates another. */
function onSphere(seed: number): number[] {
  const [polar, around] = [((seed * Math.SQRT2) % 1) * (Math.PI / 2), ((seed * Math.sqrt(3)) % 1) * (Math.PI / 2)];
  return [Math.sin(polar) * Math.cos(around), Math.sin(polar) * Math.sin(around), Math.cos(polar)].map((x) => 1 - x);
}

function storeTrial(path: string, name: string): void {
  const storage = openStorage(path);
  storage.createTrial(storage.findStudy(name)!, madeUpView({ trials: 1 }).trials[0]);
  storage.close();
}
