import type { DashboardPanelFunctions, DashboardSnapshot } from "../src/protocol/dashboard.js";
import type { HistoryData, ImportanceData, ImportanceEvaluatorName, LearningCurve } from "../src/protocol/inspector.js";
import type { EpochEnded } from "../src/protocol/trainer.js";
import type { DashboardHost } from "./host.js";
import { reasonOf } from "./messages.js";
import { Refresher } from "./refresher.js";

/** Something the host was asked for. While it is asked again the last value stays. */
export interface Loaded<T> {
  readonly value: T | null;
  readonly error: string | null;
}

const nothing = { value: null, error: null };

const CURVES_SHOWN = 50;
const CHART_INTERVAL_MS = 700;
/** PED-ANOVA takes milliseconds; fANOVA grows a forest. */
const importanceIntervalMs = { "ped-anova": 2_000, fanova: 10_000, mdi: 10_000 };

/** All the page knows of its study: the newest snapshot, the epochs of running trials, and what the charts show. */
export class StudyData implements DashboardPanelFunctions {
  snapshot: DashboardSnapshot | null = null;
  /** Running trials' latest epoch, by trial number. */
  epochs: ReadonlyMap<number, EpochEnded> = new Map();
  history: Loaded<HistoryData> = nothing;
  importances: Loaded<ImportanceData> = nothing;
  curves: Loaded<readonly LearningCurve[]> = nothing;
  /** Why the host could not be reached, or refused what a button asked for. */
  problem: string | null = null;
  /** Grows whenever trials may have changed and somebody can see it. */
  revision = 0;
  /** Whether the study was there before. */
  existed = false;
  private host: DashboardHost | null = null;
  private evaluator: ImportanceEvaluatorName;
  private readonly loadedHistory = new Refresher(() => this.loadHistory(), CHART_INTERVAL_MS);
  private readonly loadedCurves = new Refresher(() => this.loadCurves(), CHART_INTERVAL_MS);
  private loadedImportances: Refresher;

  constructor(
    evaluator: ImportanceEvaluatorName,
    private readonly onUpdate: () => void,
  ) {
    this.evaluator = evaluator;
    this.loadedImportances = this.importanceRefresher();
  }

  /** Starts from a new snapshot: at first, and when the page was hidden in between. */
  async start(host: DashboardHost): Promise<void> {
    this.host = host;
    try {
      this.changed(await host.ready());
    } catch (error) {
      this.report(error);
    }
  }

  changed(snapshot: DashboardSnapshot): void {
    if (this.snapshot !== null && snapshot.sequence < this.snapshot.sequence) return;
    this.snapshot = snapshot;
    this.existed ||= snapshot.study !== null;
    this.epochs = new Map(snapshot.running?.progress.map((event) => [event.number, event]));
    if (!document.hidden) {
      this.revision += 1;
      this.refresh();
    }
    this.onUpdate();
  }

  progress(event: EpochEnded): void {
    const known = this.epochs.get(event.number);
    if (known !== undefined && known.epoch > event.epoch) return;
    this.epochs = new Map(this.epochs).set(event.number, event);
    this.onUpdate();
  }

  useEvaluator(evaluator: ImportanceEvaluatorName): void {
    if (evaluator === this.evaluator) return;
    this.evaluator = evaluator;
    this.importances = nothing;
    this.loadedImportances = this.importanceRefresher();
    if (this.snapshot?.study) this.loadedImportances.request();
    this.onUpdate();
  }

  report(error: unknown): void {
    this.problem = reasonOf(error);
    this.onUpdate();
  }

  private refresh(): void {
    if (!this.snapshot?.study) {
      this.history = this.importances = this.curves = nothing;
      return;
    }
    this.loadedHistory.request();
    this.loadedCurves.request();
    if (this.snapshot.study.directions.length === 1) this.loadedImportances.request();
  }

  private importanceRefresher(): Refresher {
    const evaluator = this.evaluator;
    return new Refresher(async () => {
      const loaded = await load(() => this.host!.getImportances(evaluator), this.importances);
      if (evaluator !== this.evaluator) return;
      this.importances = loaded;
      this.onUpdate();
    }, importanceIntervalMs[evaluator]);
  }

  private async loadHistory(): Promise<void> {
    this.history = await load(() => this.host!.getHistory(), this.history);
    this.onUpdate();
  }

  private async loadCurves(): Promise<void> {
    this.curves = await load(() => this.host!.getLearningCurves({ limit: CURVES_SHOWN }), this.curves);
    this.onUpdate();
  }
}

async function load<T>(ask: () => Promise<T>, before: Loaded<T>): Promise<Loaded<T>> {
  try {
    return { value: await ask(), error: null };
  } catch (error) {
    return { value: before.value, error: reasonOf(error) };
  }
}
