import { relative, resolve } from "node:path";
import type { EvaluateSummary } from "../protocol/trainer.js";
import { formatDuration } from "../format/duration.js";
import { formatNumber, formatValues } from "../format/numbers.js";
import { exitCodes } from "./exit-codes.js";
import { formatTable } from "./format.js";
import { toJsonText } from "./json.js";
import { print, printData, printError, shown, strong } from "./terminal.js";
import { InterruptedError, studyFile, withTrainer } from "./training-session.js";

export interface EvaluateOptions {
  readonly study?: string;
  readonly trial?: number;
  readonly model?: string;
  readonly storage?: string;
  readonly backend?: string;
  readonly node?: string;
  readonly inspect?: string | true;
  readonly json: boolean;
}

/** `tunelens evaluate FILE` */
export async function evaluate(file: string, options: EvaluateOptions): Promise<number> {
  const { node, inspect, model, json, ...request } = options;
  const which = model === undefined ? {} : { model: resolve(model) };
  try {
    const summary = await withTrainer({ node, inspect }, (trainer) =>
      trainer.evaluate({ file: studyFile(file), ...request, ...which }),
    );
    if (json) printData(toJsonText(summaryJson(summary)));
    else print(report(summary));
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    printError("\nStopped.\n");
    return exitCodes.interrupted;
  }
}

function report(summary: EvaluateSummary): string {
  const { study, trial, values, savedValues, metrics, changedCode, durationMs } = summary;
  const saved = savedValues.length > 0 ? `; saved with ${formatValues(savedValues)}` : "";
  const lines = [
    `\nThe model in ${placeOf(summary)} of trial ${trial} of study "${shown(study)}" was evaluated (${formatDuration(durationMs)}).`,
    `${strong(`Value ${formatValues(values)}`)}${saved}`,
  ];
  if (changedCode.length > 0) lines.push(`${changedCode.map(shown).join(", ")} changed since it was saved.`);
  const rows = Object.entries(metrics).map(([name, value]) => [name, formatNumber(value)]);
  return `${lines.join("\n")}\n${formatTable(["Metric", "Value"], rows, [1])}`;
}

function summaryJson(summary: EvaluateSummary) {
  const { study, trial, values, savedValues, metrics, changedCode } = summary;
  const folder = placeOf(summary);
  return { study, trial, folder, values, saved_values: savedValues, metrics, changed_code: changedCode };
}

function placeOf({ model }: EvaluateSummary): string {
  return relative(process.cwd(), model) || model;
}
