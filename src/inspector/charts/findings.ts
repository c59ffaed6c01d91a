import { countValues, type Distribution, type ParamValue } from "../../engine/distribution.js";
import {
  fromTransformed,
  type NumericDistribution,
  toTransformed,
  transformedBounds,
} from "../../engine/sampled-interval.js";
import type { TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import type { Finding } from "../../protocol/charts.js";
import { toWireParams } from "../../protocol/wire.js";

/** With fewer trials, a finding would be chance. */
const MIN_TRIALS = 20;
const MIN_BEST = 5;
/** How likely what was found may be by chance. */
const CHANCE = 0.01;
/** The part of a range that counts as its end. */
const END = 0.1;
/** A range of so few values has one of them at its end. */
const FEW_VALUES = 10;
/** A region that pays is told if it is at most so much of the range. */
const REGION = 0.6;
/** How much of the range is left around it. */
const MARGIN = 0.1;
/** The upper end of the importance of what has no influence. */
const NO_INFLUENCE = 0.05;

/** Trials that have a parameter, the best first, and how many of them are the best quarter. */
export interface Ranked {
  readonly trials: readonly TrialSnapshot[];
  /** They are COMPLETE; those that were pruned come after all that are. */
  readonly best: number;
}

/** @param complete best first. @param pruned in any order. */
export function rank(complete: readonly TrialSnapshot[], pruned: readonly TrialSnapshot[]): Ranked {
  const trials = [...complete, ...pruned];
  return { trials, best: Math.min(complete.length, Math.ceil(trials.length / 4)) };
}

/** What the trials say about a parameter: nothing as long as it may be chance. @param most the upper end of its importance. */
export function findingsOf(
  name: string,
  distribution: Distribution,
  ranked: Ranked,
  most: number | undefined,
): Finding[] {
  const { trials, best } = ranked;
  if (trials.length < MIN_TRIALS || best < MIN_BEST || countValues(distribution) < 2) return [];
  if (most !== undefined && most < NO_INFLUENCE) return [{ kind: "no-influence" }];
  const values = trials.map(({ params }) => params[name]!);
  if (distribution.type === "categorical") return hopelessChoices(distribution.choices, values, best);
  const places = values.map((value) => placeOf(distribution, Number(value)));
  const region = payingRegion(places, best);
  const bound = pressedBound(distribution, places, best, region);
  return bound ?? (region ? narrowed(distribution, region, best) : []);
}

function hopelessChoices(choices: readonly ParamValue[], values: readonly ParamValue[], best: number): Finding[] {
  return choices.flatMap((choice): Finding[] => {
    const tried = values.filter((value) => value === choice).length;
    const isAmongBest = values.slice(0, best).includes(choice);
    if (isAmongBest || chanceOfNone(tried / values.length, best) > CHANCE) return [];
    return [{ kind: "choice", choice: toWireParams({ choice })["choice"]!, tried, best }];
  });
}

/** A part of a range, as places in it. */
interface Region {
  readonly from: number;
  readonly to: number;
  /** How many trials are elsewhere. */
  readonly outside: number;
}

/** The best trial is at an end of the range, with more of the best quarter than chance would put there, or with all of it not far. */
function pressedBound(
  distribution: NumericDistribution,
  places: readonly number[],
  best: number,
  region: Region | undefined,
): Finding[] | undefined {
  const values = countValues(distribution);
  const end = values <= FEW_VALUES ? 1 / values : END;
  for (const bound of ["low", "high"] as const) {
    const isAtEnd = (place: number) => (bound === "low" ? place <= end : place >= 1 - end);
    const isRegionAtEnd = bound === "low" ? region?.from === 0 : region?.to === 1;
    const among = places.slice(0, best).filter(isAtEnd).length;
    if (!isAtEnd(places[0]!) || !(isRegionAtEnd || chanceOfAtLeast(among, best, end) <= CHANCE)) continue;
    const to = widened(distribution, bound);
    if (to !== undefined) return [{ kind: "bound", bound, among, best, to }];
  }
  return undefined;
}

/** Where all of the best quarter lie, if that is a part of the range, and many trials were elsewhere. */
function payingRegion(places: readonly number[], best: number): Region | undefined {
  const paying = places.slice(0, best);
  const from = Math.max(0, Math.min(...paying) - MARGIN);
  const to = Math.min(1, Math.max(...paying) + MARGIN);
  const outside = places.filter((place) => place < from || place > to).length;
  if (to - from > REGION || chanceOfNone(outside / places.length, best) > CHANCE) return undefined;
  return { from, to, outside };
}

function narrowed(distribution: NumericDistribution, { from, to, outside }: Region, best: number): Finding[] {
  const low = from === 0 ? distribution.low : valueAt(distribution, from, "low");
  const high = to === 1 ? distribution.high : valueAt(distribution, to, "high");
  return low < high ? [{ kind: "region", low, high, outside, best }] : [];
}

/** The bound that a range gets whose best values press against it; undefined: numbers there mean nothing. */
function widened({ type, log, low, high, step }: NumericDistribution, bound: "low" | "high"): number | undefined {
  const steps = (width: number) => (step === null || log ? width : Math.max(1, Math.round(width / step)) * step);
  if (log) {
    // A quarter of the range's orders of magnitude, at least a factor of 2.
    const factor = Math.max(2, (high / low) ** 0.25);
    const to = bound === "high" ? high * factor : low / factor;
    const short = type === "int" ? Math.max(1, Math.round(to)) : withDigits(to, 1);
    return short === low || short === high ? undefined : short;
  }
  const width = steps((high - low) / 2);
  // What begins at 0 or 1, or ends at 1, cannot be less or more: a share, a number of layers.
  if (bound === "high") return type === "float" && low >= 0 && high === 1 ? undefined : rounded(high + width);
  if (low === 0 || (type === "int" && low === 1)) return undefined;
  const least = low > 0 ? (type === "int" ? 1 : 0) : -Infinity;
  return rounded(Math.max(least, low - width));
}

function withDigits(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}

/** Without the last digits that sums of decimals have. */
function rounded(value: number): number {
  return withDigits(value, 12);
}

/** Where in its range a value lies, from 0 to 1. */
function placeOf(distribution: NumericDistribution, value: number): number {
  const { low, high } = transformedBounds(distribution);
  return (toTransformed(distribution, value) - low) / (high - low);
}

/** The value at a place with two digits; of those that the parameter can have, the next one outward. */
function valueAt(distribution: NumericDistribution, place: number, side: "low" | "high"): number {
  const bounds = transformedBounds(distribution);
  const value = fromTransformed(distribution, bounds.low + place * (bounds.high - bounds.low));
  const { low, high, step } = distribution;
  if (step === null) return Math.min(high, Math.max(low, withDigits(value, 2)));
  const steps = (value - low) / step;
  const whole = side === "low" ? Math.floor(steps) : Math.ceil(steps);
  return Math.min(high, Math.max(low, rounded(low + whole * step)));
}

/** That none of `best` trials is where this share of all trials is. */
function chanceOfNone(share: number, best: number): number {
  return (1 - share) ** best;
}

/** That at least so many of `of` trials are where each of them is with this probability. */
function chanceOfAtLeast(count: number, of: number, probability: number): number {
  let sum = 0;
  let ways = 1;
  for (let k = 0; k <= of; k++) {
    if (k >= count) sum += ways * probability ** k * (1 - probability) ** (of - k);
    ways *= (of - k) / (k + 1);
  }
  return sum;
}
