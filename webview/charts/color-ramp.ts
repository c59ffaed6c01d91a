import { color } from "chart.js/helpers";

import type { ChartTheme } from "./chart-theme.js";

const FAINTEST = 0.3;

/** From what is faint to what stands out, in the editor's colors. @param share from 0 to 1. */
export function rampColor(theme: ChartTheme, share: number, alpha = 1): string {
  const strength = FAINTEST + (1 - FAINTEST) * share;
  return color(theme.states.COMPLETE).mix(color(theme.ground), strength).alpha(alpha).rgbString();
}

/** Where a value lies between the worst and the best of some, from 0 to 1. */
export function goodness(values: readonly number[], isLowBest: boolean): (value: number) => number {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return (value) => {
    const share = low < high ? (value - low) / (high - low) : 0.5;
    return Math.max(0, Math.min(1, isLowBest ? 1 - share : share));
  };
}
