import { expect, it } from "vitest";
import type { EdfData, StudiesData, TerminatorData, TimelineData } from "../../../src/protocol/charts.js";
import { edf } from "../../../webview/charts/edf.js";
import { hypervolume, referenceOf } from "../../../webview/charts/hypervolume.js";
import { studies } from "../../../webview/charts/studies.js";
import { terminator } from "../../../webview/charts/terminator.js";
import { timeline, timeStep } from "../../../webview/charts/timeline.js";
import { makeContext, study, theme } from "./chart-context.js";

const click = (options: { onClick?: unknown } | undefined, hits: unknown, chart: unknown) =>
  (options!.onClick as (event: unknown, hits: unknown, chart: unknown) => void).call({}, {}, hits, chart);

const comparable = [
  { name: "s", follows: null },
  { name: "s-units-32", follows: "s" },
];

it("reads a reference point of as many numbers as there are objectives", () => {
  expect(referenceOf(" 1 -2.5e3 ", 2)).toEqual([1, -2500]);
  expect(referenceOf("1, 2", 2)).toEqual([1, 2]);
  expect(referenceOf("", 2)).toBeUndefined();
  for (const text of ["1", "1 2 3", "1 x", "1 Infinity"]) expect(referenceOf(text, 2)).toBeNull();
});

it("says how far the hypervolume has come, and from where it is counted", () => {
  const data = {
    reference: [3, 4],
    trials: 12,
    points: [
      [0, 1.5],
      [11, 2],
    ],
  } as const;
  const context = makeContext<"hypervolume">(
    {},
    { directions: ["minimize", "minimize"], metricNames: ["loss", "size"] },
  );
  expect(hypervolume.summary(data, context)).toBe(
    "Hypervolume history: 2 after 12 complete trials. Reference point: loss 3, size 4.",
  );
  expect(hypervolume.unavailable!(study)).toMatch(/several objectives/);
});

it("draws a distribution per study, says where half of the trials are, and names each trial's study if it is another", () => {
  const data: EdfData = {
    x: [1, 2, 3],
    lines: [
      { study: "s", trials: 4, y: [0.25, 0.75, 1], at: [7, 3, 0] },
      { study: "s-units-32", trials: 1, y: [0, 0, 1], at: [null, null, 8] },
    ],
    comparable,
  };
  const context = makeContext<"edf">();
  expect(edf.summary(data, context)).toBe(
    "Empirical distribution of loss. s: half of 4 trials at most 2; s-units-32: half of 1 trial at most 3.",
  );
  const { datasets } = edf.draw(data, context, theme).data;
  expect(datasets.map(({ label }) => label)).toEqual(["s", "s-units-32"]);
  expect(datasets[0]!.data[1]).toEqual({ x: 2, y: 0.75, trial: 3 });
  expect(datasets[1]!.data[2]).toEqual({ x: 3, y: 1, trial: 8, study: "s-units-32" });
});

it("compares studies by what they had spent, with what is frozen in the table", () => {
  const line = { trials: 3, taken: 0, epochs: 30, seconds: 90, frozen: {}, best: { number: 2, value: 1 } } as const;
  const data: StudiesData = {
    progress: "epochs",
    lines: [
      {
        ...line,
        name: "s",
        follows: null,
        points: [
          [10, 4, 0],
          [30, 1, 2],
        ],
      },
      { ...line, name: "s-units-32", follows: "s", frozen: { units: 32 }, taken: 2, points: [], best: null },
    ],
    comparable,
  };
  const context = makeContext<"studies">({ progress: "epochs" });
  expect(studies.summary(data, context)).toBe("Best loss by epochs. s: 1 at trial 2; s-units-32: no value.");
  expect(studies.table(data, context).rows).toEqual([
    ["s", "", "", "3", 30, "1 min 30 s", 1, { trial: 2 }],
    ["s-units-32", "s", "units = 32", "3 (2 taken over)", 30, "1 min 30 s", "", ""],
  ]);
  expect(studies.draw(data, context, theme).data.datasets[0]!.data[1]).toEqual({ x: 30, y: 1, trial: 2 });
});

