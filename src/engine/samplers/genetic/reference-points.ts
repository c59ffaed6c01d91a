import { solveLinearSystem } from "../../math/linear-system.js";
import type { Rng } from "../../math/rng.js";
import { toLoss, type Loss } from "../../multi-objective/losses.js";
import { shuffle } from "./draws.js";
import { survivorsByRank, type SelectSurvivors } from "./survival.js";
import { clip } from "../../math/clip.js";

/** How many finite ranges beyond the finite values an infinite one is put. */
const INFINITE_RANGES = 3;

/**
 * NSGA-III's: of the rank that does not fit, those near the reference lines that have the fewest survivors.
 * Deb and Jain, "An Evolutionary Many-Objective Optimization Algorithm Using Reference-Point-Based Nondominated Sorting Approach" (2014).
 * @param points one row per line through the origin; a number per objective.
 */
export function survivorsByReference(points: (objectives: number) => readonly Loss[]): SelectSurvivors {
  return (population, directions, count, rng) =>
    survivorsByRank(population, directions, count, (rank, survivors, missing) => {
      const losses = [...survivors, ...rank].map(({ values }) => toLoss(values!, directions));
      const nearest = nearestLines(normalized(finite(losses)), points(directions.length));
      const chosen = fillNiches(nearest.slice(0, survivors.length), nearest.slice(survivors.length), missing, rng);
      return chosen.map((i) => rank[i]!);
    });
}

/** All points with whole coordinates that sum to `divisions`: spread evenly over a plane (Das and Dennis, 1998). */
export function evenReferencePoints(objectives: number, divisions: number): number[][] {
  const points: number[][] = [];
  const place = (point: readonly number[], from: number, left: number): void => {
    if (left === 0) points.push([...point]);
    for (let i = from; i < objectives && left > 0; i++) place(point.with(i, point[i]! + 1), i, left - 1);
  };
  place(new Array<number>(objectives).fill(0), 0, divisions);
  return points;
}

/** ±Infinity moved to some way beyond the finite values; of values whose differences or squares overflow, a part of each. */
export function finite(given: readonly Loss[]): number[][] {
  const largest = Math.max(...given.flat().filter(Number.isFinite).map(Math.abs));
  const scale = largest > 2 ** 500 ? 2 ** -600 : 1;
  const losses = given.map((loss) => loss.map((value) => value * scale));
  const limits = losses[0]!.map((_, i) => {
    const values = losses.map((loss) => loss[i]!).filter(Number.isFinite);
    const [least, most] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 0];
    const margin = INFINITE_RANGES * (most - least);
    return { low: least - margin, high: most + margin };
  });
  return losses.map((loss) => loss.map((value, i) => clip(value, limits[i]!.low, limits[i]!.high)));
}

/** From the ideal point, such that the plane through the extreme points meets each axis at 1; by the largest where there is none. */
export function normalized(losses: readonly Loss[]): number[][] {
  const ideal = losses[0]!.map((_, i) => Math.min(...losses.map((loss) => loss[i]!)));
  const shifted = losses.map((loss) => loss.map((value, i) => value - ideal[i]!));
  const extremes = ideal.map((_, axis) => {
    const achievement = shifted.map((loss) => Math.max(...loss.map((value, i) => value * (i === axis ? 1 : 1e6))));
    return shifted[achievement.indexOf(Math.min(...achievement))]!;
  });
  const scale =
    solveLinearSystem(
      extremes,
      ideal.map(() => 1),
    ) ?? ideal.map((_, i) => 1 / (Math.max(...shifted.map((loss) => loss[i]!)) || 1));
  return shifted.map((loss) => loss.map((value, i) => value * (Number.isFinite(scale[i]!) ? scale[i]! : 1)));
}

interface Nearest {
  readonly line: number;
  readonly distance: number;
}

/** Per loss, the line through the origin and a point that is nearest, the first of equals. */
export function nearestLines(losses: readonly Loss[], points: readonly Loss[]): Nearest[] {
  return losses.map((loss) => {
    const distances = points.map((point) => {
      const along = dot(loss, point) / dot(point, point);
      return Math.hypot(...loss.map((value, i) => value - along * point[i]!));
    });
    const distance = Math.min(...distances);
    return { line: distances.indexOf(distance), distance };
  });
}

/** @returns which of `rank`, one after the other: each of a line with the fewest taken so far. */
function fillNiches(survivors: readonly Nearest[], rank: readonly Nearest[], missing: number, rng: Rng): number[] {
  const members = new Map<number, number[]>();
  rank.forEach(({ line }, i) => members.set(line, [...(members.get(line) ?? []), i]));
  const linesByCount: number[][] = [];
  for (const line of members.keys()) {
    const count = survivors.filter((survivor) => survivor.line === line).length;
    (linesByCount[count] ??= []).push(line);
  }
  const shuffled = new Set<number>();
  const chosen: number[] = [];
  for (let count = 0; chosen.length < missing; count++) {
    const lines = linesByCount[count] ?? [];
    shuffle(lines, rng);
    while (lines.length > 0 && chosen.length < missing) {
      const line = lines.pop()!;
      const candidates = members.get(line)!;
      if (count === 0) candidates.sort((a, b) => rank[b]!.distance - rank[a]!.distance || b - a);
      else if (!shuffled.has(line)) {
        shuffle(candidates, rng);
        shuffled.add(line);
      }
      chosen.push(candidates.pop()!);
      if (candidates.length > 0) (linesByCount[count + 1] ??= []).push(line);
    }
  }
  return chosen;
}

function dot(a: Loss, b: Loss): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
