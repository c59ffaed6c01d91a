import type { ChartName } from "../src/protocol/charts.js";
import type { DashboardAction } from "../src/protocol/dashboard.js";
import type { ChartChoice } from "./charts/chart.js";
import type { Navigation } from "./navigation.js";

/** What parts of the page ask of the page; each bubbles up to the dashboard. */
export interface DashboardEvents {
  /** A button's action, for the host. */
  act: DashboardAction;
  /** Where the user went. */
  navigate: Partial<Navigation>;
  /** What the user chose for a chart. */
  choose: { readonly chart: ChartName; readonly change: ChartChoice };
  /** A clause to filter by, in place of an earlier one about the same fields. */
  filter: string;
  /** A trial to show; null closes it. */
  "select-trial": number | null;
}

export function emit<K extends keyof DashboardEvents>(from: EventTarget, type: K, detail: DashboardEvents[K]): void {
  from.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
}
