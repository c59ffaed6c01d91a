import { existsSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { ImportanceEvaluator } from "../engine/importance/importance.js";
import { countAsides, countFinished, countStates } from "../engine/trial/fail-reason.js";
import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import { type RepeatedConfiguration, repeatedConfigurations } from "../engine/trial/repeats.js";
import type { Storage } from "../engine/storage.js";
import { openStorage } from "../storage/open.js";
import { processesAtWork } from "../storage/worker-identity.js";
import { TunelensError } from "../engine/errors.js";
import { loadStudy } from "../engine/study/load-study.js";
import type { Study } from "../engine/study/study.js";
import { plural } from "../format/plural.js";
import { countShown } from "../format/shown-state.js";
import { idleLabels, type IdleState, idleState } from "../format/study-state.js";
import { readStudyEnd, readStudySource } from "../protocol/study-source.js";
import type { StudyEnd } from "../protocol/trainer.js";
import { sameCommand } from "./command-line.js";
import { exitCodes } from "./exit-codes.js";
import { formatNumber } from "../format/numbers.js";
import { formatParams, formatTable } from "./format.js";
import { toJsonText, trialJson } from "./json.js";
import { findStudy, formatBest, formatImportances, importancesOf, withReadOnlyStorage } from "./study-report.js";
import { toCsv, toJson } from "./trial-rows.js";
import { ask, print, printData, printError, shown, strong } from "./terminal.js";

/** The commands that only read a storage, and need no study file. */

export function listStudies(storage: string, json: boolean): number {
  return withReadOnlyStorage(storage, (opened) => {
    const listed = opened.getStudies().map(({ name }) => readStudy(opened, name));
    if (json) printData(toJsonText(listed.map(studyJson)));
    else {
      const states = ["Complete", "Paused", "Pruned", "Failed", "Stopped", "Running"];
      const head = ["Study", "State", "Direction", "Trials", ...states, "Best"];
      const rows = listed.map(studyRow);
      print(rows.length > 0 ? formatTable(head, rows, [3, 4, 5, 6, 7, 8, 9, 10]) : `${storage} has no studies yet.\n`);
      print(listed.map(whyItEnded).join(""));
    }
    return exitCodes.done;
  });
}

/** A study, or why it cannot be read; the others are still listed. */
type ReadStudy =
  | { readonly name: string; readonly unreadable: string }
  | {
      readonly name: string;
      readonly study: Study;
      readonly trials: readonly TrialSnapshot[];
      readonly state: IdleState | "running";
      /** How its latest run ended. */
      readonly end: StudyEnd | null;
    };

function readStudy(storage: Storage, name: string): ReadStudy {
  try {
    const study = loadStudy({ storage, name });
    const { trials } = study;
    const { systemAttrs } = storage.getStudy(study.id);
    const [source, end] = [readStudySource(systemAttrs), readStudyEnd(systemAttrs)];
    const stored = { counts: countStates(trials), finished: countFinished(trials), source, end };
    const state = processesAtWork(trials).length > 0 ? "running" : idleState(stored);
    return { name, study, trials, state, end: state === "running" ? null : end };
  } catch (error) {
    return { name, unreadable: error instanceof Error ? error.message : String(error) };
  }
}

/** The error that ended a study. */
function whyItEnded(read: ReadStudy): string {
  if ("unreadable" in read || !read.end?.error) return "";
  return `"${shown(read.name)}": ${shown(read.end.error.message)}\n`;
}

function shownCounts(trials: readonly TrialSnapshot[]) {
  return countShown({ counts: countStates(trials), ...countAsides(trials) });
}

function studyRow(read: ReadStudy): string[] {
  if ("unreadable" in read) return [read.name, read.unreadable, "", "", "", "", "", "", "", "", ""];
  const { trials } = read;
  const state = read.state === "running" ? "Running" : idleLabels[read.state];
  const { name, directions, bestTrials } = read.study;
  const { COMPLETE, PAUSED, PRUNED, FAIL, STOPPED, RUNNING } = shownCounts(trials);
  const best = directions.length === 1 ? bestTrials[0] : undefined;
  const front = directions.length > 1 && COMPLETE > 0 ? `${bestTrials.length} on the Pareto front` : "–";
  const value = best ? `${formatNumber(best.values![0]!)} (#${best.number})` : front;
  const counts = [trials.length, COMPLETE, PAUSED, PRUNED, FAIL, STOPPED, RUNNING].map(String);
  return [name, state, directions.join(", "), ...counts, value];
}

function studyJson(read: ReadStudy) {
  if ("unreadable" in read) return { name: read.name, error: read.unreadable };
  const { trials, state, end } = read;
  const { name, directions, metricNames, bestTrials, userAttrs } = read.study;
  const starts = trials.flatMap(({ datetimeStart }) => datetimeStart ?? []);
  return {
    name,
    directions,
    state,
    end_error: end?.error?.message ?? null,
    metric_names: metricNames ?? null,
    trials: trials.length,
    counts: Object.fromEntries(
      Object.entries(shownCounts(trials)).map(([state, count]) => [state.toLowerCase(), count]),
    ),
    best: bestTrials.map(({ number, values }) => ({ number, values })),
    datetime_start: starts.sort((a, b) => a.getTime() - b.getTime())[0] ?? null,
    user_attrs: userAttrs,
    error: null,
  };
}

export function showBest(name: string | undefined, storage: string, json: boolean): number {
  return withReadOnlyStorage(storage, (opened) => {
    const study = findStudy(opened, name);
    const best = study.directions.length === 1 ? [study.bestTrial] : study.bestTrials;
    const repeated = repeatedConfigurations(study.trials);
    if (json)
      printData(
        toJsonText({
          study: study.name,
          directions: study.directions,
          trials: best.map((trial) => trialJson(trial, repeated)),
        }),
      );
    else print(study.directions.length === 1 ? describeBest(study, best[0]!) : describeFront(study));
    return exitCodes.done;
  });
}

function describeBest(study: Study, { number, values, params }: TrialSnapshot): string {
  const head = `${strong(`Best value ${formatNumber(values![0]!)}, trial ${number}`)} of "${shown(study.name)}"\n`;
  return head + describeRepeats(study, number) + formatBest(params, importancesOf(study, "ped-anova"));
}

/** Of a study whose configurations were trained several times: the best by its mean, which a lucky trial says less of. */
function describeRepeats(study: Study, best: number): string {
  const repeated = repeatedConfigurations(study.trials);
  if (repeated.size === 0) return "";
  const line = ({ numbers, mean, deviation }: RepeatedConfiguration) =>
    `mean ${formatNumber(mean[0]!)} ± ${formatNumber(deviation[0]!)} of ${plural(numbers.length, "trial")} (${numbers.join(", ")})`;
  const own = repeated.get(best);
  const sign = study.directions[0] === "minimize" ? 1 : -1;
  const bestMean = [...repeated.values()].reduce((a, b) => (sign * b.mean[0]! < sign * a.mean[0]! ? b : a));
  const lines = [
    own && `Its parameters: ${line(own)}\n`,
    own !== bestMean && `Best of the repeated ones: ${line(bestMean)}\n`,
  ];
  return lines.filter(Boolean).join("");
}

function describeFront(study: Study): string {
  const rows = study.bestTrials.map(({ number, values, params }) => [
    String(number),
    values!.map((value) => formatNumber(value)).join(", "),
    formatParams(params),
  ]);
  return (
    `The Pareto front of "${shown(study.name)}": ${plural(rows.length, "trial")} that no other trial beats in every objective\n` +
    formatTable(["Trial", `Values (${study.directions.join(", ")})`, "Parameters"], rows, [0])
  );
}

export interface ImportancesOptions {
  readonly storage: string;
  readonly evaluator: ImportanceEvaluator;
  readonly json: boolean;
}

export function showImportances(name: string | undefined, { storage, evaluator, json }: ImportancesOptions): number {
  return withReadOnlyStorage(storage, (opened) => {
    const study = findStudy(opened, name);
    const importances = importancesOf(study, evaluator);
    if (importances.length === 0)
      throw new TunelensError(
        "no-importances",
        study.directions.length > 1
          ? `Study "${study.name}" has too few complete trials for importances, or ${evaluator} does not support several objectives.`
          : `Study "${study.name}" has too few complete trials for importances.`,
      );
    const complete = study.getTrials(["COMPLETE"]).length;
    if (json) {
      const listed = importances.map((param) => ({ interval: null, ...param }));
      printData(toJsonText({ study: study.name, evaluator, trials: complete, importances: listed }));
      return exitCodes.done;
    }
    print(`"${shown(study.name)}": ${evaluator} over ${plural(complete, "complete trial")}\n`);
    print(formatImportances(importances));
    return exitCodes.done;
  });
}

export interface ExportOptions {
  readonly storage: string;
  readonly format: "csv" | "json";
  /** Leaves cells as they are, even if a spreadsheet would run them. */
  readonly raw: boolean;
  readonly output?: string;
}

export function exportTrials(name: string | undefined, { storage, format, raw, output }: ExportOptions): number {
  return withReadOnlyStorage(storage, (opened) => {
    const study = findStudy(opened, name);
    const text = format === "csv" ? toCsv(study, { raw }) : toJson(study);
    if (output === undefined) printData(text);
    else {
      writeWhole(output, text);
      print(`Wrote ${plural(study.trials.length, "trial")} of "${shown(study.name)}" to ${output}\n`);
    }
    return exitCodes.done;
  });
}

/** The whole text, or the file as it was. @throws TunelensError code `file-not-written` */
function writeWhole(path: string, text: string): void {
  const part = `${path}.part`;
  try {
    writeFileSync(part, text);
    renameSync(part, path);
  } catch (cause) {
    rmSync(part, { force: true });
    throw new TunelensError("file-not-written", `Cannot write ${path}: ${whyNotWritten(path, cause)}.`, { cause });
  }
}

function whyNotWritten(path: string, cause: unknown): string {
  const folder = dirname(path);
  if (!existsSync(folder)) return `there is no folder ${folder}. Create it, or name another file`;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return "it is a folder. Name a file in it";
  return cause instanceof Error ? cause.message : String(cause);
}

export async function deleteStudy(name: string, storage: string, confirmed: boolean): Promise<number> {
  const { trials, processes } = withReadOnlyStorage(storage, (opened) => {
    const study = findStudy(opened, name);
    return { trials: study.trials.length, processes: processesAtWork(study.trials) };
  });
  if (processes.length > 0) {
    const who = processes.length === 1 ? `Process ${processes[0]} is` : `Processes ${processes.join(", ")} are`;
    printError(
      `${who} running study "${shown(name)}". ${processes.length === 1 ? "Its" : "Their"} next write will fail.\n`,
    );
  }
  if (
    !confirmed &&
    !(await confirm(`Delete study "${shown(name)}" and its ${plural(trials, "trial")} from ${storage}?`))
  ) {
    print("Nothing was deleted.\n");
    return exitCodes.failed;
  }
  const opened = openStorage(storage);
  try {
    opened.deleteStudy(findStudy(opened, name).id);
  } finally {
    opened.close();
  }
  print(`Deleted study "${shown(name)}" (${plural(trials, "trial")}).\n`);
  return exitCodes.done;
}

async function confirm(question: string): Promise<boolean> {
  const answer = await ask(`${question} [y/N] `);
  if (answer === undefined) printError(`${question} To confirm: ${sameCommand()} --yes\n`);
  return /^y(es)?$/i.test(answer?.trim() ?? "");
}
