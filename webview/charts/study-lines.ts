import type { TemplateResult } from "lit";

import type { ComparableStudy } from "../../src/protocol/charts.js";
import { shortLine } from "../../src/format/visible-text.js";
import { html } from "../html.js";
import type { ChartTheme } from "./chart-theme.js";

/** What charts of several studies share: a color and a name for each. */

const NAME_CHARS = 40;

/** The study itself has the color of what is best; the others have one each, again after some. */
export function studyColor(index: number, theme: ChartTheme): string {
  return index === 0 ? theme.accent : theme.series[(index - 1) % theme.series.length]!;
}

/** Beyond the colors there are, lines differ by their dashes. */
export function studyDash(index: number, theme: ChartTheme): number[] {
  return index <= theme.series.length ? [] : [4, 3];
}

export function studyName(name: string): string {
  return shortLine(name, NAME_CHARS);
}

/** Which line is which study's, where there are several. */
export function seriesLegend(lines: number, theme: ChartTheme) {
  return {
    display: lines > 1,
    position: "bottom" as const,
    labels: {
      color: theme.muted,
      font: { family: theme.fontFamily, size: theme.fontSize },
      boxWidth: 14,
      boxHeight: 1,
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
