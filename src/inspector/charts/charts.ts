import type { ChartName } from "../../protocol/charts.js";
import type { ChartMaker } from "./chart-maker.js";
import { contour } from "./contour.js";
import { curves } from "./curves.js";
import { edf } from "./edf.js";
import { history } from "./history.js";
import { hypervolume } from "./hypervolume.js";
import { importance } from "./importance.js";
import { insight } from "./insight.js";
import { parallelCoordinates } from "./parallel-coordinates.js";
import { rank } from "./rank.js";
import { slice } from "./slice.js";
import { paretoFront } from "./pareto-front.js";
import { studies } from "./studies.js";
import { terminator } from "./terminator.js";
import { timeline } from "./timeline.js";

/** How each chart's data are made. */
export const chartMakers: { readonly [Name in ChartName]: ChartMaker<Name> } = {
  history,
  importance,
  curves,
  slice,
  contour,
  rank,
  "parallel-coordinates": parallelCoordinates,
  "pareto-front": paretoFront,
  hypervolume,
  edf,
  timeline,
  terminator,
  studies,
  insight,
};
