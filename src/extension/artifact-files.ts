import * as vscode from "vscode";
import type { InspectorFunctions } from "../protocol/inspector.js";
import { askSavePath, showMessage } from "./surfaces.js";
import type { StudyTarget } from "./study-target.js";

/** What the user wants to do with an artifact's file. */
interface ArtifactAction {
  readonly type: "saveArtifact" | "revealArtifact";
  readonly trial: number | null;
  readonly id: string;
}

/** Copies an artifact to where the user says, under its own name, or shows its file in the system's file manager. */
export async function showArtifact(
  inspector: InspectorFunctions,
  { study: { storage, name }, folder }: StudyTarget,
  { type, trial, id }: ArtifactAction,
): Promise<void> {
  const { kind, path } = await inspector.getArtifact(storage, name, trial, id, 0);
  if (kind === "missing") throw new Error(`${path} does not exist. It may have been deleted or moved.`);
  const file = vscode.Uri.file(path);
  if (type === "revealArtifact") {
    await vscode.commands.executeCommand("revealFileInOS", file);
    return;
  }
  const { artifacts } =
    trial === null ? await inspector.getStudy(storage, name) : await inspector.getTrial(storage, name, trial);
  const filename = artifacts.find((artifact) => artifact.id === id)?.filename ?? id;
  const target = await askSavePath(vscode.Uri.joinPath(vscode.Uri.file(folder), safe(filename)));
  if (target === undefined) return;
  await vscode.workspace.fs.copy(file, target, { overwrite: true });
  const open = "Open";
  if ((await showMessage("info", `Saved ${filename}.`, [open])) === open)
    await vscode.commands.executeCommand("vscode.open", target);
}

/** The name comes from a database: it must not lead to another folder. */
function safe(filename: string): string {
  return filename.replaceAll(/[/\\:\p{Cc}]/gu, "_").replace(/^\.+/, "_");
}
