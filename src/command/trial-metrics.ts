import { nearest } from "../engine/option-names.js";
import type { Trial } from "../engine/trial/trial.js";
import { type Metrics, stepOf, withoutStep } from "./printed-metrics.js";

/** What is kept of the metrics for the trial that continues this one. Numbers are texts, because JSON has no NaN. */
export interface MetricsState {
  readonly last: Readonly<Record<string, string>>;
  readonly reported: readonly string[];
  readonly lastStep: number;
  readonly firstStep: number | null;
}

/** What a program has told of its metrics, and what its trial knows of it. */
export class TrialMetrics {
  private readonly last = new Map<string, number>();
  private readonly reported: number[] = [];
  /** Told since the last report. */
  private pending = new Map<string, number>();
  private lastStep = -1;
  private firstStep: number | undefined;
  private repeated = false;

  /** @param metric the one that is reported. */
  constructor(
    private readonly trial: Trial,
    private readonly metric: string,
  ) {}

  get state(): MetricsState {
    const { lastStep, firstStep = null } = this;
    const last = Object.fromEntries([...this.last].map(([name, value]) => [name, String(value)]));
    return { last, reported: this.reported.map(String), lastStep, firstStep };
  }

  /** Goes on where the trial was that this one continues. */
  continueFrom({ last, reported, lastStep, firstStep }: MetricsState): void {
    for (const [name, value] of Object.entries(last)) this.last.set(name, Number(value));
    this.reported.push(...reported.map(Number));
    this.lastStep = lastStep;
    this.firstStep = firstStep ?? undefined;
  }

  /** Takes what belongs to no step. */
  tell(metrics: Metrics): void {
    for (const [name, value] of metrics) this.last.set(name, value);
  }

  /** Takes what a line has. Its steps count from 0, unless the first is 1. @returns whether the trial was told a value. */
  print(metrics: Metrics): boolean {
    const step = stepOf(metrics);
    if (step !== undefined) this.firstStep ??= step;
    return this.take(withoutStep(metrics), step === undefined || this.firstStep !== 1 ? step : step - 1);
  }

  /** @param step default: the one after the last. @returns whether the trial was told a value. */
  take(metrics: Metrics, step?: number): boolean {
    this.tell(metrics);
    for (const [name, value] of metrics) this.pending.set(name, value);
    const value = metrics.get(this.metric);
    if (value === undefined) return false;
    this.reported.push(value);
    return this.report(value, step ?? this.lastStep + 1);
  }

  private report(value: number, step: number): boolean {
    const logs = Object.fromEntries(this.pending);
    this.pending = new Map();
    // The trial warns of the first that is repeated, of a program that tells each batch's, perhaps.
    if (step <= this.lastStep && this.repeated) return false;
    this.repeated = step <= this.lastStep;
    this.lastStep = Math.max(step, this.lastStep);
    this.trial.reportEpoch({ epoch: step, epochs: this.trial.epochs, logs, monitor: this.metric });
    if (this.trial.directions.length > 1) return false;
    this.trial.report(value, step);
    return true;
  }

  /** The last value of a metric. */
  lastOf(metric: string): number | undefined {
    return this.last.get(metric);
  }

  /** The best value that was reported. */
  best(): number | undefined {
    const values = this.reported.filter((value) => !Number.isNaN(value));
    if (values.length === 0) return this.reported.at(-1);
    return this.trial.directions[0] === "maximize" ? Math.max(...values) : Math.min(...values);
  }

  /** A sentence that says what the program told instead of a metric. */
  describeSeen(metric: string): string {
    const seen = [...this.last.keys()];
    if (seen.length === 0)
      return 'It told no metric at all. Print lines such as val_loss=0.4 or {"epoch": 3, "val_loss": 0.4}, or use the Python module tunelens_trial.';
    const meant = nearest(metric, seen);
    const question = meant === undefined ? "" : ` Did you mean "${meant}"?`;
    return `It told: ${seen.slice(0, MOST_NAMES).join(", ")}.${question}`;
  }
}

const MOST_NAMES = 20;
