import { relative } from "node:path";
import { formatDuration } from "../format/duration.js";
import { formatNumber } from "../format/numbers.js";
import { plural } from "../format/plural.js";
import type { RetrainSummary } from "../protocol/trainer.js";
import { exitCodes } from "./exit-codes.js";
import { formatParams } from "./format.js";
import { print, printError, shown, strong } from "./terminal.js";

const NO_MODEL =
  "Error: No model was saved because there was none. A program writes its model into the folder TUNELENS_TRIAL_DIR; a function returns a " +
  "TensorFlow.js layers model, or the path of a folder, with the value: return { value, model }\n";

/** Tells how a retraining ended. @returns the exit code: without a model, it has failed. */
export function reportRetrained(summary: RetrainSummary): number {
  print(describe(summary));
  if (summary.model) return exitCodes.done;
  printError(NO_MODEL);
  return exitCodes.failed;
}

function describe(summary: RetrainSummary): string {
  const { study, trial, value, studyValue, epochs, epochsBefore, params, model, ownFiles, durationMs } = summary;
  const after = epochsBefore > 0 ? ` after ${epochsBefore}` : "";
  const trained = epochs > 0 ? `${plural(epochs, "epoch")}${after}, ` : "";
  const what = epochsBefore > 0 ? "trained for longer" : "retrained";
  const lines = [
    `\nTrial ${trial} of study "${shown(study)}" was ${what} (${trained}${formatDuration(durationMs)}).`,
    strong(`Value ${formatNumber(value)}`) + `; in the study it was ${formatNumber(studyValue)}`,
    `Parameters   ${formatParams(params)}`,
  ];
  if (model) {
    const folder = relative(process.cwd(), model) || model;
    lines.push(`Model        ${folder}`);
    if (!ownFiles)
      lines.push(`Load it      const { model } = await loadModel(${JSON.stringify(folder)})  from "tunelens/training"`);
  }
  return `${lines.join("\n")}\n`;
}