const left: TerminatorData = {
  improvement: "regret-bound",
  trials: 21,
  points: Array.from({ length: 21 }, (_, i) => [i, 3 - i / 10, 1.5] as const),
  endsAt: null,
  problem: null,
};

it.each([
  ["waits", { ...left, trials: 4, points: left.points.slice(0, 4) }, /waits for 20 complete trials/],
  ["would end", left, /below the error, 1\.5: a terminator would end/],
  ["would continue", { ...left, points: left.points.map(([x, y]) => [x, y, 0.1] as const) }, /would continue/],
  [
    "has no error",
    { ...left, points: left.points.map(([x, y]) => [x, y, null] as const) },
    /no cross-validation scores/,
  ],
  ["cannot go on", { ...left, problem: "There is no parameter." }, /It ends there: There is no parameter\.$/],
  ["goes no further", { ...left, endsAt: 20 }, /those after trial 20 are not evaluated/],
])("says whether a terminator %s", (_, data, said) => {
  expect(terminator.summary(data, makeContext())).toMatch(said);
});

it("marks where a terminator would end the study", () => {
  const { rows } = terminator.table(left, makeContext());
  expect(rows.flatMap(([trial, , , ends]) => (ends === "yes" ? [trial] : []))).toEqual([{ trial: 19 }, { trial: 20 }]);
});

const busy: TimelineData = {
  by: "process",
  from: 0,
  to: 10_000,
  isLive: false,
  trials: 4,
  processes: [{ pid: 11, host: "a", processes: 1, trials: 4, span: 10_000, busy: 7_500 }],
  bars: [
    { first: 0, last: 0, trials: 1, row: 0, start: 0, end: 5_000, state: "COMPLETE", infeasible: false },
    { first: 1, last: 3, trials: 3, row: 0, start: 7_500, end: 10_000, state: "PRUNED", infeasible: false },
  ],
};

it("shows what a process did, and when it did nothing", () => {
  const context = makeContext<"timeline">();
  expect(timeline.summary(busy, context)).toMatch(/^Timeline: 4 trials in 10\.0 s, from .+\. Process 11 busy 75%\.$/);
  expect(timeline.table(busy, context).rows).toEqual([["Process 11", 4, "10.0 s", "7.5 s (75%)", "2.5 s"]]);
  const { options, data } = timeline.draw(busy, context, theme);
  const drawn = data.datasets.filter(({ data: bars }) => bars.length > 0);
  expect(drawn.map(({ label, data: bars }) => [label, (bars[0] as unknown as { x: unknown }).x])).toEqual([
    ["Idle", [0, 10_000]],
    ["COMPLETE", [0, 5_000]],
    ["PRUNED", [7_500, 10_000]],
  ]);
  const pruned = data.datasets.findIndex(({ label }) => label === "PRUNED");
  click(
    options,
    [
      { datasetIndex: 0, index: 0 },
      { datasetIndex: pruned, index: 0 },
    ],
    { data },
  );
  expect(context.select).toHaveBeenCalledExactlyOnceWith(1);
});

it("names the machines where there are several, and says where a process is not known", () => {
  const [process] = busy.processes;
  const processes = [
    process!,
    { ...process!, pid: 12, host: "b" },
    { ...process!, pid: null, host: null, processes: 0 },
  ];
  const { rows } = timeline.table({ ...busy, processes }, makeContext());
  expect(rows.map(([name]) => name)).toEqual(["Process 11 on a", "Process 12 on b", "Process not known"]);
});

it("has ticks at whole seconds, minutes, hours, and days", () => {
  const minute = 60_000;
  expect([40_000, 9 * minute, 100 * minute, 20 * 24 * 60 * minute].map(timeStep)).toEqual([
    5_000,
    2 * minute,
    15 * minute,
    3 * 24 * 60 * minute,
  ]);
});
