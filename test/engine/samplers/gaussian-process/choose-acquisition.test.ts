import { expect, it } from "vitest";
import { SeededRng } from "../../../../src/engine/math/rng.js";
import { normalDraws } from "../../../../src/engine/samplers/gaussian-process/choose-acquisition.js";

// 300 columns are more than Sobol's sequence has: the rest is random.
it.each([
  [2, 3, 0.02],
  [100, 3, 0.35],
])("draws for %i models, %i in a row, are standard normal and independent", (models, width, tolerance) => {
  const draws = normalDraws(new SeededRng(3))(models, width);
  const rows = draws[0]!.length / width;
  const columns = draws.flatMap((values) =>
    Array.from({ length: width }, (_, k) => Array.from({ length: rows }, (_, i) => values[i * width + k]!)),
  );
  const meanOf = (product: (i: number) => number) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += product(i) / rows;
    return sum;
  };
  for (const column of columns) {
    expect(Math.abs(meanOf((i) => column[i]!))).toBeLessThan(tolerance);
    expect(Math.abs(meanOf((i) => column[i]! ** 2) - 1)).toBeLessThan(2 * tolerance + 0.05);
  }
  for (const other of columns.slice(1, 10))
    expect(Math.abs(meanOf((i) => columns[0]![i]! * other[i]!))).toBeLessThan(0.3);
});
