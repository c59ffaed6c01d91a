import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { StudySnapshot } from "../../../src/engine/storage.js";
import type { TrialSnapshot } from "../../../src/engine/trial/trial-snapshot.js";
import { contour, contourCells } from "../../../src/inspector/charts/contour.js";
import { parallelCoordinates } from "../../../src/inspector/charts/parallel-coordinates.js";
import { rank } from "../../../src/inspector/charts/rank.js";
import { slice } from "../../../src/inspector/charts/slice.js";
import type { ParallelAxis, ParamAxis } from "../../../src/protocol/charts.js";
import type { WireParamValue } from "../../../src/protocol/wire.js";
import { openStorage } from "../../../src/storage/open.js";
import { rankColor } from "../../../webview/charts/rank-color.js";
import { plainStudies } from "../../engine/importance/optuna-studies.js";
import { makeStudy } from "./make-study.js";

type OptunaValue = WireParamValue;

interface Dimension {
  readonly label: string;
  readonly values: readonly number[];
  readonly range: readonly number[];
  readonly is_log: boolean;
  readonly is_cat: boolean;
  readonly ticktext: readonly string[];
  readonly has_missing: boolean;
}

interface Axis {
  readonly name: string;
  readonly range: readonly number[];
  readonly is_log: boolean;
  readonly is_cat: boolean;
}

interface ContourAxis extends Axis {
  readonly indices: readonly (string | number)[];
  readonly values: readonly (string | number | null)[];
}

interface Subplot {
  readonly param_name: string;
  readonly x: readonly OptunaValue[];
  readonly y: readonly number[];
  readonly trial_numbers: readonly number[];
  readonly is_log: boolean;
  readonly is_numerical: boolean;
  readonly constraints: readonly boolean[];
  readonly x_labels: readonly OptunaValue[] | null;
}

interface Pair {
  readonly params: readonly string[];
  readonly contour: {
    readonly x: ContourAxis;
    readonly y: ContourAxis;
    readonly cells: readonly (readonly [x: number, y: number, value: number])[];
    readonly constraints: readonly boolean[];
  };
  readonly rank: {
    readonly x: Axis;
    readonly y: Axis;
    readonly xs: readonly OptunaValue[];
    readonly ys: readonly OptunaValue[];
    readonly trials: readonly number[];
    readonly zs: readonly (number | string)[];
    readonly colors: readonly (readonly number[])[];
  };
}

interface Case {
  readonly file: string;
  readonly study: string;
  readonly objective: number | null;
  readonly params: readonly string[] | null;
  readonly slice?: readonly Subplot[];
  readonly pairs?: readonly Pair[];
  readonly parallel: {
    readonly objectives: readonly Dimension[];
    readonly params: readonly Dimension[];
    readonly colors: readonly number[];
    readonly isRank: boolean;
    readonly feasibility: readonly boolean[] | null;
  };
}

const folder = new URL("../../fixtures/optuna/", import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL("plots-1.json", folder), "utf8")) as {
  readonly cases: readonly Case[];
};

function sourceOf({ file, study: name }: Case): { study: StudySnapshot; trials: readonly TrialSnapshot[] } {
  if (!file.endsWith(".db")) {
    const { direction, trials } = plainStudies.find((study) => study.name === name)!;
    return { study: makeStudy(direction), trials };
  }
  const storage = openStorage(`sqlite:///${new URL(file, folder).pathname}`, { readOnly: true });
  try {
    const id = storage.findStudy(name)!;
    return { study: storage.getStudy(id), trials: storage.getTrials(id) };
  } finally {
    storage.close();
  }
}

/** All numbers equal to 1e-9, relative to their size; all else the same. */
function expectClose(found: unknown, expected: unknown, where = ""): void {
  if (typeof expected === "number" && typeof found === "number" && Number.isFinite(expected)) {
    const error = Math.abs(found - expected) / Math.max(1, Math.abs(expected));
    expect(error, `${where}: ${found}, not ${expected}`).toBeLessThan(1e-9);
  } else if (Array.isArray(expected) && Array.isArray(found)) {
    expect(found.length, where).toBe(expected.length);
    expected.forEach((item, i) => expectClose(found[i], item, `${where}[${i}]`));
  } else expect(found, where).toEqual(expected);
}

