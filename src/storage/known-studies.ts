import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import type { StudySnapshot } from "../engine/storage.js";

/** A study with its trials as they were last seen. */
export interface KnownStudy {
  readonly study: StudySnapshot;
  readonly trials: readonly TrialSnapshot[];
}

type Apply = (trial: TrialSnapshot) => TrialSnapshot;

/** What this process knows of its studies, for when their file can be read no more. */
export class KnownStudies {
  private readonly studies = new Map<number, StudySnapshot>();
  private readonly trialsById = new Map<number, readonly TrialSnapshot[]>();
  /** What trials were found to be, and what was stored of them, since their study's were read. */
  private readonly latest = new Map<
    number,
    { readonly studyId: number | undefined; trial?: TrialSnapshot; changes: Apply[] }
  >();

  addStudy(study: StudySnapshot): void {
    this.studies.set(study.id, study);
  }

  study(studyId: number): StudySnapshot | undefined {
    return this.studies.get(studyId);
  }

  addTrials(studyId: number, trials: readonly TrialSnapshot[]): void {
    this.trialsById.set(studyId, trials);
    this.latest.clear();
  }

  trials(studyId: number): readonly TrialSnapshot[] | undefined {
    const read = this.trialsById.get(studyId);
    if (!read || this.latest.size === 0) return read;
    const known = new Map(read.map((trial) => [trial.id, trial]));
    for (const [id, { studyId: owner, trial = known.get(id), changes }] of this.latest)
      if (trial && (owner === studyId || known.has(id)))
        known.set(
          id,
          changes.reduce((now, apply) => apply(now), trial),
        );
    return [...known.values()].sort((a, b) => a.number - b.number);
  }

  trialStarted(studyId: number, trialId: number): void {
    this.latest.set(trialId, { studyId, changes: [] });
  }

  addTrial(trial: TrialSnapshot): void {
    this.latest.set(trial.id, { studyId: this.latest.get(trial.id)?.studyId, trial, changes: [] });
  }

  trial(trialId: number): TrialSnapshot | undefined {
    for (const studyId of this.trialsById.keys()) {
      const found = this.trials(studyId)!.find(({ id }) => id === trialId);
      if (found) return found;
    }
    return undefined;
  }

  /** Something of a trial was stored. */
  trialChanged(trialId: number, apply: Apply): void {
    const latest = this.latest.get(trialId);
    if (latest) latest.changes.push(apply);
    else this.latest.set(trialId, { studyId: undefined, changes: [apply] });
  }

  all(): KnownStudy[] {
    return [...this.studies.values()].map((study) => ({ study, trials: this.trials(study.id) ?? [] }));
  }
}
