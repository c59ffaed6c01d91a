import type { ChartName } from "../src/protocol/charts.js";
import type { CardPlace } from "../src/protocol/dashboard-layout.js";
import type { DashboardAction } from "../src/protocol/dashboard.js";
import type { ChartChoice } from "./charts/chart.js";
import type { MenuItem } from "./menu.js";
import type { Navigation } from "./navigation.js";

/** What can be done with a card's place on the page. */
export type CardAction = "left" | "right" | "up" | "down" | "wider" | "narrower" | "taller" | "shorter" | "remove";

/** What parts of the page ask of the page; each bubbles up to the dashboard. */
export interface DashboardEvents {
  /** A button's action, for the host. */
  act: DashboardAction;
  /** Where the user went. */
  navigate: Partial<Navigation>;
  /** A clause to filter by, in place of an earlier one about the same fields. */
  filter: string;
  /** What the user chose for a chart's card. */
  choose: { readonly card: string; readonly change: ChartChoice };
  /** What the user does with a card's place. */
  card: { readonly id: string; readonly action: CardAction };
  /** Which cards the page has now; null: the default ones. */
  layout: readonly CardPlace[] | null;
  /** Why something that the user asked for did not happen. */
  problem: string;
  /** Actions to offer in a menu at a place of a chart. */
  offer: { readonly label: string; readonly items: readonly MenuItem[]; readonly at: { x: number; y: number } };
  /** A chart to show, with this choice. */
  "show-chart": { readonly chart: ChartName; readonly choice: ChartChoice };
  /** Trials to pin or, if all of them are pinned, to unpin. */
  pin: readonly number[];
  /** A trial to show; null closes it. */
  "select-trial": number | null;
}

export function emit<K extends keyof DashboardEvents>(from: EventTarget, type: K, detail: DashboardEvents[K]): void {
  from.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
}
