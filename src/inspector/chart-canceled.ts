import { TunelensError } from "../engine/errors.js";

export function chartCanceled(): TunelensError {
  return new TunelensError("chart-canceled", "The chart was canceled.");
}
