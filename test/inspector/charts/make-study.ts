import type { Direction, StudySnapshot } from "../../../src/engine/storage.js";

export function makeStudy(...directions: Direction[]): StudySnapshot {
  return { id: 1, name: "s", directions, userAttrs: {}, systemAttrs: {} };
}
