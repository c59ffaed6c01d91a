import type { Rng } from "../math/rng.js";
import type { Storage } from "../storage.js";
import { CHECKPOINT_KEY } from "../trial/checkpoint.js";
import { surpassedTrials } from "../trial/paused.js";
import type { TrialSnapshot, TrialState } from "../trial/trial-snapshot.js";
import type { StudyView } from "./study-view.js";

/**
 * A study as its sampler sees it: of the trials that continue one another, the last finished one tells what they found, and the others are
 * FAIL, from which no sampler learns. Where none is continued, that is the study itself.
 */
export class SearchedStudy {
  private view: StudyView;
  private surpassed = 0;

  constructor(private readonly study: StudyView) {
    this.view = study;
  }

  /** Another object when more trials have been continued: samplers forget what they have kept of the one before. */
  now(): StudyView {
    const surpassed = surpassedTrials(this.study.getTrials());
    if (surpassed.length !== this.surpassed) {
      this.view = new LastTrials(this.study, surpassed);
      this.surpassed = surpassed.length;
    }
    return this.view;
  }
}

class LastTrials implements StudyView {
  private readonly hidden = new Map<number, TrialSnapshot>();

  constructor(
    private readonly study: StudyView,
    surpassed: readonly number[],
  ) {
    const trials = study.getTrials();
    for (const number of surpassed) if (trials[number]) this.hidden.set(number, hide(trials[number]));
  }

  get id(): number {
    return this.study.id;
  }

  get name(): string {
    return this.study.name;
  }

  get directions(): StudyView["directions"] {
    return this.study.directions;
  }

  get storage(): Storage {
    return this.study.storage;
  }

  get totalTrials(): number | undefined {
    return this.study.totalTrials;
  }

  getTrials(states?: readonly TrialState[]): readonly TrialSnapshot[] {
    const trials = this.study.getTrials().map((trial) => this.hidden.get(trial.number) ?? trial);
    return states ? trials.filter(({ state }) => states.includes(state)) : trials;
  }

  rng(trial: TrialSnapshot): Rng {
    return this.study.rng(trial);
  }

  log(message: string): void {
    this.study.log?.(message);
  }
}

function hide(trial: TrialSnapshot): TrialSnapshot {
  // With its checkpoint, it would be one to go on with.
  return { ...trial, state: "FAIL", values: null, systemAttrs: { ...trial.systemAttrs, [CHECKPOINT_KEY]: null } };
}
