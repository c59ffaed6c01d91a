import { isPaused } from "../../engine/trial/paused.js";
import type { TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import type { ChartState } from "../../protocol/charts.js";

export function chartState(trial: TrialSnapshot): ChartState {
  return isPaused(trial) ? "PAUSED" : trial.state;
}
