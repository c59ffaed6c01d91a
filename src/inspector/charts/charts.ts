import type { ChartName } from "../../protocol/charts.js";
import type { ChartMaker } from "./chart-maker.js";
import { curves } from "./curves.js";
import { history } from "./history.js";
import { importance } from "./importance.js";

/** How each chart's data are made. */
export const chartMakers: { readonly [Name in ChartName]: ChartMaker<Name> } = { history, importance, curves };
