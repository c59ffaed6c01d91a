import { basename } from "node:path";
import * as vscode from "vscode";
import { CONTINUE_CHANGED } from "./changed-space.js";
import type { Command } from "./commands.js";
import { plural } from "../format/plural.js";
import { countShown } from "../format/shown-state.js";
import type { SourceLocation, WireError } from "../protocol/wire.js";
import type { LiveRun } from "./live-run.js";
import { openLocation } from "./open-location.js";
import { PROVENANCE_FILE } from "../protocol/saved-model.js";
import { readSettings, type Settings } from "./settings.js";
import { formatNumber } from "../format/numbers.js";
import { describeFound, formatCount, formatTrials } from "./study-format.js";
import type { Advice, Mistake, RunEnd } from "./study-runner.js";
import { showMessage, showStatusMessage } from "./surfaces.js";

interface Action {
  readonly title: string;
  readonly run: () => unknown;
}

/** Tells the user how a run ended, with buttons for what to do next. */
export async function notifyRunEnd(end: RunEnd): Promise<void> {
  const { notifications } = readSettings(vscode.Uri.file(end.run.file));
  if (end.kind === "failed") {
    // The user ended it; a process that had to be killed for that is not news.
    if (end.run.stopping) stoppedMessage(end.run);
    else await notifyError(namingStudy(end.run, end.error.message), end.error, { notifications, run: end.run });
    return;
  }
  if (end.kind === "study" && (end.summary.reason === "stopped" || end.summary.reason === "paused")) {
    stoppedMessage(end.run, end.summary.reason);
    return;
  }
  if (notifications === "all")
    await show(everyTrialFailed(end) ? "warning" : "info", describeEnd(end), endActions(end));
}

/** An error with buttons that lead to its cause; shown unless the settings turn notifications off. */
export async function notifyError(
  message: string,
  error: WireError,
  { notifications = "all", run }: { notifications?: Settings["notifications"]; run?: LiveRun } = {},
): Promise<void> {
  if (notifications === "none") return;
  const { location } = error;
  const actions: Action[] = [{ title: "Show Output", run: () => execute("tunelens.showOutput") }];
  if (error.code === "study-paused" && run)
    actions.unshift({
      title: "Resume Study",
      run: () => execute("tunelens.resumeStudy", { ...run, progress: undefined }),
    });
  if (error.code === "storage-older" && run)
    actions.unshift({
      title: "Migrate a Copy",
      run: () => execute("tunelens.migrateCopy", { ...run, progress: undefined }),
    });
  if (error.code === "incompatible-distribution" && run)
    actions.unshift({
      title: CONTINUE_CHANGED,
      run: () => execute("tunelens.continueChanged", { ...run, progress: undefined }),
    });
  if (location) actions.unshift(openAction(location));
  await show("error", message, actions);
}

/** A warning about a line of the user's code, with a button that leads there. */
export async function notifyMistake({ warning: { message, location }, file }: Mistake): Promise<void> {
  const { notifications } = readSettings(vscode.Uri.file(file));
  if (!location || notifications === "none") return;
  await show("warning", message, [openAction(location)]);
}

/** One click stops the study; any other answer lets it go on. */
export async function notifyAdvice({ message, run }: Advice): Promise<void> {
  const { notifications } = readSettings(vscode.Uri.file(run.file));
  if (notifications !== "all") return;
  await show("info", message, [
    { title: "Stop Study", run: () => execute("tunelens.stopStudy", { ...run, progress: undefined }) },
    { title: "Continue", run: () => undefined },
  ]);
}

function openAction(location: SourceLocation): Action {
  return { title: `Open ${basename(location.file)}:${location.line}`, run: () => openLocation(location) };
}

function namingStudy({ study }: LiveRun, message: string): string {
  return message.includes(study.name) ? message : `${study.name}: ${message}`;
}

function describeEnd(end: Exclude<RunEnd, { kind: "failed" }>): string {
  const { run } = end;
  const { name } = run.study;
  if (end.kind === "retrain") {
    const { trial, value, studyValue, model, betterModel, epochs, epochsBefore } = end.summary;
    const how =
      epochsBefore > 0 ? `trained for ${plural(epochs, "more epoch")}, ${epochsBefore + epochs} in total` : "retrained";
    const saved = model
      ? ` The model is in ${vscode.workspace.asRelativePath(model)}.`
      : " No model was saved because there was none. A program writes its model into the folder TUNELENS_TRIAL_DIR; " +
        "a function returns { value, model }.";
    const better = betterModel
      ? ` ${vscode.workspace.asRelativePath(betterModel)} is better and remains the best.`
      : "";
    return `${name}: trial ${trial} ${how}: ${formatNumber(value)} (in the study: ${formatNumber(studyValue)}).${saved}${better}`;
  }
  const { reason } = end.summary;
  const why = {
    trials: "done",
    timeout: "timed out",
    terminator: "ended by the terminator",
    stopped: "stopped",
    paused: "paused",
  }[reason];
  const found = describeFound(end.summary) ?? "no complete trial";
  const { FAIL } = countShown(end.summary);
  const failures = FAIL > 0 ? `, ${FAIL} failed` : "";
  if (everyTrialFailed(end)) return `${name}: ${why}, but every trial failed (${plural(FAIL, "trial")}).`;
  return `${name}: ${why}, ${formatTrials(end.summary.finished, run.trials)}${failures}; ${found}.`;
}

function everyTrialFailed(end: RunEnd): boolean {
  if (end.kind !== "study") return false;
  const { counts, finished } = end.summary;
  return finished > 0 && counts.COMPLETE + counts.PRUNED === 0;
}

function endActions(end: Exclude<RunEnd, { kind: "failed" }>): Action[] {
  const target = { ...end.run, progress: undefined };
  const actions: Action[] = [{ title: "Open Dashboard", run: () => execute("tunelens.openDashboard", target) }];
  if (end.kind === "study" && end.summary.best)
    actions.push({ title: "Retrain Best", run: () => execute("tunelens.retrainBest", target) });
  if (end.kind === "retrain" && end.summary.model) {
    const folder = vscode.Uri.file(end.summary.model);
    const model = vscode.Uri.joinPath(folder, PROVENANCE_FILE);
    if (!end.summary.ownFiles)
      actions.push({ title: "Continue Training…", run: () => execute("tunelens.continueTraining", model) });
    actions.push({ title: "Show Model", run: () => vscode.commands.executeCommand("revealInExplorer", folder) });
  }
  return actions;
}

function stoppedMessage({ study, finished, trials }: LiveRun, how: "stopped" | "paused" = "stopped"): void {
  const text = `${study.name} ${how} at ${formatCount(finished, trials)}. Resume runs the rest.`;
  showStatusMessage("debug-pause", text, 10_000);
}

async function show(kind: "info" | "warning" | "error", message: string, actions: readonly Action[]): Promise<void> {
  const titles = actions.map(({ title }) => title);
  const chosen = await showMessage(kind, message, titles);
  await actions.find(({ title }) => title === chosen)?.run();
}

function execute(command: Command, argument?: unknown): Thenable<unknown> {
  return vscode.commands.executeCommand(command, argument);
}
