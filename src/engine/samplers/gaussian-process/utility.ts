import { nonDominatedBoxes, type Boxes } from "../../multi-objective/box-decomposition.js";
import type { Loss } from "../../multi-objective/losses.js";
import { nextBelow } from "../../math/rounding.js";

/** Gains below count as this much, so that their logarithm is finite. */
const LEAST_GAIN = 1e-12;

/** What the values a candidate gives in a sample are worth. */
export interface SampleUtility {
  /**
   * @param values one per objective, larger is better.
   * @param slopes the derivatives of the result by them are written there, where given.
   * @returns the logarithm.
   */
  logUtility(sample: number, values: Float64Array, slopes?: Float64Array): number;
}

/** By how much a value exceeds a threshold; always 1 where that is -Infinity, as nothing is known to improve on. */
export class Improvement implements SampleUtility {
  constructor(private readonly threshold: number) {}

  logUtility(_sample: number, values: Float64Array, slopes?: Float64Array): number {
    slopes?.fill(0);
    if (this.threshold === -Infinity) return 0;
    const gain = values[0]! - this.threshold;
    if (!(gain > LEAST_GAIN)) return Math.log(LEAST_GAIN);
    if (slopes) slopes[0] = 1 / gain;
    return Math.log(gain);
  }
}

/** By how much values enlarge the dominated hypervolume (Daulton et al., NeurIPS 2020, equation 1). */
export class HypervolumeImprovement implements SampleUtility {
  private readonly boxes: readonly Boxes[];

  /** @param boxes what is not dominated yet: in all samples, or one after the other in each. */
  constructor(boxes: Boxes | readonly Boxes[]) {
    this.boxes = ("count" in boxes ? [boxes] : boxes).map(({ count, lower, width }) => ({
      count,
      lower,
      width: width.map((extent) => Math.max(extent, LEAST_GAIN)),
    }));
  }

  /** Most of the time of a proposal for several objectives is spent here: no calls in the loops. */
  logUtility(sample: number, values: Float64Array, slopes?: Float64Array): number {
    const { count, lower, width } = this.boxes[this.boxes.length === 1 ? 0 : sample]!;
    const { length } = values;
    slopes?.fill(0);
    let total = 0;
    for (let row = 0; row < count * length; row += length) {
      let volume = 1;
      for (let j = 0; j < length; j++) {
        const extent = values[j]! - lower[row + j]!;
        const most = width[row + j]!;
        volume *= extent < LEAST_GAIN ? LEAST_GAIN : extent < most ? extent : most;
      }
      total += volume;
      // What a box of nothing adds to the slopes is below what a double shows of them.
      if (!slopes || volume < LEAST_GAIN * total) continue;
      for (let j = 0; j < length; j++) {
        const extent = values[j]! - lower[row + j]!;
        if (extent > LEAST_GAIN && extent < width[row + j]!) slopes[j]! += volume / extent;
      }
    }
    if (slopes) for (let j = 0; j < length; j++) slopes[j]! /= total;
    return Math.log(total);
  }
}

/** The point to which hypervolume is measured: a tenth beyond the worst of each objective. @param scores larger is better. */
export function referenceLoss(scores: readonly (readonly number[])[]): Loss {
  return scores[0]!.map((_, j) => {
    const worst = scores.reduce((most, score) => Math.max(most, -score[j]!), -Infinity);
    return -nextBelow(-Math.max(1.1 * worst, 0.9 * worst));
  });
}

/** What scores, larger is better, do not dominate. */
export function boxesBeyond(scores: readonly (readonly number[])[], reference: Loss): Boxes {
  const losses = scores.map((score) => score.map((value) => -value));
  return nonDominatedBoxes(
    losses.filter((loss) => loss.every((value, j) => value < reference[j]!)),
    reference,
  );
}
