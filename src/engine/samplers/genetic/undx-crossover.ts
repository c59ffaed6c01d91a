import { checkOptions } from "../../option-names.js";
import type { Crossover } from "./crossover.js";
import { drawNormal } from "./draws.js";

type Vector = readonly number[];

/**
 * Normal around the middle of two parents: along the line through them by their distance, across it by the third's distance from the
 * line. Ono and Kobayashi, "A Real-coded Genetic Algorithm for Function Optimization Using Unimodal Normal Distribution Crossover" (1999).
 * @param options `sigmaXi`, `sigmaEta`: the square roots of the standard deviations along and across, as in Optuna; default 0.5
 *   and 0.35 / √parameters.
 */
export function undxCrossover(options: { readonly sigmaXi?: number; readonly sigmaEta?: number } = {}): Crossover {
  checkOptions("undxCrossover", options, { sigmaXi: true, sigmaEta: true });
  const { sigmaXi = 0.5 } = options;
  return {
    name: "UNDXCrossover",
    parents: 3,
    cross: (parents, rng, { bounds }) => {
      const [a, b, c] = [parents[0]!, parents[1]!, parents[2]!];
      const n = bounds.length;
      const sigmaEta = options.sigmaEta ?? 0.35 / Math.sqrt(n);
      const across = bounds.map(() => drawNormal(rng, sigmaEta ** 2));
      const along = drawNormal(rng, sigmaXi ** 2);
      const line = direction(a, b);
      const distance = distanceFromLine(a, c, line);
      const offset = new Array<number>(n).fill(0);
      orthonormalTo(line).forEach((axis, k) => {
        for (let i = 0; i < n; i++) offset[i]! += distance * across[k]! * axis[i]!;
      });
      return a.map((gene, i) => (gene + b[i]!) / 2 + along * (gene - b[i]!) + offset[i]!);
    },
  };
}

/** Of length 1; 0 where both are the same. */
function direction(from: Vector, to: Vector): number[] {
  const difference = to.map((x, i) => x - from[i]!);
  const length = Math.max(Math.hypot(...difference), 1e-10);
  return difference.map((x) => x / length);
}

function distanceFromLine(origin: Vector, point: Vector, line: Vector): number {
  const difference = point.map((x, i) => x - origin[i]!);
  const along = difference.reduce((sum, x, i) => sum + x * line[i]!, 0);
  return Math.hypot(...difference.map((x, i) => x - along * line[i]!));
}

/** Axes of length 1 at right angles to a line and to each other, one fewer than there are dimensions. */
function orthonormalTo(line: Vector): number[][] {
  const n = line.length;
  const isPoint = line.every((x) => x === 0);
  const columns = line.map((_, j) => line.map((x, i) => (j === 0 && !isPoint ? x : Number(i === j))));
  const reflections = triangularise(columns);
  return Array.from({ length: n - 1 }, (_, k) => {
    const axis = line.map((_, i) => Number(i === k + 1));
    for (const reflection of reflections.toReversed()) reflect(axis, reflection);
    return axis;
  });
}

/** A Householder reflection: what it reflects along, and twice its inverse square length. */
interface Reflection {
  readonly vector: Vector;
  readonly scale: number;
}

/** The reflections whose product is Q in A = QR. */
function triangularise(columns: number[][]): Reflection[] {
  const reflections: Reflection[] = [];
  for (let k = 0; k + 1 < columns.length; k++) {
    const column = columns[k]!;
    const below = Math.hypot(...column.slice(k + 1));
    if (below === 0) continue;
    const head = column[k]!;
    const turned = head >= 0 ? -Math.hypot(head, below) : Math.hypot(head, below);
    const vector = column.map((x, i) => (i < k ? 0 : i === k ? head - turned : x));
    const reflection = { vector, scale: 2 / vector.reduce((sum, x) => sum + x * x, 0) };
    for (const other of columns.slice(k)) reflect(other, reflection);
    reflections.push(reflection);
  }
  return reflections;
}

function reflect(x: number[], { vector, scale }: Reflection): void {
  const factor = scale * x.reduce((sum, value, i) => sum + value * vector[i]!, 0);
  for (let i = 0; i < x.length; i++) x[i]! -= factor * vector[i]!;
}
