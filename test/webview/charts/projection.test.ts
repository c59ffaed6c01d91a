import { expect, it } from "vitest";
import { projection } from "../../../webview/charts/projection.js";

const cube = [
  [0, 0, 0],
  [10, 1, 100],
];

it("shows two axes as they are from the front, and others from above and the side", () => {
  const at = (rotation: [number, number], values: number[]) => {
    const { x, y } = projection(cube, rotation).place(values);
    return [x, y].map((value) => Math.round(value * 1e6) / 1e6 + 0);
  };
  expect(at([0, 0], [10, 0.5, 100])).toEqual([1, 1]);
  expect(at([0, 90], [10, 1, 50])).toEqual([1, 1]);
  expect(at([90, 0], [5, 1, 0])).toEqual([-1, -1]);
});

it("keeps every corner in sight however it is turned", () => {
  for (const turn of [0, 35, 120, 290])
    for (const tilt of [-90, -20, 45]) {
      const { reach, place } = projection(cube, [turn, tilt]);
      for (const corner of cube)
        for (const value of Object.values(place(corner))) expect(Math.abs(value)).toBeLessThan(reach);
    }
});

it("puts an objective without a range in the middle", () => {
  const { x, y } = projection([[1, 1, 1]], [0, 0]).place([1, 1, 1]);
  expect([x, y]).toEqual([0, 0]);
});
