import type { TemplateResult } from "lit";

import type { TimelineBar, TimelineData, TimelineProcess, TimelineRow } from "../../src/protocol/charts.js";
import type { ChartState } from "../../src/protocol/charts.js";
import { formatDuration } from "../../src/format/duration.js";
import { plural } from "../../src/format/plural.js";
import { shortLine } from "../../src/format/visible-text.js";
import { formatInteger, formatTime, formatTrials } from "../format.js";
import { html } from "../html.js";
import { stateLabels } from "../trial-state.js";
import { axis, baseOptions } from "./axes.js";
import type { Chart, ChartContext, ChartStudy } from "./chart.js";
import { type ChartTheme, withAlpha } from "./chart-theme.js";
import { legendEntry } from "./controls.js";

const ROW_PX = 22;
const AXIS_PX = 48;
const MAX_TICKS = 8;
const HOST_CHARS = 16;

/** From the lowest: what lies above hides what lies below. */
const kinds = ["WAITING", "COMPLETE", "infeasible", "PAUSED", "PRUNED", "FAIL", "RUNNING"] as const;
type Kind = (typeof kinds)[number];

interface DrawnBar {
  readonly x: [number, number];
  readonly y: number;
  readonly trial: number;
  readonly bar: TimelineBar;
}

/** When each trial ran: a row per process, with what it did and when it did nothing, or a row per trial. */
export const timeline: Chart<"timeline"> = {
  title: "Timeline",
  about: "What each process did when: running, pruned, failed, idle.",
  intervalMs: () => 1_000,
  note: (study) => legend(study),
  zoom: "x",
  controls: (context, data) => rowsChoice(context, data),
  empty: () => "No trial has started.",
  height: ({ by, processes }) => (by === "process" ? processes.length * ROW_PX + AXIS_PX : 0),

  summary(data) {
    if (data.bars.length === 0) return null;
    const { from, to, isLive, trials, processes } = data;
    const length = `${formatTrials(trials)} in ${formatDuration(to - from)}${isLive ? " so far" : ""}`;
    const busy = processes.map((process) => `${rowName(process, processes)} busy ${percent(process)}`);
    const shown = busy.length > 6 ? `${plural(busy.length, "row")} of processes` : busy.join(", ");
    return `Timeline: ${length}, from ${formatTime(from)}.${busy.length > 0 ? ` ${capitalized(shown)}.` : ""}`;
  },

  draw(data, context, theme) {
    const { by, processes, from, to, bars } = data;
    const base = baseOptions(theme);
    const idle = by === "process" ? idleBars(data) : [];
    const datasets = [
      { label: "Idle", data: idle, backgroundColor: withAlpha(theme.foreground, 0.08), order: 1 },
      ...kinds.map((kind) => ({
        label: kind,
        data: bars
          .filter((bar) => kindOf(bar) === kind)
          .map((bar): DrawnBar => ({ x: [bar.start, bar.end], y: bar.row, trial: bar.first, bar })),
        backgroundColor: colorOf(kind, theme),
        order: 0,
      })),
    ].map((dataset) => ({
      ...dataset,
      grouped: false,
      // Between trials without a pause.
      borderColor: theme.ground,
      borderSkipped: false as const,
      borderWidth: { left: 0, right: 0.75, top: 0, bottom: 0 },
      inflateAmount: 0,
      minBarLength: 2,
      ...(by === "process" ? { barThickness: ROW_PX * 0.6 } : { barPercentage: 1, categoryPercentage: 0.9 }),
    }));
    return {
      type: "bar",
      data: { datasets: datasets as never[] },
      options: {
        ...base,
        indexAxis: "y",
        interaction: { mode: "point", intersect: true },
        onClick: (_event, elements, chart) => {
          const hit = elements.findLast(({ datasetIndex }) => datasetIndex > 0);
          const drawn = hit && (chart.data.datasets[hit.datasetIndex]?.data[hit.index] as unknown as DrawnBar);
          if (drawn) context.select(drawn.bar.first);
        },
        scales: {
          x: timeAxis(theme, to - from),
          y: by === "process" ? processAxis(theme, processes) : trialAxis(theme, data),
        },
        plugins: {
          ...base.plugins,
          tooltip: {
            ...base.plugins.tooltip,
            filter: ({ datasetIndex }) => datasetIndex > 0,
            callbacks: {
              title: ([item]) => (item === undefined ? "" : barName((item.raw as DrawnBar).bar)),
              label: ({ raw }) => {
                const { bar } = raw as DrawnBar;
                const process = by === "process" ? `, ${rowName(processes[bar.row]!, processes)}` : "";
                return `${formatDuration(bar.end - bar.start)} from ${formatTime(from + bar.start)}${process}`;
              },
            },
          },
        },
      },
    };
  },

  table: (data) => (data.by === "process" ? processTable(data) : trialTable(data)),
};

function legend({ hasRunning, endedEarly }: ChartStudy): TemplateResult {
  return html`${hasRunning ? legendEntry("RUNNING", "running") : ""} ${legendEntry("COMPLETE", "complete")}
  ${legendEntry("PRUNED", endedEarly)} ${legendEntry("FAIL", "failed")}`;
}

function rowsChoice({ choose }: ChartContext<"timeline">, data: TimelineData | null): TemplateResult {
  const by = data?.by ?? "process";
  return html`<button
    class="text-toggle"
    aria-pressed=${by === "process"}
    title="A row per process"
    @click=${() => choose({ rows: (by === "process" ? "trial" : "process") satisfies TimelineRow })}
  >
    by process
  </button>`;
}

