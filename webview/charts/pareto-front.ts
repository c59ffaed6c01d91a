import type { ChartDataset } from "chart.js";
import { nothing, type TemplateResult } from "lit";

import type { ObjectivePoint, ParetoFrontData } from "../../src/protocol/charts.js";
import { formatNumber } from "../../src/format/numbers.js";
import { plural } from "../../src/format/plural.js";
import { shortLine } from "../../src/format/visible-text.js";
import { html } from "../html.js";
import { objectiveName } from "../objective-name.js";
import { pointOptions, valueAxis } from "./axes.js";
import type { Chart, ChartContext, ChartStudy } from "./chart.js";
import { type ChartTheme, withAlpha } from "./chart-theme.js";
import { legendEntry } from "./controls.js";
import { projection, type Rotation, rotatedBy } from "./projection.js";

const groups = ["infeasible", "dominated", "best"] as const;
type Group = (typeof groups)[number];

const groupLabels: Readonly<Record<Group, string>> = {
  best: "On the front",
  dominated: "Dominated",
  infeasible: "Infeasible",
};

/** Of each of several in a sentence. */
const NAME_CHARS = 40;

const firstRotation: Rotation = [35, 25];

interface TrialPoint {
  readonly x: number;
  readonly y: number;
  readonly trial?: number;
  readonly group: Group;
  readonly values: readonly number[];
}

/** COMPLETE trials by two or three of their objectives; those that no other one dominates stand out. */
export const paretoFront: Chart<"pareto-front"> = {
  title: "Pareto Front",
  about: "Trials by two or three objectives: the best compromises.",
  intervalMs: () => 2_000,
  unavailable: ({ directions }) =>
    directions.length < 2 ? "A Pareto front needs several objectives. This study has one." : null,
  note: (_study, data) => legend(data),
  hasLog: true,
  // A cube is turned.
  zoom: (data) => (data.objectives.length > 2 ? null : "xy"),
  controls: (context) => axesChoice(context),
  empty: () => "No trial is complete.",

  summary({ objectives, best, counts }, { study }) {
    const all = counts.best + counts.dominated + counts.infeasible;
    if (all === 0) return null;
    const ranges = objectives.map((objective, i) => {
      const finite = best.map((point) => Number(point[i + 1])).filter(Number.isFinite);
      const name = `${study.directions[objective]} ${shortLine(objectiveName(study, objective), NAME_CHARS)}`;
      if (finite.length === 0) return name;
      return `${name} (${formatNumber(Math.min(...finite))} to ${formatNumber(Math.max(...finite))})`;
    });
    const infeasible = counts.infeasible > 0 ? ` ${plural(counts.infeasible, "trial")} infeasible.` : "";
    return `Pareto front: ${counts.best} of ${plural(all, "complete trial")} on the front; ${ranges.join(", ")}.${infeasible}`;
  },

  draw(data, context, theme) {
    return data.objectives.length > 2 ? drawRotatable(data, context, theme) : drawFlat(data, context, theme);
  },

  table: (data, { study }) => ({
    headers: ["Trial", "Group", ...data.objectives.map((objective) => objectiveName(study, objective))],
    rows: groups
      .toReversed()
      .flatMap((group) => data[group].map(([number, ...values]) => [{ trial: number }, groupLabels[group], ...values])),
  }),
};

function legend(data: ParetoFrontData | null): TemplateResult {
  return html`${legendEntry("best", "on the front")} ${legendEntry("COMPLETE", "dominated")}
  ${data?.counts.infeasible ? html`<span class="legend"><span aria-hidden="true">×</span>infeasible</span>` : nothing}`;
}

/** Which two of the objectives, or which three, are the axes. */
function axesChoice({ study, choice, choose }: ChartContext<"pareto-front">): TemplateResult {
  const count = study.directions.length;
  if (count === 2) return html``;
  const all = Array.from({ length: count }, (_, i) => i);
  const pairs = all.flatMap((a) => all.slice(a + 1).map((b) => [a, b]));
  const triples = pairs.flatMap(([a, b]) => all.slice(b! + 1).map((c) => [a!, b!, c]));
  const chosen = (choice.objectives ?? [0, 1, 2]).join();
  return html`<vscode-dropdown
    aria-label="Axes of the Pareto front"
    .value=${chosen}
    @change=${({ target }: Event) => choose({ objectives: (target as HTMLSelectElement).value.split(",").map(Number) })}
  >
    ${[...triples, ...pairs].map(
      (axes) =>
        html`<vscode-option value=${axes.join()}
          >${axes.length === count ? "3-D" : axes.map((objective) => objectiveName(study, objective)).join(" × ")}</vscode-option
        >`,
    )}
  </vscode-dropdown>`;
}

