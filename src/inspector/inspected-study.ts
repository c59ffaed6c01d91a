import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import type { StudySnapshot } from "../engine/storage.js";
import { continuations } from "../engine/trial/paused.js";
import { REPEATS_KEY, type RepeatedConfiguration, repeatedConfigurations } from "../engine/trial/repeats.js";
import { findParetoFront } from "../engine/study/best-trials.js";
import { countRunningElsewhere, processesAtWork } from "../storage/worker-identity.js";
import { InvalidArgumentError, NotFoundError } from "../engine/errors.js";
import { type ChartData, type ChartName, chartNames, type ChartRequest } from "../protocol/charts.js";
import type {
  ParamValueOutline,
  StudySummary,
  StudyWorkers,
  TrialDetail,
  TrialPage,
  TrialQuery,
} from "../protocol/inspector.js";
import type { ParamOutline } from "../protocol/param-outline.js";
import type { WireParamValue } from "../protocol/wire.js";
import type { QueriedStudy } from "../query/fields.js";
import type { ChartMaker, StudySiblings } from "./charts/chart-maker.js";
import { chartMakers } from "./charts/charts.js";
import { fieldValues, filterOf, queriedStudy } from "./filter-of.js";
import { paramValues } from "./param-values.js";
import { studySummary } from "./study-summary.js";
import { orderTrials } from "./trial-sorting.js";
import { type TrialContext, trialDetail, trialSummary } from "./wire-trial.js";

const MAX_PAGE = 1_000;
/** Filters whose trials are kept. */
const MAX_FILTERS = 8;

/** Few charts of so few take long, and to start a thread does. */
const FEW_TRIALS = 200;

/** How many were made. */
let views = 0;

/** A study as it was at one moment, and all that is derived from it, each worked out once and only when asked for. */
export class InspectedStudy {
  private readonly derived = new Map<string, unknown>();
  private readonly matching = new Map<string, InspectedStudy>();
  /** All trials of the study, where `trials` are those that match a filter. */
  readonly unfiltered: readonly TrialSnapshot[];
  private readonly olderLibrary: string | null;
  private readonly params: readonly ParamOutline[] | undefined;
  private readonly whole: InspectedStudy | null;
  private readonly serial = ++views;
  readonly siblings: StudySiblings;

  /**
   * @param storage as the caller named it.
   * @param more `before`: the view this one takes the place of and does not keep: what has not changed since is taken over; `olderLibrary`:
   * the Optuna before 5 that wrote the storage; `siblings`: the studies of the storage, by default this one alone; `params`: its
   * parameters, where its trials are without; `whole`: the study with all its trials, of which these are those that match a filter.
   */
  constructor(
    readonly storage: string,
    readonly study: StudySnapshot,
    readonly trials: readonly TrialSnapshot[],
    more: {
      readonly before?: InspectedStudy | undefined;
      readonly olderLibrary?: string | null;
      readonly siblings?: StudySiblings;
      readonly params?: readonly ParamOutline[];
      readonly whole?: InspectedStudy;
    } = {},
  ) {
    const { before, olderLibrary = null, params, whole = null } = more;
    const { siblings = { list: () => [study], trials: () => trials } } = more;
    this.olderLibrary = olderLibrary;
    this.params = params;
    this.siblings = siblings;
    this.whole = whole;
    this.unfiltered = whole?.trials ?? trials;
    if (before?.study.id !== study.id) return;
    const unchanged = chartNames.flatMap((name) => (chartMakers[name].version ? [this.chartKey(name)] : []));
    for (const [key, value] of before.derived)
      if (unchanged.some((start) => key.startsWith(start))) this.derived.set(key, value);
  }

  summary(): StudySummary {
    const summary = this.once("summary", () => ({
      ...studySummary(this.storage, this.study, this.trials, this.front()),
      olderLibrary: this.olderLibrary,
      ...(this.params && { params: this.params }),
    }));
    // A process that dies writes nothing.
    return { ...summary, workers: this.workers() };
  }

  /** As it is now. */
  workers(): StudyWorkers {
    return { processes: processesAtWork(this.trials), others: countRunningElsewhere(this.trials) };
  }

  /** @throws InvalidArgumentError for a filter with an error. */
  page({ filter, ...query }: TrialQuery): TrialPage {
    if (filter !== undefined) return this.filtered(filter).page(query);
    const { offset, limit, sort = [], attributes = [] } = query;
    const ordered = this.once(`order:${JSON.stringify(sort)}`, () => orderTrials(this.trials, sort, this.study));
    const context = this.context(attributes);
    const from = Math.max(0, Math.trunc(offset));
    const to = from + Math.max(0, Math.min(Math.trunc(limit), MAX_PAGE));
    return {
      rows: ordered.slice(from, to).map((trial) => trialSummary(trial, context)),
      total: ordered.length,
      offset: from,
    };
  }

