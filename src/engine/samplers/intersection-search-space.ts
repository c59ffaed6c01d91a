import { sameDistribution } from "../distribution.js";
import type { Distribution, SearchSpace } from "../distribution.js";
import type { FrozenTrial } from "../frozen-trial.js";

/**
 * The parameters that every trial so far has, with one and the same distribution. It is fed each finished trial once, in
 * any order.
 */
export class IntersectionSearchSpace {
  private common: Map<string, Distribution> | undefined;
  private sorted: SearchSpace | undefined;

  add(trial: FrozenTrial): void {
    if (this.common === undefined) {
      this.common = new Map(Object.entries(trial.distributions));
      return;
    }
    for (const [name, distribution] of this.common) {
      const other = trial.distributions[name];
      if (other !== undefined && (other === distribution || sameDistribution(other, distribution))) continue;
      this.common.delete(name);
      this.sorted = undefined;
    }
  }

  /** By name. */
  get space(): SearchSpace {
    if (this.common === undefined) return new Map();
    this.sorted ??= new Map([...this.common].sort(([a], [b]) => (a < b ? -1 : 1)));
    return this.sorted;
  }
}
