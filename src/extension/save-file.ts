import * as vscode from "vscode";
import type { SavedFile } from "../protocol/dashboard.js";
import type { StudyTarget } from "./study-target.js";
import { askWhereToSave } from "./surfaces.js";

const typeNames: Readonly<Record<SavedFile["type"], string>> = {
  png: "PNG image",
  svg: "SVG image",
  csv: "CSV table",
  json: "JSON",
};

/** Asks where to save what a page made of a study, and saves it there. */
export async function saveFile({ name, type, content }: SavedFile, { study, folder }: StudyTarget): Promise<void> {
  // What every file system takes.
  const studyPart = study.name.replaceAll(/[^\p{L}\p{N}_-]+/gu, "-").slice(0, 60);
  const suggested = vscode.Uri.joinPath(vscode.Uri.file(folder), `${studyPart}-${name}.${type}`);
  const uri = await askWhereToSave(suggested, typeNames[type], type);
  if (uri !== undefined)
    await vscode.workspace.fs.writeFile(uri, Buffer.from(content, type === "png" ? "base64" : "utf8"));
}