  /** What its trials are described with. @param attributes the user attributes asked for. */
  context(attributes: readonly string[] = []): TrialContext {
    return {
      study: this.study,
      front: this.front(),
      repeated: this.repeated(),
      continued: this.continued(),
      attributes,
    };
  }

  /** Of a study that says that it repeats trials, also those that a filter leaves out. */
  private repeated(): ReadonlyMap<number, RepeatedConfiguration> {
    const { unfiltered } = this;
    if (this.whole !== null) return this.whole.repeated();
    const repeats = () => unfiltered.some(({ systemAttrs }) => REPEATS_KEY in systemAttrs);
    return this.once("repeated", () => (repeats() ? repeatedConfigurations(unfiltered) : new Map()));
  }

  /** Also by trials that a filter leaves out. */
  private continued(): ReadonlyMap<number, number> {
    if (this.whole !== null) return this.whole.continued();
    return this.once("continued", () => continuations(this.unfiltered));
  }

  /** The numbers of the trials on the Pareto front, also of those that a filter leaves out. */
  private front(): ReadonlySet<number> {
    const { directions } = this.study;
    if (this.whole !== null) return this.whole.front();
    const isSingle = directions.length === 1;
    const numbers = () => findParetoFront(this.trials, directions).map(({ number }) => number);
    return this.once("front", () => new Set(isSingle ? [] : numbers()));
  }

  /** @throws NotFoundError (code `trial-not-found`) */
  trial(number: number): TrialDetail {
    const trial = this.trials.find((candidate) => candidate.number === number);
    if (trial === undefined)
      throw new NotFoundError("trial-not-found", `Study "${this.study.name}" has no trial ${number}.`);
    return trialDetail(trial, this.context());
  }

  /** @throws InvalidArgumentError for options that the chart cannot have for this study, and for a filter with an error. */
  chart<Name extends ChartName>(request: ChartRequest<Name>): ChartData[Name] {
    const { chart, filter, ...options } = request;
    if (filter !== undefined) return this.filtered(filter).chart({ chart, ...options } as ChartRequest<Name>);
    const maker: ChartMaker<Name> = chartMakers[chart];
    return this.once(`${this.chartKey(chart)}${JSON.stringify(options)}`, () => maker.make(this, request));
  }

  isSlow<Name extends ChartName>(request: ChartRequest<Name>): boolean {
    const { isSlow = false }: ChartMaker<Name> = chartMakers[request.chart];
    if (isSlow === "always") return true;
    return this.trials.length > FEW_TRIALS && (typeof isSlow === "function" ? isSlow(request) : isSlow);
  }

  /** As long as it stays the same, so does what the chart is made of. */
  versionFor({ chart: name, filter }: ChartRequest): string {
    const of = filter === undefined && chartMakers[name].version ? this.chartKey(name) : `view:${this.serial}`;
    return `${this.study.id}:${of}`;
  }

  paramValues(param: string): readonly ParamValueOutline[] {
    return this.once(`values:${param}`, () => paramValues(this.trials, this.study.directions, param));
  }

  /** The values that trials have of a field of the filter, the most frequent first. */
  fieldValues(field: string): readonly WireParamValue[] {
    return this.once(`field:${field}`, () => fieldValues(field, this.trials, this.queried()));
  }

  /** What a filter knows of it. */
  queried(): QueriedStudy {
    return this.once("queried", () => queriedStudy(this.study, this.summary()));
  }

  /**
   * The study with only the trials that match a filter. Nothing of it is taken over: attributes of finished trials may change, and with them
   * which ones match.
   * @throws InvalidArgumentError that says what is wrong with the filter, and where.
   */
  filtered(filter: string): InspectedStudy {
    const { storage, study, trials } = this;
    const siblings = { ...this.siblings, trials: (other: StudySnapshot) => this.siblings.trials(other, filter) };
    const matching =
      this.matching.get(filter) ??
      new InspectedStudy(storage, study, trials.filter(filterOf(filter, this.queried())), {
        siblings,
        whole: this,
      });
    // The latest last: a brush that is moved makes many filters.
    this.matching.delete(filter);
    this.matching.set(filter, matching);
    if (this.matching.size > MAX_FILTERS) this.matching.delete(this.matching.keys().next().value!);
    return matching;
  }

  /** Of a study that does not have what the filter names, none. */
  matchingTrials(filter: string | undefined): readonly TrialSnapshot[] {
    if (filter === undefined) return this.trials;
    try {
      return this.filtered(filter).trials;
    } catch (error) {
      if (error instanceof InvalidArgumentError) return [];
      throw error;
    }
  }

  /** What all data of a chart begin with that are right as long as its version is. */
  private chartKey(name: ChartName): string {
    return `chart:${name}:${chartMakers[name].version?.(this) ?? ""}:`;
  }

  private once<T>(key: string, derive: () => T): T {
    if (!this.derived.has(key)) this.derived.set(key, derive());
    return this.derived.get(key) as T;
  }
}
