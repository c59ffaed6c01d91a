import { expect, it } from "vitest";
import { countShown, shownState } from "../../src/format/shown-state.js";

it("tells trials that the user stopped from those that failed", () => {
  expect(shownState({ state: "FAIL", failReason: "stopped" })).toBe("STOPPED");
  expect(shownState({ state: "FAIL", failReason: "RangeError: stopped" })).toBe("FAIL");
  expect(shownState({ state: "COMPLETE", failReason: null })).toBe("COMPLETE");
  const counts = { COMPLETE: 5, PRUNED: 2, FAIL: 3, RUNNING: 1, WAITING: 4 };
  expect(countShown({ counts, stopped: 1 })).toEqual({ ...counts, FAIL: 2, STOPPED: 1 });
});
