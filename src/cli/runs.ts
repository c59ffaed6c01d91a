import { relative } from "node:path";
import { TunelensError } from "../engine/errors.js";
import type { RegisteredRun } from "../protocol/run.js";
import type { RunRequest } from "../protocol/trainer.js";
import { listRuns, runsStudy } from "../supervisor/run-registry.js";
import { commandName, quoted } from "./command-line.js";
import { exitCodes } from "./exit-codes.js";
import { formatTable } from "./format.js";
import { toJsonText } from "./json.js";
import { report } from "./run-report.js";
import { attachTo, InterruptedError, stopRun } from "./training-session.js";
import { print, printData, shown } from "./terminal.js";

/** `tunelens runs` */
export async function printRuns(json: boolean): Promise<number> {
  const runs = await listRuns(process.cwd());
  if (json) printData(toJsonText(runs.map(runJson)));
  else if (runs.length === 0) print("No study is running in this folder.\n");
  else {
    const rows = runs.map((run) => [nameOf(run), doing(run), fileOf(run), `${run.pid}`, startedAt(run), run.parent]);
    print(formatTable(["Study", "", "File", "Process", "Started", "Started by"], rows, [3]));
  }
  return exitCodes.done;
}

/** `tunelens attach` */
export async function attach(study: string | undefined): Promise<number> {
  const run = await findRun(study);
  const result = await attachTo(run);
  if (!result) {
    print(`\nThe ${run.task.kind === "study" ? "study" : "retraining"} goes on. ${howToAttach(run)}`);
    return exitCodes.done;
  }
  const { storesCode: storeCode = true, ...options }: Partial<RunRequest> = run.task.request;
  return report(fileOf(run), { ...options, storeCode }, result, run.command);
}

/** `tunelens stop` */
export async function stop(study: string | undefined): Promise<number> {
  const run = await findRun(study);
  try {
    await stopRun(run);
  } catch (error) {
    // Its processes had to be ended.
    if (!(error instanceof InterruptedError)) throw error;
  }
  const name = `"${shown(nameOf(run))}"`;
  print(
    run.task.kind === "study"
      ? `Study ${name} was stopped. All finished trials are stored. To resume: ${run.command}\n`
      : `The retraining of study ${name} was stopped. No model was saved.\n`,
  );
  return exitCodes.done;
}

/** Why a study is not to be run: it is running. */
export async function alreadyRunning(request: RunRequest): Promise<TunelensError | undefined> {
  const run = (await listRuns(process.cwd())).find((some) => runsStudy(some, request));
  if (!run) return undefined;
  const message =
    `Study "${shown(nameOf(run))}" is running already, in process ${run.pid}.\n${howToAttach(run)}` +
    "To run it a second time, so that both share its trials, add --join.";
  return new TunelensError("study-running", message);
}

/** What can be done with a run that goes on. */
export function howToAttach(run: RegisteredRun): string {
  const name = quoted(nameOf(run));
  const study = name.startsWith("-") ? `-- ${name}` : name;
  return `To watch it: ${commandName()} attach ${study}\nTo stop it:  ${commandName()} stop ${study}\n`;
}

async function findRun(study: string | undefined): Promise<RegisteredRun> {
  const runs = await listRuns(process.cwd());
  const found = study === undefined ? runs : runs.filter((run) => nameOf(run) === study);
  if (found.length === 1) return found[0]!;
  const names = runs.map((run) => `"${shown(nameOf(run))}"`).join(", ");
  if (runs.length === 0)
    throw new TunelensError("no-run", "No study is running in this folder. Go to the folder in which it was started.");
  if (found.length === 0)
    throw new TunelensError("no-run", `Study "${shown(study!)}" is not running in this folder. Running: ${names}.`);
  if (study === undefined) throw new TunelensError("several-runs", `Several studies are running: ${names}. Name one.`);
  // It was joined on purpose: the latest run is as good as the first.
  return found.at(-1)!;
}

function nameOf({ study, task: { request } }: RegisteredRun): string {
  return study?.name ?? request.study ?? request.file;
}

function doing({ task }: RegisteredRun): string {
  return task.kind === "study" ? "" : "retraining";
}

function fileOf({ task }: RegisteredRun): string {
  return relative(process.cwd(), task.request.file);
}

function startedAt(run: RegisteredRun): string {
  return new Date(run.startedAt).toLocaleString();
}

function runJson(run: RegisteredRun) {
  const { pid, parent, code, study } = run;
  const started = new Date(run.startedAt);
  return {
    ...{ study: nameOf(run), kind: run.task.kind, storage: study?.storage ?? null, file: fileOf(run), code, pid },
    ...{ datetime_start: started, started_by: parent },
  };
}
