import type { Study } from "../engine/study/study.js";

/** How the running study is steered while it runs. What its parent asks before the study is open counts from its first trial on. */
export class RunControl {
  private study: Study | undefined;
  private pausing = false;
  private changedTrials: number | undefined;

  constructor(private readonly storeTrials: (study: Study, trials: number) => void) {}

  /** Ends the run after its running trial. */
  get isPausing(): boolean {
    return this.pausing;
  }

  /** The total number of finished trials that was asked for while it ran. */
  get trials(): number | undefined {
    return this.changedTrials;
  }

  /** The study is being optimized until the returned function is called. */
  begin(study: Study): () => void {
    this.study = study;
    return () => (this.study = undefined);
  }

  stopTrial(number: number): boolean {
    return this.study?.stopTrial(number) ?? false;
  }

  setTrials(trials: number): void {
    this.changedTrials = trials;
    if (!this.study) return;
    this.study.setTotalTrials(trials);
    this.storeTrials(this.study, trials);
  }

  pause(paused: boolean): void {
    this.pausing = paused;
    if (paused) this.study?.stop();
  }
}
