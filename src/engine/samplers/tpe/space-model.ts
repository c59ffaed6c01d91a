import { sameDistribution } from "../../distribution.js";
import type { SearchSpace } from "../../distribution.js";
import { own, type TrialSnapshot } from "../../trial/trial-snapshot.js";
import type { Rng } from "../../math/rng.js";
import { internalIfValid, sharedRelativeParams } from "../relative-params.js";
import type { Candidates } from "./candidates.js";
import { ObservationTable } from "./observations.js";
import { ParzenEstimator } from "./parzen-estimator.js";
import { kernelWeights } from "./weights.js";

/** The two mixtures of TPE over one search space, l(x) of the good trials and g(x) of the others, kept up to date from call to call. */
export class SpaceModel {
  readonly table: ObservationTable;
  private readonly good: ParzenEstimator;
  private readonly bad: ParzenEstimator;
  private finishedCount = 0;
  private runningRows: number[] = [];

  constructor(private readonly space: SearchSpace) {
    this.table = new ObservationTable(space);
    this.good = new ParzenEstimator(this.table);
    this.bad = new ParzenEstimator(this.table);
  }

  fits(space: SearchSpace): boolean {
    if (space === this.space) return true;
    if (space.size !== this.space.size) return false;
    for (const [name, distribution] of space) {
      const own = this.space.get(name);
      if (own === undefined || !sameDistribution(own, distribution)) return false;
    }
    return true;
  }

  /**
   * @param finished COMPLETE and PRUNED trials; at each call those of the call before and then the new ones.
   * @param running trials whose parameters should be kept away from.
   * @param readShared whether running trials say in their attributes which parameters they will ask for.
   */
  update(finished: readonly TrialSnapshot[], running: readonly TrialSnapshot[], readShared: boolean): void {
    for (const row of this.runningRows) {
      this.table.remove(row);
      this.good.forget(row);
      this.bad.forget(row);
    }
    for (; this.finishedCount < finished.length; this.finishedCount++) {
      const trial = finished[this.finishedCount]!;
      this.table.set(rowOf(trial.number), (name) => own(trial.internalParams, name));
    }
    for (const trial of running) this.table.set(rowOf(trial.number), this.runningParams(trial, readShared));
    this.runningRows = running.map(({ number }) => rowOf(number));
    this.table.commit();
  }

  /**
   * Draws candidates from l(x) and keeps the one with the largest l(x)/g(x), the first of equals.
   * @param good numbers of the good trials.
   * @returns the stored representation, by parameter name.
   */
  propose(good: readonly number[], candidates: number, rng: Rng): Map<string, number> {
    this.fit(good);
    const points = this.good.sample(candidates, rng);
    const acquisition = this.acquisition(points);
    let best = 0;
    for (let i = 1; i < points.count; i++) if (acquisition[i]! > acquisition[best]!) best = i;
    return points.point(best);
  }

  /** Makes l(x) of the trials with these numbers and g(x) of all others. */
  fit(good: readonly number[]): void {
    const members = this.split(good);
    // All alike: with one objective there are too few for the older ones to fade, with several Optuna does not let them.
    this.good.fit(members.good, new Float64Array(members.good.length).fill(1));
    this.bad.fit(members.bad, kernelWeights(members.bad.length));
  }

  /** ln l(x) − ln g(x) at each point. */
  acquisition(points: Candidates): Float64Array {
    const logG = this.bad.logPdf(points);
    return this.good.logPdf(points).map((logL, i) => logL - logG[i]!);
  }

  private split(good: readonly number[]): { good: Int32Array; bad: Int32Array } {
    const { present, rowCount } = this.table;
    const isGood = new Uint8Array(rowCount);
    for (const number of good) isGood[rowOf(number)] = 1;
    const rows = { good: new Int32Array(rowCount), bad: new Int32Array(rowCount) };
    let [goodCount, badCount] = [0, 0];
    for (let row = 0; row < rowCount; row++) {
      if (present[row] !== 1) continue;
      if (isGood[row] === 1) rows.good[goodCount++] = row;
      else rows.bad[badCount++] = row;
    }
    return { good: rows.good.subarray(0, goodCount), bad: rows.bad.subarray(0, badCount) };
  }

  private runningParams(trial: TrialSnapshot, readShared: boolean): (name: string) => number | undefined {
    const shared = readShared ? sharedRelativeParams(trial, "tpe") : {};
    return (name) => {
      const suggested = own(trial.internalParams, name);
      const distribution = this.space.get(name);
      if (suggested !== undefined || distribution === undefined) return suggested;
      return internalIfValid(distribution, own(shared, name));
    };
  }
}

function rowOf(trialNumber: number): number {
  return trialNumber + 1;
}
