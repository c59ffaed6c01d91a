import { relative, resolve } from "node:path";
import { plural } from "../format/plural.js";
import type { RetrainSummary } from "../protocol/trainer.js";
import { exitCodes } from "./exit-codes.js";
import { formatDuration } from "../format/duration.js";
import { formatNumber } from "../format/numbers.js";
import { formatParams } from "./format.js";
import { InterruptedError, studyFile, withTrainer } from "./training-session.js";
import { print, printError, shown, strong } from "./terminal.js";

export interface RetrainOptions {
  readonly study?: string;
  readonly trial?: number;
  readonly epochs?: number;
  readonly storage?: string;
  readonly backend?: string;
  readonly output?: string;
  readonly continue?: string | true;
  readonly node?: string;
  readonly inspect?: string | true;
}

const NO_MODEL =
  "Error: No model was saved because there was none. A program writes its model into the folder TUNELENS_TRIAL_DIR; a function returns a " +
  "TensorFlow.js layers model, or the path of a folder, with the value: return { value, model }\n";

/** `tunelens retrain FILE`. It fails if it saves no model. */
export async function retrain(file: string, options: RetrainOptions): Promise<number> {
  const { node, inspect, output, continue: model, ...request } = options;
  const target = output === undefined ? {} : { output: resolve(output) };
  const continued = model === undefined ? {} : { continues: model === true ? model : resolve(model) };
  try {
    const summary = await withTrainer({ node, inspect }, (trainer) =>
      trainer.retrain({ file: studyFile(file), ...request, ...target, ...continued }),
    );
    print(report(summary));
    if (summary.model) return exitCodes.done;
    printError(NO_MODEL);
    return exitCodes.failed;
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    print("\nStopped. No model was saved.\n");
    return exitCodes.interrupted;
  }
}

function report(summary: RetrainSummary): string {
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
