import { basename } from "node:path";
import * as vscode from "vscode";
import type { InspectorFunctions } from "../protocol/inspector.js";
import { freeName } from "../format/free-name.js";
import { changedSinceLastRun } from "./code-changes.js";
import { CONTINUE_CHANGED } from "./changed-space.js";
import type { CodeStudies } from "./code-studies.js";
import { openQuestion, type StartOptions, type StartTarget, type StudyRunner } from "./study-runner.js";
import type { StudyStore } from "./study-store.js";
import { showDiff, showMessage } from "./surfaces.js";

interface Parts {
  readonly inspector: InspectorFunctions;
  readonly runner: StudyRunner;
  readonly store: StudyStore;
  readonly studies: CodeStudies;
}

/** Starts a study; if its code has changed since its last trial, asks the user how to proceed. */
export async function startStudy(target: StartTarget, options: StartOptions, parts: Parts): Promise<void> {
  const { runner } = parts;
  const end = await runner.start(target, options);
  const question = openQuestion(end);
  if (question === undefined) return;
  const answer = await askAboutChangedCode(question, target, parts);
  if (answer === "Resume Anyway") await runner.start(target, { ...options, codeMayDiffer: true });
  if (answer === CONTINUE_CHANGED) await vscode.commands.executeCommand("tunelens.continueChanged", target);
  if (answer !== "New Study") return;
  const renamed = await renameStudy(target, parts);
  if (renamed) await runner.start(renamed, { debug: options.debug ?? false });
}

async function askAboutChangedCode(question: string, { study, file }: StartTarget, { inspector, store }: Parts) {
  // No file has the name of a follow-up study.
  const fresh = store.study(study)?.followUp ? [] : (["New Study"] as const);
  const detail = [
    "Resume Anyway: new trials may not be comparable with the earlier ones.",
    "Continue with a Changed Space: a new study starts with the earlier trials that fit the space.",
    ...fresh.map(() => `New Study: Tunelens renames the study in ${basename(file)} and starts over.`),
    "The earlier trials are kept.",
  ].join(" ");
  const answers = ["Resume Anyway", CONTINUE_CHANGED, ...fresh] as const;
  // Without the stored code, there is nothing to show, but as much to ask.
  const changed = await changedSinceLastRun(inspector, study, file).catch(() => []);
  const show = changed.length === 0 ? [] : (["Show Changes"] as const);
  const answer = await showMessage("warning", question, [...answers, ...show], { detail });
  if (answer !== "Show Changes") return answer;
  await showDiff(`${study.name}: changes since its last run`, changed);
  // A dialog would keep the user from looking at the changes.
  return showMessage("warning", question, answers);
}

/** Renames the study in its file; where the text does not contain its name, shows the user the place. */
async function renameStudy(target: StartTarget, { store, studies }: Parts): Promise<StartTarget | undefined> {
  const { study, file } = target;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  const text = document.getText();
  const inFile = (await studies.inDocument(document)).map(({ found }) => found);
  const found = inFile.find(({ name }) => name === study.name);
  const at = found && nameIn(text.slice(found.start, found.end), study.name);
  if (!found || at === undefined) {
    await vscode.window.showTextDocument(document);
    void showMessage("info", `Rename study "${study.name}" in ${basename(file)}, then start it.`);
    return undefined;
  }
  const taken = new Set([...inFile.map(({ name }) => name), ...namesIn(store, study.storage)]);
  const name = freeName(study.name, (candidate) => taken.has(candidate));
  const [from, to] = [found.start + at, found.start + at + study.name.length];
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(document.positionAt(from), document.positionAt(to)), name);
  if (!(await vscode.workspace.applyEdit(edit)) || !(await document.save())) return undefined;
  return { ...target, study: { ...study, name } };
}

function namesIn(store: StudyStore, storage: string): string[] {
  return store.storage(storage)?.studies.map(({ name }) => name) ?? [];
}

/** The position of the name's string literal in a `defineStudy` call. */
function nameIn(call: string, name: string): number | undefined {
  for (const match of call.matchAll(/\bname["']?\s*:\s*(["'`])/g)) {
    const at = match.index + match[0].length;
    if (call.startsWith(`${name}${match[1]}`, at)) return at;
  }
  return undefined;
}
