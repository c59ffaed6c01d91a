export interface AxisRange {
  readonly min: number;
  readonly max: number;
}

/** What part of each axis is shown. */
export type AxisRanges = Readonly<Record<string, AxisRange>>;

/** Where a chart is zoomed to. */
export interface ZoomPlace {
  readonly ranges: AxisRanges;
  /** As the axes are unzoomed. */
  readonly base: AxisRanges;
}
