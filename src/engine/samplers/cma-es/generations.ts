import type { SearchSpace } from "../../distribution.js";
import { isFinished, type TrialSnapshot } from "../../trial/trial-snapshot.js";
import { IntersectionSearchSpace } from "../../intersection-search-space.js";
import type { StudyView } from "../../study/study-view.js";

/**
 * Which generation each trial is of, and which trials made each generation's update, as the trials' attributes tell:
 * `<prefix>generation`, as in Optuna, and, with the trial that made the first proposal of the next one, `<prefix>solutions`, their
 * numbers. With that, every process and every resumed study comes to the same distribution, also where trials end out of order.
 */
export class Generations {
  /** Counts up when an update turns out to have been made from other trials than was thought. */
  revision = 0;
  /** COMPLETE trials, and PRUNED ones where they are considered. */
  finishedCount = 0;
  private readonly intersection = new IntersectionSearchSpace();
  private readonly members = new Map<number, number[]>();
  private readonly updates = new Map<number, { readonly by: number; readonly numbers: readonly number[] }>();
  /** All trials with smaller numbers are finished and taken in. */
  private settled = 0;
  /** Taken in, of the others. */
  private readonly seen = new Set<number>();

  constructor(
    private readonly prefix: string,
    private readonly considersPruned: boolean,
  ) {}

  /** The parameters that all COMPLETE trials have. */
  get space(): SearchSpace {
    return this.intersection.space;
  }

  refresh(study: StudyView): void {
    const trials = study.getTrials();
    for (let i = this.settled; i < trials.length; i++) {
      const trial = trials[i]!;
      if (!this.seen.has(i)) this.read(trial);
      if (!isFinished(trial.state)) continue;
      this.seen.add(i);
      if (i === this.settled) this.seen.delete(this.settled++);
    }
  }

  /** The finished trials of a generation, by number. */
  of(generation: number): readonly number[] {
    return this.members.get(generation) ?? [];
  }

  /** The trials from which a generation was updated, `undefined` where it was not yet, or by Optuna. */
  updatedFrom(generation: number): readonly number[] | undefined {
    return this.updates.get(generation)?.numbers;
  }

  recordUpdate(study: StudyView, trial: TrialSnapshot, generation: number, numbers: readonly number[]): void {
    this.updates.set(generation, { by: trial.number, numbers });
    study.storage.setTrialSystemAttr(trial.id, `${this.prefix}solutions`, numbers);
  }

  assign(study: StudyView, trial: TrialSnapshot, generation: number): void {
    study.storage.setTrialSystemAttr(trial.id, `${this.prefix}generation`, generation);
  }

  private read(trial: TrialSnapshot): void {
    const generation = trial.systemAttrs[`${this.prefix}generation`];
    const solutions = trial.systemAttrs[`${this.prefix}solutions`];
    if (typeof generation === "number" && Array.isArray(solutions))
      this.readUpdate(generation - 1, trial.number, solutions.map(Number));
    if (trial.state === "COMPLETE") this.intersection.add(trial);
    const counts = trial.state === "COMPLETE" || (this.considersPruned && isPrunedWithValue(trial));
    if (!counts) return;
    this.finishedCount++;
    if (typeof generation === "number") this.addMember(generation, trial.number);
  }

  /** Where two processes updated a generation at the same moment, the trial with the lower number counts. */
  private readUpdate(generation: number, by: number, numbers: readonly number[]): void {
    const known = this.updates.get(generation);
    if (known !== undefined && known.by <= by) return;
    this.updates.set(generation, { by, numbers });
    if (known !== undefined && known.numbers.join() !== numbers.join()) this.revision++;
  }

  private addMember(generation: number, number: number): void {
    const members = this.members.get(generation);
    if (members === undefined) this.members.set(generation, [number]);
    else members.splice(members.findLastIndex((other) => other < number) + 1, 0, number);
  }
}

function isPrunedWithValue({ state, intermediateValues }: TrialSnapshot): boolean {
  return state === "PRUNED" && intermediateValues.size > 0;
}