function kindOf({ state, infeasible }: TimelineBar): Kind {
  return state === "COMPLETE" && infeasible ? "infeasible" : state;
}

function colorOf(kind: Kind, theme: ChartTheme): string {
  if (kind === "infeasible") return withAlpha(theme.states.COMPLETE, 0.35);
  return withAlpha(theme.states[kind], 0.85);
}

/** From each process's first trial to its last one: what its trials do not cover. */
function idleBars({ bars }: TimelineData): Pick<DrawnBar, "x" | "y">[] {
  const ends = new Map<number, [number, number]>();
  for (const { row, start, end } of bars) {
    const [first, last] = ends.get(row) ?? [Infinity, -Infinity];
    ends.set(row, [Math.min(first, start), Math.max(last, end)]);
  }
  return Array.from(ends, ([y, x]) => ({ x, y }));
}

function timeAxis(theme: ChartTheme, length: number) {
  const { ticks, ...rest } = axis(theme, "Time since the first trial started");
  return {
    type: "linear" as const,
    ...rest,
    min: 0,
    max: Math.max(length, 1),
    ticks: { ...ticks, callback: (value: string | number) => formatTick(Number(value)) },
    afterBuildTicks: (scale: { ticks: { value: number }[]; min: number; max: number }) => {
      const step = timeStep(scale.max - scale.min);
      const first = Math.ceil(scale.min / step);
      const count = Math.floor(scale.max / step) - first + 1;
      scale.ticks = Array.from({ length: Math.max(0, count) }, (_, i) => ({ value: (first + i) * step }));
    },
  };
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const timeSteps = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
];

/** Milliseconds between the ticks of an axis of a length. */
export function timeStep(length: number): number {
  return timeSteps.find((step) => length / step <= MAX_TICKS) ?? DAY * Math.ceil(length / MAX_TICKS / DAY);
}

/** What a tick needs of a duration: `0`, `30 s`, `5 min`, `1 h 30 min`, `2 d`. */
function formatTick(milliseconds: number): string {
  if (milliseconds === 0) return "0";
  if (milliseconds % DAY === 0) return `${milliseconds / DAY} d`;
  if (milliseconds % HOUR === 0) return `${milliseconds / HOUR} h`;
  if (milliseconds % MINUTE === 0 && milliseconds < HOUR) return `${milliseconds / MINUTE} min`;
  if (milliseconds % SECOND === 0 && milliseconds < MINUTE) return `${milliseconds / SECOND} s`;
  return formatDuration(milliseconds);
}

function processAxis(theme: ChartTheme, processes: readonly TimelineProcess[]) {
  const { ticks, ...rest } = axis(theme, "", false);
  return {
    type: "linear" as const,
    ...rest,
    reverse: true,
    min: -0.5,
    max: processes.length - 0.5,
    ticks: {
      ...ticks,
      autoSkip: false,
      callback: (row: string | number) => {
        const process = processes[Number(row)];
        return process === undefined ? "" : rowName(process, processes);
      },
    },
    afterBuildTicks: (scale: { ticks: { value: number }[] }) => {
      scale.ticks = processes.map((_, value) => ({ value }));
    },
  };
}

function trialAxis(theme: ChartTheme, { bars }: TimelineData) {
  const { ticks, ...rest } = axis(theme, "Trial", false);
  const last = bars.at(-1)?.last ?? 0;
  return {
    type: "linear" as const,
    ...rest,
    reverse: true,
    min: -0.5,
    max: last + 0.5,
    ticks: { ...ticks, precision: 0 },
  };
}

/** With its machine where there are several. */
function rowName({ pid, host, processes }: TimelineProcess, all: readonly TimelineProcess[]): string {
  if (processes === 0) return "process not known";
  const isFarAway = all.some((other) => other.processes > 0 && other.host !== host);
  const where = isFarAway && host !== null ? ` on ${shortLine(host, HOST_CHARS)}` : "";
  return pid === null ? `${formatInteger(processes)} processes${where}` : `process ${pid}${where}`;
}

function barName({ first, last, trials, state, infeasible }: TimelineBar): string {
  const kind = infeasible && state === "COMPLETE" ? "infeasible" : stateLabels[state].toLowerCase();
  return trials === 1 ? `Trial #${first}, ${kind}` : `${formatTrials(trials)}, #${first}–#${last}, mostly ${kind}`;
}

function percent({ span, busy }: TimelineProcess): string {
  return `${span > 0 ? Math.round((100 * busy) / span) : 100}%`;
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function processTable({ processes }: TimelineData) {
  return {
    headers: ["Process", "Trials", "From first to last", "Busy", "Idle"],
    rows: processes.map((process) => [
      capitalized(rowName(process, processes)),
      process.trials,
      formatDuration(process.span),
      `${formatDuration(process.busy)} (${percent(process)})`,
      formatDuration(process.span - process.busy),
    ]),
  };
}

function trialTable({ bars, from }: TimelineData) {
  return {
    headers: ["Trial", "State", "Started", "Duration"],
    rows: bars.map((bar) => [
      bar.trials === 1 ? { trial: bar.first } : `#${bar.first}–#${bar.last}`,
      kindOf(bar) === "infeasible" ? "Infeasible" : stateLabels[bar.state satisfies ChartState],
      formatTime(from + bar.start),
      formatDuration(bar.end - bar.start),
    ]),
  };
}
