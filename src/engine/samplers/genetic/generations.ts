import type { TrialSnapshot } from "../../trial/trial-snapshot.js";
import type { StudyView } from "../../study/study-view.js";

/**
 * Which generation each trial is of, and who the parents of a generation are, in the attributes where Optuna's genetic samplers keep it:
 * of a trial `<sampler>:generation`, of the study `<sampler>:parent:<generation>` with the ids of the parents.
 */
export class Generations {
  private readonly generationKey: string;
  private readonly parentKey: string;
  /** A snapshot taken before its generation was stored does not have it. */
  private readonly assigned = new WeakMap<TrialSnapshot, number>();

  constructor(
    sampler: string,
    private readonly populationSize: number,
  ) {
    this.generationKey = `${sampler}:generation`;
    this.parentKey = `${sampler}:parent:`;
  }

  /** A trial without one joins the latest generation, or starts the next where that has all its COMPLETE trials. */
  ofTrial(study: StudyView, trial: TrialSnapshot): number {
    const known = this.assigned.get(trial) ?? this.stored(trial);
    if (known !== undefined) return known;
    let [latest, members] = [0, 0];
    for (const other of study.getTrials(["COMPLETE"])) {
      const generation = this.stored(other) ?? -1;
      if (generation > latest) [latest, members] = [generation, 0];
      if (generation === latest) members++;
    }
    const generation = members < this.populationSize ? latest : latest + 1;
    study.storage.setTrialSystemAttr(trial.id, this.generationKey, generation);
    this.assigned.set(trial, generation);
    return generation;
  }

  /**
   * Those chosen when the first trial of the generation asked, by this process or another.
   * @param select from the generation before and its parents.
   */
  parents(
    study: StudyView,
    generation: number,
    select: (population: readonly TrialSnapshot[]) => TrialSnapshot[],
  ): readonly TrialSnapshot[] {
    if (generation === 0) return [];
    const key = this.parentKey + String(generation);
    const stored = study.storage.getStudy(study.id).systemAttrs[key];
    if (Array.isArray(stored)) {
      const ids = new Set<unknown>(stored);
      return study.getTrials().filter(({ id }) => ids.has(id));
    }
    const before = study.getTrials(["COMPLETE"]).filter((trial) => this.stored(trial) === generation - 1);
    const parents = select([...before, ...this.parents(study, generation - 1, select)]);
    study.storage.setStudySystemAttr(
      study.id,
      key,
      parents.map(({ id }) => id),
    );
    return parents;
  }

  private stored(trial: TrialSnapshot): number | undefined {
    const generation = trial.systemAttrs[this.generationKey];
    return typeof generation === "number" ? generation : undefined;
  }
}
