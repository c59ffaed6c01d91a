import { isSingle, sameDistribution, type Distribution, type SearchSpace } from "./distribution.js";
import { own, type TrialSnapshot } from "./trial/trial-snapshot.js";
import type { StudyView } from "./study/study-view.js";

/**
 * The parameters that every trial so far has, with one and the same distribution. It is fed each finished trial once, in
 * any order.
 */
export class IntersectionSearchSpace {
  private common: Map<string, Distribution> | undefined;
  private sorted: SearchSpace | undefined;

  add(trial: TrialSnapshot): void {
    if (this.common === undefined) {
      this.common = new Map(Object.entries(trial.distributions));
      return;
    }
    for (const [name, distribution] of this.common) {
      const other = own(trial.distributions, name);
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

/** For each study, what its COMPLETE trials have in common and leave a choice in: the relative space of most samplers. */
export class CompletedTrialsSpace {
  private readonly studies = new WeakMap<StudyView, { seen: Set<number>; intersection: IntersectionSearchSpace }>();

  of(study: StudyView): SearchSpace {
    let known = this.studies.get(study);
    if (known === undefined)
      this.studies.set(study, (known = { seen: new Set(), intersection: new IntersectionSearchSpace() }));
    for (const trial of study.getTrials(["COMPLETE"])) {
      if (known.seen.has(trial.number)) continue;
      known.seen.add(trial.number);
      known.intersection.add(trial);
    }
    return new Map([...known.intersection.space].filter(([, distribution]) => !isSingle(distribution)));
  }
}
