import type { ChartName } from "../../protocol/charts.js";
import type { ChartMaker } from "./chart-maker.js";
import { contour } from "./contour.js";
import { curves } from "./curves.js";
import { history } from "./history.js";
import { importance } from "./importance.js";
import { parallelCoordinates } from "./parallel-coordinates.js";
import { rank } from "./rank.js";
import { slice } from "./slice.js";

/** How each chart's data are made. */
export const chartMakers: { readonly [Name in ChartName]: ChartMaker<Name> } = {
  history,
  importance,
  curves,
  slice,
  contour,
  rank,
  "parallel-coordinates": parallelCoordinates,
};
