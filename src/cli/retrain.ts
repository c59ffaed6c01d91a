import { resolve } from "node:path";
import { sameCommand } from "./command-line.js";
import { exitCodes } from "./exit-codes.js";
import { report } from "./run-report.js";
import { howToAttach } from "./runs.js";
import { detach as startDetached, InterruptedError, runTask, studyFile } from "./training-session.js";
import { print } from "./terminal.js";

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
  readonly detach?: boolean;
}

/** `tunelens retrain FILE`. It fails if it saves no model. */
export async function retrain(file: string, options: RetrainOptions): Promise<number> {
  const { node, inspect, detach, output, continue: model, ...rest } = options;
  const target = output === undefined ? {} : { output: resolve(output) };
  const continued = model === undefined ? {} : { continues: model === true ? model : resolve(model) };
  const task = { kind: "retrain", request: { file: studyFile(file), ...rest, ...target, ...continued } } as const;
  try {
    if (detach) {
      print(howToAttach(await startDetached({ node, inspect }, task)));
      return exitCodes.done;
    }
    const result = await runTask({ node, inspect }, task);
    return report(file, { ...rest, storeCode: true }, result, sameCommand());
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    print("\nStopped. No model was saved.\n");
    return exitCodes.interrupted;
  }
}
