import { clip } from "./clip.js";

/** A smooth function: writes its gradient at `x` and returns its value; Infinity or NaN where it has none. */
export type Differentiable = (x: Float64Array, gradient: Float64Array) => number;

export interface MinimizeOptions {
  /** One per coordinate. Default: none. */
  readonly lower?: Float64Array;
  readonly upper?: Float64Array;
  /** Ends when no coordinate of the gradient, projected on the box, is larger. Default 1e-5. */
  readonly gradientTolerance?: number;
  /** Ends when a step gains less than so much of the value. Default 2.2e-9. */
  readonly valueTolerance?: number;
  /** Default 200. */
  readonly maxIterations?: number;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  /** Steps taken; 0 where the start could not be improved. */
  readonly iterations: number;
}

/** Pairs of steps and gradient differences remembered. */
const MEMORY = 10;
/** The share of the decrease that the gradient promises which a step must bring (Armijo). */
const SUFFICIENT_DECREASE = 1e-4;
const MAX_BACKTRACKS = 20;

/**
 * A local minimum within a box, by L-BFGS (Nocedal, "Updating Quasi-Newton Matrices with Limited Storage", 1980) on the coordinates
 * that are not held at a bound, with steps projected on the box (Bertsekas, "Projected Newton Methods for Optimization Problems with
 * Simple Constraints", 1982).
 * @param start moved into the box where it lies outside.
 */
export function minimize(f: Differentiable, start: Float64Array, options: MinimizeOptions = {}): Minimum {
  const { gradientTolerance = 1e-5, valueTolerance = 2.2e-9, maxIterations = 200 } = options;
  const box = new Box(start.length, options);
  const memory = new CurvatureMemory();
  let x: Float64Array = box.project(start);
  let gradient: Float64Array = new Float64Array(x.length);
  let value = f(x, gradient);
  if (!Number.isFinite(value)) return { x, value, iterations: 0 };
  for (let iterations = 0; ; iterations++) {
    const reduced = box.reducedGradient(x, gradient);
    if (iterations === maxIterations || largest(reduced) <= gradientTolerance) return { x, value, iterations };
    const step = searchLine(f, x, value, reduced, box, memory);
    if (step === undefined) return { x, value, iterations };
    const gain = value - step.value;
    memory.add(difference(step.x, x), difference(step.gradient, gradient));
    const enough = valueTolerance * Math.max(Math.abs(value), Math.abs(step.value), 1);
    ({ x, value, gradient } = step);
    if (gain <= enough) return { x, value, iterations: iterations + 1 };
  }
}

interface Step {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

/** A step that decreases the function enough: first along the quasi-Newton direction, then, afresh, down the gradient. */
function searchLine(
  f: Differentiable,
  x: Float64Array,
  value: number,
  reduced: Float64Array,
  box: Box,
  memory: CurvatureMemory,
): Step | undefined {
  if (!memory.isEmpty) {
    const step = backtrack(f, x, value, reduced, memory.direction(reduced), 1, box);
    if (step) return step;
    memory.clear();
  }
  const downhill = reduced.map((g) => -g);
  return backtrack(f, x, value, reduced, downhill, Math.min(1, 1 / norm(reduced)), box);
}

function backtrack(
  f: Differentiable,
  x: Float64Array,
  value: number,
  reduced: Float64Array,
  direction: Float64Array,
  firstLength: number,
  box: Box,
): Step | undefined {
  if (!(inner(direction, reduced) < 0)) return undefined;
  let length = firstLength;
  for (let trial = 0; trial < MAX_BACKTRACKS; trial++) {
    const next = box.project(x.map((xi, i) => xi + length * direction[i]!));
    const promised = inner(difference(next, x), reduced);
    if (promised === 0) return undefined;
    const gradient = new Float64Array(x.length);
    const nextValue = f(next, gradient);
    if (nextValue <= value + SUFFICIENT_DECREASE * promised && Number.isFinite(nextValue))
      return { x: next, value: nextValue, gradient };
    length *= shrinkage(value, promised, nextValue);
  }
  return undefined;
}

/** Where the parabola through value and slope at the start and the value at the end has its minimum, from a tenth to a half. */
function shrinkage(value: number, promised: number, nextValue: number): number {
  if (!Number.isFinite(nextValue)) return 0.1;
  const minimum = -promised / (2 * (nextValue - value - promised));
  return clip(minimum, 0.1, 0.5);
}

class Box {
  private readonly lower: Float64Array;
  private readonly upper: Float64Array;

  constructor(dimensions: number, { lower, upper }: MinimizeOptions) {
    this.lower = lower ?? new Float64Array(dimensions).fill(-Infinity);
    this.upper = upper ?? new Float64Array(dimensions).fill(Infinity);
  }

  project(x: Float64Array): Float64Array {
    return x.map((xi, i) => clip(xi, this.lower[i]!, this.upper[i]!));
  }

  /** The gradient with 0 for coordinates at a bound beyond which it points. */
  reducedGradient(x: Float64Array, gradient: Float64Array): Float64Array {
    return gradient.map((g, i) => ((g > 0 && x[i]! <= this.lower[i]!) || (g < 0 && x[i]! >= this.upper[i]!) ? 0 : g));
  }
}

/** What the last steps told of the curvature. */
class CurvatureMemory {
  private readonly pairs: { step: Float64Array; change: Float64Array; curvature: number }[] = [];

  get isEmpty(): boolean {
    return this.pairs.length === 0;
  }

  clear(): void {
    this.pairs.length = 0;
  }

  add(step: Float64Array, change: Float64Array): void {
    const curvature = inner(step, change);
    if (!(curvature > Number.EPSILON * inner(change, change))) return;
    this.pairs.push({ step, change, curvature });
    if (this.pairs.length > MEMORY) this.pairs.shift();
  }

  /** The quasi-Newton direction: the two-loop recursion; coordinates held at a bound stay. */
  direction(reduced: Float64Array): Float64Array {
    const q = reduced.map((g) => -g);
    const factors = this.pairs.map(() => 0);
    for (let k = this.pairs.length - 1; k >= 0; k--) {
      const { step, change, curvature } = this.pairs[k]!;
      factors[k] = inner(step, q) / curvature;
      addScaled(q, -factors[k]!, change);
    }
    const { change, curvature } = this.pairs.at(-1)!;
    const scale = curvature / inner(change, change);
    for (let i = 0; i < q.length; i++) q[i]! *= scale;
    for (const [k, pair] of this.pairs.entries())
      addScaled(q, factors[k]! - inner(pair.change, q) / pair.curvature, pair.step);
    return q.map((d, i) => (reduced[i] === 0 ? 0 : d));
  }
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function norm(a: Float64Array): number {
  return Math.sqrt(inner(a, a));
}

function largest(a: Float64Array): number {
  let max = 0;
  for (const x of a) max = Math.max(max, Math.abs(x));
  return max;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, i) => x - b[i]!);
}

function addScaled(target: Float64Array, factor: number, x: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * x[i]!;
}
