import type { TemplateResult } from "lit";

import { formatNumber } from "../../src/format/numbers.js";
import { plural } from "../../src/format/plural.js";
import { shortLine } from "../../src/format/visible-text.js";
import { html } from "../html.js";
import { objectiveName } from "../objective-name.js";
import { pointOptions, countAxis, valueAxis } from "./axes.js";
import type { Chart, ChartContext } from "./chart.js";

/** Of each of several in a sentence. */
const NAME_CHARS = 40;

interface VolumePoint {
  readonly x: number;
  readonly y: number;
  readonly trial: number;
}

/** How much of the objectives' space the feasible COMPLETE trials dominate, by trial. */
export const hypervolume: Chart<"hypervolume"> = {
  title: "Hypervolume History",
  about: "How far the Pareto front has come, trial by trial.",
  intervalMs: () => 10_000,
  unavailable: ({ directions }) =>
    directions.length < 2 ? "A hypervolume needs several objectives. This study has one." : null,
  hasLog: true,
  controls: (context) => referenceField(context),
  empty: () => "No trial is complete.",

  summary({ reference, trials, points }, { study }) {
    const last = points.at(-1);
    if (last === undefined) return null;
    const corner = reference
      .map((value, i) => `${shortLine(objectiveName(study, i), NAME_CHARS)} ${formatNumber(value)}`)
      .join(", ");
    return `Hypervolume history: ${formatNumber(last[1])} after ${plural(trials, "complete trial")}. Reference point: ${corner}.`;
  },

  draw({ points }, { choice }, theme) {
    const drawable = ({ y }: VolumePoint) => Number.isFinite(y) && (!choice.log || y > 0);
    const line = points.map(([x, y]): VolumePoint => ({ x, y: Number(y), trial: x })).filter(drawable);
    const base = pointOptions(theme);
    return {
      type: "scatter",
      data: {
        datasets: [
          {
            label: "Hypervolume",
            data: line,
            showLine: true,
            stepped: "before",
            borderColor: theme.accent,
            borderWidth: 1.75,
            clip: 8,
            pointRadius: line.length > 100 ? 0 : 2.5,
            pointHoverRadius: 5,
            pointBackgroundColor: theme.accent,
            pointBorderWidth: 0,
          },
        ],
      },
      options: {
        ...base,
        scales: {
          x: { ...countAxis(theme, "Trial"), min: 0, max: Math.max(line.at(-1)?.x ?? 0, 1) },
          // It begins far below, as a rule, and that is no outlier.
          y: { ...valueAxis(theme, "Hypervolume", choice.log === true), isOfValues: false },
        },
        plugins: {
          ...base.plugins,
          tooltip: {
            ...base.plugins.tooltip,
            callbacks: {
              label: ({ raw }) => {
                return `Hypervolume: ${formatNumber((raw as VolumePoint).y)}`;
              },
            },
          },
        },
      },
    };
  },

  table: ({ points }) => ({
    headers: ["Trial", "Hypervolume"],
    rows: points.map(([number, volume]) => [{ trial: number }, volume]),
  }),
};

/** The reference point, one number per objective; left empty, it is the worst values so far. */
function referenceField({ study, choice, choose }: ChartContext<"hypervolume">): TemplateResult {
  const count = study.directions.length;
  const names = study.directions.map((_, i) => objectiveName(study, i)).join(", ");
  const hint = `Reference point: ${names}. Numbers with spaces between them; empty: the worst values so far.`;
  return html`<vscode-text-field
    class="chart-field"
    aria-label=${hint}
    title=${hint}
    placeholder="Reference point"
    .value=${choice.reference?.join(" ") ?? ""}
    @change=${({ target }: Event) => {
      const field = target as HTMLInputElement;
      const reference = referenceOf(field.value, count);
      field.setAttribute("aria-invalid", String(reference === null));
      field.title = reference === null ? `Enter ${count} numbers with spaces between them.` : hint;
      if (reference !== null) choose({ reference });
    }}
  ></vscode-text-field>`;
}

/** undefined: none; null: not what is expected. */
export function referenceOf(text: string, count: number): readonly number[] | undefined | null {
  const words = text.split(/[\s;]+/).filter((word) => word !== "");
  if (words.length === 0) return undefined;
  const numbers = words.map((word) => Number(word.replace(/,$/, "")));
  return numbers.length === count && numbers.every(Number.isFinite) ? numbers : null;
}
