import type { Distribution, SearchSpace } from "../../distribution.js";
import { isFinished } from "../../frozen-trial.js";
import type { FrozenTrial } from "../../frozen-trial.js";
import type { StudyView } from "../sampler.js";
import { IntersectionSearchSpace } from "../intersection-search-space.js";
import { SpaceModel } from "./space-model.js";
import { TrialRanking } from "./split.js";

/** What TPE knows of one study, brought up to date before each use; finished trials are taken in once. */
export class StudyHistory {
  /** COMPLETE and PRUNED trials in the order they were first seen. */
  readonly finished: FrozenTrial[] = [];
  running: readonly FrozenTrial[] = [];
  readonly ranking: TrialRanking;
  readonly intersection = new IntersectionSearchSpace();

  /** All trials with smaller numbers are finished and taken in. */
  private settled = 0;
  /** Taken in, of the others. */
  private readonly seen = new Set<number>();
  private relativeModel: SpaceModel | undefined;
  private readonly independentModels = new Map<string, SpaceModel>();

  constructor(study: StudyView) {
    this.ranking = new TrialRanking(study.directions[0] ?? "minimize");
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

  /** The model of the parameters proposed together; there is one such space at a time. */
  relative(space: SearchSpace): SpaceModel {
    if (this.relativeModel?.fits(space) !== true) this.relativeModel = new SpaceModel(space);
    return this.relativeModel;
  }

  independent(name: string, distribution: Distribution): SpaceModel {
    const space = new Map([[name, distribution]]);
    let model = this.independentModels.get(name);
    if (model?.fits(space) !== true) this.independentModels.set(name, (model = new SpaceModel(space)));
    return model;
  }

  private takeIn(trial: FrozenTrial): void {
    if (trial.state === "FAIL") return;
    this.finished.push(trial);
    this.ranking.add(trial);
    this.intersection.add(trial);
  }
}
