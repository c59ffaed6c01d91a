import type { Distribution, SearchSpace } from "../../distribution.js";
import { isFinished } from "../../trial/trial-snapshot.js";
import type { TrialSnapshot } from "../../trial/trial-snapshot.js";
import type { StudyView } from "../../study/study-view.js";
import { IntersectionSearchSpace } from "../../intersection-search-space.js";
import { GroupDecomposition } from "./group-decomposition.js";
import { SpaceModel } from "./space-model.js";
import { TrialRanking } from "./split.js";

/** What TPE knows of one study, brought up to date before each use; finished trials are taken in once. */
export class StudyHistory {
  /** COMPLETE and PRUNED trials in the order they were first seen. */
  readonly finished: TrialSnapshot[] = [];
  running: readonly TrialSnapshot[] = [];
  readonly ranking: TrialRanking;
  readonly intersection = new IntersectionSearchSpace();
  readonly decomposition = new GroupDecomposition();

  /** All trials with smaller numbers are finished and taken in. */
  private settled = 0;
  /** Taken in, of the others. */
  private readonly seen = new Set<number>();
  private relativeModels: readonly SpaceModel[] = [];
  private readonly independentModels = new Map<string, SpaceModel>();

  constructor(study: StudyView) {
    this.ranking = new TrialRanking(study.directions);
  }

  update(study: StudyView): void {
    const trials = study.getTrials();
    this.running = trials.slice(this.settled).filter(({ state }) => state === "RUNNING");
    for (let i = this.settled; i < trials.length; i++) {
      const trial = trials[i]!;
      if (!isFinished(trial.state)) continue;
      if (!this.seen.has(trial.number)) this.takeIn(trial);
      this.seen.add(trial.number);
      if (i === this.settled) this.seen.delete(this.settled++);
    }
  }

  /** The models of parameters proposed together, one per space; those of other spaces are dropped. */
  relative(spaces: readonly SearchSpace[]): readonly SpaceModel[] {
    const known = this.relativeModels;
    this.relativeModels = spaces.map((space) => known.find((model) => model.fits(space)) ?? new SpaceModel(space));
    return this.relativeModels;
  }

  independent(name: string, distribution: Distribution): SpaceModel {
    const space = new Map([[name, distribution]]);
    let model = this.independentModels.get(name);
    if (model?.fits(space) !== true) this.independentModels.set(name, (model = new SpaceModel(space)));
    return model;
  }

  private takeIn(trial: TrialSnapshot): void {
    if (trial.state === "FAIL") return;
    this.finished.push(trial);
    this.ranking.add(trial);
    this.intersection.add(trial);
    this.decomposition.add(trial);
  }
}
