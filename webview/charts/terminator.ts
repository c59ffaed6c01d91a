import type { TemplateResult } from "lit";

import type { ImprovementName, TerminatorData } from "../../src/protocol/charts.js";
import { formatNumber } from "../../src/format/numbers.js";
import { plural } from "../../src/format/plural.js";
import { html } from "../html.js";
import { pointOptions, countAxis, valueAxis } from "./axes.js";
import type { Chart, ChartContext } from "./chart.js";
import { withAlpha } from "./chart-theme.js";

interface ImprovementPoint {
  readonly x: number;
  readonly y: number;
  readonly trial: number;
}

/** A terminator lets a study continue with fewer COMPLETE trials. */
const MIN_TRIALS = 20;

const improvementNames: Readonly<Record<ImprovementName, string>> = {
  "regret-bound": "Regret bound",
  emmr: "Expected minimum model regret",
  stagnation: "Best value stagnation",
};

/** How much a terminator expected to gain after each COMPLETE trial, and the error below which it ends the study. */
export const terminator: Chart<"terminator"> = {
  title: "Terminator Improvement",
  about: "What there is left to gain, against the error that would end the study.",
  intervalMs: () => 30_000,
  unavailable: ({ directions }) =>
    directions.length > 1 ? "A terminator supports one objective. This study has several." : null,
  hasLog: true,
  controls: (context) => improvementChoice(context),
  empty: ({ problem }) => problem ?? "No trial is complete.",

  summary(data) {
    const last = data.points.at(-1);
    if (last === undefined) return null;
    const [number, improvement, error] = last;
    const name = improvementNames[data.improvement];
    return `${name} after trial ${number}: ${formatNumber(improvement)}. ${verdict(data, Number(improvement), error)}${ending(data)}`;
  },

  draw({ improvement, points }, { choice }, theme) {
    const base = pointOptions(theme);
    const drawable = ({ y }: ImprovementPoint) => Number.isFinite(y) && y < HUGE && (!choice.log || y > 0);
    const line = points.map(([x, y]): ImprovementPoint => ({ x, y: Number(y), trial: x })).filter(drawable);
    const errors = points
      .flatMap(([x, , error]): ImprovementPoint[] => (error === null ? [] : [{ x, y: Number(error), trial: x }]))
      .filter(drawable);
    const first = line[MIN_TRIALS]?.x ?? Infinity;
    return {
      type: "line",
      data: {
        datasets: [
          {
            label: improvementNames[improvement],
            data: line,
            borderColor: theme.states.COMPLETE,
            // Until then a terminator looks at nothing.
            segment: {
              borderColor: ({ p0 }) =>
                ((p0 as { parsed?: { x: number } }).parsed?.x ?? 0) < first
                  ? withAlpha(theme.states.COMPLETE, 0.35)
                  : undefined,
            },
            borderWidth: 1.75,
            pointRadius: 2,
            pointHoverRadius: 5,
            pointBackgroundColor: theme.states.COMPLETE,
            pointBorderWidth: 0,
          },
          {
            label: "Error",
            data: errors,
            stepped: "before",
            borderColor: theme.states.FAIL,
            backgroundColor: withAlpha(theme.states.FAIL, 0.12),
            fill: "start",
            borderWidth: 1.25,
            pointRadius: 0,
            pointHitRadius: 0,
          },
        ],
      },
      options: {
        ...base,
        scales: {
          x: countAxis(theme, "Trial"),
          y: valueAxis(theme, "Left to gain", choice.log === true),
        },
        plugins: {
          ...base.plugins,
          tooltip: {
            ...base.plugins.tooltip,
            filter: ({ datasetIndex }) => datasetIndex === 0,
            callbacks: {
              label: ({ raw }) => {
                const { x, y } = raw as ImprovementPoint;
                const error = points.find(([number]) => number === x)?.[2] ?? null;
                return `Left to gain: ${formatNumber(y)}${error === null ? "" : `, error ${formatNumber(error)}`}`;
              },
            },
          },
        },
      },
    };
  },

  table: ({ points }) => ({
    headers: ["Trial", "Left to gain", "Error", "Would end"],
    rows: points.map(([number, improvement, error], i) => [
      { trial: number },
      improvement,
      error ?? "",
      i + 1 >= MIN_TRIALS && error !== null && Number(improvement) < Number(error) ? "yes" : "",
    ]),
  }),
};

/** What stands for not knowing is above. */
const HUGE = 1e300;

function verdict(
  { trials, endsAt }: TerminatorData,
  improvement: number,
  error: TerminatorData["points"][number][2],
): string {
  if (error === null) return "The best trial has no cross-validation scores, so there is no error to compare it with.";
  if (trials < MIN_TRIALS) return `A terminator waits for ${MIN_TRIALS} complete trials.`;
  const isBelow = improvement < Number(error);
  const bound = `the error, ${formatNumber(error)}`;
  if (endsAt !== null) return `It is ${isBelow ? "below" : "above"} ${bound}.`;
  return isBelow
    ? `It is below ${bound}: a terminator would end the study.`
    : `It is above ${bound}: a terminator would continue.`;
}

function ending({ endsAt, trials, problem }: TerminatorData): string {
  if (problem !== null) return ` It ends there: ${problem}`;
  return endsAt === null
    ? ""
    : ` Of ${plural(trials, "complete trial")}, those after trial ${endsAt} are not evaluated, as it would take too long.`;
}

function improvementChoice({ choice, choose }: ChartContext<"terminator">): TemplateResult {
  return html`<vscode-dropdown
    aria-label="How what is left to gain is computed"
    .value=${choice.improvement ?? "regret-bound"}
    @change=${({ target }: Event) => choose({ improvement: (target as HTMLSelectElement).value as ImprovementName })}
  >
    ${Object.entries(improvementNames).map(([kind, name]) => html`<vscode-option value=${kind}>${name}</vscode-option>`)}
  </vscode-dropdown>`;
}