function drawFlat(data: ParetoFrontData, context: ChartContext<"pareto-front">, theme: ChartTheme) {
  const { study, choice } = context;
  const [first = 0, second = first] = data.objectives;
  const place = (values: readonly number[]) => ({ x: values[0]!, y: values.at(-1)! });
  const best = pointsOf(data, "best", place).map(({ x, y, group, values }): TrialPoint => ({ x, y, group, values }));
  const isWholeFront = study.directions.length === 2 && best.length > 1;
  const line = best.toSorted((a, b) => a.x - b.x || a.y - b.y);
  return {
    type: "scatter" as const,
    data: {
      datasets: [
        ...(isWholeFront ? [frontLine(line, study, theme)] : []),
        ...groups.map((group) => dots(pointsOf(data, group, place, choice.log), group, theme)),
      ],
    },
    options: {
      ...scatterOptions(data, context, theme),
      scales: {
        x: valueAxis(theme, axisName(study, first), choice.log === true),
        y: valueAxis(theme, axisName(study, second), choice.log === true),
      },
    },
  };
}

function drawRotatable(data: ParetoFrontData, context: ChartContext<"pareto-front">, theme: ChartTheme) {
  const { study, choice, choose } = context;
  const shown = groups.flatMap((group) => data[group].map(([, ...values]) => values.map(Number)));
  const view = projection(shown, choice.rotation ?? firstRotation, choice.log);
  const axes = data.objectives.map((objective) => [objectiveName(study, objective), study.directions[objective]!]);
  return {
    type: "scatter" as const,
    data: { datasets: groups.map((group) => dots(pointsOf(data, group, view.place, choice.log), group, theme)) },
    options: { ...scatterOptions(data, context, theme), scales: view.scales },
    plugins: [view.axes(axes, theme), rotatedBy(choice.rotation ?? firstRotation, (rotation) => choose({ rotation }))],
  };
}

function scatterOptions({ objectives }: ParetoFrontData, { study }: ChartContext<"pareto-front">, theme: ChartTheme) {
  const base = pointOptions(theme);
  return {
    ...base,
    plugins: {
      ...base.plugins,
      tooltip: {
        ...base.plugins.tooltip,
        callbacks: {
          title: ([item]: readonly { raw: unknown }[]) => {
            if (item === undefined) return "";
            const { trial, group } = item.raw as TrialPoint;
            return `Trial #${trial}, ${groupLabels[group].toLowerCase()}`;
          },
          label: ({ raw }: { raw: unknown }) =>
            (raw as TrialPoint).values.map(
              (value, i) => `${objectiveName(study, objectives[i])}: ${formatNumber(value)}`,
            ),
        },
      },
    },
  };
}

/** Where both objectives are better than a trial's, none is: the border of what is dominated, in steps. */
function frontLine(line: TrialPoint[], { directions }: ChartStudy, theme: ChartTheme): ChartDataset<"scatter"> {
  return {
    label: "Front",
    data: line,
    showLine: true,
    stepped: directions[0] === "minimize" ? "before" : "after",
    borderColor: withAlpha(theme.accent, 0.7),
    borderWidth: 1.5,
    pointRadius: 0,
    pointHitRadius: 0,
  };
}

function dots(data: TrialPoint[], group: Group, theme: ChartTheme): ChartDataset<"scatter"> {
  const color = group === "best" ? theme.accent : group === "dominated" ? theme.states.COMPLETE : theme.muted;
  const isBest = group === "best";
  return {
    label: groupLabels[group],
    data,
    clip: 8,
    pointStyle: group === "infeasible" ? "crossRot" : "circle",
    pointRadius: isBest ? 4 : data.length > 500 ? 1.75 : 3,
    pointHoverRadius: 6,
    pointBackgroundColor: withAlpha(color, isBest ? 1 : 0.4),
    pointHoverBackgroundColor: color,
    pointBorderWidth: group === "infeasible" ? 1 : 0,
    pointBorderColor: color,
  };
}

function pointsOf(
  data: ParetoFrontData,
  group: Group,
  place: (values: readonly number[]) => { readonly x: number; readonly y: number },
  log = false,
): TrialPoint[] {
  return data[group].flatMap(([number, ...wire]: ObjectivePoint) => {
    const values = wire.map(Number);
    const isDrawn = values.every((value) => Number.isFinite(value) && (!log || value > 0));
    return isDrawn ? [{ ...place(values), trial: number, group, values }] : [];
  });
}

function axisName(study: ChartStudy, objective: number): string {
  return `${objectiveName(study, objective)} (${study.directions[objective]})`;
}
