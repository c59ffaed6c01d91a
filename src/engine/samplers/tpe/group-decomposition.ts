import type { Distribution, SearchSpace } from "../../distribution.js";
import type { TrialSnapshot } from "../../trial/trial-snapshot.js";

/**
 * Parameters in groups such that each trial has all of a group or nothing of it: in a conditional space, one group per condition.
 * It is fed each finished trial once.
 */
export class GroupDecomposition {
  private current: readonly SearchSpace[] = [];

  /** In the order they came to be, each by name; a parameter has the distribution it had first. */
  get groups(): readonly SearchSpace[] {
    return this.current;
  }

  add({ distributions }: Pick<TrialSnapshot, "distributions">): void {
    const rest = new Map(Object.entries(distributions));
    if (this.current.some((group) => isSplitBy(group, rest)))
      this.current = this.current.flatMap((group) => split(group, rest)).filter(({ size }) => size > 0);
    for (const group of this.current) for (const name of group.keys()) rest.delete(name);
    if (rest.size > 0) this.current = [...this.current, byName(rest)];
  }
}

function isSplitBy(group: SearchSpace, names: ReadonlyMap<string, unknown>): boolean {
  const inside = [...group.keys()].filter((name) => names.has(name)).length;
  return inside > 0 && inside < group.size;
}

function split(group: SearchSpace, names: ReadonlyMap<string, unknown>): SearchSpace[] {
  const entries = [...group];
  return [new Map(entries.filter(([name]) => names.has(name))), new Map(entries.filter(([name]) => !names.has(name)))];
}

function byName(space: ReadonlyMap<string, Distribution>): SearchSpace {
  return new Map([...space].sort(([a], [b]) => (a < b ? -1 : 1)));
}
