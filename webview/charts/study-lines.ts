import type { TemplateResult } from "lit";

import type { ComparableStudy } from "../../src/protocol/charts.js";
import { shortLine } from "../../src/format/visible-text.js";
import { html } from "../html.js";
import type { ChartTheme } from "./chart-theme.js";

/** What charts of several studies share: a color and a name for each. */

const NAME_CHARS = 40;

/** A place on a study's line, which a trial of the study reached. */
export interface StudyPoint {
  readonly x: number;
  readonly y: number;
  readonly trial: number | null;
  /** Left out: the dashboard's own. */
  readonly study?: string;
}

/** @param index among the studies, of which the dashboard's own is the first. */
export function studyLine(
  name: string,
  index: number,
  points: readonly Omit<StudyPoint, "study">[],
  theme: ChartTheme,
) {
  const color = studyColor(index, theme);
  return {
    label: studyName(name),
    data: index === 0 ? [...points] : points.map((point): StudyPoint => ({ ...point, study: name })),
    borderColor: color,
    borderDash: studyDash(index, theme),
    borderWidth: index === 0 ? 2 : 1.5,
    pointBackgroundColor: color,
    pointHoverBackgroundColor: color,
    pointBorderWidth: 0,
  };
}

/** The title of a point's tooltip: its study, and of another one that a click opens it. */
export function studyTitle([item]: readonly {
  readonly dataset: { readonly label?: string };
  readonly raw: unknown;
}[]): string {
  if (item === undefined) return "";
  const { dataset, raw } = item;
  return (dataset.label ?? "") + ((raw as StudyPoint).study === undefined ? "" : " (click to open)");
}

/** The study itself has the color of what is best; the others have one each, again after some. */
function studyColor(index: number, theme: ChartTheme): string {
  return index === 0 ? theme.accent : theme.series[(index - 1) % theme.series.length]!;
}

/** Beyond the colors there are, lines differ by their dashes. */
function studyDash(index: number, theme: ChartTheme): number[] {
  return index <= theme.series.length ? [] : [4, 3];
}

export function studyName(name: string): string {
  return shortLine(name, NAME_CHARS);
}

/** Which line or bar is of which study or objective, where there are several. */
export function seriesLegend(series: number, theme: ChartTheme, marks: "lines" | "bars" = "lines") {
  const [boxWidth, boxHeight] = marks === "lines" ? [14, 1] : [8, 8];
  return {
    display: series > 1,
    // Bars may go on below what a card shows.
    position: marks === "lines" ? ("bottom" as const) : ("top" as const),
    labels: {
      color: theme.muted,
      font: { family: theme.fontFamily, size: theme.fontSize },
      boxWidth,
      boxHeight,
      padding: 8,
    },
  };
}

/**
 * Which studies are compared.
 * @param shown nothing before the first data have come.
 */
export function studyPicker(
  shown: readonly string[],
  comparable: readonly ComparableStudy[],
  choose: (studies: readonly string[]) => void,
): TemplateResult {
  if (shown.length === 0) return html``;
  return html`<tunelens-study-picker
    .shown=${shown}
    .comparable=${comparable}
    .onChoose=${choose}
  ></tunelens-study-picker>`;
}
