import type { FeatureAxis } from "./feature-axis.js";
import { clip } from "../math/clip.js";

/**
 * A numeric feature, cut into intervals at every threshold the tree has for it; within one the prediction is constant.
 */
export class NumericAxis implements FeatureAxis {
  /** low, the thresholds in order, high. */
  private readonly edges: Float64Array;
  /** By edge: how much higher the average prediction is above it than below. */
  private readonly rises: Float64Array;
  /** The part the walk is in, between two edges, and those it was in before. */
  private from = 0;
  private to: number;
  private readonly before: [number, number][] = [];

  constructor(low: number, high: number, thresholds: readonly number[]) {
    // Learned from 32-bit floats, a threshold may lie a rounding error outside.
    const inside = thresholds.map((threshold) => clip(threshold, low, high));
    this.edges = Float64Array.of(low, ...new Set(inside), high).sort();
    this.rises = new Float64Array(this.edges.length);
    this.to = this.edges.length - 1;
  }

  narrow(threshold: number, right: boolean): number {
    const size = this.size();
    this.before.push([this.from, this.to]);
    const edge = this.edgeAt(threshold);
    if (right) this.from = edge;
    else this.to = edge;
    return size > 0 ? this.size() / size : 0;
  }

  widen(): void {
    [this.from, this.to] = this.before.pop()!;
  }

  add(value: number, share: number): void {
    // What holds for the whole range does not vary along it.
    if (share === 0 || this.before.length === 0) return;
    const { edges } = this;
    const shareOfOthers = (share * (edges.at(-1)! - edges[0]!)) / this.size();
    this.rises[this.from]! += value * shareOfOthers;
    this.rises[this.to]! -= value * shareOfOthers;
  }

  variance(): number {
    const { edges, rises } = this;
    const range = edges.at(-1)! - edges[0]!;
    const predictions = new Float64Array(edges.length - 1);
    let [prediction, mean] = [0, 0];
    for (let i = 0; i < predictions.length; i++) {
      predictions[i] = prediction += rises[i]!;
      mean += (prediction * (edges[i + 1]! - edges[i]!)) / range;
    }
    return predictions.reduce((sum, p, i) => sum + ((edges[i + 1]! - edges[i]!) / range) * (p - mean) ** 2, 0);
  }

  private size(): number {
    return this.edges[this.to]! - this.edges[this.from]!;
  }

  /** The first edge not below the threshold, between those the walk is between. */
  private edgeAt(threshold: number): number {
    let [low, high] = [this.from, this.to];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.edges[middle]! < threshold) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
