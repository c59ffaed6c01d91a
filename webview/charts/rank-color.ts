type Rgb = readonly [red: number, green: number, blue: number];

/** Of lowest values, blue, to the highest, red: ColorBrewer's RdYlBu, as in Optuna's plot. */
const scale: readonly Rgb[] = [
  [49, 54, 149],
  [69, 117, 180],
  [116, 173, 209],
  [171, 217, 233],
  [224, 243, 248],
  [255, 255, 191],
  [254, 224, 144],
  [253, 174, 97],
  [244, 109, 67],
  [215, 48, 39],
  [165, 0, 38],
];

const infeasible: Rgb = [204, 204, 204];

/** @param rank from 0 to 1. */
export function rankColor(rank: number, feasible: boolean): Rgb {
  if (!feasible) return infeasible;
  const place = rank * (scale.length - 1);
  const below = Math.min(Math.floor(place), scale.length - 2);
  const [from, to] = [scale[below]!, scale[below + 1]!];
  const between = (part: 0 | 1 | 2) => from[part] + (to[part] - from[part]) * (place - below);
  return [between(0), between(1), between(2)];
}
