import { basename } from "node:path";
import * as vscode from "vscode";
import type { CodeStudies } from "./code-studies.js";
import { openQuestion, type StartOptions, type StartTarget, type StudyRunner } from "./study-runner.js";
import type { StudyStore } from "./study-store.js";
import { showMessage } from "./surfaces.js";

interface Parts {
  readonly runner: StudyRunner;
  readonly store: StudyStore;
  readonly studies: CodeStudies;
}

/** Starts a study; where its trials are of other code, the user is asked what shall become of it. */
export async function startStudy(target: StartTarget, options: StartOptions, parts: Parts): Promise<void> {
  const { runner } = parts;
  const end = await runner.start(target, options);
  const question = openQuestion(end);
  if (question === undefined) return;
  const detail =
    "Go On: its new trials may not compare with those before. " +
    `New Study: the study gets another name in ${basename(target.file)}, and begins anew; the trials there are stay.`;
  const answer = await showMessage("warning", question, ["Go On", "New Study"], { detail });
  if (answer === "Go On") await runner.start(target, { ...options, codeMayDiffer: true });
  if (answer !== "New Study") return;
  const renamed = await renameStudy(target, parts);
  if (renamed) await runner.start(renamed, { debug: options.debug ?? false });
}

/** Gives the study another name in its file; where the text does not say its name, the user is shown the place. */
async function renameStudy(target: StartTarget, { store, studies }: Parts): Promise<StartTarget | undefined> {
  const { study, file } = target;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  const text = document.getText();
  const inFile = (await studies.inDocument(document)).map(({ found }) => found);
  const found = inFile.find(({ name }) => name === study.name);
  const at = found && nameIn(text.slice(found.start, found.end), study.name);
  if (!found || at === undefined) {
    await vscode.window.showTextDocument(document);
    void showMessage("info", `Give study "${study.name}" another name in ${basename(file)}, and start it.`);
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

/** Where the name stands as a text in a call of `defineStudy`. */
function nameIn(call: string, name: string): number | undefined {
  for (const match of call.matchAll(/\bname["']?\s*:\s*(["'`])/g)) {
    const at = match.index + match[0].length;
    if (call.startsWith(`${name}${match[1]}`, at)) return at;
  }
  return undefined;
}

/** `digits-2` after `digits`, `digits-3` after `digits-2`. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  const [, stem = name, number = "1"] = /^(.+)-(\d+)$/.exec(name) ?? [];
  for (let next = Number(number) + 1; ; next++) if (!isTaken(`${stem}-${next}`)) return `${stem}-${next}`;
}
