import { expect, it } from "vitest";
import { countShown, shownState } from "../../src/format/shown-state.js";

it("tells trials that the user stopped from those that failed", () => {
  expect(shownState({ state: "FAIL", failReason: "stopped" })).toBe("STOPPED");
  expect(shownState({ state: "FAIL", failReason: "RangeError: stopped" })).toBe("FAIL");
  expect(shownState({ state: "COMPLETE", failReason: null })).toBe("COMPLETE");
  const counts = { COMPLETE: 5, PRUNED: 2, FAIL: 3, RUNNING: 1, WAITING: 4 };
  expect(countShown({ counts, stopped: 1, paused: 0 })).toEqual({ ...counts, FAIL: 2, STOPPED: 1, PAUSED: 0 });
});

it("tells trials that a scheduler paused from those that were pruned", () => {
  expect(shownState({ state: "PRUNED", pausedAt: 0 })).toBe("PAUSED");
  expect(shownState({ state: "PRUNED", pausedAt: null })).toBe("PRUNED");
  const counts = { COMPLETE: 5, PRUNED: 2, FAIL: 3, RUNNING: 1, WAITING: 4 };
  expect(countShown({ counts, stopped: 0, paused: 2 })).toMatchObject({ PRUNED: 0, PAUSED: 2 });
});
