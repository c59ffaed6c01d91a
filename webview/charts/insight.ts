import { findingAdvice, findingEvidence } from "../../src/format/finding-words.js";
import { formatImportance, formatInterval } from "../../src/format/importance.js";
import { formatNumber, formatParam } from "../../src/format/numbers.js";
import { plural } from "../../src/format/plural.js";
import { shortLine } from "../../src/format/visible-text.js";
import type { ParamInsight, TriedValue } from "../../src/protocol/charts.js";
import { placeInRange } from "../../src/protocol/param-outline.js";
import { axis, pointOptions } from "./axes.js";
import type { Chart } from "./chart.js";
import { withAlpha } from "./chart-theme.js";

const ROW_PX = 30;
const NAME_CHARS = 24;
/** How far values are from the middle of their row at most, so that equal ones are seen. */
const SPREAD = 0.28;

interface ValuePoint {
  readonly x: number;
  readonly y: number;
  readonly trial: number;
  /** What is said of it. */
  readonly words: string;
}

/** Where in their ranges the values of the best trials lie, and what that says about the ranges. */
export const insight: Chart<"insight"> = {
  title: "Findings",
  about: "Where in its range each parameter paid, and what to change: bounds, choices, parameters that hardly matter.",
  zoom: null,
  intervalMs: () => 2_000,
  empty: () => "No complete trial has a finite value.",
  height: ({ params }) => params.length * ROW_PX + 40,

  summary({ complete, params }) {
    if (complete === 0) return null;
    const told = params.flatMap((param) => param.findings.map((finding) => words(param, finding)));
    return `Findings from ${plural(complete, "complete trial")}: ${told.join(" ") || "none yet."}`;
  },

  draw({ params }, _context, theme) {
    const base = pointOptions(theme);
    const isBest = (param: ParamInsight, { trial }: TriedValue) => param.best.some((best) => best.trial === trial);
    const points = params.flatMap((param, row) =>
      param.shown.filter((tried) => !isBest(param, tried)).map((tried) => pointOf(param, row, tried)),
    );
    const best = params.flatMap((param, row) => param.best.map((tried) => pointOf(param, row, tried)));
    const rows = params.map((param) => rowLabel(param));
    return {
      type: "scatter",
      data: {
        datasets: [
          { ...dots(theme.accent, 5), label: "Best trials", data: best },
          { ...dots(withAlpha(theme.muted, 0.5), 2.5), label: "Trials", data: points },
        ],
      },
      options: {
        ...base,
        scales: {
          x: { ...axis(theme, "From the lower to the upper bound"), min: -0.03, max: 1.03, ticks: { display: false } },
          y: {
            ...axis(theme, "", false),
            type: "linear",
            reverse: true,
            // Whole numbers, from which ticks are counted: each row has one.
            min: -1,
            max: params.length,
            ticks: {
              ...axis(theme, "").ticks,
              color: theme.foreground,
              stepSize: 1,
              autoSkip: false,
              callback: (at) => rows[Number(at)] ?? "",
            },
          },
        },
        plugins: {
          ...base.plugins,
          tooltip: {
            ...base.plugins.tooltip,
            callbacks: { label: ({ raw }) => (raw as ValuePoint).words },
          },
        },
      },
    };
  },

  table: ({ params }) => ({
    headers: ["Parameter", "Range", "Best", "Importance", "90% interval", "Trials", "Finding"],
    rows: params.map((param) => [
      param.name,
      rangeWords(param),
      formatParam(param.best[0]?.value),
      param.importance === null ? "" : formatImportance(param.importance),
      param.interval === null ? "" : formatInterval(param.interval),
      param.tried,
      param.findings.map((finding) => words(param, finding)).join(" "),
    ]),
  }),
};

function words(param: ParamInsight, finding: ParamInsight["findings"][number]): string {
  return `${shortLine(param.name, 60)}: ${findingEvidence(param, finding)} ${findingAdvice(param, finding)}.`;
}

function rowLabel({ name, findings }: ParamInsight): string {
  return `${shortLine(name, NAME_CHARS)}${findings.length > 0 ? " •" : ""}`;
}

function pointOf(param: ParamInsight, row: number, tried: TriedValue): ValuePoint {
  return {
    x: placeInRange(param, tried.value),
    y: row + spreadOf(tried.trial),
    trial: tried.trial,
    words: `${shortLine(param.name, 60)} ${shortLine(formatParam(tried.value), 40)}: ${formatNumber(tried.result)}`,
  };
}

/** Of a trial always the same. */
function spreadOf(trial: number): number {
  return SPREAD * (((trial * 0.618_034) % 1) * 2 - 1);
}

function dots(color: string, radius: number) {
  return { pointRadius: radius, pointHoverRadius: radius + 2, pointBackgroundColor: color, pointBorderWidth: 0 };
}

function rangeWords({ choices, low, high, log }: ParamInsight): string {
  if (choices) return choices.map(formatParam).join(", ");
  return `${formatNumber(low!)}–${formatNumber(high!)}${log ? ", log" : ""}`;
}
