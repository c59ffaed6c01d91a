import type { TrialSnapshot, TrialState } from "../engine/trial/trial-snapshot.js";

/** The trials of one study in order. Arrays handed out stay as they are: the list copies itself before it changes after that. */
export class TrialList {
  private trials: TrialSnapshot[] = [];
  private handedOut = false;
  private readonly positions = new Map<number, number>();

  /** Adds a trial at the end, or replaces the snapshot of one that is there. */
  set(trial: TrialSnapshot): void {
    if (this.handedOut) {
      this.trials = this.trials.slice();
      this.handedOut = false;
    }
    const position = this.positions.get(trial.id);
    if (position !== undefined) {
      this.trials[position] = trial;
      return;
    }
    this.positions.set(trial.id, this.trials.length);
    this.trials.push(trial);
  }

  get(trialId: number): TrialSnapshot | undefined {
    const position = this.positions.get(trialId);
    return position === undefined ? undefined : this.trials[position];
  }

  view(states?: readonly TrialState[]): readonly TrialSnapshot[] {
    if (states) return this.trials.filter((trial) => states.includes(trial.state));
    this.handedOut = true;
    return this.trials;
  }
}
