import type { Parallel } from "../protocol/trainer.js";
import { InvalidArgumentError } from "../engine/errors.js";
import type { FrozenParam } from "../engine/study/follow-up.js";
import { sameCommand } from "./command-line.js";
import { exitCodes } from "./exit-codes.js";
import { report } from "./run-report.js";
import { alreadyRunning, howToAttach } from "./runs.js";
import { detach as startDetached, InterruptedError, runTask, studyFile } from "./training-session.js";
import { print } from "./terminal.js";

export interface RunOptions {
  readonly study?: string;
  readonly trials?: number;
  readonly timeout?: number;
  readonly storage?: string;
  readonly seed?: number;
  readonly epochs?: number;
  readonly backend?: string;
  readonly parallel?: Parallel;
  readonly freeze?: readonly FrozenParam[];
  readonly learnFrom?: readonly string[];
  readonly as?: string;
  readonly node?: string;
  readonly inspect?: string | true;
  readonly storeCode: boolean;
  readonly detach?: boolean;
  readonly join?: boolean;
}

/** `tunelens run FILE` */
export async function run(file: string, options: RunOptions): Promise<number> {
  const { node, inspect, freeze: params, learnFrom: studies, as: name, ...others } = options;
  const { storeCode: storesCode, detach, join: joins, ...rest } = others;
  if (name !== undefined && !params && !studies)
    throw new InvalidArgumentError("--as names a new study and requires --freeze or --learn-from.");
  if (params && studies) throw new InvalidArgumentError("Use --freeze or --learn-from, not both.");
  const named = name === undefined ? {} : { name };
  const follows = params ? { freeze: { params, ...named } } : studies ? { learnFrom: { studies, ...named } } : {};
  // A debugger's port is one process's.
  const single = inspect === undefined ? {} : { parallel: 1 };
  const request = { file: studyFile(file), storesCode, ...rest, ...follows, ...single };
  const running = joins ? undefined : await alreadyRunning(request);
  if (running) throw running;
  try {
    if (detach) {
      print(howToAttach(await startDetached({ node, inspect }, { kind: "study", request })));
      return exitCodes.done;
    }
    const result = await runTask({ node, inspect }, { kind: "study", request });
    return report(file, options, result, sameCommand());
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    print(`\nStopped. All finished trials are stored. To resume: ${sameCommand()}\n`);
    return exitCodes.interrupted;
  }
}
