import type { TemplateResult } from "lit";

import type { ChartData, ComparedStudy, StudyProgress } from "../../src/protocol/charts.js";
import { formatDuration } from "../../src/format/duration.js";
import { formatNumber, formatParam } from "../../src/format/numbers.js";
import { formatInteger } from "../format.js";
import { html } from "../html.js";
import { objectiveName } from "../objective-name.js";
import { pointOptions, countAxis, valueAxis } from "./axes.js";
import type { Chart, ChartContext } from "./chart.js";
import { seriesLegend, studyLine, studyName, studyPicker, type StudyPoint, studyTitle } from "./study-lines.js";

const progressNames: Readonly<Record<StudyProgress, string>> = {
  trials: "Trials",
  epochs: "Epochs",
  seconds: "Seconds in trials",
};

/** How good the best trial of each study was with what had been spent. */
export const studies: Chart<"studies"> = {
  title: "Compare Studies",
  about: "The best value of several studies by trials, epochs, or seconds.",
  intervalMs: () => 2_000,
  hasLog: true,
  controls: (context, data) => html`${progressChoice(context)} ${picker(context, data)}`,
  empty: () => "No study has a complete trial.",

  summary({ lines, progress }, { study, choice }) {
    if (lines.every(({ best }) => best === null)) return null;
    const each = lines.map((line) => {
      const best = line.best === null ? "no value" : `${formatNumber(line.best.value)} at trial ${line.best.number}`;
      return `${studyName(line.name)}: ${best}`;
    });
    return `Best ${objectiveName(study, choice.objective)} by ${progressNames[progress].toLowerCase()}. ${each.join("; ")}.`;
  },

  draw({ lines, progress }, { study, choice }, theme) {
    const drawable = ({ y }: StudyPoint) => Number.isFinite(y) && (!choice.log || y > 0);
    const base = pointOptions(theme);
    const datasets = lines.map((line, i) => {
      const points = line.points.map(([x, y, trial]) => ({ x, y: Number(y), trial })).filter(drawable);
      return {
        ...studyLine(line.name, i, points, theme),
        showLine: true,
        stepped: "before" as const,
        clip: 8,
        pointRadius: line.points.length > 60 ? 0 : 2,
        pointHoverRadius: 5,
      };
    });
    return {
      type: "scatter",
      data: { datasets },
      options: {
        ...base,
        scales: {
          x: { ...countAxis(theme, progressNames[progress]), min: 0 },
          y: { ...valueAxis(theme, objectiveName(study, choice.objective), choice.log === true), isOfValues: false },
        },
        plugins: {
          ...base.plugins,
          legend: seriesLegend(lines.length, theme),
          tooltip: {
            ...base.plugins.tooltip,
            callbacks: {
              title: studyTitle,
              label: ({ raw }) => {
                const { x, y, trial } = raw as StudyPoint;
                return `#${trial}  ${formatNumber(y)} after ${spent(x, progress)}`;
              },
            },
          },
        },
      },
    };
  },

  table: ({ lines }, { study, choice }) => ({
    headers: [
      "Study",
      "Follows",
      "Frozen",
      "Trials",
      "Epochs",
      "Time in trials",
      `Best ${objectiveName(study, choice.objective)}`,
      "Best trial",
    ],
    rows: lines.map((line, i) => [
      studyName(line.name),
      line.follows === null ? "" : studyName(line.follows),
      frozen(line),
      line.taken > 0
        ? `${formatInteger(line.trials)} (${formatInteger(line.taken)} taken over)`
        : formatInteger(line.trials),
      line.epochs,
      formatDuration(line.seconds * 1_000),
      line.best === null ? "" : line.best.value,
      line.best === null ? "" : { trial: line.best.number, study: i === 0 ? undefined : line.name },
    ]),
  }),
};

function frozen({ frozen: values }: ComparedStudy): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} = ${formatParam(value)}`)
    .join(", ");
}

function spent(amount: number, progress: StudyProgress): string {
  if (progress === "seconds") return formatDuration(amount * 1_000);
  return `${formatInteger(amount)} ${amount === 1 ? progress.slice(0, -1) : progress}`;
}

function progressChoice({ choice, choose }: ChartContext<"studies">): TemplateResult {
  return html`<vscode-dropdown
    aria-label="What progress is counted in"
    .value=${choice.progress ?? "trials"}
    @change=${({ target }: Event) => choose({ progress: (target as HTMLSelectElement).value as StudyProgress })}
  >
    ${Object.entries(progressNames).map(([kind, name]) => html`<vscode-option value=${kind}>${name}</vscode-option>`)}
  </vscode-dropdown>`;
}

function picker({ choose }: ChartContext<"studies">, data: ChartData["studies"] | null): TemplateResult {
  const shown = data?.lines.map(({ name }) => name) ?? [];
  return studyPicker(shown, data?.comparable ?? [], (studies) => choose({ studies }));
}
