import { joinClauses } from "../../src/query/clauses.js";
import type { Navigation } from "../navigation.js";

/** Trials that are selected: those that are listed or, inverted, all that match the filter but those. So all of a study need no list. */
export type Selection = Pick<Navigation, "selection" | "isSelectionInverted">;

/** All trials that match the filter. */
export const everything: Selection = { selection: [], isSelectionInverted: true };

export function selectionOf(trials: readonly number[]): Selection {
  return { selection: [...trials], isSelectionInverted: false };
}

export function isSelected({ selection, isSelectionInverted }: Selection, trial: number): boolean {
  return selection.includes(trial) !== isSelectionInverted;
}

/** With a trial that was not selected, or without one that was. */
export function toggled({ selection, isSelectionInverted }: Selection, trial: number): Selection {
  const others = selection.filter((other) => other !== trial);
  return { selection: others.length < selection.length ? others : [...others, trial], isSelectionInverted };
}

/** @param total how many trials match the filter. */
export function countSelected({ selection, isSelectionInverted }: Selection, total: number): number {
  return isSelectionInverted ? Math.max(0, total - selection.length) : selection.length;
}

/** What the selected trials match, and no other; empty: all trials do. */
export function selectionFilter({ selection, isSelectionInverted }: Selection, filter: readonly string[]): string {
  const listed = selection.join(", ");
  if (!isSelectionInverted) return `number in (${listed})`;
  return joinClauses(selection.length === 0 ? filter : [...filter, `number not in (${listed})`]);
}
