import { isRecord } from "./own-value.js";

/** The file in a saved model's folder that says where the model comes from. */
export const PROVENANCE_FILE = "tunelens.json";

/** The file of a TensorFlow.js model in its folder. A folder without it holds files that the objective wrote, which only it can load. */
export const MODEL_FILE = "model.json";

/** Where the models of retrained trials are saved, in the working directory: `<study>/trial-<number>/v<version>`. */
export const MODELS_FOLDER = ".tunelens/models";

/** What lists say of a saved model. */
export interface ModelSummary {
  readonly study: string;
  readonly trial: number;
  /** What the objective returned, one per objective; empty if unknown. */
  readonly values: readonly number[];
  /** The metric that the only value is; null if its training does not say. */
  readonly metric: string | null;
  /** Whether a lower or a higher value is better; null for several objectives, and if unknown. */
  readonly direction: "minimize" | "maximize" | null;
  /** Total number of epochs it was trained for. */
  readonly epochs: number;
  /** The hash of the study file and of each module that it imports, by path; null if unknown. */
  readonly code: Readonly<Record<string, unknown>> | null;
  /** ISO 8601. */
  readonly savedAt: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** @param text of a `tunelens.json`. @returns undefined for one that does not describe a model: anybody may have written it. */
export function readModelSummary(text: string): ModelSummary | undefined {
  const { study, trial, savedAt, history, metrics, direction, code } = fieldsIn(text);
  if (typeof study !== "string" || typeof trial !== "number" || typeof savedAt !== "string") return undefined;
  if (!isRecord(history)) return undefined;
  const series = Object.entries(history).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const values = isRecord(metrics) ? objectiveValues(metrics) : [];
  return {
    study,
    trial,
    values,
    metric: values.length === 1 ? metricOf(values[0]!, series) : null,
    direction: direction === "minimize" || direction === "maximize" ? direction : null,
    epochs: Math.max(0, ...series.map(([, { length }]) => length)),
    code: isRecord(code) ? code : null,
    savedAt,
  };
}

function fieldsIn(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** What the objective returned, from the metrics in a `tunelens.json`: `value`, or `values_0`, `values_1`, …; empty if unknown. */
export function objectiveValues(metrics: Fields): readonly number[] {
  const keys = Object.hasOwn(metrics, "value") ? ["value"] : [];
  for (let i = 0; Object.hasOwn(metrics, `values_${i}`); i++) keys.push(`values_${i}`);
  const values = keys.map((key) => numberIn(metrics[key]));
  return values.every((value) => value !== undefined) ? values : [];
}

/** JSON has neither NaN nor infinities: they are objects with their names. */
function numberIn(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return isRecord(value) && typeof value["number"] === "string" ? Number(value["number"]) : undefined;
}

/** The one metric that had the value after an epoch; where several had, the one of the validation data. */
function metricOf(value: number, series: readonly (readonly [string, readonly unknown[]])[]): string | null {
  const names = series.filter(([, values]) => values.includes(value)).map(([name]) => name);
  const validation = names.filter((name) => name.startsWith("val_"));
  const [only, ...others] = validation.length > 0 ? validation : names;
  return only !== undefined && others.length === 0 ? only : null;
}

type Rated = Pick<ModelSummary, "values" | "direction">;

/** The one with the best value, of equal ones the first; undefined where the values do not say, as for several objectives. */
export function bestModel<Model extends Rated>(models: readonly Model[]): Model | undefined {
  const direction = models.findLast((model) => model.direction !== null)?.direction;
  const valued = models.filter(({ values }) => values.length === 1 && !Number.isNaN(values[0]));
  if (!direction || valued.length === 0) return undefined;
  const loss = ({ values }: Rated) => (direction === "minimize" ? values[0]! : -values[0]!);
  return valued.reduce((best, model) => (loss(model) < loss(best) ? model : best));
}