const optionsOf = ({ objective }: Case) => (objective === null ? {} : { objective });

/** As Python's `str`, which Optuna's plots name choices by. */
function pythonText(choice: WireParamValue): string {
  if (choice === null) return "None";
  return typeof choice === "boolean" ? (choice ? "True" : "False") : String(choice);
}

/** As in Optuna's plots: numbers as they are, categories by their texts. */
function placed(axis: ParamAxis): (number | string | null)[] {
  if (axis.scale !== "category") return [...axis.values];
  return axis.values.map((value) => (value === null ? null : pythonText(axis.choices[value]!)));
}

function expectAxis(found: ParamAxis | undefined, expected: Axis): void {
  expect(found?.name).toBe(expected.name);
  expect(found?.scale).toBe(expected.is_cat ? "category" : expected.is_log ? "log" : "linear");
  expectClose(found?.range, expected.range, `${expected.name}: range`);
}

describe.each(cases.map((each) => [`${each.study} of ${each.file}, objective ${each.objective}`, each] as const))(
  "%s",
  (_, each) => {
    const source = sourceOf(each);

    it.runIf(each.slice)("has Optuna's slices", () => {
      const params = each.params ?? each.slice!.map(({ param_name }) => param_name);
      const { axes, values, numbers, feasible } = slice.make(source, { chart: "slice", params, ...optionsOf(each) });
      expect(axes.map(({ name }) => name)).toEqual(params);
      for (const expected of each.slice!) {
        const axis = axes.find(({ name }) => name === expected.param_name)!;
        expect(axis.scale).toBe(!expected.is_numerical ? "category" : expected.is_log ? "log" : "linear");
        expect(axis.choices).toEqual(expected.x_labels ?? []);
        const having = numbers.flatMap((_number, i) => (axis.values[i] === null ? [] : [i]));
        const x = having.map((i) => (axis.scale === "category" ? axis.choices[axis.values[i]!] : axis.values[i]));
        expectClose(x, expected.x, expected.param_name);
        expectClose(
          having.map((i) => values[i]),
          expected.y,
        );
        expect(having.map((i) => numbers[i])).toEqual(expected.trial_numbers);
        expect(having.map((i) => feasible[i])).toEqual(expected.constraints);
      }
    });

    it.each((each.pairs ?? []).map((pair) => [pair.params.join(" and "), pair] as const))(
      "has Optuna's contour of %s",
      (_name, { params, contour: expected }) => {
        const data = contour.make(source, { chart: "contour", params, ...optionsOf(each) });
        const [x, y] = data.axes;
        expectAxis(x, expected.x);
        expectAxis(y, expected.y);
        expectClose(placed(x!), expected.x.values);
        expectClose(placed(y!), expected.y.values);
        // Optuna leaves them out where it draws nothing.
        if (expected.constraints.length > 0) expect(data.feasible).toEqual(expected.constraints);

        const multi = source.study.directions.length > 1;
        const finite = data.values.map((value, i) => ({ value, trial: source.trials[data.numbers[i]!]! }));
        const cells = contourCells(x!, y!, finite, multi ? null : source.study.directions[0]!);
        const isDrawn = expected.x.indices.length > 1 && expected.y.indices.length > 1;
        const placeOf = (axis: ParamAxis, { indices }: ContourAxis, value: number) =>
          indices.findIndex((index) =>
            typeof index === "number"
              ? Math.abs(index - value) <= 1e-9 * Math.max(1, Math.abs(value))
              : index === pythonText(axis.choices[value]!),
          );
        const found = cells.map((cell) => [
          placeOf(x!, expected.x, cell.x),
          placeOf(y!, expected.y, cell.y),
          cell.value,
        ]);
        expectClose(isDrawn ? found : [], expected.cells);
        expect(data.field === null).toBe(expected.cells.length === 0);
      },
    );

    it.each((each.pairs ?? []).map((pair) => [pair.params.join(" and "), pair] as const))(
      "ranks as Optuna by %s",
      (_name, { params, rank: expected }) => {
        const data = rank.make(source, { chart: "rank", params, ...optionsOf(each) });
        const [x, y] = data.axes;
        expectAxis(x, expected.x);
        expectAxis(y, expected.y);
        const having = data.numbers.flatMap((_number, i) =>
          x!.values[i] === null || y!.values[i] === null ? [] : [i],
        );
        expect(having.map((i) => data.numbers[i])).toEqual(expected.trials);
        const text = (axis: ParamAxis, value: OptunaValue) => (axis.scale === "category" ? pythonText(value) : value);
        expectClose(
          having.map((i) => placed(x!)[i]),
          expected.xs.map((value) => text(x!, value)),
        );
        expectClose(
          having.map((i) => placed(y!)[i]),
          expected.ys.map((value) => text(y!, value)),
        );
        expectClose(
          having.map((i) => Number(data.values[i])),
          expected.zs.map((z) => (typeof z === "number" ? z : Number(z.replace("inf", "Infinity")))),
        );
        const colors = having.map((i) => rankColor(data.ranks[i]!, data.feasible[i]!));
        // Plotly rounds each part to a whole number.
        const apart = colors.flatMap((color, i) => color.map((part, j) => Math.abs(part - expected.colors[i]![j]!)));
        expect(Math.max(0, ...apart)).toBeLessThan(0.5 + 1e-9);
      },
    );

    it("has Optuna's parallel coordinates", () => {
      const params = each.params ?? undefined;
      const all = parallelCoordinates.make(source, { chart: "parallel-coordinates", ...optionsOf(each) }).params;
      const data = parallelCoordinates.make(source, {
        chart: "parallel-coordinates",
        params: (params ?? all).toSorted(),
        ...optionsOf(each),
      });
      const { objectives, params: dimensions, colors, isRank, feasibility } = each.parallel;
      expect(data.isRank).toBe(isRank);
      expect(data.axes.map(({ name }) => (name.length < 20 ? name : `${name.slice(0, 17)}...`))).toEqual(
        dimensions.map(({ label }) => label),
      );
      objectives.forEach((expected, i) => expectClose(data.objectives[i]!.range, expected.range, "objective"));
      dimensions.forEach((expected, i) => expectDimension(data.axes[i]!, expected));
      const rows = (of: (trial: number) => readonly (number | boolean | null)[], count: number) =>
        Array.from({ length: count }, (_row, trial) => of(trial)).sort(byColumns);
      const found = rows(
        (trial) => [
          ...data.objectives.map(({ values }) => values[trial]!),
          ...data.axes.map((axis) => dimensionValue(axis, axis.values[trial]!)),
          data.colors[trial]!,
          // Without any constraint in the study, Optuna does not say which trials are feasible.
          feasibility === null ? null : data.feasible[trial]!,
        ],
        data.numbers.length,
      );
      const expected = rows(
        (trial) => [
          ...[...objectives, ...dimensions].map(({ values }) => values[trial]!),
          colors[trial]!,
          feasibility?.[trial] ?? null,
        ],
        colors.length,
      );
      expectClose(found, expected);
    });
  },
);

function expectDimension(axis: ParallelAxis, expected: Dimension): void {
  expect(axis.scale).toBe(expected.is_cat ? "category" : expected.is_log ? "log" : "linear");
  expect(axis.missing !== null).toBe(expected.has_missing);
  expectClose(
    axis.range.map((end) => dimensionValue(axis, end)),
    expected.range,
    axis.name,
  );
  if (expected.is_cat)
    expect(axis.choices.map(pythonText)).toEqual(
      expected.ticktext.slice(expected.has_missing ? 1 : 0).map((text) => text.replace(/ \(value\)$/, "")),
    );
}

/** A value where Optuna has it: the exponents of a logarithmic axis, and a category's trials without it at 0. */
function dimensionValue({ scale, missing }: ParallelAxis, value: number | null): number {
  const place = value ?? missing!;
  if (scale === "category") return missing === null ? place : place + 1;
  return scale === "log" ? Math.log10(place) : place;
}

function byColumns(a: readonly (number | boolean | null)[], b: readonly (number | boolean | null)[]): number {
  for (const [i, value] of a.entries()) {
    const difference = Number(value) - Number(b[i]);
    if (Math.abs(difference) > 1e-9) return difference;
  }
  return 0;
}
