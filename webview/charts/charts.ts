import type { ChartName } from "../../src/protocol/charts.js";
import type { Chart } from "./chart.js";
import { contour } from "./contour.js";
import { curves } from "./curves.js";
import { history } from "./history.js";
import { importance } from "./importance.js";
import { parallelCoordinates } from "./parallel-coordinates.js";
import { rank } from "./rank.js";
import { slice } from "./slice.js";

/** How each chart is shown. */
export const charts: { readonly [Name in ChartName]: Chart<Name> } = {
  history,
  importance,
  curves,
  slice,
  contour,
  rank,
  "parallel-coordinates": parallelCoordinates,
};
