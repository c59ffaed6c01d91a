import type { ShownState } from "../format/shown-state.js";

const states: ReadonlyMap<string, ShownState> = new Map([
  ["complete", "COMPLETE"],
  ["running", "RUNNING"],
  ["paused", "PAUSED"],
  ["pruned", "PRUNED"],
  ["failed", "FAIL"],
  ["stopped", "STOPPED"],
  ["queued", "WAITING"],
]);

/** As they are written in a query. */
export const stateNames: readonly string[] = [...states.keys()];

/** By its name in a query, or by Optuna's, in any case. */
export function stateNamed(text: string): ShownState | undefined {
  return states.get(text.toLowerCase()) ?? [...states.values()].find((state) => state === text.toUpperCase());
}

export function stateName(state: ShownState): string {
  return stateNames.find((name) => states.get(name) === state)!;
}
