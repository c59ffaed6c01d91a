import { withoutFrozen } from "../engine/follow-up.js";
import { paramImportances } from "../engine/importance/importance.js";
import type { TrialSnapshot } from "../engine/trial-snapshot.js";
import type { StudySnapshot } from "../engine/storage.js";
import { countRunningElsewhere, processesAtWork } from "../storage/worker-identity.js";
import { NotFoundError } from "../engine/errors.js";
import type {
  CurveQuery,
  HistoryData,
  ImportanceData,
  ImportanceEvaluatorName,
  LearningCurve,
  ParamValueOutline,
  StudySummary,
  StudyWorkers,
  TrialDetail,
  TrialPage,
  TrialQuery,
} from "../protocol/inspector.js";
import { studyHistory } from "./history.js";
import { learningCurves } from "./learning-curves.js";
import { paramValues } from "./param-values.js";
import { studySummary } from "./study-summary.js";
import { orderKey, orderTrials } from "./trial-sorting.js";
import { trialDetail, trialSummary } from "./wire-trial.js";

const MAX_PAGE = 1_000;
/** Fewer COMPLETE trials say nothing. */
const MIN_IMPORTANCE_TRIALS = 2;

/** A study as it was at one moment, and all that is derived from it, each worked out once and only when asked for. */
export class InspectedStudy {
  private readonly derived = new Map<string, unknown>();

  /**
   * @param storage as the caller named it.
   * @param more `before`: the view this one takes the place of: what has not changed since is taken over; `olderLibrary`: the Optuna
   * before 5 that wrote the storage.
   */
  constructor(
    readonly storage: string,
    readonly study: StudySnapshot,
    readonly trials: readonly TrialSnapshot[],
    private readonly more: { readonly before?: InspectedStudy | undefined; readonly olderLibrary?: string | null } = {},
  ) {
    const { before } = more;
    if (before?.study.id !== study.id) return;
    for (const [key, value] of before.derived) if (key.startsWith(this.importanceKey(""))) this.derived.set(key, value);
  }

  summary(): StudySummary {
    const summary = this.once("summary", () => ({
      ...studySummary(this.storage, this.study, this.trials),
      olderLibrary: this.more.olderLibrary ?? null,
    }));
    // A process that dies writes nothing.
    return { ...summary, workers: this.workers() };
  }

  /** As it is now. */
  workers(): StudyWorkers {
    return { processes: processesAtWork(this.trials), others: countRunningElsewhere(this.trials) };
  }

  page({ offset, limit, ...order }: TrialQuery): TrialPage {
    const ordered = this.once(`order:${orderKey(order)}`, () => orderTrials(this.trials, order));
    const from = Math.max(0, Math.trunc(offset));
    const to = from + Math.max(0, Math.min(Math.trunc(limit), MAX_PAGE));
    return { rows: ordered.slice(from, to).map(trialSummary), total: ordered.length, offset: from };
  }

  /** @throws NotFoundError (code `trial-not-found`) */
  trial(number: number): TrialDetail {
    const trial = this.trials.find((candidate) => candidate.number === number);
    if (trial === undefined)
      throw new NotFoundError("trial-not-found", `Study "${this.study.name}" has no trial ${number}.`);
    return trialDetail(trial);
  }

  history(): HistoryData {
    return this.once("history", () => studyHistory(this.trials, this.direction()));
  }

  curves(query: CurveQuery): readonly LearningCurve[] {
    return this.once(`curves:${query.limit}:${query.states}`, () =>
      learningCurves(this.trials, this.direction(), query),
    );
  }

  paramValues(param: string): readonly ParamValueOutline[] {
    return this.once(`values:${param}`, () => paramValues(this.trials, this.study.directions, param));
  }

  /** @throws InvalidArgumentError for a study of several objectives and an evaluator that is about one. */
  importances(evaluator: ImportanceEvaluatorName): ImportanceData {
    return this.once(this.importanceKey(evaluator), () => {
      const trials = this.complete();
      const { directions } = this.study;
      const importances =
        trials < MIN_IMPORTANCE_TRIALS
          ? []
          : paramImportances(withoutFrozen(this.trials, this.study.systemAttrs), {
              directions,
              evaluator,
              intervals: true,
            }).map((param) => ({ ...param, interval: param.interval! }));
      return { evaluator, trials, importances };
    });
  }

  /** Finished trials never change: as long as no other one is COMPLETE, importances stay what they are. */
  private importanceKey(evaluator: string): string {
    return `importance:${this.complete()}:${evaluator}`;
  }

  private complete(): number {
    return this.once("complete", () => this.trials.filter(({ state }) => state === "COMPLETE").length);
  }

  private direction(): "minimize" | "maximize" {
    return this.study.directions[0] ?? "minimize";
  }

  private once<T>(key: string, derive: () => T): T {
    if (!this.derived.has(key)) this.derived.set(key, derive());
    return this.derived.get(key) as T;
  }
}
