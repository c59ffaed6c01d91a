/**
 * One feature's part in a walk over a tree: which part of the feature the walk is in, and what the leaves have added.
 */
export interface FeatureAxis {
  /** Steps to one side of a node that splits on this feature. @returns which share of the part that is. */
  narrow(split: number, right: boolean): number;
  /** Takes back the last `narrow`. */
  widen(): void;
  /** A leaf: its value, and its share of the whole space. */
  add(value: number, share: number): void;
  /** The variance of the average prediction along this feature. */
  variance(): number;
}
