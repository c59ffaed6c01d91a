import { percentilePruner, type PercentileOptions } from "./percentile.js";
import type { Pruner } from "./pruner.js";

export type MedianOptions = PercentileOptions;

/**
 * Stops a trial whose best value so far is worse than the median of the values that COMPLETE trials had at the same
 * step: `percentile(50)`. Optuna's `MedianPruner`, the rule of Golovin et al. 2017 (Google Vizier).
 * @throws InvalidArgumentError
 */
export function median(options: MedianOptions = {}): Pruner {
  return percentilePruner("MedianPruner", 50, options);
}
