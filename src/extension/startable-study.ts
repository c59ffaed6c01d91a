import { basename } from "node:path";
import * as vscode from "vscode";
import type { CodeStudies } from "./code-studies.js";
import type { StartTarget } from "./study-runner.js";
import type { StudyStore } from "./study-store.js";
import type { StudyTarget } from "./study-target.js";
import { showMessage } from "./surfaces.js";

interface Parts {
  readonly store: StudyStore;
  readonly studies: CodeStudies;
}

/** A target with its code, saved to disk; otherwise tells the user what is missing. */
export async function startableStudy(
  target: StudyTarget,
  { store, studies }: Parts,
): Promise<(StartTarget & StudyTarget) | undefined> {
  const source = await studies.sourceOf(target);
  const file = target.file ?? source?.target?.file;
  if (!file) {
    void showMessage("warning", noSource(target));
    return undefined;
  }
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "file" && uri.fsPath === file);
  if (document?.isDirty && !(await document.save())) return undefined;
  const stored = store.study(target.study);
  // Its file does not define it: the training process finds it by name, and its storage says how many trials it has.
  if (stored?.followUp) return { ...target, file, exportName: null, trials: stored.source?.trials ?? null };
  const name = source?.found.name ?? null;
  if (stored && name !== null && name !== target.study.name) {
    void showMessage("warning", renamed(target, basename(file), name));
    return undefined;
  }
  const exportName = target.exportName ?? source?.target?.exportName ?? null;
  return { ...target, file, exportName, trials: source?.found.trials ?? target.trials };
}

export function noSource({ study }: StudyTarget): string {
  return (
    `Cannot find the code of study "${study.name}" in this workspace. ` +
    "Open the folder that it was started from. A study that Tunelens did not start is read-only."
  );
}

function renamed({ study }: StudyTarget, file: string, name: string): string {
  return `${file} no longer defines study "${study.name}": it is now named "${name}".`;
}
