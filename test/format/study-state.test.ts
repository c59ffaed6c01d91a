import { expect, it } from "vitest";
import { idleState, type IdleState, idleWords, type StoredStudy } from "../../src/format/study-state.js";

const source = { trials: 10, codedTrials: 10, changedTrials: null } as StoredStudy["source"];
const counts = { RUNNING: 0, COMPLETE: 4, PRUNED: 0, FAIL: 0, WAITING: 0 };
const stored: StoredStudy = { counts, finished: 4, source, end: null };
const ended = (reason: NonNullable<StoredStudy["end"]>["reason"], code?: string): Partial<StoredStudy> => ({
  end: { reason, error: code === undefined ? null : { code, message: "" } },
});
const done = { finished: 10, counts: { ...counts, COMPLETE: 10 } };

it.each<[IdleState, Partial<StoredStudy>, words: string | undefined]>([
  ["empty", { counts: { ...counts, COMPLETE: 0 }, finished: 0 }, undefined],
  ["finished", { ...done, ...ended("trials") }, undefined],
  ["finished", ended("terminator"), undefined],
  // Another window stopped it after its last trial.
  ["finished", { ...done, ...ended("stopped") }, undefined],
  ["all-failed", { counts: { ...counts, COMPLETE: 0, FAIL: 4 } }, "every trial failed"],
  ["failed", ended("error", "unknown"), "failed"],
  ["paused", ended("error", "study-paused"), "paused"],
  ["paused", ended("paused"), "paused"],
  ["stopped", ended("stopped"), "stopped"],
  ["timed-out", ended("timeout"), "timed out"],
  // Its process was killed.
  ["stopped", {}, "stopped"],
  // Another program does not say.
  ["not-running", { source: null }, undefined],
])("a study is %s", (state, study, words) => {
  expect(idleState({ ...stored, ...study })).toBe(state);
  expect(idleWords(state)).toBe(words);
});
