import type { ChartName } from "../../src/protocol/charts.js";
import type { Chart } from "./chart.js";
import { curves } from "./curves.js";
import { history } from "./history.js";
import { importance } from "./importance.js";

/** How each chart is shown. */
export const charts: { readonly [Name in ChartName]: Chart<Name> } = { history, importance, curves };
