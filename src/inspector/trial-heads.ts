import { isDeepStrictEqual } from "node:util";
import type { Distribution } from "../engine/distribution.js";
import type { StudySnapshot } from "../engine/storage.js";
import { own, type TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import type { ChartData, ChartName, ChartRequest } from "../protocol/charts.js";
import type {
  FrontTrial,
  StudySummary,
  StudyWorkers,
  TrialColumn,
  TrialDetail,
  TrialPage,
  TrialQuery,
} from "../protocol/inspector.js";
import type { BestTrial } from "../protocol/trainer.js";
import { toWireParams, type WireParamValue } from "../protocol/wire.js";
import type { SqliteStorage } from "../storage/sqlite/sqlite-storage.js";
import type { ChartMaker, StudySiblings } from "./charts/chart-maker.js";
import { chartMakers } from "./charts/charts.js";
import { isFieldOfHeads, isOfHeads } from "./filter-of.js";
import { InspectedStudy } from "./inspected-study.js";
import { paramOutlines } from "./study-summary.js";
import { trialDetail, trialSummary } from "./wire-trial.js";

/** Orders of trials in which parameters or intermediate values have a part. */
const isInFullOnly = (column: TrialColumn) => /^(?:param:.*|last|best|lastStep)$/s.test(column);

/** More than so many trials that changed are no longer read one by one. */
const MAX_CHANGED = 200;

type Params = ReadonlyMap<string, Distribution>;

/**
 * A study as it was at one moment, its trials without parameters and intermediate values, which are most of a file: enough for its summary, for
 * rows, each of which is read in full, and for some charts.
 */
export class TrialHeads {
  private readonly view: InspectedStudy;
  private known: StudySummary | undefined;
  private knownReporting: ReadonlySet<number> | undefined;

  private constructor(
    private readonly storage: SqliteStorage,
    url: string,
    private readonly study: StudySnapshot,
    private readonly trials: readonly TrialSnapshot[],
    private readonly params: Params,
    siblings?: StudySiblings,
  ) {
    const more = { olderLibrary: storage.olderLibrary, params: paramOutlines(params), ...(siblings && { siblings }) };
    this.view = new InspectedStudy(url, study, trials, more);
  }

  /**
   * @param url as the caller named the storage.
   * @param more `before`: what was known before; `siblings`: the studies of the storage, by default this one alone.
   * @returns undefined where only all of the study says what there is to say.
   */
  static read(
    url: string,
    storage: SqliteStorage,
    id: number,
    { before, siblings }: { readonly before?: TrialHeads | undefined; readonly siblings?: StudySiblings } = {},
  ): TrialHeads | undefined {
    const trials = storage.getTrialHeads(id);
    const params = before?.paramsWith(trials) ?? storage.getParams(id);
    return params && new TrialHeads(storage, url, storage.getStudy(id), trials, params, siblings);
  }

  /** As `InspectedStudy.summary`. */
  summary(): StudySummary {
    this.known ??= this.readSummary();
    return { ...this.known, workers: this.workers() };
  }

  workers(): StudyWorkers {
    return this.view.workers();
  }

  /** Whether it says which trials match a filter, or what is wrong with it. */
  knows(filter: string | undefined): boolean {
    return filter === undefined || isOfHeads(filter, this.view.queried());
  }

  /** As `InspectedStudy.page`. @returns undefined where only all of the study says which rows these are. */
  page(query: TrialQuery): TrialPage | undefined {
    const { sort = [], filter, attributes } = query;
    if (!this.knows(filter) || sort.some(({ column }) => isInFullOnly(column))) return undefined;
    const { rows, ...page } = this.view.page(query);
    const trials = this.inFull(rows.map(({ number }) => number));
    return { ...page, rows: trials.map((trial) => trialSummary(trial, this.view.context(attributes))) };
  }

  /** As `InspectedStudy.trial`. @throws NotFoundError (code `trial-not-found`) */
  trial(number: number): TrialDetail {
    const { number: found } = this.view.trial(number);
    return trialDetail(this.inFull([found])[0]!, this.view.context());
  }

  /** As `InspectedStudy.chart`. @returns undefined where the chart needs all of the study. */
  chart<Name extends ChartName>(request: ChartRequest<Name>): ChartData[Name] | undefined {
    if (!this.knows(request.filter)) return undefined;
    const maker: ChartMaker<Name> = chartMakers[request.chart];
    if (maker.needsHeadsOnly) return this.view.chart(request);
    const source = request.filter === undefined ? this.view : this.view.filtered(request.filter);
    const chosen = maker.chosen?.(source, request, ({ id }) => this.reporting().has(id));
    if (!chosen) return undefined;
    return maker.make({ study: this.study, trials: this.inFull(chosen.map(({ number }) => number)) }, request);
  }

  /** As `InspectedStudy.matchingTrials`. @returns undefined where only all of the study says which match. */
  matchingTrials(filter: string | undefined): readonly TrialSnapshot[] | undefined {
    return this.knows(filter) ? this.view.matchingTrials(filter) : undefined;
  }

  /** As `InspectedStudy.fieldValues`. @returns undefined where all of the study says them. */
  fieldValues(field: string): readonly WireParamValue[] | undefined {
    return isFieldOfHeads(field, this.view.queried()) ? this.view.fieldValues(field) : undefined;
  }

  isSlow(request: ChartRequest): boolean {
    return this.view.isSlow(request);
  }

  /** As `InspectedStudy.versionFor`. */
  versionFor(request: ChartRequest): string {
    return this.view.versionFor(request);
  }

  private readSummary(): StudySummary {
    const { best, extremes, ...summary } = this.view.summary();
    const withParams = <Shown extends BestTrial | FrontTrial>(trial: Shown): Shown => ({
      ...trial,
      params: toWireParams(this.inFull([trial.number])[0]!.params),
    });
    return {
      ...summary,
      best: best && withParams(best),
      extremes: extremes && extremes.map(withParams),
    };
  }

  /** The IDs of the trials with intermediate values. */
  private reporting(): ReadonlySet<number> {
    this.knownReporting ??= new Set(this.storage.getReportingTrials(this.study.id));
    return this.knownReporting;
  }

  private inFull(numbers: readonly number[]): TrialSnapshot[] {
    return this.storage.readTrials(
      this.study.id,
      numbers.map((number) => this.idOf(number)),
    );
  }

  /** Trials are in the order of their numbers, from 0. */
  private idOf(number: number): number {
    const expected = this.trials[number];
    return (expected?.number === number ? expected : this.trials.find((trial) => trial.number === number))!.id;
  }

  /** With those of the trials that have changed since. @returns undefined where all trials have to be looked through. */
  private paramsWith(trials: readonly TrialSnapshot[]): Params | undefined {
    const changed = trials.filter((trial, i) => trial !== this.trials[i]);
    if (trials.length < this.trials.length || changed.length > MAX_CHANGED) return undefined;
    const params = new Map(this.params);
    const read = this.storage.readTrials(
      this.study.id,
      changed.map(({ id }) => id),
    );
    for (const { distributions, inexact } of read) {
      if (inexact) return undefined;
      for (const [name, distribution] of Object.entries(distributions)) {
        if (params.has(name) && !isDeepStrictEqual(params.get(name), own(distributions, name))) return undefined;
        params.set(name, distribution);
      }
    }
    return params;
  }
}
