import type { Plugin } from "chart.js";

import type { ParamAxis } from "../../src/protocol/charts.js";
import { significant } from "../../src/format/numbers.js";
import { fieldText, objectiveText, valueText } from "../../src/query/field-text.js";
import { objectiveName } from "../objective-name.js";
import { axisBeside, brushPlugin } from "./brush.js";
import type { ChartContext, ChartStudy } from "./chart.js";
import type { ChartTheme } from "./chart-theme.js";
import { paramName } from "./param-axes.js";

const DIGITS = 4;

/** An axis whose trials can be narrowed to a range of it. */
export type FilterAxis = Pick<ParamAxis, "scale" | "choices" | "range"> & {
  /** As queries name it. */
  readonly field: string;
  readonly title: string;
};

export function paramFilterAxis(axis: ParamAxis): FilterAxis {
  return { ...axis, field: fieldText({ scope: "params", name: axis.name }), title: paramName(axis.name) };
}

/** Of an objective's values. */
export function valueFilterAxis(
  study: Pick<ChartStudy, "metricNames" | "directions">,
  objective = 0,
  values: readonly number[],
): FilterAxis {
  const finite = values.filter(Number.isFinite);
  const range = [Math.min(...finite), Math.max(...finite)] as const;
  const field = objectiveText(study.metricNames, objective);
  return { field, title: objectiveName(study, objective), scale: "linear", choices: [], range };
}

/** By the scale of the chart that shows them. */
export type FilterAxes = Readonly<Record<string, FilterAxis>>;

/** Drags along the axes beside a plot filter. */
export function axisFilter(
  axes: FilterAxes,
  context: Pick<ChartContext<"slice">, "filter">,
  theme: ChartTheme,
): Plugin {
  return brushPlugin(
    {
      placeAt(chart, x, y) {
        const place = axisBeside(chart, x, y);
        return place !== null && Object.hasOwn(axes, place.scale.id) ? place : null;
      },
      onBrush(scaleId, from, to) {
        const clause = rangeClause(axes[scaleId]!, from, to);
        if (clause !== null) context.filter(clause);
      },
    },
    theme,
  );
}

/** The clause for a part of an axis; null: there is nothing in it. */
export function rangeClause(axis: FilterAxis, from: number, to: number): string | null {
  const { field, scale, choices } = axis;
  const [low, high] = from <= to ? [from, to] : [to, from];
  if (scale !== "category") return `${field} >= ${rounded(low)} and ${field} <= ${rounded(high)}`;
  return choicesClause(
    axis,
    [...choices.keys()].filter((place) => low <= place && place <= high),
  );
}

/** @param places of the choices on the axis. */
export function choicesClause({ field, choices }: FilterAxis, places: readonly number[]): string | null {
  const values = places.map((place) => valueText(choices[place]!));
  if (values.length === 0) return null;
  return values.length === 1 ? `${field} = ${values[0]}` : `${field} in (${values.join(", ")})`;
}

function rounded(value: number): string {
  return String(significant(value, DIGITS));
}
