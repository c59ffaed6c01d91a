import { expect, it } from "vitest";
import { readNavigation } from "../../webview/navigation.js";

it("begins with the latest trials, and goes on where an earlier page was left", () => {
  const first = readNavigation(undefined);
  expect(first).toMatchObject({ sort: [{ column: "number", descending: true }], filter: [], charts: {} });
  expect(readNavigation({ charts: { importance: { evaluator: "fanova" } }, selectedTrial: 3 })).toEqual({
    ...first,
    charts: { importance: { evaluator: "fanova" } },
    selectedTrial: 3,
  });
});

it.each([[null], ["x"], [{ columns: 3 }], [{ filter: "NOPE" }]])("begins anew after %j", (state) => {
  expect(readNavigation(state)).toEqual(readNavigation(undefined));
});
