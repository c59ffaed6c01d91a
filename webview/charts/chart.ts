import type { ChartConfiguration } from "chart.js";
import type { TemplateResult } from "lit";

import type { ChartData, ChartName, OptionsOf } from "../../src/protocol/charts.js";
import type { DashboardAction } from "../../src/protocol/dashboard.js";
import type { StudySummary } from "../../src/protocol/inspector.js";
import type { MenuItem } from "../menu.js";
import type { ChartTheme } from "./chart-theme.js";
import type { Rotation } from "./projection.js";
import type { ZoomPlace } from "./zoom-place.js";

declare module "chart.js" {
  interface ControllerDatasetOptions {
    /** The trial that all of a dataset is about, such as a curve. */
    trial?: number;
  }
  interface Point {
    /** The trial that a point is about. With it, the frame names, selects, and marks it. */
    trial?: number | null;
    /** The study that the trial is of, if it is another one: the frame opens it. */
    study?: string;
  }
}

/** What Chart.js draws. A chart of another type has its parts registered in chart-view.ts. */
type DrawnConfiguration = { [Type in "scatter" | "line" | "bar"]: ChartConfiguration<Type> }[
  "scatter" | "line" | "bar"];

type ZoomMode = "x" | "y" | "xy" | null;

/** One kind of chart: what it is called, and how its data are drawn and said. */
export interface Chart<Name extends ChartName> {
  readonly title: string;
  /** In a sentence, what it shows: for those who look for a chart to add. */
  readonly about: string;
  /** What to ask for, where it is more than what the user chose. */
  asked?(choice: ChartChoice<Name>, selected: readonly number[], study: ChartStudy): OptionsOf<Name>;
  /** While trials change it is asked for again this often, in milliseconds. */
  intervalMs(choice: ChartChoice<Name>): number;
  /** Why there is nothing to ask for of such a study; null: there is. */
  unavailable?(study: ChartStudy): string | null;
  /** Beside the title, faint: what exactly is shown. */
  note?(study: ChartStudy, data: ChartData[Name] | null): TemplateResult | string;
  /** Whether the user can switch the axis of values to a logarithmic one (`choice.log`). */
  readonly hasLog?: boolean;
  /** In which directions it can be zoomed. Left out: both; null: it cannot. */
  readonly zoom?: ZoomMode | ((data: ChartData[Name]) => ZoomMode);
  /** How many trials the data leave outside of the axes, where these are not the page's to set. */
  outside?(data: ChartData[Name]): number | undefined;
  /** What the user can choose and do, beside the switch to the table. */
  controls?(context: ChartContext<Name>, data: ChartData[Name] | null): TemplateResult;
  /** What the chart shows, in a sentence, for those who do not see it; null: there is nothing to draw. */
  summary(data: ChartData[Name], context: ChartContext<Name>): string | null;
  /** Of a chart that takes long: what it computes, to stand there meanwhile, such as `Computing fANOVA`. */
  computing?(choice: ChartChoice<Name>): string;
  /** What stands where there is nothing to draw. */
  empty(data: ChartData[Name]): TemplateResult | string;
  draw(data: ChartData[Name], context: ChartContext<Name>, theme: ChartTheme): DrawnConfiguration;
  /** The same as text. */
  table(data: ChartData[Name], context: ChartContext<Name>): ChartTable;
  /** Height in pixels where it follows from the data. Left out: as much as there is. */
  height?(data: ChartData[Name]): number;
  /** In pixels, what it needs at least: a narrower card scrolls. */
  width?(data: ChartData[Name]): number;
}

/** What the user chose for a chart: what it is asked with, and how it is shown. */
export type ChartChoice<Name extends ChartName = ChartName> = OptionsOf<Name> & {
  /** Values on a logarithmic axis. */
  readonly log?: boolean;
  /** Outliers are within the axes. */
  readonly full?: boolean;
  /** Only the trials that the user has selected. */
  readonly selectedOnly?: boolean;
  /** The parameter that the user has selected. */
  readonly param?: string;
  readonly asTable?: boolean;
  /** How a chart in three dimensions is turned. */
  readonly rotation?: Rotation;
  /** Any other choice ends it: what the axes were zoomed to says nothing of others. */
  readonly zoom?: ZoomPlace | undefined;
};

/** What a chart knows beside its data, and what it can ask of the page. */
export interface ChartContext<Name extends ChartName> {
  readonly study: ChartStudy;
  readonly choice: ChartChoice<Name>;
  /** Why nothing can be started now, or null. */
  readonly blocked: string | null;
  /** The trials that the user has selected, the open one first. */
  readonly selected: readonly number[];
  choose(change: ChartChoice<Name>): void;
  /**
   * Narrows table and charts by a clause such as `learningRate >= 0.001 and learningRate <= 0.01`, in place of an earlier one about the
   * same fields. `src/query/field-text.ts` writes the names.
   */
  filter(clause: string): void;
  /** Shows a trial. */
  select(trial: number): void;
  /** Shows another study of the storage, and a trial of it. */
  open(study: string, trial: number): void;
  /** Offers actions in a menu. @param at a place on the chart, in pixels. */
  offer(label: string, items: readonly MenuItem[], at: { readonly x: number; readonly y: number }): void;
  /** Shows another chart, of this. */
  show<Other extends ChartName>(chart: Other, choice: ChartChoice<Other>): void;
  act(action: DashboardAction): void;
}

/** What charts are told of their study: little that changes with a trial, since a chart is drawn anew where it does. */
export interface ChartStudy extends Pick<StudySummary, "directions" | "metricNames"> {
  /** Its best trial. */
  readonly best: number | null;
  readonly hasRunning: boolean;
  /** What its trials are that are stored as PRUNED. */
  readonly endedEarly: "pruned" | "paused" | "paused or pruned";
  readonly hasComplete: boolean;
}

export function chartStudy({ directions, metricNames, best, counts, paused }: StudySummary): ChartStudy {
  return {
    directions,
    metricNames,
    best: best?.number ?? null,
    hasRunning: counts.RUNNING > 0,
    endedEarly: paused === 0 ? "pruned" : paused < counts.PRUNED ? "paused or pruned" : "paused",
    hasComplete: counts.COMPLETE > 0,
  };
}

export interface ChartTable {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly ChartCell[])[];
}

/** A number is shown as all are and saved in full; a trial is shown as a link to it; what is saved has no templates. */
export type ChartCell = string | number | TrialCell | TemplateResult;

export interface TrialCell {
  readonly trial: number;
  /** The study that the trial is of, if it is another one. */
  readonly study?: string;
}
