import { describe, expect, it } from "vitest";
import { togglePins } from "../../webview/table/pinned-trials.js";
import {
  countSelected,
  everything,
  isSelected,
  selectionFilter,
  selectionOf,
  toggled,
} from "../../webview/table/selection.js";

describe("a selection", () => {
  it("of listed trials", () => {
    const selection = toggled(toggled(selectionOf([1, 2]), 2), 5);
    expect([1, 2, 5].filter((trial) => isSelected(selection, trial))).toEqual([1, 5]);
    expect(countSelected(selection, 100)).toBe(2);
    expect(selectionFilter(selection, ["state = pruned"])).toBe("number in (1, 5)");
  });

  it("of all but some", () => {
    const selection = toggled(everything, 3);
    expect([1, 3].filter((trial) => isSelected(selection, trial))).toEqual([1]);
    expect(countSelected(selection, 100)).toBe(99);
    expect(selectionFilter(selection, ["state = pruned or value < 1"])).toBe(
      "(state = pruned or value < 1) and (number not in (3))",
    );
    expect(selectionFilter(toggled(selection, 3), ["value < 1"])).toBe("value < 1");
    expect(selectionFilter(everything, [])).toBe("");
  });
});

describe("pins", () => {
  it("are added unless all are there, and then removed", () => {
    expect(togglePins([1], [1, 2])).toEqual([1, 2]);
    expect(togglePins([1, 2, 3], [1, 2])).toEqual([3]);
  });
});
