import { join, relative } from "node:path";
import { plural } from "../format/plural.js";
import { countShown } from "../format/shown-state.js";
import { readStudySource } from "../protocol/study-source.js";
import type { RunResult } from "../protocol/run.js";
import { DEFAULT_STORAGE, type RunSummary } from "../protocol/trainer.js";
import type { ParamImportance } from "../engine/importance/importance.js";
import { sqlitePath } from "../storage/open.js";
import { commandName, folderOfCommands, quoted, quotedFile } from "./command-line.js";
import { exitCodes } from "./exit-codes.js";
import { formatDuration } from "../format/duration.js";
import { formatNumber } from "../format/numbers.js";
import { reportRetrained } from "./retrain-report.js";
import { findStudy, formatBest, importancesOf, withReadOnlyStorage } from "./study-report.js";
import { print, shown, strong } from "./terminal.js";

/** How a run was started, for the commands that are suggested after it. */
export interface ReportedOptions {
  readonly study?: string | undefined;
  readonly storage?: string | undefined;
  readonly seed?: number | undefined;
  readonly epochs?: number | undefined;
  readonly backend?: string | undefined;
  readonly node?: string | undefined;
  readonly storeCode: boolean;
  /** It ran a follow-up study. */
  readonly freeze?: unknown;
  readonly learnFrom?: unknown;
}

/**
 * Tells how a run ended, and what can be done next.
 * @param resume what resumes the study, as it is typed.
 * @returns the exit code.
 */
export function report(file: string, options: ReportedOptions, result: RunResult, resume: string): number {
  return result.kind === "retrain"
    ? reportRetrained(result.summary)
    : reportStudy(file, options, result.summary, resume);
}

function reportStudy(file: string, options: ReportedOptions, summary: RunSummary, resume: string): number {
  const { study, reason, finished, best, front, durationMs, storage } = summary;
  const why = {
    trials: "finished",
    timeout: "timed out",
    terminator: "was ended by its terminator",
    stopped: "was stopped",
    paused: "was paused",
  }[reason];
  const lines = [`\nStudy "${shown(study)}" ${why} after ${formatDuration(durationMs)}: ${describeCounts(summary)}.`];
  if (finished === 0) lines.push("No trial finished.");
  if (nothingSucceeded(summary))
    lines.push("Every trial failed. The reasons are above. Failed trials count toward the total.");
  if (best) lines.push(strong(`Best value ${formatNumber(best.value)}, trial ${best.number}`));
  if (front)
    lines.push(
      `${plural(front, "trial")} on the Pareto front: no other trial beats ${front === 1 ? "it" : "them"} in every objective.`,
    );
  const path = sqlitePath(storage);
  // What is kept in memory went with the training process.
  const learned = best && path ? whatWasLearned(storage, study) : { importances: [], trained: false };
  const table = best ? formatBest(best.params, learned.importances).trimEnd() : "";
  if (table) lines.push(table);
  print(`${lines.join("\n")}\n${whatNext(file, options, summary, { path, resume, ...learned })}`);
  if (reason === "stopped") return exitCodes.interrupted;
  return nothingSucceeded(summary) ? exitCodes.failed : exitCodes.done;
}

function describeCounts(summary: RunSummary): string {
  const { COMPLETE, PAUSED, PRUNED, FAIL, STOPPED } = countShown(summary);
  const paused = PAUSED > 0 ? `, ${PAUSED} paused` : "";
  const stopped = STOPPED > 0 ? `, ${STOPPED} stopped` : "";
  return `${COMPLETE} complete${paused}, ${PRUNED} pruned, ${FAIL} failed${stopped}`;
}

function nothingSucceeded({ counts, finished }: RunSummary): boolean {
  return finished > 0 && counts.COMPLETE + counts.PRUNED === 0;
}

interface Learned {
  readonly importances: readonly ParamImportance[];
  /** Whether the study trains models: its code uses TensorFlow.js. */
  readonly trained: boolean;
}

function whatWasLearned(storage: string, name: string): Learned {
  return withReadOnlyStorage(storage, (opened) => {
    const study = findStudy(opened, name);
    const source = readStudySource(opened.getStudy(study.id).systemAttrs);
    return { importances: importancesOf(study, "ped-anova"), trained: source?.backend != null };
  });
}

/** Commands that can be run as printed, with the options of this one that they need. */
function whatNext(
  file: string,
  options: ReportedOptions,
  { study, storage, reason, best, finished }: RunSummary,
  { path, resume, importances, trained }: Learned & { readonly path: string | undefined; readonly resume: string },
): string {
  if (!path) return "The study was in memory and is gone. Set a storage to keep it.\n";
  const name = options.freeze || options.learnFrom ? study : options.study;
  const { seed, epochs, backend, node, storeCode } = options;
  const which = optionsOf({ study: name, storage: options.storage, backend, node });
  const again = `${which}${optionsOf({ seed, epochs })}${storeCode ? "" : " --no-store-code"}`;
  // The study file may say where it is, which those that read no file do not know.
  const stored = optionsOf({ storage: storage === DEFAULT_STORAGE ? undefined : storage });
  const dominant =
    importances.length > 1 ? importances.find(({ name }) => Object.hasOwn(best!.params, name)) : undefined;
  const folder = folderOfCommands();
  const command = folder ? `cd ${quoted(folder)} && ${commandName()}` : commandName();
  const rows = [
    ["Database", join(folder, relative(process.cwd(), path))],
    ...(reason === "trials"
      ? [["More trials", `${command} run ${quotedFile(file)}${again} --trials ${finished + 20}`]]
      : []),
    ...(["timeout", "stopped", "paused"].includes(reason) ? [["Resume", resume]] : []),
    ...(reason === "trials" && dominant
      ? [["Freeze", `${command} run ${quotedFile(file)}${again} --freeze ${quoted(dominant.name)}`]]
      : []),
    ...(best && trained ? [["Retrain best", `${command} retrain ${quotedFile(file)}${which}`]] : []),
    ["All trials", `${command} export${stored} --csv ${study.startsWith("-") ? "-- " : ""}${quoted(study)}`],
    ["In VS Code", `open ${folder || "this folder"} to see trials and charts, and to retrain the best trial`],
  ];
  return rows.map(([label, text]) => `${label!.padEnd(13)}${text}\n`).join("");
}

/** The options that were given, as typed. */
function optionsOf(options: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return given.map(([name, value]) => ` --${name} ${quoted(String(value))}`).join("");
}
